using System.Globalization;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>A monitor of all topics that match a pattern, on a real Kafka.</summary>
[Collection(RealKafkaTests.Name)]
public sealed class PatternsOnKafkaTests(RealKafka kafka) : IDisposable
{
    private const int Part = 400; // events, a multiple of the reference's bins
    private readonly Workshop _workshop = new();
    private readonly string _prefix = $"orders-{Guid.NewGuid():N}-";

    public void Dispose() => _workshop.Dispose();

    [FactRequires(Tool.Kafka)]
    public async Task Each_event_of_topics_that_match_counts_once_also_of_one_created_while_it_runs_and_after_a_kill()
    {
        await Create("eu", partitions: 2);
        await Create("us", partitions: 1);
        var other = await Topics.Create(kafka.BootstrapServers, partitions: 1);
        Fill("eu", 2, 0, Part);
        Fill("us", 1, 0, Part);
        Send(other, 1, 0, Part);
        Configure(checkpoints: true);
        using (var service = Start())
        {
            service.UntilReady();
            service.Until("both are read", () => Events(service, "eu") == Part && Events(service, "us") == Part);
            await Create("asia", partitions: 2);
            Fill("asia", 2, 0, Part);
            service.Until("the new one is read", () => Events(service, "asia") == Part);
            var told = $"Topic {_prefix}asia is new and matches ^{_prefix}: it is read from its beginning";
            service.Until("the log says so", () => service.Errors.Contains(told, StringComparison.Ordinal));
            Fill("us", 1, Part, 2 * Part);
            service.Signal("KILL");
            service.End();
        }

        await Create("africa", partitions: 1); // sorts before those that are known
        foreach (var (topic, partitions) in new[] { ("africa", 1), ("asia", 2), ("eu", 2), ("us", 1) })
        {
            Fill(topic, partitions, topic == "africa" ? 0 : topic == "us" ? 2 * Part : Part, 3 * Part, closes: true);
        }

        using var next = Start();
        next.UntilReady();
        next.Until(
            "the panes have closed",
            () => Segments(next) is { Count: 4 } segments && segments.All(series => HasClosed(series.Value)));
        var counted = Segments(next).ToDictionary(series => series.Key[_prefix.Length..], series => Counts(series.Value));
        Assert.Equal(["africa", "asia", "eu", "us"], counted.Keys.Order(StringComparer.Ordinal));
        Assert.All(counted.Values, counts => Assert.Equal([3 * Part / 4, 3 * Part / 4, 3 * Part / 4, 3 * Part / 4], counts));
        next.Until("the log says so", () => next.Errors.Contains("1 monitor goes on from the checkpoint of", StringComparison.Ordinal));
        var metrics = next.Scrape();
        Assert.All(metrics["driftmonitor_events_rejected_total"].Values, count => Assert.Equal("0", count));
        Assert.DoesNotContain(other, metrics.Text, StringComparison.Ordinal);
        Assert.Contains($"{{partition=\"1\",topic=\"{_prefix}asia\"}}", metrics["driftmonitor_consumer_lag_events"].Keys);
    }

    [FactRequires(Tool.Kafka)]
    public async Task It_waits_for_a_topic_that_matches_and_one_that_is_deleted_holds_no_pane_back()
    {
        Configure(checkpoints: false, idleAfter: "1h"); // so that only the deletion helps
        using var service = Start();
        var trouble = $"no topic at {kafka.BootstrapServers} matches '^{_prefix}': create one, grant this user DESCRIBE on those that "
            + "exist, or correct the monitor's Topic";
        service.Until("it says that there is none", () => service.Errors.Contains(trouble, StringComparison.Ordinal));
        service.Until("readiness says so", () => service.Get("/healthz/ready?verbose").Body.Contains(trouble, StringComparison.Ordinal));

        await Create("eu", partitions: 1);
        await Create("us", partitions: 1);
        service.UntilReady();
        Fill("eu", 1, 0, 3 * Part, closes: true);
        service.Until("one is read", () => Events(service, "eu") == 3 * Part + 1);
        Assert.False(HasClosed(Segments(service).GetValueOrDefault($"{_prefix}eu"))); // nothing has come from the other

        Delete("us");
        service.Until("the panes have closed", () => HasClosed(Segments(service).GetValueOrDefault($"{_prefix}eu")));
        var told = $"Topic {_prefix}us was deleted: no pane waits for it any more, and records lost unread: 0";
        service.Until("the log says so", () => service.Errors.Contains(told, StringComparison.Ordinal));
        service.UntilReady();
    }

