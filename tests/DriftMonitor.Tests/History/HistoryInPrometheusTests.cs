using System.Globalization;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.History;

/// <summary>The history of the blizzard of 2013 in real Prometheus servers: what was written is what a query gives.</summary>
public sealed class HistoryInPrometheusTests
{
    private const long From = 1360281600; // 2013-02-08T00:00:00Z
    private const long To = 1360627200; // 2013-02-12T00:00:00Z

    [FactRequires(Tool.Prometheus)]
    public void Prometheus_of_Debian_takes_all_samples_by_remote_write() => Takes_remote_write(Tool.Prometheus);

    [FactRequires(Tool.NewPrometheus)]
    public void Prometheus_of_today_takes_all_samples_by_remote_write() => Takes_remote_write(Tool.NewPrometheus);

    // Newer samples are there, and samples of 2013 need an out-of-order window that reaches back to them.
    private static void Takes_remote_write(Tool tool)
    {
        using var workshop = Flights();
        const string Receiving = "--web.enable-remote-write-receiver";
        using (var server = new PrometheusServer(tool, workshop, workshop["narrow"], "", Receiving))
        {
            Sent(server, "--from", "2013-03-01", "--to", "2013-03-02").Succeeded();
            var refused = Sent(server, "--from", "2013-02-08", "--to", "2013-02-12");
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains(" refuses samples of 2013-02-08 as too old (400 BadRequest: out of bounds", refused.Errors);
            Assert.Contains("storage.tsdb.out_of_order_time_window", refused.Errors);
        }

        using (var server = new PrometheusServer(
            tool, workshop, workshop["wide"], "storage: { tsdb: { out_of_order_time_window: 30y } }", Receiving))
        {
            Sent(server, "--from", "2013-03-01", "--to", "2013-03-02").Succeeded();
            Sent(server, "--from", "2013-02-08", "--to", "2013-02-12", "--out", "history").Succeeded();
            Sent(server, "--from", "2013-02-08", "--to", "2013-02-12").Succeeded(); // again: each sample is kept once
            HasTheSamplesOf(workshop, "history", server);
        }

        Finished Sent(PrometheusServer server, params string[] arguments) => workshop.Run(
        [
            "replay", "--config", "config.json", "--file", Workshop.Flights, "--label", "replay=blizzard",
            "--remote-write", $"{server.Address}api/v1/write", .. arguments,
        ]);
    }

    /// <summary>A reference file of departure delays, counts only.</summary>
    internal const string DelaysReference = """
        {"format":"driftmonitor.reference/1","field":"dep_delay",
         "bins":{"kind":"edges","edges":[-60,-10,-5,0,5,10,15,30,60,120,240,2000]},
         "counts":{"regular":[4000,11000,19000,7000,3500,2500,4000,3500,3100,1400,300],"special":{"missing":1200}}}
        """;

    private static string[] Replay =>
        ["replay", "--config", "config.json", "--file", Workshop.Flights, "--from", "2013-02-08", "--to", "2013-02-12"];

    [FactRequires(Tool.Promtool, Tool.Prometheus)]
    public void Prometheus_of_Debian_answers_from_the_blocks_with_every_sample() =>
        Answers_from_the_blocks(Tool.Promtool, Tool.Prometheus);

    [FactRequires(Tool.NewPromtool, Tool.NewPrometheus)]
    public void Prometheus_of_today_answers_from_the_blocks_with_every_sample() =>
        Answers_from_the_blocks(Tool.NewPromtool, Tool.NewPrometheus);

    [Fact]
    public void Without_promtool_blocks_are_refused_with_where_to_get_it()
    {
        using var workshop = Flights();
        var path = new Dictionary<string, string> { ["PATH"] = workshop.Folder };
        using var replay = DriftMonitorProcess.Start(workshop.Folder, path, [.. Replay, "--blocks", "blocks"]);
        var ended = replay.End();

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith(
            "driftmonitor: --blocks needs promtool, which is not on the PATH: it is part of Prometheus (apt-get install prometheus",
            ended.Errors);
        Assert.False(Directory.Exists(workshop["blocks"]));
    }

