using DriftMonitor.Metrics;
using Microsoft.IO;
using Microsoft.Net.Http.Headers;

namespace DriftMonitor.Http;

/// <summary><c>/metrics</c>, compressed where the scraper accepts that.</summary>
internal static class MetricsEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    /// <remarks>
    /// The exporter collects no new page while a client still reads the last one, so a client that does not read would stop all scrapes.
    /// Its page is therefore copied, and the copy is sent.
    /// </remarks>
    /// <param name="app">The application, with the services of <see cref="AddMetricsCompression"/>.</param>
    /// <param name="metrics">What is exported; the endpoint makes it anew where that is necessary.</param>
    /// <param name="clock">For the age of pages.</param>
    public static void MapMetrics(this WebApplication app, RenewedMetrics metrics, TimeProvider clock)
    {
        var bodies = SharedBodies.Create(app.Services, clock);
        var (exported, collect) = (metrics.Exported, CollectorOf(app, metrics.Exported));
        app.UseWhen(context => context.Request.Path == "/metrics", branch =>
        {
            branch.UseResponseCompression();
            branch.Run(context => bodies.SendAsync(context, $"/metrics {context.Request.Headers.Accept}", version: null, page =>
            {
                metrics.Renew(); // no other collection is under way, as pages are made one after another
                if (exported != metrics.Exported)
                {
                    (exported, collect) = (metrics.Exported, CollectorOf(app, metrics.Exported));
                }

                return CollectAsync(context, collect, page);
            }));
        });
    }

    /// <summary>Adds what compresses the pages.</summary>
    public static void AddMetricsCompression(this IServiceCollection services) =>
        services.AddResponseCompression(compression => compression.MimeTypes = ["text/plain", "application/openmetrics-text"]);

    private static RequestDelegate CollectorOf(WebApplication app, ExportedMetrics exported)
    {
        IApplicationBuilder branch = ((IApplicationBuilder)app).New();
        branch.UseOpenTelemetryPrometheusScrapingEndpoint(
            exported.Provider, predicate: _ => true, path: null, configureBranchedPipeline: null, optionsName: null);
        return branch.Build();
    }

    private static async ValueTask<BodyHead> CollectAsync(HttpContext context, RequestDelegate next, RecyclableMemoryStream page)
    {
        // Others may get this page who accept another encoding, so it is compressed as it is sent, and not by the exporter.
        var (response, headers) = (context.Response, context.Request.Headers);
        var (body, encodings) = (response.Body, headers.AcceptEncoding);
        response.Body = page;
        headers.Remove(HeaderNames.AcceptEncoding);
        try
        {
            await next(context);
        }
        finally
        {
            response.Body = body;
            headers.AcceptEncoding = encodings;
        }

        return new BodyHead(response.StatusCode, response.ContentType ?? "");
    }
}
