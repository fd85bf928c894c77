using DriftMonitor.Live;
using DriftMonitor.Metrics;

namespace DriftMonitor.Http;

/// <summary>The page for people at <c>/</c>, and its style sheet, script and icon.</summary>
internal static class PageEndpoints
{
    // All content is from this server, and no script injected by the name of a topic is run.
    private const string ContentSecurityPolicy =
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

    /// <summary>Maps the page.</summary>
    public static void Map(
        IEndpointRouteBuilder routes, Func<Snapshot> current, Func<HealthReport> judge, BuildInfo build, SharedBodies bodies)
    {
        routes.MapMethods("/", DriftMonitorEndpoints.ReadOnly, (HttpContext context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            var snapshot = current();
            return bodies.SendAsync(context, "/", snapshot, page =>
            {
                page.Write(Page.Render(snapshot, judge(), build).ToUtf8());
                return ValueTask.FromResult(new BodyHead(StatusCodes.Status200OK, "text/html; charset=utf-8"));
            });
        });
        MapAsset("page.css", "text/css; charset=utf-8");
        MapAsset("page.js", "text/javascript; charset=utf-8");
        MapAsset("icon.svg", "image/svg+xml");

        void MapAsset(string name, string contentType)
        {
            var body = Asset.Read(name);
            routes.MapMethods("/" + name, DriftMonitorEndpoints.ReadOnly, (HttpContext context) =>
                DriftMonitorEndpoints.SendAsync(context, StatusCodes.Status200OK, contentType, body));
        }
    }
}
