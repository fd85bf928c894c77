using System.Globalization;
using System.Text;
using DriftMonitor.Live;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>The probes of Kubernetes: <c>/healthz/live</c>, <c>/healthz/ready</c> and <c>/healthz/startup</c>, with <c>/livez</c> and <c>/readyz</c>.</summary>
/// <remarks>
/// Plain text, 200 or 503. A failing probe says why, a line for each reason; with <c>?verbose</c>, each check is listed. Live never asks Kafka:
/// a restart does not mend a broker, and would lose what the windows hold.
/// </remarks>
internal static class HealthEndpoints
{
    /// <summary>A turn takes a poll's patience and what a few hundred events cost: a loop silent for so long hangs.</summary>
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

    /// <summary>Whether the process is worth keeping: its loop turns.</summary>
    public static Check[] Live(TimeSpan sinceLastTurn) => [Loop(sinceLastTurn)];

    /// <summary>Whether the numbers can be relied on: every partition known and read to its end, and nothing keeps events from coming.</summary>
    public static Check[] Ready(Snapshot snapshot, TimeSpan sinceLastTurn) =>
    [
        Loop(sinceLastTurn),
        new("source", snapshot.Trouble is null, snapshot.Trouble ?? "no trouble"),
        .. snapshot.Topics.Select(topic => new Check(
            "partitions",
            topic.Progress.Count > 0,
            topic.Progress.Count > 0 ? $"topic {topic.Topic} has {topic.Progress.Count}" : $"those of topic {topic.Topic} are not known yet")),
        new("caught_up", snapshot.IsCaughtUp, snapshot.IsCaughtUp ? "every partition has been read to its end" : Behind(snapshot)),
    ];

    /// <summary>Whether the process has come up: its loop turns and knows its partitions, or knows why it can't.</summary>
    public static Check[] Startup(Snapshot snapshot, TimeSpan sinceLastTurn)
    {
        var unknown = snapshot.Topics.FirstOrDefault(topic => topic.Progress.Count == 0);
        return
        [
            Loop(sinceLastTurn),
            new("source", snapshot.Trouble is not null || unknown is null,
                snapshot.Trouble is { } trouble ? $"answers with trouble, which readiness tells: {trouble}"
                : unknown is null ? "partitions are known"
                : $"the partitions of topic {unknown.Topic} are not known yet"),
        ];
    }

    private static Check Loop(TimeSpan sinceLastTurn)
    {
        var isAlive = sinceLastTurn < DeadAfter;
        return new("loop", isAlive, string.Create(
            CultureInfo.InvariantCulture,
            $"last turn {sinceLastTurn.TotalSeconds:0.0} s ago{(isAlive ? "" : $", and {DeadAfter.TotalSeconds} s are too long")}"));
    }

    private static string Behind(Snapshot snapshot)
    {
        var lag = snapshot.Topics.SelectMany(topic => topic.Progress).Sum(partition => partition.Lag ?? 0);
        return lag > 0 ? string.Create(CultureInfo.InvariantCulture, $"still reading what is there: {lag} events to go") : "not every partition has been read to its end";
    }

    private static Task AnswerAsync(HttpContext context, Check[] checks)
    {
        var isGood = Array.TrueForAll(checks, check => check.IsGood);
        var body = new StringBuilder();
        foreach (var check in checks) // whose reasons hold topics' names and brokers' words: none may look like a check of its own
        {
            if (context.Request.Query.ContainsKey("verbose"))
            {
                body.Append(CultureInfo.InvariantCulture, $"[{(check.IsGood ? '+' : '-')}] {check.Name}: {OneLine.Sentence(check.Reason)}\n");
            }
            else if (!check.IsGood)
            {
                body.Append(CultureInfo.InvariantCulture, $"{check.Name}: {OneLine.Sentence(check.Reason)}\n");
            }
        }

        if (isGood)
        {
            body.Append("ok\n");
        }

        return DriftMonitorEndpoints.SendAsync(
            context, isGood ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(body.ToString()));
    }

    /// <summary>One thing that a probe looks at.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="IsGood">Whether it is as it should be.</param>
    /// <param name="Reason">How it is, in words.</param>
    internal readonly record struct Check(string Name, bool IsGood, string Reason);
}
