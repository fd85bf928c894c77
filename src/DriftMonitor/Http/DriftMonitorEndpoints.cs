using DriftMonitor.Live;
using DriftMonitor.Metrics;

namespace DriftMonitor.Http;

/// <summary>All that is served over HTTP, except <c>/metrics</c>.</summary>
internal static class DriftMonitorEndpoints
{
    /// <summary>What every endpoint answers to: HEAD too, which link checkers and some probes use.</summary>
    public static readonly string[] ReadOnly = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps the page, the API and the health probes.</summary>
    /// <param name="routes">The application.</param>
    /// <param name="current">Gives the newest snapshot; called from any thread.</param>
    /// <param name="sinceLastTurn">How long ago the loop last came round.</param>
    /// <param name="build">What runs.</param>
    public static void MapDriftMonitor(this IEndpointRouteBuilder routes, Func<Snapshot> current, Func<TimeSpan> sinceLastTurn, BuildInfo build)
    {
        HealthEndpoints.Map(routes, current, sinceLastTurn);
        ApiEndpoints.Map(routes, current, build);
        PageEndpoints.Map(routes, current, build);
    }

    /// <summary>Sends an answer that nobody may keep, as it is of this moment, nor take for another type than it is.</summary>
    public static Task SendAsync(HttpContext context, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
