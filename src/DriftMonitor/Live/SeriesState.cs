using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;

namespace DriftMonitor.Live;

/// <summary>What is kept of a series between snapshots.</summary>
/// <param name="spec">The monitor.</param>
/// <param name="series">The series.</param>
/// <param name="earlier">Its readings in earlier processes, from whose state it goes on; null for none.</param>
internal sealed class SeriesState(MonitorSpec spec, Series series, SavedHistory? earlier = null)
{
    private readonly ReadingHistory[] _history = [.. spec.Windows.Select(_ => new ReadingHistory())];
    private readonly long[] _transitions = new long[Enum.GetValues<AlertState>().Length];
    private SeriesReport? _last;
    private FiringAlert? _firing;
    private SeriesSnapshot? _snapshot;
    private SavedHistory? _earlier = earlier;

    /// <summary>Whether a series is the one that this is kept of.</summary>
    public bool IsOf(Series? other) => ReferenceEquals(other, series);

    /// <summary>Adds the readings of a closed pane.</summary>
    public void Apply(SeriesReport report)
    {
        _last = report;
        _snapshot = null;
        _firing = FiringAlert.After(_firing, spec, series, report);
        if (report.Transition is { } transition)
        {
            _transitions[(int)transition.To]++;
        }

        AppendEarlier(report);
        var panes = 1 + ((report.Until ?? report.Time) - report.Time).Ticks / spec.Pane.Length.Ticks;
        for (var w = 0; w < _history.Length; w++)
        {
            for (var pane = 0; pane < Math.Min(panes, SeriesSnapshot.HistoryLength); pane++)
            {
                var measurement = report.Readings[w].Measurement;
                _history[w].Append(measurement?.KlNats, measurement?.NoiseNats ?? 0);
            }
        }
    }

    // Once it is known where they end.
    private void AppendEarlier(SeriesReport first)
    {
        for (var w = 0; w < _history.Length && _earlier is not null; w++)
        {
            _earlier.AppendBefore(_history[w], spec.Windows[w].Label, spec.Pane.Length, first.Time);
        }

        _earlier = null;
    }

    /// <summary>The series as of the last closed pane; the same object until the next one closes.</summary>
    public SeriesSnapshot Snapshot() => _snapshot ??= new SeriesSnapshot(
        series.Segment,
        series.Calibration,
        series.IsCalibrating,
        series.IsKnown,
        _last?.LastReadings ?? [.. spec.Windows.Select(window => new Reading(default, window, 0, Unavailable.WindowIncomplete, null))],
        _last?.Until ?? _last?.Time,
        _last is null ? null : [.. spec.Windows.Select((_, w) => series.Histogram(w))],
        _last is null ? series.Alert : _last.Alert,
        _firing,
        [.. _transitions],
        [.. _history.Select(history => history.Newest())]);
}
