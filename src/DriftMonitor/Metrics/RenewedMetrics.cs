using System.Diagnostics.Metrics;
using DriftMonitor.Live;
using OpenTelemetry.Exporter;

namespace DriftMonitor.Metrics;

/// <summary>
/// The exported metrics, made anew when segments have come and gone so often that the SDK has no more room for their label sets. Neither
/// the SDK nor its exporter forgets a label set or a metric as long as it lives, so both are made anew.
/// </summary>
internal sealed class RenewedMetrics : IDisposable
{
    private readonly Func<Snapshot> _current;
    private readonly Func<ExportedMetrics> _make;

    /// <summary>Makes the metrics for the first time.</summary>
    /// <param name="current">Gives the newest snapshot; called from any thread.</param>
    /// <param name="clock">Gives the time when the references were loaded: now.</param>
    /// <param name="build">The running version.</param>
    /// <param name="binContributions">Whether the bins' contributions are exported.</param>
    /// <param name="configure">Changes the exporter's options; null for none.</param>
    public RenewedMetrics(
        Func<Snapshot> current,
        TimeProvider clock,
        BuildInfo build,
        bool binContributions = false,
        Action<PrometheusAspNetCoreOptions>? configure = null)
    {
        var loaded = clock.GetUtcNow();
        _current = current;
        _make = () => new ExportedMetrics(current, MakeInstruments, configure);
        Exported = _make();

        MonitorMetrics MakeInstruments(Meter meter) => new(current, loaded, build, binContributions, meter);
    }

    /// <summary>The metrics, as they were last made.</summary>
    public ExportedMetrics Exported { get; private set; }

    /// <summary>Makes the metrics anew if that is necessary. To be called before a collection, and not during one.</summary>
    public void Renew()
    {
        if (!Exported.Instruments.HasRoomFor(_current()))
        {
            Exported.Dispose();
            Exported = _make();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Exported.Dispose();
}
