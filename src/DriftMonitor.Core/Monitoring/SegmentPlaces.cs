using DriftMonitor.Core.Binning;

namespace DriftMonitor.Core.Monitoring;

/// <summary>The place of each segment among the series that one partition has counted.</summary>
internal sealed class SegmentPlaces
{
    private readonly Dictionary<byte[], int> _places = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _bySegment;

    /// <summary>No segment yet.</summary>
    public SegmentPlaces()
    {
        _bySegment = _places.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Finds the place of a segment in UTF-8.</summary>
    public bool TryFind(ReadOnlySpan<byte> segment, out int place) => _bySegment.TryGetValue(segment, out place);

    /// <summary>Gives a segment a place.</summary>
    public void Add(ReadOnlySpan<byte> segment, int place) => _bySegment[segment] = place;

    /// <summary>Removes places; those after them move up, as the elements of a list do.</summary>
    /// <param name="places">The places, in ascending order.</param>
    public void Remove(List<int> places)
    {
        foreach (var (segment, place) in _places.ToArray())
        {
            var before = places.BinarySearch(place);
            if (before >= 0)
            {
                _places.Remove(segment);
            }
            else
            {
                _places[segment] = place - ~before;
            }
        }
    }
}
