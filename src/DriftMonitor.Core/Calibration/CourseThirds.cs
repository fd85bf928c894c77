using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.Readings;

namespace DriftMonitor.Core.Calibration;

/// <summary>The thirds of a course, each as a reference for the windows that do not touch it.</summary>
/// <remarks>
/// A window resembles the reference that holds it by more than its own events where the stream has a memory. A third that it does not
/// touch holds none of its events and little of its memory, so z against that third is what a live window would show.
/// </remarks>
internal sealed class CourseThirds
{
    private const int Thirds = 3;

    private readonly Reference _reference;
    private readonly int[] _cuts; // the first pane of each third, and the end
    private readonly long[][] _counts;
    private readonly Dictionary<int, (Int128[] Logarithms, long Events)> _known = []; // by the set of thirds, a bit for each

    /// <summary>Cuts a course at its panes ⌊M/3⌋ and ⌊2M/3⌋.</summary>
    public CourseThirds(Reference reference, IReadOnlyList<long[]?> course)
    {
        _reference = reference;
        _cuts = [.. Enumerable.Range(0, Thirds + 1).Select(third => (int)((long)third * course.Count / Thirds))];
        _counts = [.. Enumerable.Range(0, Thirds).Select(_ => new long[reference.Binning.Count])];
        for (var third = 0; third < Thirds; third++)
        {
            for (var pane = _cuts[third]; pane < _cuts[third + 1]; pane++)
            {
                Add(_counts[third], course[pane]);
            }
        }
    }

    /// <summary>z′: z against the thirds that a window does not touch; null where these hold no events.</summary>
    /// <param name="counts">The window's counts; at least one event.</param>
    /// <param name="first">The window's first pane, counted from the course's first.</param>
    /// <param name="end">The pane after its last.</param>
    /// <param name="volume">f.</param>
    /// <param name="occupied">K°, against the whole reference.</param>
    public double? ZApart(ReadOnlySpan<long> counts, int first, int end, double volume, int occupied)
    {
        var apart = 0;
        for (var third = 0; third < Thirds; third++)
        {
            var isTouched = first < _cuts[third + 1] && end > _cuts[third];
            apart |= isTouched ? 0 : 1 << third;
        }

        var (logarithms, referenceEvents) = Of(apart);
        if (referenceEvents == 0)
        {
            return null;
        }

        var events = 0L;
        var sum = Int128.Zero; // Σ F[cᵢ] − Σ cᵢ ln q′ᵢ
        for (var bin = 0; bin < counts.Length; bin++)
        {
            events += counts[bin];
            sum += FixedPoint.NLogN(counts[bin]) - counts[bin] * logarithms[bin];
        }

        var kl = Math.Max(0, FixedPoint.ToDouble(sum - FixedPoint.NLogN(events)) / events);
        return Measurement.ZOf(kl, events * volume, referenceEvents, occupied);
    }

    private (Int128[] Logarithms, long Events) Of(int thirds)
    {
        if (!_known.TryGetValue(thirds, out var sum))
        {
            var counts = new long[_reference.Binning.Count];
            for (var third = 0; third < Thirds; third++)
            {
                Add(counts, (thirds & 1 << third) == 0 ? null : _counts[third]);
            }

            var events = counts.Sum();
            var logarithms = Array.Empty<Int128>();
            if (events > 0)
            {
                var smoothed = Distribution.FromCounts(counts, _reference.Binning.PseudoCounts(_reference.PseudoCount));
                logarithms = Array.ConvertAll(smoothed.Probabilities.ToArray(), FixedPoint.Log);
            }

            _known[thirds] = sum = (logarithms, events);
        }

        return sum;
    }

    private static void Add(long[] sum, long[]? counts)
    {
        for (var bin = 0; bin < counts?.Length; bin++)
        {
            sum[bin] += counts[bin];
        }
    }
}
