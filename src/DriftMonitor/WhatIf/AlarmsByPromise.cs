using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Wording;

namespace DriftMonitor.WhatIf;

/// <summary>
/// How often the alerts of a monitor would have fired with each of some values of <c>FalseAlarmEvery</c>: the alerts of all of them are
/// moved as the panes close.
/// </summary>
/// <param name="spec">The monitor. The minimum divergence of its rule stays.</param>
/// <param name="sharedBy">How many series would share the promise, if its rule does not say so.</param>
internal sealed class AlarmsByPromise(MonitorSpec spec, int sharedBy)
{
    private static readonly Duration[] Promises =
    [
        .. from hours in new[] { 1, 2, 3, 4, 6, 8, 12 } select new Duration(TimeSpan.FromHours(hours)),
        .. from days in new[] { 1, 2, 3, 4, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 365, 730, 1825, 3650, 7300, 18_250, 36_500 }
           select new Duration(TimeSpan.FromDays(days)),
    ];

    private readonly FalseAlarmRate[] _rules = Array.ConvertAll(Promises, promise => spec.Rule is FalseAlarmRate rate
        ? rate with { EverySeconds = promise.Span.TotalSeconds }
        : new FalseAlarmRate(promise.Span.TotalSeconds, sharedBy, 0));

    private readonly Dictionary<string, Alert[]> _alerts = []; // by segment
    private readonly long[] _fired = new long[Promises.Length];

    /// <summary>Whether a reading had a return period: without one, no such alert fires.</summary>
    public bool HasReturnPeriods { get; private set; }

    /// <summary>Moves the alerts of a series.</summary>
    /// <param name="report">Its readings.</param>
    /// <param name="isInRange">Whether those that fire are counted.</param>
    public void Observe(SeriesReport report, bool isInRange)
    {
        var alerts = _alerts.TryGetValue(report.Segment, out var known)
            ? known
            : _alerts[report.Segment] = [.. Enumerable.Repeat(Alert.Initial, Promises.Length)];
        HasReturnPeriods |= report.Readings.Any(reading => reading.Measurement?.ReturnPeriodSeconds is not null);
        for (var i = 0; i < alerts.Length; i++)
        {
            var before = alerts[i];
            alerts[i] = before.After(_rules[i].Judge(report.Readings), report.Time, spec.Timing);
            _fired[i] += isInRange && alerts[i].State == AlertState.Firing && before.State != AlertState.Firing ? 1 : 0;
        }
    }

    /// <summary>
    /// The shortest of the values with which, and with every longer one, the alerts would have fired no more often than once in a time.
    /// </summary>
    /// <param name="time">The time.</param>
    /// <param name="watched">The event time of the range.</param>
    /// <returns>Null if they would have with every value, or no reading had a return period.</returns>
    public Duration? FindPromise(TimeSpan time, TimeSpan watched)
    {
        var most = watched / time;
        var last = Array.FindLastIndex(_fired, fired => fired > most);
        return HasReturnPeriods && last + 1 < Promises.Length ? Promises[last + 1] : null;
    }
}
