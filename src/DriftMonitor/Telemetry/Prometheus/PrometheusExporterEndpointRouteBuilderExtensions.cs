using DriftMonitor.Telemetry;
using OpenTelemetry.Metrics;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the scrape endpoint.</summary>
internal static class PrometheusExporterEndpointRouteBuilderExtensions
{
    /// <summary>Serves the metrics of the registered <see cref="MeterProvider"/> to GET and HEAD.</summary>
    /// <exception cref="InvalidOperationException">No provider is registered, or it has no Prometheus exporter.</exception>
    public static IEndpointConventionBuilder MapPrometheusScrapingEndpoint(this IEndpointRouteBuilder endpoints, string path = "/metrics")
    {
        var services = endpoints.ServiceProvider;
        _ = services.GetRequiredService<MeterProvider>(); // its making hands the exporter what it collects from
        var exporter = services.GetService<PrometheusExporter>()
            ?? throw new InvalidOperationException("The registered MeterProvider has no Prometheus exporter: call AddPrometheusExporter on its builder.");
        var endpoint = new ScrapeEndpoint(exporter, services.GetRequiredService<ILogger<ScrapeEndpoint>>());
        return endpoints.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], endpoint.ServeAsync).WithDisplayName("Prometheus scrape");
    }
}
