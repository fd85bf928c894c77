using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>
/// Finds partitions of a topic that have unread events and do not advance. A partition at its end is not stuck, however long nothing comes.
/// </summary>
internal sealed class StuckPartitions
{
    /// <summary>
    /// How long a partition may stand still with unread events: longer than the choice of a new leader takes (some 10 s to 30 s), and as
    /// long as the transaction of a producer may stay open by default, behind which nothing can be read.
    /// </summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private const int MostNamed = 5;

    private readonly Dictionary<int, Place> _places = []; // by partition
    private readonly List<int> _stuck = [];

    /// <summary>Takes note of how far the partitions have been read.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="now">The clock.</param>
    public void Observe(TopicSnapshot topic, TimeSpan now)
    {
        _stuck.Clear();
        var (longest, unread) = (TimeSpan.Zero, 0L);
        foreach (var partition in topic.Progress)
        {
            var (number, offset) = (partition.Position.Partition, partition.Position.NextOffset);
            var hasUnread = partition.Lag > 0;
            if (!_places.TryGetValue(number, out var place))
            {
                _places[number] = place = new Place(offset, offset, hasUnread ? now : null);
            }
            else if (place.Offset != offset || hasUnread != place.Since is not null)
            {
                _places[number] = place = place with { Offset = offset, Since = hasUnread ? now : null };
            }

            if (place.Since is { } since && now - since >= Limit)
            {
                _stuck.Add(number);
                longest = now - since > longest ? now - since : longest;
                unread += partition.Lag!.Value;
            }
        }

        Reason = _stuck.Count == 0 ? null
            : $"{Named(_stuck)} of topic {topic.Topic} {(_stuck.Count == 1 ? "has" : "have")} {Phrases.Count(unread, "unread event")} and "
                + $"did not advance for {Phrases.Duration(longest.TotalSeconds)}: look there for an open transaction or a damaged record, "
                + "and at the log of the broker";
    }

    /// <summary>Which partitions are stuck, in a sentence with a remedy; null where none is.</summary>
    public string? Reason { get; private set; }

    /// <summary>Partitions from which nothing has come since they were first seen; null where there are none.</summary>
    public string? WithoutEvents =>
        _places.Where(place => place.Value.Offset == place.Value.First).Select(place => place.Key).Order().ToList() is { Count: > 0 } none
            ? Named(none)
            : null;

    private static string Named(List<int> partitions)
    {
        var numbers = string.Join(", ", partitions.Take(MostNamed));
        return partitions.Count == 1 ? $"partition {numbers}"
            : $"{partitions.Count} partitions ({numbers}{(partitions.Count > MostNamed ? ", …" : "")})";
    }

    /// <param name="First">The next offset when it was first seen.</param>
    /// <param name="Offset">The next offset.</param>
    /// <param name="Since">Since when it has been there with unread events; null where it has none.</param>
    private sealed record Place(long First, long Offset, TimeSpan? Since);
}
