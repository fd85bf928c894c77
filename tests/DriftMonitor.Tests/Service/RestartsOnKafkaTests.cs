using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftMonitor.Streaming.Checkpoints;
using DriftMonitor.Tests.Kafka;
using Xunit.Abstractions;

namespace DriftMonitor.Tests.Service;

/// <summary>
/// The service goes on after a restart where its last checkpoint ends: every event is counted once, whatever has ended the process. The
/// oracle is the number of events that were written with each value.
/// </summary>
[Collection(RealKafkaTests.Name)]
public sealed class RestartsOnKafkaTests(RealKafka kafka, ITestOutputHelper log) : IDisposable
{
    private const int Partitions = 3;
    private const int Values = 4; // the bins of the reference
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(10);

    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [FactRequires(Tool.Kafka)] // the twin without a fault
    public async Task Never_killed_it_counts_each_event_once() => await CountsEachOnce(kills: 0);

    [FactRequires(Tool.Kafka)]
    public async Task Killed_at_any_moment_while_events_come_it_counts_each_event_once() => await CountsEachOnce(kills: 6); // E02

    /// <summary>The long form, in which the broker is killed too: <c>make soak</c>.</summary>
    [SoakFact(Tool.KafkaNode)]
    [Trait("Length", "soak")]
    public async Task Killed_60_times_and_the_broker_12_times_it_counts_each_event_once() =>
        await CountsEachOnce(kills: 60, brokerKills: 12);

    private async Task CountsEachOnce(int kills, int brokerKills = 0)
    {
        var seed = RandomNumberGenerator.GetInt32(1_000_000_000);
        log.WriteLine($"seed {seed}");
        var random = new Random(seed);
        const int Part = 5000; // of the events, for each life of the process
        var topic = await Topics.Create(kafka.BootstrapServers, Partitions);
        Configure(topic);
        var memory = new List<long>();
        for (var kill = 0; kill < kills; kill++)
        {
            using var service = Start();
            var events = random.Next(1, Part);
            var first = kill * Part;
            var writing = Task.Run(() => Fill(topic, first, first + Part, closes: false));
            service.Until("some events are read", () => Events(service, topic) >= events);
            if (kill * brokerKills / kills != (kill + 1) * brokerKills / kills)
            {
                kafka.Node.Kill();
                kafka.Node.Start();
                service.Until("reading goes on", () => service.Get("/healthz/ready").Status == 200 || random.Next(20) == 0);
            }

            memory.Add(Process.GetProcessById(service.Id).WorkingSet64 >> 20);
            service.Signal("KILL");
            service.End();
            await writing;
        }

        var count = (kills + 1) * Part;
        Fill(topic, kills * Part, count);
        using var last = Start();
        UntilReadTo(last, count);
        var counted = Counts(last, "x");
        var expected = ExpectedCounts(count);
        log.WriteLine(
            $"{kills} kills of the service, {brokerKills} of the broker; events in {count}, counted {counted.Sum()}, "
            + $"lost {expected.Zip(counted, (one, other) => Math.Max(0, one - other)).Sum()}, "
            + $"duplicated {expected.Zip(counted, (one, other) => Math.Max(0, other - one)).Sum()}; "
            + $"resident memory {(memory.Count == 0 ? "not measured" : $"{memory.Min()} to {memory.Max()} MB")}");
        Assert.Equal(kills > 0, UntilCounted(last, topic, count).Errors.Contains("from the checkpoint of", StringComparison.Ordinal));
    }

