using System.Diagnostics.Metrics;
using DriftMonitor.Live;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace DriftMonitor.Metrics;

/// <summary>
/// The metrics of the monitors and of the .NET runtime, as the OpenTelemetry SDK and its Prometheus exporter collect them.
/// </summary>
internal sealed class ExportedMetrics : IDisposable
{
    /// <summary>Makes the instruments, and what collects them.</summary>
    /// <param name="current">Gives the newest snapshot; called from any thread.</param>
    /// <param name="make">Makes the instruments on a meter.</param>
    /// <param name="configure">Changes the exporter's options; null for none.</param>
    public ExportedMetrics(Func<Snapshot> current, Func<Meter, MonitorMetrics> make, Action<PrometheusAspNetCoreOptions>? configure)
    {
        Instruments = make(new Meter(new MeterOptions(MonitorMetrics.MeterName) { Scope = this }));
        Provider = Sdk.CreateMeterProviderBuilder()
            .AddInstrumentsOf(this, current)
            .AddRuntimeInstrumentation()
            .AddPrometheusExporter(exporter =>
            {
                (exporter.ScopeInfoEnabled, exporter.TargetInfoEnabled) = (false, false);

                // By default a page of more than 174 MB, about 1.4 million samples, is answered with an empty error.
                exporter.MaxScrapeResponseSizeBytes = Array.MaxLength;
                configure?.Invoke(exporter);
            })
            .Build();
    }

    /// <summary>The monitors' instruments.</summary>
    public MonitorMetrics Instruments { get; }

    /// <summary>Collects the instruments for the exporter.</summary>
    public MeterProvider Provider { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Provider.Dispose();
        Instruments.Dispose();
    }
}
