using DriftMonitor.Telemetry;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;

namespace OpenTelemetry.Metrics;

/// <summary>Adds the exporter behind the scrape endpoint.</summary>
internal static class PrometheusExporterMeterProviderBuilderExtensions
{
    /// <summary>Adds an exporter that collects when it is scraped; <c>MapPrometheusScrapingEndpoint</c> serves it.</summary>
    public static MeterProviderBuilder AddPrometheusExporter(this MeterProviderBuilder builder, Action<PrometheusAspNetCoreOptions>? configure = null)
    {
        builder.ConfigureServices(services =>
        {
            services.TryAddSingleton(static s => new PrometheusExporter(s.GetRequiredService<IOptions<PrometheusAspNetCoreOptions>>().Value));
            if (configure is not null)
            {
                services.Configure(configure);
            }
        });
        return builder.AddReader(static services => new BaseExportingMetricReader(services.GetRequiredService<PrometheusExporter>())
        {
            TemporalityPreference = MetricReaderTemporalityPreference.Cumulative,
        });
    }
}
