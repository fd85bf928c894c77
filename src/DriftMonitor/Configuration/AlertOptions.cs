using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>The keys of a monitor's <c>Alert</c>: either <see cref="FalseAlarmEvery"/> or a fixed threshold.</summary>
internal sealed class AlertOptions
{
    [Description(
        "Average time between false alarms, over all monitors with this key together. The alert fires at readings "
        + "that the reference itself, without drift, shows rarely enough for this. Example: 30d.")]
    public Duration? FalseAlarmEvery { get; set; }

    [Description(
        "With FalseAlarmEvery: smallest excess over noise that fires, in nats. A smaller drift raises no alert, even if it is certain.")]
    [Range(0, double.PositiveInfinity)]
    public double MinimumDivergence { get; set; } = 0.01;

    [Description("For a fixed threshold: measure that is compared with it: kl, which is D(current‖reference) in nats.")]
    public AlertMeasure Measure { get; set; } = AlertMeasure.Kl;

    [Description("For a fixed threshold: window whose readings are used. Required if the monitor has several windows. Example: 24h.")]
    public Duration? Window { get; set; }

    [Description("Fixed threshold, instead of FalseAlarmEvery: readings above this level are high. Example: 0.3.")]
    [Range(0, double.PositiveInfinity, MinimumIsExclusive = true)]
    public double? FireAbove { get; set; }

    [Description("For a fixed threshold: a firing alert resolves at readings below this level. Default: FireAbove.")]
    [Range(0, double.PositiveInfinity, MinimumIsExclusive = true)]
    public double? ResolveBelow { get; set; }

    [Description("How long readings must be high before the alert fires. With 0s it fires at once. Example: 1h.")]
    public Duration Hold { get; set; }
}
