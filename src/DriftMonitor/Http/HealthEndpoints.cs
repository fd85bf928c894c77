using System.Text;
using DriftMonitor.Live;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>
/// The probes for Kubernetes: <c>/healthz/live</c> (also <c>/livez</c>), <c>/healthz/ready</c> (also <c>/readyz</c>) and
/// <c>/healthz/startup</c>.
/// </summary>
/// <remarks>
/// Plain text, 200 or 503. A failing probe gives its reasons, one per line; with <c>?verbose</c>, each check is listed. Liveness does not
/// depend on Kafka: a restart does not repair a broker, and would lose the contents of the windows.
/// </remarks>
internal static class HealthEndpoints
{
    private const int MostReasons = 20; // thousands of monitors may fail for one reason

    /// <summary>Maps the probes.</summary>
    /// <param name="routes">The application.</param>
    /// <param name="current">Gives the newest snapshot.</param>
    /// <param name="sinceLastTurn">Gives the time since the loop last completed a turn.</param>
    /// <param name="judge">Judges whether the service is ready.</param>
    public static void Map(
        IEndpointRouteBuilder routes, Func<Snapshot> current, Func<TimeSpan> sinceLastTurn, Func<HealthReport> judge)
    {
        Map("/healthz/live", () => Live(sinceLastTurn()));
        Map("/livez", () => Live(sinceLastTurn()));
        Map("/healthz/ready", judge);
        Map("/readyz", judge);
        Map("/healthz/startup", () => Startup(current(), sinceLastTurn()));

        void Map(string path, Func<HealthReport> report) =>
            routes.MapMethods(path, DriftMonitorEndpoints.ReadOnly, (HttpContext context) => AnswerAsync(context, report()));
    }

    /// <summary>Whether a path is a probe's.</summary>
    public static bool Contains(PathString path) =>
        path.StartsWithSegments("/healthz") || path.StartsWithSegments("/livez") || path.StartsWithSegments("/readyz");

    /// <summary>Whether the process works: its loop turns.</summary>
    public static HealthReport Live(TimeSpan sinceLastTurn) => new([ServiceHealth.Loop(sinceLastTurn)]);

    /// <summary>Whether the process has started: its loop turns and knows its partitions, or the reason why not.</summary>
    public static HealthReport Startup(Snapshot snapshot, TimeSpan sinceLastTurn)
    {
        var unknown = snapshot.Topics.FirstOrDefault(topic => topic.Progress.Count == 0);
        return new(
        [
            ServiceHealth.Loop(sinceLastTurn),
            new("source", snapshot.Trouble is not null || unknown is null,
                snapshot.Trouble is { } trouble ? $"has trouble, which readiness reports too: {trouble}"
                : unknown is null ? "partitions are known"
                : $"the partitions of topic {unknown.Topic} are not known yet"),
        ]);
    }

    private static Task AnswerAsync(HttpContext context, HealthReport report)
    {
        var lines = context.Request.Query.ContainsKey("verbose")
            ? report.Checks.Select(check => $"[{(!check.IsGood ? '-' : check.IsWarning ? '!' : '+')}] {check.Name}: {check.Reason}")
            : report.Reasons(MostReasons);
        var body = new StringBuilder();
        foreach (var line in lines)
        {
            body.Append(OneLine.Sentence(line)).Append('\n'); // topic names and broker messages in it must not look like further checks
        }

        if (report.IsReady)
        {
            body.Append("ok\n");
        }

        var status = report.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return DriftMonitorEndpoints.SendAsync(context, status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(body.ToString()));
    }
}
