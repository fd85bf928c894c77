using DriftMonitor.Core.Readings;

namespace DriftMonitor.Core.Alerts;

/// <summary>
/// Fires when a reading is so high that the reference itself, without drift, shows one as high only once in a given time. That time is
/// the only setting that users must choose.
/// </summary>
/// <remarks>
/// A pane is high if the largest return period of its windows, divided by the number of windows, is at least the limit L, and that window's
/// excess is at least the minimum divergence. The division is there because several windows are several chances of a false alarm; the
/// minimum keeps a drift that is certain but tiny from firing. A pane is low if the largest return period, divided in the same way, is
/// below L/10, or if no reading (÷ D under <c>dispersion</c>) is above the usual one of its calibration, the largest stored quantile of a
/// level of at most 50 %. The second condition is needed because the smallest return period that a tail can give is (1 − level)/r: if L/10
/// is shorter than that, an alert that has fired could never resolve.
/// </remarks>
/// <param name="EverySeconds">
/// Event time, in seconds, in which all series that share the promise may have one false alarm on average; above 0.
/// </param>
/// <param name="SharedBy">The number of series that share the promise, including this one; at least 1.</param>
/// <param name="MinimumDivergenceNats">The smallest excess that can fire, in nats.</param>
public sealed record FalseAlarmRate(double EverySeconds, int SharedBy, double MinimumDivergenceNats) : AlertRule
{
    private const double ResolveShare = 0.1;

    /// <summary>
    /// L, event time in seconds in which this series may have one false alarm on average. All series that share the promise have the same
    /// L.
    /// </summary>
    public double LimitSeconds => EverySeconds * SharedBy;

    /// <inheritdoc/>
    /// <remarks>The window with the largest return period; the first of them on a tie, and window 0 if none has a return period.</remarks>
    public override int DecidingWindow(IReadOnlyList<Reading> readings)
    {
        var rarest = 0;
        for (var window = 1; window < readings.Count; window++)
        {
            rarest = ReturnPeriod(readings[window]) > ReturnPeriod(readings[rarest]) ? window : rarest;
        }

        return rarest;
    }

    /// <inheritdoc/>
    public override Verdict Judge(IReadOnlyList<Reading> readings)
    {
        if (readings[DecidingWindow(readings)].Measurement is not { ReturnPeriodSeconds: { } period } rarest)
        {
            return Verdict.None;
        }

        var corrected = period / readings.Count;
        return corrected >= LimitSeconds && rarest.ExcessNats >= MinimumDivergenceNats ? Verdict.High
            : corrected < ResolveShare * LimitSeconds || AreUsual(readings) ? Verdict.Low
            : Verdict.Between;
    }

    private static double ReturnPeriod(Reading reading) => reading.Measurement?.ReturnPeriodSeconds ?? -1;

    private static bool AreUsual(IReadOnlyList<Reading> readings)
    {
        foreach (var reading in readings)
        {
            if (reading.Measurement is { ReturnPeriodSeconds: not null, IsUsual: false })
            {
                return false;
            }
        }

        return true;
    }
}
