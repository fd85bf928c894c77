using DriftMonitor.Core.Readings;

namespace DriftMonitor.Core.Alerts;

/// <summary>
/// Fires when a reading is so high that the reference itself, undrifted, shows one such only once in a stated time: the one knob.
/// </summary>
/// <remarks>
/// A pane is high when the largest of the windows' return periods, divided by the number of windows, reaches the limit, and that window's excess is at least the minimum divergence:
/// several windows are several chances of a false alarm, and a drift that is certain but tiny stays quiet. It is low when the largest, divided likewise, is below a tenth of the limit,
/// or when no reading is higher than half of the reference's own: the least return period that a tail can tell is (1 − level)/r, and where a tenth of the limit is shorter than that, an alert that
/// has fired could never resolve otherwise.
/// </remarks>
/// <param name="EverySeconds">Event time in which one false alarm of all that share the promise is allowed on average; &gt; 0.</param>
/// <param name="SharedBy">The number of series that share it, this one among them; ≥ 1.</param>
/// <param name="MinimumDivergenceNats">Least excess that can fire.</param>
public sealed record FalseAlarmRate(double EverySeconds, int SharedBy, double MinimumDivergenceNats) : AlertRule
{
    private const double Resolve = 0.1;

    /// <summary>L, event time in which this series may give one false alarm on average: each that shares the promise has as much of it.</summary>
    public double LimitSeconds => EverySeconds * SharedBy;

    /// <inheritdoc/>
    /// <remarks>The one with the rarest reading; of equals the first, and the first of all where none has a return period.</remarks>
    public override int WindowOf(IReadOnlyList<Reading> readings)
    {
        var rarest = 0;
        for (var window = 1; window < readings.Count; window++)
        {
            rarest = PeriodOf(readings[window]) > PeriodOf(readings[rarest]) ? window : rarest;
        }

        return rarest;
    }

    /// <inheritdoc/>
    public override Verdict Judge(IReadOnlyList<Reading> readings)
    {
        if (readings[WindowOf(readings)].Measurement is not { ReturnPeriodSeconds: { } period } rarest)
        {
            return Verdict.None;
        }

        var corrected = period / readings.Count;
        return corrected >= LimitSeconds && rarest.ExcessNats >= MinimumDivergenceNats ? Verdict.High
            : corrected < Resolve * LimitSeconds || AreUsual(readings) ? Verdict.Low
            : Verdict.Between;
    }

    private static double PeriodOf(Reading reading) => reading.Measurement?.ReturnPeriodSeconds ?? -1;

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
