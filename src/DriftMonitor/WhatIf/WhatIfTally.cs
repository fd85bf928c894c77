using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;

namespace DriftMonitor.WhatIf;

/// <summary>Counts the alerts of monitors in a range of time.</summary>
/// <param name="range">The pane ends that count.</param>
/// <param name="sharedBy">How many series share the promise of false alarms as configured; 0 if there is none.</param>
internal sealed class WhatIfTally(Period range, int sharedBy) : IReportSink
{
    private readonly Dictionary<FieldMonitor, Counts> _counts = [];

    /// <summary>What has been counted of a monitor.</summary>
    public Counts Of(FieldMonitor monitor)
    {
        if (!_counts.TryGetValue(monitor, out var counts))
        {
            _counts[monitor] = counts = new Counts(monitor.Spec, sharedBy + monitor.Series.Count(series => series.IsKnown));
        }

        return counts;
    }

    /// <inheritdoc/>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        var counts = Of(monitor.Monitor);
        foreach (var report in reports)
        {
            if (report.Time < range.To && monitor.Monitor.Find(report.Segment) is { IsKnown: true })
            {
                counts.Add(report, range);
            }
        }
    }

    /// <summary>The alerts of one monitor, of all of its series together.</summary>
    /// <param name="spec">The monitor.</param>
    /// <param name="sharedBy">How many series would share the promise of false alarms, if it had none.</param>
    public sealed class Counts(MonitorSpec spec, int sharedBy)
    {
        private static readonly TimeSpan Month = TimeSpan.FromDays(30);

        private readonly Dictionary<string, EventTime> _firingSince = []; // by segment
        private readonly AlarmsByPromise _promises = new(spec, sharedBy);

        /// <summary>The first pane's start in the range; null if none has closed.</summary>
        public EventTime? From { get; private set; }

        /// <summary>The last pane's end in the range; null if none has closed.</summary>
        public EventTime? To { get; private set; }

        /// <summary>How often an alert has fired, or was firing when the range began.</summary>
        public long Alerts { get; private set; }

        /// <summary>The time for which alerts have been firing, of all series together.</summary>
        public TimeSpan Firing { get; private set; }

        /// <summary>The longest time for which one has been firing.</summary>
        public TimeSpan Longest { get; private set; }

        /// <summary>When an alert was first firing; null if none was.</summary>
        public EventTime? First { get; private set; }

        /// <summary>The <c>FalseAlarmEvery</c> that would have given at most one alert a month; null if there is none.</summary>
        public Wording.Duration? OneAMonth => From is { } from ? _promises.FindPromise(Month, To!.Value - from) : null;

        /// <summary>Adds the report of a series.</summary>
        public void Add(SeriesReport report, Period range)
        {
            var isInRange = (report.Until ?? report.Time) >= range.From;
            _promises.Observe(report, isInRange);
            if (!isInRange)
            {
                return;
            }

            var end = report.Until is { } until ? until < range.To ? until : range.To : report.Time;
            From ??= report.Time - spec.Pane.Length;
            To = end;
            if (report.Alert is { State: AlertState.Firing })
            {
                if (_firingSince.TryAdd(report.Segment, report.Time))
                {
                    Alerts++;
                    First ??= report.Time;
                }

                return;
            }

            if (_firingSince.Remove(report.Segment, out var since))
            {
                End(since, report.Time);
            }
        }

        /// <summary>Ends alerts that are still firing at the end of the range.</summary>
        public void End()
        {
            foreach (var since in _firingSince.Values)
            {
                End(since, To!.Value);
            }

            _firingSince.Clear();
        }

        private void End(EventTime since, EventTime end)
        {
            Firing += end - since;
            Longest = end - since > Longest ? end - since : Longest;
        }
    }
}