    [FactRequires(Tool.Kafka)]
    public async Task A_topic_that_was_deleted_while_the_service_was_down_is_told_and_the_others_go_on()
    {
        await Create("eu", partitions: 2);
        await Create("us", partitions: 1);
        Fill("eu", 2, 0, Part);
        Fill("us", 1, 0, Part);
        Configure(checkpoints: true, idleAfter: "1h");
        using (var service = Start())
        {
            service.UntilReady();
            service.Until("both are read", () => Events(service, "eu") == Part && Events(service, "us") == Part);
            service.Signal("TERM");
            Assert.Equal(0, service.End().ExitCode);
        }

        Delete("eu");
        Fill("us", 1, Part, 3 * Part, closes: true);
        using var next = Start();
        next.Until("the panes have closed", () => HasClosed(Segments(next).GetValueOrDefault($"{_prefix}us")));
        var told = $"Topic {_prefix}eu was deleted: no pane waits for it any more, and records lost unread: 0";
        next.Until("the log says so", () => next.Errors.Contains(told, StringComparison.Ordinal));
        Assert.Equal([3 * Part / 4, 3 * Part / 4, 3 * Part / 4, 3 * Part / 4], Counts(Segments(next)[$"{_prefix}us"]));
        Assert.Equal([Part / 4, Part / 4, Part / 4, Part / 4], Counts(Segments(next)[$"{_prefix}eu"]));
        Assert.Equal("0", next.Scrape()["driftmonitor_events_lost_total"][$"{{reason=\"truncated\",topic=\"{_prefix}eu\"}}"]);
        next.UntilReady();

        await Create("eu", partitions: 2);
        next.Until("it is noticed", () => next.Errors.Contains(
            $"All windows are emptied and read again, because the log of topic {_prefix}eu is no longer", StringComparison.Ordinal));
    }

    [TheoryRequires(Tool.Kafka)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reference_and_a_replay_of_topics_are_those_of_files_of_their_names_beside_a_monitor_of_one_of_them(bool batches)
    {
        await Create("eu", partitions: 1);
        await Create("us", partitions: 1);
        foreach (var (name, shift) in new[] { ("eu", 0), ("us", 1) })
        {
            string[] lines = [.. Enumerable.Range(0, 3 * Part).Select(i => Line(i, shift))];
            _workshop.Write($"{_prefix}{name}.ndjson", string.Join('\n', lines));
            using var producer = Topics.Producer(kafka.BootstrapServers);
            Array.ForEach(lines, line => producer.Send(_prefix + name, 0, line));
            Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(60)));
        }

        var pattern = _workshop.Numbers($"^{_prefix}");
        (pattern["EventTime"], pattern["SegmentBy"], pattern["Reference"]) = ("t", "k", new JsonObject { ["File"] = "all.json" });
        pattern["MinimumEvents"] = 10;
        var one = _workshop.Numbers($"{_prefix}us", "one");
        one["EventTime"] = "t";
        _workshop.Configure(kafka.BootstrapServers, pattern, one);
        _workshop.Replace("config.json", "\"Start\":", $"\"Batches\":{(batches ? "true" : "false")},\"Start\":");
        string[] files = ["--file", _workshop[$"{_prefix}eu.ndjson"], _workshop[$"{_prefix}us.ndjson"]];

        string[] build = ["reference", "build", "--config", "config.json", "--monitor", "x", "--bins", "integers", "--out"];
        Succeed([.. build, "files.json", .. files]);
        Succeed([.. build, "all.json"]);
        Assert.Equal(File.ReadAllText(_workshop["files.json"]), File.ReadAllText(_workshop["all.json"]));
        Assert.Contains("(topic)/k", File.ReadAllText(_workshop["all.json"]));

        string[] replay = ["replay", "--config", "config.json", "--output", "json"];
        var ofTopics = Succeed(replay);
        var ofFiles = Succeed([.. replay, .. files]);
        Assert.Equal(Readings(ofFiles, "x"), Readings(ofTopics, "x"));
        Assert.Contains($"\"segment\":\"{_prefix}us/1\"", ofTopics);
        var alone = Succeed([.. replay, .. files.Where(file => !file.EndsWith("eu.ndjson", StringComparison.Ordinal))]);
        Assert.NotEmpty(Readings(alone, "one"));
        Assert.Equal(Readings(alone, "one"), Readings(ofTopics, "one"));

