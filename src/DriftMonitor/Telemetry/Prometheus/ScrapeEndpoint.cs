using System.Globalization;

namespace DriftMonitor.Telemetry;

/// <summary>Answers a scrape: 200 with a whole exposition, 500 if there is none to give, 503 if it would come too late.</summary>
internal sealed partial class ScrapeEndpoint(PrometheusExporter exporter, ILogger<ScrapeEndpoint> logger)
{
    // The rest is for the way back: an answer after the scraper has hung up says less than a 503 in time.
    private const double ShareOfTimeout = 0.9;

    /// <summary>Serves GET and HEAD; routing has refused the rest.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var format = ScrapeNegotiation.Format(request.Headers.Accept);
        var gzip = ScrapeNegotiation.Gzip(request.Headers.AcceptEncoding);
        response.Headers.Vary = "Accept, Accept-Encoding";
        ReadOnlyMemory<byte> body;
        try
        {
            body = await BodyAsync(format, gzip).WaitAsync(Patience(request), exporter.TimeProvider, context.RequestAborted);
        }
        catch (TimeoutException)
        {
            LogTooLate();
            await FailAsync(response, StatusCodes.Status503ServiceUnavailable, "The metrics were not collected within the scrape's timeout.");
            return;
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            LogFailed(e);
            await FailAsync(response, StatusCodes.Status500InternalServerError, "The metrics could not be collected; the log says why.");
            return;
        }

        response.ContentType = format == ExpositionFormat.OpenMetrics100
            ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
            : "text/plain; version=0.0.4; charset=utf-8";
        response.ContentLength = body.Length;
        if (gzip)
        {
            response.Headers.ContentEncoding = "gzip";
        }

        if (HttpMethods.IsGet(request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private async Task<ReadOnlyMemory<byte>> BodyAsync(ExpositionFormat format, bool gzip) =>
        await (await exporter.CollectAsync()).BodyAsync(format, gzip);

    private static TimeSpan Patience(HttpRequest request) =>
        double.TryParse(request.Headers["X-Prometheus-Scrape-Timeout-Seconds"], NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
        && seconds is > 0 and < 86_400
            ? TimeSpan.FromSeconds(seconds * ShareOfTimeout)
            : Timeout.InfiniteTimeSpan;

    private static Task FailAsync(HttpResponse response, int status, string reason)
    {
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync(reason + '\n', response.HttpContext.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A scrape found no metrics to serve.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A scrape was given up: the metrics were not collected within its timeout.")]
    private partial void LogTooLate();
}
