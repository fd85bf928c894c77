using DriftMonitor.Metrics;
using Microsoft.IO;
using Microsoft.Net.Http.Headers;

namespace DriftMonitor.Http;

/// <summary><c>/metrics</c>, compressed where the scraper accepts that.</summary>
internal static class MetricsEndpoint
{
    /// <summary>Maps the endpoint. The exporter's services must have been added.</summary>
    /// <remarks>
    /// The exporter collects no new page while a client still reads the last one, so a client that does not read would stop all scrapes.
    /// Its page is therefore copied, and the copy is sent.
    /// </remarks>
    /// <param name="app">The application.</param>
    /// <param name="clock">For the age of pages.</param>
    public static void MapMetrics(this WebApplication app, TimeProvider clock)
    {
        var bodies = SharedBodies.Create(app.Services, clock);
        var instruments = app.Services.GetRequiredService<RenewedMetrics>();
        app.UseWhen(context => context.Request.Path == "/metrics", metrics =>
        {
            metrics.UseResponseCompression();
            metrics.Use(next => context => bodies.SendAsync(
                context, $"/metrics {context.Request.Headers.Accept}", version: null, page =>
                {
                    instruments.Renew(); // no other collection is under way, as pages are made one after another
                    return CollectAsync(context, next, page);
                }));
        });
        app.MapPrometheusScrapingEndpoint();
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
