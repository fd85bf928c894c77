using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Benchmarks.Promise;

/// <summary>The alarms of one live series, from its real readings, the real rule and the real alert.</summary>
internal sealed class Alarms
{
    private readonly Series _series;
    private readonly FalseAlarmRate[] _rules;
    private readonly Alert[] _alerts;
    private readonly AlertTiming _timing;
    private long _pane;

    /// <summary>Starts before the first live pane.</summary>
    /// <param name="scene">The monitor and its reference.</param>
    /// <param name="firstPane">The first live pane, at or after the end of the reference.</param>
    /// <param name="promised">The values of T, in panes; there is one alarm for each.</param>
    public Alarms(Scene scene, long firstPane, IReadOnlyList<double> promised)
        : this(scene.Spec, new Series(scene.Spec, new CalibratedReference(scene.Reference, scene.Calibration)), firstPane, promised)
    {
    }

    /// <summary>Starts before the first pane of a series.</summary>
    /// <param name="spec">The monitor.</param>
    /// <param name="series">The series.</param>
    /// <param name="firstPane">The first pane.</param>
    /// <param name="promised">As above.</param>
    public Alarms(MonitorSpec spec, Series series, long firstPane, IReadOnlyList<double> promised)
    {
        (_series, _pane) = (series, firstPane);

        // No minimum divergence: it would suppress most alarms of independent streams, so the result would look too good.
        var paneSeconds = spec.Pane.Length.TotalSeconds;
        _rules = [.. promised.Select(panes => new FalseAlarmRate(panes * paneSeconds, SharedBy: 1, MinimumDivergenceNats: 0))];
        Fired = new int[promised.Count];
        FiringPanes = new int[Fired.Length];
        _alerts = [.. Fired.Select(_ => Alert.Initial)];
        _timing = new AlertTiming(TimeSpan.Zero, spec.WindowPanes.Min());
    }

    /// <summary>How often each alarm started to fire.</summary>
    public int[] Fired { get; }

    /// <summary>
    /// The number of panes at whose end each alarm was firing, in the same order. An alarm that never ends counts once in <see
    /// cref="Fired"/>, but with all its panes here.
    /// </summary>
    public int[] FiringPanes { get; }

    /// <summary>Adds the counts of a pane and closes it.</summary>
    public void Close(ReadOnlySpan<long> counts)
    {
        for (var bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] > 0)
            {
                _series.Add(_pane, bin, counts[bin]);
            }
        }

        Judge();
    }

    /// <summary>Adds the values of a pane, where bins are found in them, and closes it.</summary>
    public void Close(ValueCounts values)
    {
        _series.Add(_pane, values);
        Judge();
    }

    private void Judge()
    {
        var report = _series.Close(_pane++);
        for (var i = 0; i < _rules.Length; i++)
        {
            ref var alert = ref _alerts[i];
            var before = alert.State;
            alert = alert.After(_rules[i].Judge(report.Readings), report.Time, _timing);
            Fired[i] += before != AlertState.Firing && alert.State == AlertState.Firing ? 1 : 0;
            FiringPanes[i] += alert.State == AlertState.Firing ? 1 : 0;
        }
    }
}
