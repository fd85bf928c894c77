using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace DriftMonitor.Telemetry;

/// <summary>The monitors' metrics behind the OpenTelemetry SDK and its Prometheus exporter.</summary>
internal static class MonitorMetricsServices
{
    /// <summary>Adds the metrics, and what a scrape of them needs.</summary>
    public static void AddMonitorMetrics(this IServiceCollection services, Func<IServiceProvider, MonitorMetrics> make)
    {
        services.AddSingleton(make);
        new OpenTelemetryServices(services).WithMetrics(metrics =>
        {
            metrics.AddMeter(MonitorMetrics.MeterName).AddPrometheusExporter();

            // The SDK keeps every label set that it has seen, and counts those beyond a limit of 2000 a metric as one: segments need more.
            ((IDeferredMeterProviderBuilder)metrics).Configure((provider, deferred) =>
            {
                var instruments = provider.GetRequiredService<MonitorMetrics>();
                deferred.AddView(instrument => new MetricStreamConfiguration { CardinalityLimit = instruments.MostLabelSets(instrument.Name) });
            });
        });
#if PROMETHEUS_PACKAGE
        services.Configure<OpenTelemetry.Exporter.PrometheusAspNetCoreOptions>(exporter => (exporter.ScopeInfoEnabled, exporter.TargetInfoEnabled) = (false, false));
#else
        services.AddOptions<OpenTelemetry.Exporter.PrometheusAspNetCoreOptions>().Configure<MonitorMetrics>((exporter, metrics) => exporter.BeforeCollect = metrics.Pin);
#endif
    }
}