        _workshop.Write("other.ndjson", "");
        var refusal = $"--file other.ndjson: the monitor \"x\" reads the topics that match ^{_prefix}, and";
        _workshop.Refuses(2, refusal, [.. replay, "--file", "other.ndjson"]);
    }

    private static string Line(int i, int shift)
    {
        var time = Topics.Minute(0).AddMilliseconds(10 * i).ToUnixTimeMilliseconds();
        return $$"""{"x":{{(i * (shift + 1)) % 4}},"k":"{{i % 2}}","t":{{time}}}""";
    }

    private string Succeed(string[] arguments)
    {
        var ended = _workshop.Run(arguments);
        Assert.True(ended.ExitCode == 0, $"{ended}");
        return ended.Output;
    }

    private static string[] Readings(string lines, string monitor) =>
        [.. lines.Split('\n').Where(line => line.Contains($"\"monitor\":\"{monitor}\"", StringComparison.Ordinal))];

    private void Delete(string name)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.BootstrapServers }).Build();
        admin.DeleteTopicsAsync([_prefix + name]).GetAwaiter().GetResult();
        Eventually.Within(TimeSpan.FromSeconds(20), "it is gone", () =>
            admin.GetMetadata(TimeSpan.FromSeconds(5)).Topics.TrueForAll(topic => topic.Topic != _prefix + name));
    }

    private Task<string> Create(string name, int partitions) => Topics.Create(kafka.BootstrapServers, partitions, _prefix + name);

    private DriftMonitorProcess Start() => _workshop.Start("run", "--config", "config.json");

    private void Configure(bool checkpoints, string idleAfter = "1s")
    {
        var numbers = _workshop.Numbers($"^{_prefix}");
        numbers["Windows"] = new JsonArray("10s", "1h"); // the longer one holds all events
        numbers["AllowedLateness"] = "10s";
        _workshop.Configure(kafka.BootstrapServers, numbers);
        _workshop.Replace("config.json", "\"Start\":\"earliest\"", $"\"Start\":\"earliest\",\"IdleAfter\":\"{idleAfter}\"");
        if (checkpoints)
        {
            _workshop.Replace("config.json", "\"Http\":", "\"Checkpoint\":{\"Directory\":\"state\",\"Every\":\"100ms\"},\"Http\":");
        }
    }

    private void Fill(string name, int partitions, int from, int to, bool closes = false) =>
        Send(_prefix + name, partitions, from, to, closes);

    // Ten milliseconds from one to the next; and one event in each partition that lets all panes with them close, and no other.
    private void Send(string topic, int partitions, int from, int to, bool closes = false)
    {
        using var producer = Topics.Producer(kafka.BootstrapServers);
        for (var i = from; i < to; i++)
        {
            producer.Send(topic, i % partitions, $$"""{"x":{{i % 4}}}""", Topics.Minute(0).AddMilliseconds(10 * i));
        }

        for (var partition = 0; partition < partitions && closes; partition++)
        {
            producer.Send(topic, partition, """{"x":null}""", Topics.Minute(0).AddMilliseconds(10 * to).AddSeconds(11));
        }

        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(60)));
    }

    private int Events(DriftMonitorProcess service, string name) => int.Parse(
        service.Scrape()["driftmonitor_events_total"].GetValueOrDefault($"{{topic=\"{_prefix}{name}\"}}", "0"),
        CultureInfo.InvariantCulture);

    private static Dictionary<string, JsonNode> Segments(DriftMonitorProcess service) =>
        service.Monitors()["monitors"]![0]!["series"]!.AsArray().ToDictionary(series => $"{series!["segment"]}", series => series!);

    private static bool HasClosed(JsonNode? series) => series?["windows"]![0]!["time"] is { } time
        && DateTimeOffset.Parse($"{time}", CultureInfo.InvariantCulture) >= Topics.Minute(0).AddMilliseconds(10 * 3 * Part);

    private static long[] Counts(JsonNode series) =>
        [.. series["windows"]![1]!["bins"]!.AsArray().Take(4).Select(bin => (long)bin!["count"]!)];
}
