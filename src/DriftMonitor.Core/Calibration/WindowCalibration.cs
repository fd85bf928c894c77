using DriftMonitor.Core.Readings;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Calibration;

/// <summary>What a window's return periods are based on.</summary>
public enum CalibrationKind
{
    /// <summary>The reference's own readings.</summary>
    Measured,

    /// <summary>Simulated independent events, with z divided by the dispersion that the reference's few windows show.</summary>
    Dispersion,

    /// <summary>Simulated independent events: the reference has no course of its own, or only a short one.</summary>
    Independent,
}

/// <summary>One of the reference's own high readings.</summary>
/// <param name="Time">The end of the pane.</param>
/// <param name="Z">z.</param>
public sealed record CalibrationPeak(EventTime Time, double Z);

/// <summary>The calibration of one window length.</summary>
/// <param name="Kind">What it is based on.</param>
/// <param name="Tail">The tail, in panes.</param>
/// <param name="Dispersion">What z is divided by before the tail is used: 1, except for <see cref="CalibrationKind.Dispersion"/>.</param>
/// <param name="Peaks">
/// The reference's largest peaks, the largest first. They show people what it holds, such as an outage that should be excluded.
/// </param>
public sealed record WindowCalibration(CalibrationKind Kind, Tail Tail, double Dispersion, IReadOnlyList<CalibrationPeak> Peaks)
{
    /// <summary>The panes of real readings that the calibration is based on; 0 where it is simulated.</summary>
    public required int SpanPanes { get; init; }

    /// <summary>
    /// ρ: a window within the reference resembles it by more than its own events where the stream has a memory. Its z is ρ times what it
    /// would be, here and in a replay of the reference's period. At least 1; 1 where the reference moves or is not a course.
    /// </summary>
    public double WithinFactor { get; init; } = 1;

    /// <summary>The average number of panes in which the reference shows a reading as high as z once.</summary>
    public double ReturnPeriod(double z) => Tail.ReturnPeriod(z / Dispersion);

    /// <summary>Whether z is not above the usual reading of the reference itself, <see cref="Calibration.Tail.UsualReading"/>.</summary>
    public bool IsUsual(double z) => !(z / Dispersion > Tail.UsualReading);

    /// <summary>A measurement with its return period, and with z times ρ if its window is within the reference.</summary>
    /// <param name="measurement">The measurement as <see cref="WindowReader"/> takes it.</param>
    /// <param name="pane">The length of a pane.</param>
    public Measurement Judged(Measurement measurement, TimeSpan pane)
    {
        var z = measurement.IsWithin ? measurement.Z * WithinFactor : measurement.Z;
        return measurement with { Z = z, ReturnPeriodSeconds = ReturnPeriod(z) * pane.TotalSeconds, IsUsual = IsUsual(z) };
    }

    /// <summary>Saves calibrations of windows, or loads them; null where there are none yet.</summary>
    /// <exception cref="StateException">They are not of so many windows.</exception>
    internal static IReadOnlyList<WindowCalibration>? Exchange(
        StateExchange state, IReadOnlyList<WindowCalibration>? windows, int count)
    {
        if (!state.Flag(windows is not null))
        {
            return null;
        }

        List<WindowCalibration> exchanged = [.. windows ?? []];
        state.List(exchanged, (ref WindowCalibration window) => window = Exchange(state, window));
        return exchanged.Count == count ? exchanged : throw new StateException($"a calibration is of {exchanged.Count} windows");
    }

    private static WindowCalibration Exchange(StateExchange state, WindowCalibration? window)
    {
        var kind = (CalibrationKind)state.Number((long)(window?.Kind ?? 0));
        var tail = Tail.Exchange(state, window?.Tail);
        var dispersion = state.Number(window?.Dispersion ?? 0);
        List<CalibrationPeak> peaks = [.. window?.Peaks ?? []];
        state.List(peaks, (ref CalibrationPeak peak) => peak = new CalibrationPeak(
            new EventTime(state.Number(peak?.Time.Milliseconds ?? 0)), state.Number(peak?.Z ?? 0)));
        return new WindowCalibration(kind, tail, dispersion, peaks)
        {
            SpanPanes = (int)state.Number((long)(window?.SpanPanes ?? 0)),
            WithinFactor = state.Number(window?.WithinFactor ?? 1),
        };
    }
}