    // A promtool that drops samples and succeeds, as the real one does with samples out of order.
    [FactRequires(Tool.Promtool)]
    public void Blocks_that_lack_samples_are_refused_and_not_left_behind()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var workshop = Flights();
        Directory.CreateDirectory(workshop["bin"]);
        workshop.Write("bin/promtool", $"""
            #!/bin/bash
            sed '/window_events/d' "$6" > less.om
            exec '{Machine.Find(Tool.Promtool)}' "$1" "$2" "$3" "$4" "$5" less.om "$7"
            """);
        File.SetUnixFileMode(workshop["bin/promtool"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        workshop.Run([.. Replay, "--out", "history"]).Succeeded();
        var samples = File.ReadLines(workshop["history/2013-02-08.om"]).Count(line => !line.StartsWith('#'));
        var path = new Dictionary<string, string> { ["PATH"] = $"{workshop["bin"]}:/usr/bin:/bin" };
        using var replay = DriftMonitorProcess.Start(workshop.Folder, path, [.. Replay, "--blocks", "blocks"]);
        var ended = replay.End();

        Assert.Equal(1, ended.ExitCode);
        Assert.EndsWith($" of the {samples} samples of blocks/.partial/days/2013-02-08.om: check its version\n", ended.Errors);
        Assert.Empty(Directory.EnumerateFileSystemEntries(workshop["blocks"]));
    }

    internal static Workshop Flights()
    {
        var workshop = new Workshop();
        workshop.Configure("127.0.0.1:1", Workshop.Delays());
        workshop.Write("departure-delay.json", DelaysReference);
        return workshop;
    }

    /// <summary>Asserts that a server has exactly the samples of the files of days.</summary>
    internal static void HasTheSamplesOf(Workshop workshop, string folder, PrometheusServer prometheus)
    {
        var lines = Directory.EnumerateFiles(workshop[folder]).SelectMany(File.ReadLines).Where(line => !line.StartsWith('#')).ToList();
        Assert.Equal(
            lines.Count,
            prometheus.Count("{__name__=~\"driftmonitor_.+\",replay=\"blizzard\"}[4d]", To - 1));

        // An hourly sample outlives the look-back of five minutes as a dot only: a query has to look back a pane.
        var expected = lines.Where(line => line.StartsWith("driftmonitor_kl_divergence_nats{", StringComparison.Ordinal))
            .Select(line => line.Split(' '))
            .Select(parts => (
                Window: parts[0].Contains("\"24h\"", StringComparison.Ordinal) ? "24h" : "6h",
                Seconds: double.Parse(parts[2], CultureInfo.InvariantCulture),
                Value: double.Parse(parts[1], CultureInfo.InvariantCulture)));
        var found = prometheus.Range("driftmonitor_kl_divergence_nats", From, To - 1, "1h")
            .Select(sample => (Window: sample.Labels.Split("window=")[1], sample.Seconds, sample.Value)).ToList();
        Assert.Equal(expected.Order(), found.Order());
        Assert.Equal(96 + 70, found.Count); // in 26 hours, fewer than 100 flights had left in the last six

        const string Looking = "last_over_time(driftmonitor_alert_state{state=\"firing\"}[1h])";
        Assert.Equal(4 * 60 * 24, prometheus.Range(Looking, From, To - 60, "1m").Count());
        Assert.Equal(1, prometheus.Single(Looking, 1360412999)); // 2013-02-09T12:29:59Z, half an hour after the sample
        Assert.Equal(1, prometheus.Single(
            "last_over_time(driftmonitor_reading_available{window=\"24h\",reason=\"\"}[1h])", 1360412999));
    }

    private static void Answers_from_the_blocks(Tool promtool, Tool prometheus)
    {
        using var workshop = Flights();
        var path = new Dictionary<string, string> { ["PATH"] = $"{Path.GetDirectoryName(Machine.Find(promtool))}:/usr/bin:/bin" };
        using (var replay = DriftMonitorProcess.Start(
            workshop.Folder, path, [.. Replay, "--out", "history", "--blocks", "blocks", "--label", "replay=blizzard"]))
        {
            var ended = replay.End();
            Assert.True(ended.ExitCode == 0, $"{ended}");
            Assert.Matches(@"driftmonitor: blocks: \d+ blocks of 4 days, [\d,]+ samples\n", ended.Errors);
        }

        using var server = new PrometheusServer(prometheus, workshop, workshop["blocks"]);
        HasTheSamplesOf(workshop, "history", server);
    }
}
