using DriftMonitor.Core.Monitoring;

namespace DriftMonitor.Metrics;

/// <summary>A gauge of each monitor that depends on its configuration alone.</summary>
/// <param name="Instrument">The instrument's name, which ends in its unit.</param>
/// <param name="Description">What it is, in a sentence.</param>
/// <param name="Observe">Gives its value for a monitor; null for none.</param>
internal sealed record MonitorMetric(string Instrument, string Description, Func<MonitorSpec, double?> Observe)
{
    /// <summary>The family's name in an exposition.</summary>
    public string Family => Instrument.Replace('.', '_');
}
