using DriftMonitor.Configuration;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Planning;

/// <summary>
/// Where reading of a topic starts, so that every window and every moving reference is complete at the topic's newest event.
/// </summary>
internal static class WindowStart
{
    /// <summary>The earliest record time that any of the monitors needs.</summary>
    /// <param name="monitors">The monitors that read the topic.</param>
    /// <param name="records">The last records of each partition of the topic, in their order.</param>
    /// <returns>The record time to start at; null if some monitor finds no event time in any of the records.</returns>
    public static EventTime? Find(IEnumerable<PlannedMonitor> monitors, IReadOnlyList<LastRecord> records)
    {
        EventTime? start = null;
        foreach (var monitor in monitors)
        {
            if (records.GroupBy(record => record.Partition).Max(partition => NewestOf(monitor, partition)) is not { } newest)
            {
                return null;
            }

            // An event time is at most MaxAhead after its record's time, so every event of the history was recorded after this start.
            var spec = monitor.Spec;
            var history = newest - HistoryOf(monitor) - DerivedHistoryOf(spec) - JoinHistoryOf(spec);
            if (HeldUpTo(monitor) is { } held && held - spec.Windows[spec.LongestWindow].Length is var needed && needed < history)
            {
                history = needed; // the panes that a reference which grows has not seen, with the windows before them
            }

            var candidate = spec.Pane.Start(spec.Pane.PaneOf(history - spec.AllowedLateness)) - spec.MaxAhead;
            start = start is { } earlier && earlier <= candidate ? earlier : candidate;
        }

        return start;
    }

    // The end of the last pane that a reference which grows holds, of the series that is furthest behind.
    private static EventTime? HeldUpTo(PlannedMonitor monitor) =>
        monitor.Reference?.Kept is { Series.Count: > 0 } kept ? monitor.Spec.Pane.End(kept.Series.Values.Min(state => state.Last)) : null;

    /// <summary>
    /// The longest window, and what a moving reference needs in addition: its own window and its calibration, or the warm-up.
    /// </summary>
    private static TimeSpan HistoryOf(PlannedMonitor monitor)
    {
        var window = monitor.Spec.Windows[monitor.Spec.LongestWindow].Length;
        return monitor.Reference switch
        {
            { Kind: ReferenceKind.PreviousWindow } reference => 2 * window + reference.CalibrateOver(monitor.Spec.Pane.Length),
            { Kind: ReferenceKind.SoFar, Kept: null, Options.LearnOver: { } warmUp } => window + warmUp.Span,
            { CalibratesItself: true } reference => window + reference.CalibrateOver(monitor.Spec.Pane.Length),
            _ => window,
        };
    }

    // With an event in each pane, the 20 values at the same time of day, one pane to either side, are of seven days.
    private static TimeSpan DerivedHistoryOf(MonitorSpec spec) => spec.Derivation is { Kind: DerivedKind.DeviationFromDays }
        ? TimeSpan.FromDays(1 + EarlierDays.Most / 3)
        : TimeSpan.Zero;

    /// <summary>
    /// Where events are joined: the first that are read may lack their partners, which came before, and count as missing when their waits
    /// end.
    /// </summary>
    public static TimeSpan JoinHistoryOf(MonitorSpec spec) => 2 * (spec.JoinWithin ?? TimeSpan.Zero);

    // The newest event time that the running service would count: one date in 2099 is none.
    private static EventTime? NewestOf(PlannedMonitor monitor, IEnumerable<LastRecord> partition)
    {
        var clock = new PartitionClock(monitor.Spec);
        foreach (var record in partition)
        {
            if (monitor.EventTime is null)
            {
                clock.Judge(record.RecordTime, recordTime: null);
                continue;
            }

            var decoder = new RecordDecoder([monitor.EventTime], monitor.Unpack);
            if (decoder.Decode(new RawEvent { Value = record.Value }, out var events) == Rejection.None)
            {
                while (events.MoveNext())
                {
                    clock.Judge(decoder.Event.TimeOf(0, monitor.EventTimeFormat, record.Value), record.RecordTime);
                }
            }
        }

        clock.End();
        return clock.LargestEventTime;
    }
}