    [FactRequires(Tool.Kafka)]
    public async Task Asked_to_stop_it_takes_a_last_checkpoint_and_commits_its_offsets() // E04
    {
        var topic = await Topics.Create(kafka.BootstrapServers, Partitions);
        Configure(topic, every: "1h"); // only the last one
        var writing = Task.Run(() => Fill(topic, 0, 20_000));
        using (var service = Start())
        {
            service.Until("some events are read", () => Events(service, topic) > 2000);
            service.Signal("TERM");
            Assert.Equal(0, service.End(TimeSpan.FromSeconds(20)).ExitCode);
            Assert.Contains("after a last commit", service.Errors);
        }

        await writing;
        var positions = CheckpointFile.Read(_workshop["state/state.1"]).Positions;
        Assert.Equal(Partitions, positions.Count);
        Assert.InRange(positions.Sum(progress => progress.Position.NextOffset), 2001, 20_000 + Partitions);
        Assert.Equal(
            positions.Select(progress => (progress.Position.Partition, progress.Position.NextOffset)),
            Committed(topic).OrderBy(offset => offset.Partition.Value).Select(offset => (offset.Partition.Value, offset.Offset.Value)));
        using var next = Start();
        UntilCounted(next, topic, 20_000);
    }

    [FactRequires(Tool.Kafka)]
    public async Task Offsets_that_somebody_else_has_committed_do_not_matter() // E06
    {
        var topic = await Stopped(3000);
        using (var consumer = Consumer(topic))
        {
            consumer.Commit(Committed(topic).Select(offset => new TopicPartitionOffset(offset.TopicPartition, offset.Offset + 1000)));
        }

        Fill(topic, 3000, 6000);
        using var service = Start();
        UntilCounted(service, topic, 6000);
    }

