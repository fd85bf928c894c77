using DriftMonitor.Live;
using DriftMonitor.Metrics;

namespace DriftMonitor.Http;

/// <summary>Everything served over HTTP, except <c>/metrics</c>.</summary>
internal static class DriftMonitorEndpoints
{
    /// <summary>The methods of every endpoint. Link checkers and some probes use HEAD.</summary>
    public static readonly string[] ReadOnly = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps the page, the API and the health probes.</summary>
    /// <param name="routes">The application.</param>
    /// <param name="current">Gives the newest snapshot; called from any thread.</param>
    /// <param name="sinceLastTurn">Gives the time since the loop last completed a turn.</param>
    /// <param name="judge">Judges whether the service is ready; called from any thread.</param>
    /// <param name="build">The running version.</param>
    /// <param name="clock">For the age of bodies.</param>
    /// <param name="mostStreams">How many pages may be open with events at the same time.</param>
    /// <param name="largeBytes">The size after which an answer of the API ends.</param>
    public static void MapDriftMonitor(
        this IEndpointRouteBuilder routes, Func<Snapshot> current, Func<TimeSpan> sinceLastTurn, Func<HealthReport> judge, BuildInfo build,
        TimeProvider clock, int mostStreams = LiveEndpoint.MostStreams, int largeBytes = ApiEndpoints.LargeBytes)
    {
        HealthEndpoints.Map(routes, current, sinceLastTurn, judge);
        ApiEndpoints.Map(routes, current, build, SharedBodies.Create(routes.ServiceProvider, clock), largeBytes);
        var stopping = routes.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var live = new LiveEndpoint(current, clock, mostStreams, stopping);
        PageEndpoints.Map(routes, current, judge, build, SharedBodies.Create(routes.ServiceProvider, clock), live);
    }

    /// <summary>Sends a small body.</summary>
    public static Task SendAsync(HttpContext context, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        Begin(context, status, contentType, body.Length);
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>Begins a response that may not be cached, and whose content type may not be guessed.</summary>
    public static void Begin(HttpContext context, int status, string contentType, long length)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType.Length > 0 ? contentType : null;
        response.ContentLength = length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
    }
}
