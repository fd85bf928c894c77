using DriftMonitor.Core.Readings;

namespace DriftMonitor.Core.Alerts;

/// <summary>Fires when D(current ‖ reference) of one window is above a threshold, and resolves when it is below a second one.</summary>
/// <remarks>
/// The gap between the two thresholds prevents flapping. A fixed threshold does not take into account how much the stream fluctuates
/// without drift; <see cref="FalseAlarmRate"/> does.
/// </remarks>
/// <param name="Window">The index of the window in the monitor's list.</param>
/// <param name="FireAboveNats">In nats: readings strictly above it are high.</param>
/// <param name="ResolveBelowNats">In nats: readings strictly below it are low. At most <paramref name="FireAboveNats"/>.</param>
public sealed record FixedThreshold(int Window, double FireAboveNats, double ResolveBelowNats) : AlertRule
{
    /// <inheritdoc/>
    public override int DecidingWindow(IReadOnlyList<Reading> readings) => Window;

    /// <inheritdoc/>
    public override Verdict Judge(IReadOnlyList<Reading> readings) => readings[Window].Measurement switch
    {
        null => Verdict.None,
        { KlNats: var kl } when kl > FireAboveNats => Verdict.High,
        { KlNats: var kl } when kl < ResolveBelowNats => Verdict.Low,
        _ => Verdict.Between,
    };
}
