namespace DriftMonitor.Core.Tests;

/// <summary>The definition of a join, on a whole list of events.</summary>
internal static class JoinTwin
{
    /// <summary>An event as it comes from its partition.</summary>
    /// <param name="IsSecond">Whether it is of the second topic.</param>
    /// <param name="Partition">Its partition.</param>
    /// <param name="Second">Its event time, in seconds.</param>
    /// <param name="Key">Its key; 0 for none.</param>
    /// <param name="Bin">The bin of its value.</param>
    public sealed record Arrived(bool IsSecond, int Partition, int Second, int Key, int Bin)
    {
        /// <summary>Its pane, of a minute.</summary>
        public int Pane => Second / 60;
    }

    /// <summary>What counts: a pane, and the bins of a pair; no bins where an event found no partner.</summary>
    /// <param name="partitions">The events of each partition, in their order.</param>
    /// <param name="within">How many panes the events of a pair may be apart.</param>
    /// <param name="lateness">The allowed lateness, in seconds.</param>
    public static IEnumerable<(int Pane, (int First, int Second)? Bins)> Join(
        IReadOnlyList<Arrived[]> partitions, int within, int lateness)
    {
        var events = partitions.SelectMany(partition => partition.Where((one, i) => !IsLate(partition, i, lateness)))
            .OrderBy(one => one.Second).ThenBy(one => one.IsSecond).ThenBy(one => one.Partition).ToList(); // stable: then by arrival
        var last = events.Select(one => one.Pane).DefaultIfEmpty().Max();
        var waiting = new List<Arrived>();
        foreach (var one in events)
        {
            if (one.Key == 0)
            {
                yield return (one.Pane, null);
            }
            else if (waiting.Find(other =>
                other.IsSecond != one.IsSecond && other.Key == one.Key && one.Pane - other.Pane <= within) is { } partner)
            {
                yield return (one.Pane, one.IsSecond ? (partner.Bin, one.Bin) : (one.Bin, partner.Bin));
                waiting.RemoveAt(waiting.FindIndex(other => ReferenceEquals(other, partner)));
            }
            else
            {
                waiting.Add(one);
            }
        }

        foreach (var alone in waiting.Where(one => one.Pane + within <= last))
        {
            yield return (alone.Pane + within, null);
        }
    }

    // Late events never have the largest time so far, so it need not be asked which of those before were late.
    private static bool IsLate(Arrived[] partition, int place, int lateness) =>
        place > 0 && partition[..place].Max(one => one.Second) - lateness >= (partition[place].Pane + 1) * 60;
}