    [FactRequires(Tool.Kafka)]
    public async Task What_retention_has_deleted_since_the_checkpoint_is_counted_as_lost_and_the_rest_is_counted() // E08
    {
        var topic = await Stopped(3000);
        Fill(topic, 3000, 6000);
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.BootstrapServers }).Build())
        {
            await admin.DeleteRecordsAsync([new TopicPartitionOffset(topic, 0, 1301)]); // the first 1001 are counted
        }

        using var service = Start();
        UntilReadTo(service, 6000);
        Assert.Equal("300", Lost(service, topic, "retention"));
        Assert.Equal("0", Lost(service, topic, "truncated"));
        Assert.Equal(6000 - 300, Counts(service, "x").Sum());
        var windows = Series(service, "x")["windows"]!;
        Assert.Equal(("", "window_incomplete"), ($"{windows[0]!["unavailable"]}", $"{windows[1]!["unavailable"]}"));
        Assert.Contains($"{topic} [[0]] no longer has offset 1001: reading continues at 1301, its oldest offset", service.Errors);
    }

    [FactRequires(Tool.Kafka)]
    public async Task A_topic_that_was_created_again_while_the_service_was_down_is_counted_from_its_start() // E09, E26
    {
        var topic = await Stopped(3000);
        await Topics.Recreate(kafka.BootstrapServers, topic, Partitions);
        Fill(topic, 0, 6000);

        using var service = Start();
        UntilCounted(service, topic, 6000);
        Assert.Contains(
            $"All windows are emptied and read again, because the log of topic {topic} is not the one of the checkpoint", service.Errors);
        Assert.Equal("0", Lost(service, topic, "truncated")); // all of the old one had been read
    }

    [FactRequires(Tool.Kafka)]
    public async Task A_monitor_with_another_pane_begins_anew_and_the_other_one_goes_on() // S05
    {
        var topic = await Stopped(3000);
        _workshop.Replace("config.json", "\"Name\":\"other\",\"Pane\":\"1s\"", "\"Name\":\"other\",\"Pane\":\"2s\"");
        Fill(topic, 3000, 6000);

        using var service = Start();
        UntilCounted(service, topic, 6000);
        Assert.Contains(" warn  other does not go on from the checkpoint, because Pane is not what it was: it begins anew", service.Errors);
        Assert.Contains("1 monitor goes on from the checkpoint of", service.Errors);
        Assert.Equal(6000 + 2 * Partitions, Events(service, topic)); // read from the start for the one, and not counted again by the other
    }

    [FactRequires(Tool.Kafka)]
    public async Task A_second_process_on_the_same_folder_is_refused() // S06
    {
        var topic = await Topics.Create(kafka.BootstrapServers, Partitions);
        Configure(topic);
        using var service = Start();
        service.UntilReady();

        _workshop.Refuses(2, "DriftMonitor:Checkpoint:Directory: another driftmonitor uses ", "run", "--config", "config.json");
    }

    [FactRequires(Tool.Kafka)]
    public async Task Checkpoints_that_cannot_be_written_are_counted_and_told_once_and_monitoring_goes_on() // S03
    {
        var topic = await Topics.Create(kafka.BootstrapServers, Partitions);
        Configure(topic);
        using var service = Start();
        service.Until("there is a checkpoint", () => File.Exists(_workshop["state/state.1"]));
        var before = File.ReadAllBytes(_workshop["state/state.1"]).Length;
        MakeUnwritable();
        service.Until("three have failed", () => int.Parse(Failures(service), CultureInfo.InvariantCulture) >= 3);
        Fill(topic, 0, 3000);
        service.Until("events are counted", () => Events(service, topic) == 3000 + Partitions);
        Assert.True(before > 0 && service.Get("/healthz/ready").Status == 200);
        Assert.InRange(service.Errors.Split("cannot write the checkpoint").Length - 1, 1, 8); // the 1st, 2nd, 4th, and so on

        Directory.Delete(_workshop["state/state.tmp"]);
        service.Until("one is written again", () => service.Errors.Contains("Checkpoints are written to", StringComparison.Ordinal));

        void MakeUnwritable() => service.Until("the name of the file is taken", () =>
        {
            try
            {
                Directory.CreateDirectory(_workshop["state/state.tmp"]);
                return true;
            }
            catch (IOException)
            {
                return false; // one is just being written
            }
        });
    }

    [FactRequires(Tool.Kafka)]
    public async Task Asked_to_stop_while_no_broker_answers_it_ends_soon_and_keeps_what_it_has() // E05
    {
        var topic = await Stopped(3000);
        var config = File.ReadAllText(_workshop["config.json"]);
        _workshop.Replace("config.json", kafka.BootstrapServers, "127.0.0.1:1");
        using (var service = Start())
        {
            service.Until("it is said", () => service.Errors.Contains("127.0.0.1:1", StringComparison.Ordinal));
            Assert.Equal(503, service.Get("/healthz/ready").Status);
            Assert.Equal(200, service.Get("/healthz/live").Status);
            Assert.Equal(3000, Counts(service, "x").Sum()); // what is known is shown
            service.Signal("TERM");
            Assert.Equal(0, service.End(TimeSpan.FromSeconds(15)).ExitCode);
        }

        _workshop.Write("config.json", config);
        Fill(topic, 3000, 6000);
        using var next = Start();
        UntilCounted(next, topic, 6000);
    }

    [FactRequires(Tool.Kafka)]
    public async Task A_damaged_checkpoint_is_told_and_the_one_before_is_used() // S01
    {
        var topic = await Stopped(3000);
        var newest = _workshop["state/state.1"];
        File.WriteAllBytes(newest, File.ReadAllBytes(newest)[..^5]);
        Fill(topic, 3000, 6000);

        using var service = Start();
        UntilCounted(service, topic, 6000);
        Assert.Contains($" error cannot read the checkpoint {newest}: it is damaged", service.Errors);
        Assert.Equal("1", Failures(service));
    }

    // The service has counted so many events, and has ended in order.
    private async Task<string> Stopped(int count)
    {
        var topic = await Topics.Create(kafka.BootstrapServers, Partitions);
        Configure(topic);
        Fill(topic, 0, count);
        using var service = Start();
        UntilCounted(service, topic, count);
        service.Signal("TERM");
        Assert.Equal(0, service.End().ExitCode);
        return topic;
    }

    private DriftMonitorProcess Start() => _workshop.Start("run", "--config", "config.json");

    // Two monitors whose longest window holds all events of a test.
    private void Configure(string topic, string every = "100ms")
    {
        _workshop.Configure(kafka.BootstrapServers, Monitor("x"), Monitor("other"));
        _workshop.Replace("config.json", "\"Http\":", $"\"Checkpoint\":{{\"Directory\":\"state\",\"Every\":\"{every}\"}},\"Http\":");
        _workshop.Replace("config.json", "\"Start\":\"earliest\"", $"\"Start\":\"earliest\",\"Group\":\"{topic}\",\"IdleAfter\":\"1s\"");

        JsonObject Monitor(string name)
        {
            var monitor = _workshop.Numbers(topic, name);
            return new JsonObject
            {
                ["Name"] = name,
                ["Pane"] = "1s",
                ["Topic"] = topic,
                ["Field"] = "x",
                ["Windows"] = new JsonArray("10s", "1h"),
                ["AllowedLateness"] = $"{Lateness.TotalSeconds}s",
                ["Reference"] = monitor["Reference"]!.DeepClone(),
            };
        }
    }

    // Ten milliseconds from one to the next; and one event in each partition that lets all panes with them close, and no other.
    private void Fill(string topic, int from, int to, bool closes = true)
    {
        using var producer = Topics.Producer(kafka.BootstrapServers);
        for (var i = from; i < to; i++)
        {
            producer.Send(topic, i % Partitions, $$"""{"x":{{i % Values}}}""", Topics.Minute(0).AddMilliseconds(10 * i));
            if (i % 500 == 0)
            {
                producer.Flush(TimeSpan.FromSeconds(60));
            }
        }

        for (var partition = 0; partition < Partitions && closes; partition++)
        {
            producer.Send(topic, partition, """{"x":null}""", Topics.Minute(0).AddMilliseconds(10 * to) + Lateness);
        }

        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(60)));
    }

    private DriftMonitorProcess UntilCounted(DriftMonitorProcess service, string topic, int count)
    {
        UntilReadTo(service, count);
        foreach (var monitor in new[] { "x", "other" })
        {
            var counts = Counts(service, monitor);
            Assert.True(
                ExpectedCounts(count).SequenceEqual(counts),
                $"{monitor} has counted {string.Join(", ", counts)} of {count}\n{service.Errors}\n{service.Scrape().Text}");
        }

        Assert.All(["retention", "truncated"], reason => Assert.Equal("0", Lost(service, topic, reason)));
        return service;
    }

    private static long[] ExpectedCounts(int count) =>
        [.. Enumerable.Range(0, Values).Select(value => (long)Enumerable.Range(0, count).Count(i => i % Values == value))];

    // The last pane with an event has closed.
    private static void UntilReadTo(DriftMonitorProcess service, int count)
    {
        service.UntilReady();
        var end = Topics.Minute(0).AddMilliseconds(10 * count);
        service.Until("the panes have closed", () => new[] { "x", "other" }.All(monitor =>
            Series(service, monitor)["windows"]![0]!["time"] is { } time
            && DateTimeOffset.Parse($"{time}", CultureInfo.InvariantCulture) >= end));
    }

    private static long[] Counts(DriftMonitorProcess service, string monitor) =>
        [.. Series(service, monitor)["windows"]![1]!["bins"]!.AsArray().Take(Values).Select(bin => (long)bin!["count"]!)];

    private static JsonNode Series(DriftMonitorProcess service, string monitor) =>
        service.Monitors()["monitors"]!.AsArray().Single(each => $"{each!["name"]}" == monitor)!["series"]![0]!;

    private static int Events(DriftMonitorProcess service, string topic) => int.Parse(
        service.Scrape()["driftmonitor_events_total"].GetValueOrDefault($"{{topic=\"{topic}\"}}", "0"), CultureInfo.InvariantCulture);

    private static string Failures(DriftMonitorProcess service) => service.Scrape()["driftmonitor_checkpoint_failures_total"]["{}"];

    private static string Lost(DriftMonitorProcess service, string topic, string reason) =>
        service.Scrape()["driftmonitor_events_lost_total"][$"{{reason=\"{reason}\",topic=\"{topic}\"}}"];

    private IConsumer<Ignore, Ignore> Consumer(string group) =>
        new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = group }).Build();

    private List<TopicPartitionOffset> Committed(string topic)
    {
        using var consumer = Consumer(topic);
        return consumer.Committed(
            Enumerable.Range(0, Partitions).Select(partition => new TopicPartition(topic, partition)), TimeSpan.FromSeconds(10));
    }
}
