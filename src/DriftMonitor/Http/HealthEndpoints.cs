using System.Globalization;
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
    /// <summary>A turn takes at most one poll and a few hundred events, so a loop without a turn for this long hangs.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(60);

    /// <summary>Maps the probes.</summary>
    public static void Map(IEndpointRouteBuilder routes, Func<Snapshot> current, Func<TimeSpan> sinceLastTurn)
    {
        Map("/healthz/live", () => Live(sinceLastTurn()));
        Map("/livez", () => Live(sinceLastTurn()));
        Map("/healthz/ready", () => Ready(current(), sinceLastTurn()));
        Map("/readyz", () => Ready(current(), sinceLastTurn()));
        Map("/healthz/startup", () => Startup(current(), sinceLastTurn()));

        void Map(string path, Func<Check[]> checks) =>
            routes.MapMethods(path, DriftMonitorEndpoints.ReadOnly, (HttpContext context) => AnswerAsync(context, checks()));
    }

    /// <summary>Whether the process works: its loop turns.</summary>
    public static Check[] Live(TimeSpan sinceLastTurn) => [Loop(sinceLastTurn)];

    /// <summary>
    /// Whether the numbers are up to date: every partition is known and has been read to its end, and nothing keeps events from coming.
    /// </summary>
    public static Check[] Ready(Snapshot snapshot, TimeSpan sinceLastTurn) =>
    [
        Loop(sinceLastTurn),
        new("source", snapshot.Trouble is null, snapshot.Trouble ?? "no trouble"),
        .. snapshot.Topics.Select(topic => new Check(
            "partitions",
            topic.Progress.Count > 0,
            topic.Progress.Count > 0
                ? $"topic {topic.Topic} has {topic.Progress.Count}"
                : $"those of topic {topic.Topic} are not known yet")),
        .. snapshot.Monitors.SelectMany(Rejections),
        new("caught_up", snapshot.IsCaughtUp, snapshot.IsCaughtUp ? "every partition has been read to its end" : Behind(snapshot)),
    ];

    /// <summary>Whether the process has started: its loop turns and knows its partitions, or the reason why not.</summary>
    public static Check[] Startup(Snapshot snapshot, TimeSpan sinceLastTurn)
    {
        var unknown = snapshot.Topics.FirstOrDefault(topic => topic.Progress.Count == 0);
        return
        [
            Loop(sinceLastTurn),
            new("source", snapshot.Trouble is not null || unknown is null,
                snapshot.Trouble is { } trouble ? $"has trouble, which readiness reports too: {trouble}"
                : unknown is null ? "partitions are known"
                : $"the partitions of topic {unknown.Topic} are not known yet"),
        ];
    }

    // Warnings: taken out of service, the pod would neither repair the events nor tell of them.
    private static IEnumerable<Check> Rejections(MonitorSnapshot monitor)
    {
        var (spec, limit) = (monitor.Spec, $"above MaxRejected ({Figures.Percent(monitor.Spec.MaxRejected)})");
        var windows = spec.Windows.Zip(monitor.RejectedShares)
            .Where(window => window.Second > spec.MaxRejected)
            .Select(window => $"{Figures.Percent(window.Second)} of the events of {window.First.Label}")
            .ToList();
        if (windows.Count > 0)
        {
            yield return Warning(
                $"readings of monitor {spec.Name} are untrusted, and its alert is held: "
                + $"{string.Join(", ", windows)} were rejected, {limit}");
        }

        // While all events are rejected, no pane closes.
        var (counted, rejected) = monitor.Open;
        var share = rejected / Math.Max(1.0, rejected + counted);
        if (share > spec.MaxRejected && rejected >= spec.MinimumEvents)
        {
            yield return Warning(
                $"of {Phrases.Count(rejected + counted, "event")} since the last reading of monitor {spec.Name}, "
                + $"{Figures.Percent(share)} were rejected, {limit}");
        }

        static Check Warning(string reason) => new("rejected", IsGood: true, reason, IsWarning: true);
    }

    private static Check Loop(TimeSpan sinceLastTurn)
    {
        var isAlive = sinceLastTurn < DeadAfter;
        var excess = isAlive ? "" : $", and {DeadAfter.TotalSeconds} s are too long";
        return new("loop", isAlive, $"last turn {sinceLastTurn.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s ago{excess}");
    }

    private static string Behind(Snapshot snapshot)
    {
        var lag = snapshot.Topics.SelectMany(topic => topic.Progress).Sum(partition => partition.Lag ?? 0);
        return lag > 0
            ? $"still catching up: {Phrases.Count(lag, "event")} to go"
            : "not every partition has been read to its end";
    }

    private static Task AnswerAsync(HttpContext context, Check[] checks)
    {
        var isGood = Array.TrueForAll(checks, check => check.IsGood);
        var body = new StringBuilder();
        foreach (var check in checks)
        {
            var reason = OneLine.Sentence(check.Reason); // topic names and broker messages in it must not look like further checks
            if (context.Request.Query.ContainsKey("verbose"))
            {
                body.Append($"[{(!check.IsGood ? '-' : check.IsWarning ? '!' : '+')}] {check.Name}: {reason}\n");
            }
            else if (!check.IsGood)
            {
                body.Append($"{check.Name}: {reason}\n");
            }
        }

        if (isGood)
        {
            body.Append("ok\n");
        }

        var status = isGood ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return DriftMonitorEndpoints.SendAsync(context, status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(body.ToString()));
    }

    /// <summary>One check of a probe.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="IsGood">Whether it passes.</param>
    /// <param name="Reason">The state that was found, in words.</param>
    /// <param name="IsWarning">Whether it passes with a warning, marked by <c>!</c>.</param>
    internal readonly record struct Check(string Name, bool IsGood, string Reason, bool IsWarning = false);
}
