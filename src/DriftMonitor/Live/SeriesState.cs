using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;

namespace DriftMonitor.Live;

/// <summary>What is kept of a series between snapshots.</summary>
/// <param name="spec">The monitor.</param>
/// <param name="series">The series.</param>
internal sealed class SeriesState(MonitorSpec spec, Series series)
{
    private readonly ReadingHistory[] _history = [.. spec.Windows.Select(_ => new ReadingHistory())];
    private readonly long[] _transitions = new long[Enum.GetValues<AlertState>().Length];
    private SeriesReport? _last;
    private FiringAlert? _firing;
    private SeriesSnapshot? _snapshot;

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

        var panes = 1 + ((report.Until ?? report.Time) - report.Time).Ticks / spec.Pane.Length.Ticks;
        for (var w = 0; w < _history.Length; w++)
        {
            for (var pane = 0; pane < Math.Min(panes, SeriesSnapshot.HistoryLength); pane++)
            {
                _history[w].Append(report.Readings[w].Measurement?.KlNats);
            }
        }
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
