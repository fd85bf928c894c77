using DriftMonitor.Live;
using DriftMonitor.Metrics;

namespace DriftMonitor.Http;

/// <summary>The page for people at <c>/</c>, and its style sheet, script and icon.</summary>
internal static class PageEndpoints
{
    // All content is from this server, and no script injected by the name of a topic is run.
    private const string ContentSecurityPolicy =
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

    /// <summary>Maps the page.</summary>
    public static void Map(
        IEndpointRouteBuilder routes, Func<Snapshot> current, Func<HealthReport> judge, BuildInfo build, SharedBodies bodies,
        LiveEndpoint live)
    {
        routes.MapMethods("/live", DriftMonitorEndpoints.ReadOnly, live.AnswerAsync);
        routes.MapMethods("/", DriftMonitorEndpoints.ReadOnly, (HttpContext context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            var (snapshot, query) = (current(), PageQuery.Of(context.Request.Query));
            return bodies.SendAsync(context, $"/{query.Address}", snapshot, page =>
            {
                var isFound = query.Select(snapshot) is not null;
                page.Write(Page.Render(snapshot, judge(), build, query).ToUtf8());
                return ValueTask.FromResult(new BodyHead(
                    isFound ? StatusCodes.Status200OK : StatusCodes.Status404NotFound, "text/html; charset=utf-8"));
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
