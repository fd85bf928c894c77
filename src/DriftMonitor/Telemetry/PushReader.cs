using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace DriftMonitor.Telemetry;

/// <summary>
/// Collects metrics and sends them when it is told to, and not once more at its end: what has been made anew would then be sent twice.
/// </summary>
internal sealed class PushReader : BaseExportingMetricReader
{
    /// <summary>A reader of one provider.</summary>
    public PushReader(BaseExporter<Metric> exporter)
        : base(exporter) => _exporter = exporter;

    private readonly BaseExporter<Metric> _exporter;

    /// <inheritdoc/>
    protected override bool OnShutdown(int timeoutMilliseconds) => _exporter.Shutdown(0);
}
