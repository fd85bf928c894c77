using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace DriftMonitor.Metrics;

/// <summary>Exports the monitors' metrics by the OpenTelemetry SDK and its Prometheus exporter.</summary>
internal static class MonitorMetricsServices
{
    /// <summary>Adds the metrics of the monitors and of the .NET runtime, and the exporter.</summary>
    public static void AddMonitorMetrics(this IServiceCollection services, Func<IServiceProvider, RenewedMetrics> make)
    {
        services.AddSingleton(make);
        services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics.AddMeter(MonitorMetrics.MeterName).AddRuntimeInstrumentation().AddPrometheusExporter();

            // The SDK keeps every label set that it has seen. Beyond its limit, 2000 per metric, it merges the rest into one series.
            // Segments need more.
            ((IDeferredMeterProviderBuilder)metrics).Configure((provider, deferred) =>
            {
                var instruments = provider.GetRequiredService<RenewedMetrics>();
                deferred.AddView(instrument => instruments.Owns(instrument.Meter)
                    ? new MetricStreamConfiguration { CardinalityLimit = instruments.MostLabelSets(instrument.Name) }
                    : null);

                // A meter of the same name is another host's, in this process.
                deferred.AddView(instrument => !instruments.Owns(instrument.Meter) && instrument.Meter.Name == MonitorMetrics.MeterName
                    ? MetricStreamConfiguration.Drop
                    : null);
            });
        });
        services.Configure<PrometheusAspNetCoreOptions>(exporter =>
        {
            (exporter.ScopeInfoEnabled, exporter.TargetInfoEnabled) = (false, false);

            // By default a page of more than 174 MB, about 1.4 million samples, is answered with an empty error.
            exporter.MaxScrapeResponseSizeBytes = Array.MaxLength;
        });
        services.AddResponseCompression(compression => compression.MimeTypes = ["text/plain", "application/openmetrics-text"]);
    }
}
