using DriftMonitor.Core.Readings;

namespace DriftMonitor.Core.Alerts;

/// <summary>Fires above one level of D(current ‖ reference) in one window, and resolves below another.</summary>
/// <remarks>
/// The two levels keep an alert from flapping. A fixed level knows nothing of how much the stream fluctuates by itself:
/// it is offered for those who want it.
/// </remarks>
/// <param name="Window">Index of the window among the monitor's.</param>
/// <param name="FireAboveNats">High is strictly above it.</param>
/// <param name="ResolveBelowNats">Low is strictly below it; at most <paramref name="FireAboveNats"/>.</param>
public sealed record FixedThreshold(int Window, double FireAboveNats, double ResolveBelowNats) : AlertRule
{
    /// <inheritdoc/>
    public override int WindowOf(IReadOnlyList<Reading> readings) => Window;

    /// <inheritdoc/>
    public override Verdict Judge(IReadOnlyList<Reading> readings) => readings[Window].Measurement switch
    {
        null => Verdict.None,
        { KlNats: var kl } when kl > FireAboveNats => Verdict.High,
        { KlNats: var kl } when kl < ResolveBelowNats => Verdict.Low,
        _ => Verdict.Between,
    };
}
