using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>
/// Logs rejected events: the first of each topic, monitor and reason at once, and how many more there were after a minute, two, four, and
/// so on, up to once a day. However many events are rejected, the log stays short.
/// </summary>
/// <param name="logger">Where to log.</param>
/// <param name="clock">Measures the intervals.</param>
internal sealed partial class RejectionLog(ILogger logger, TimeProvider clock)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly Dictionary<(string Topic, string Monitor, bool IsReference, Rejection Reason), Entry> _entries = [];

    /// <summary>Logs what has come since the last call and is due.</summary>
    /// <param name="all">What has been rejected so far.</param>
    public void Write(IReadOnlyList<Losses> all)
    {
        var now = clock.GetTimestamp();
        foreach (var losses in all)
        {
            foreach (var (reason, count) in losses.Rejected.Occurred)
            {
                Write(losses, reason, count, now);
            }
        }
    }

    private void Write(Losses losses, Rejection reason, long count, long now)
    {
        var monitor = losses.Monitor?.Monitor.Spec.Name ?? "";
        var key = (losses.Topic, monitor, losses.IsReference, reason);
        var by = monitor.Length == 0 ? "" : $" for the monitor \"{monitor}\"";
        var name = RejectionNames.Of(reason);
        if (!_entries.TryGetValue(key, out var entry))
        {
            _entries[key] = new Entry(count, now, Shortest);
            if (losses is { Monitor.Monitor: { } whole, IsReference: false } && BlindMonitor.IsWithoutTime(whole))
            {
                return; // a warning of its own says so, with the same example
            }

            var example = losses.First[reason] is { } first ? RejectionText.ExampleOf(first, losses.Topic) : $"topic {losses.Topic}";
            var remedy = RejectionText.RemedyFor(reason) is { } known ? $" ({known})" : "";
            LogFirst(
                Phrases.Count(count, "event"), name, remedy, by, example, losses.Topic, losses.Monitor?.Monitor.Spec.Name,
                losses.First[reason]?.Partition, losses.First[reason]?.Offset, count);
        }
        else if (count < entry.Logged)
        {
            _entries[key] = entry with { Logged = 0 }; // another source counts its topics anew
        }
        else if (count > entry.Logged && clock.GetElapsedTime(entry.At, now) >= entry.Interval)
        {
            var all = Math.Max(count, losses.Events); // a monitor goes on counting when another source begins
            var share = Figures.Percent((double)count / all);
            LogMore(
                Phrases.Count(count - entry.Logged, "more event", "more events"), name, by, losses.Topic, count, all, share,
                losses.Monitor?.Monitor.Spec.Name);
            _entries[key] = new Entry(count, now, 2 * entry.Interval < Longest ? 2 * entry.Interval : Longest);
        }
    }

    [LoggerMessage(
        EventName = "events.rejected", Level = LogLevel.Warning,
        Message = "{Events} rejected as {Reason}{Remedy}{By}; the first at {Place}")]
    private partial void LogFirst(
        string events, string reason, string remedy, string by, string place, string topic, string? monitor, int? partition, long? offset,
        long count);

    [LoggerMessage(
        EventName = "events.more_rejected", Level = LogLevel.Warning,
        Message = "{Events} rejected as {Reason}{By}; of topic {Topic}, {Count} of {All} so far ({Share})")]
    private partial void LogMore(
        string events, string reason, string by, string topic, long count, long all, string share, string? monitor);

    /// <param name="Logged">How many were rejected when it was logged last.</param>
    /// <param name="At">The clock's timestamp then.</param>
    /// <param name="Interval">How long to wait before it is logged again.</param>
    private readonly record struct Entry(long Logged, long At, TimeSpan Interval);
}
