using System.Text.Json.Nodes;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.History;

/// <summary>
/// Ranges of a topic on a real Kafka. Where the record's time is the event time, records outside a range are skipped, and its readings
/// are the same.
/// </summary>
[Collection(RealKafkaTests.Name)]
public sealed class ReplayRangeOnKafkaTests(RealKafka kafka)
{
    private const int Seconds = 600;
    private const int Partitions = 3;

    [FactRequires(Tool.Kafka)]
    public async Task A_range_skips_records_outside_it_and_gives_the_readings_of_the_whole_topic()
    {
        var topic = await Filled();
        using var workshop = new Workshop();
        workshop.Configure(kafka.BootstrapServers, workshop.Numbers(topic));

        var whole = Lines(workshop.Run("replay", "--config", "config.json", "--output", "json"));
        var part = Lines(workshop.Run([.. Replay("00:05:00", "00:06:00"), "--output", "json"]));

        Assert.Equal(whole.Where(IsReadingWithin("00:05:00", "00:06:00")), part.Where(IsReading));
        Assert.Equal(2 * 60, part.Count(IsReading));

        // 60 seconds before the range, its 60 seconds, one record before and four behind in each partition.
        Assert.InRange(Events(part), 120 * 20, 120 * 20 + 5 * Partitions);
        Assert.Equal(Seconds * 20, Events(whole));
    }

    // The stream pauses from the fourth to the sixth minute, where the range begins and its windows are empty.
    [FactRequires(Tool.Kafka)]
    public async Task A_range_that_begins_in_a_pause_gives_the_readings_of_the_whole_topic()
    {
        var topic = await Filled((_, second) => second is < 240 or >= 360);
        using var workshop = new Workshop();
        workshop.Configure(kafka.BootstrapServers, workshop.Numbers(topic));

        var whole = Lines(workshop.Run("replay", "--config", "config.json", "--output", "json"));
        foreach (var (from, to) in new[] { ("00:05:30", "00:06:30"), ("00:03:30", "00:05:00"), ("00:05:00", "00:06:00") })
        {
            var range = Lines(workshop.Run([.. Replay(from, to), "--output", "csv"]));
            var expected = Lines(workshop.Run("replay", "--config", "config.json", "--output", "csv"));
            Assert.Equal(
                Available(expected).Where(row => IsWithin(row.Split(',')[1], from, to)),
                Available(range));
        }

        Assert.NotEmpty(whole);
    }

    // A partition pauses before the records that the range needs, so that its one record before them makes windows count as full that hold
    // next to nothing. They would fire an alert that is judged by one event, and the range would begin with it.
    [FactRequires(Tool.Kafka)]
    public async Task Records_read_before_the_range_fire_no_alert()
    {
        var topic = await Filled((partition, second) => partition > 0 || second is < 120 or >= 240);
        using var workshop = new Workshop();
        var monitor = workshop.Numbers(topic);
        monitor["MinimumEvents"] = 1;
        monitor["Alert"] = new JsonObject { ["Window"] = "1m", ["FireAbove"] = 0.3, ["ResolveBelow"] = 0.0001 };
        workshop.Configure(kafka.BootstrapServers, monitor);

        var ended = workshop.Run([.. Replay("00:05:00", "00:06:00"), "--fail-on-drift"]);

        Assert.True(ended.ExitCode == 0, $"{ended}");
        Assert.Contains("\nx: no alert\n", ended.Output);
    }

    [FactRequires(Tool.Kafka)]
    public async Task With_an_event_time_of_its_own_everything_is_read_and_that_is_told()
    {
        var topic = await Filled();
        using var workshop = new Workshop();
        var monitor = workshop.Numbers(topic);
        monitor["EventTime"] = "t";
        workshop.Configure(kafka.BootstrapServers, monitor);

        var ended = workshop.Run([.. Replay("00:05:00", "00:06:00"), "--output", "json"]);

        Assert.Contains(
            "driftmonitor: note: all records are read, because the event time of x is a field, and the record's own time does not limit it",
            ended.Errors);
        Assert.Equal(Seconds * 20, Events(Lines(ended)));
        Assert.Equal(2 * 60, Lines(ended).Count(IsReading));
    }

    [FactRequires(Tool.Kafka)]
    public async Task A_range_before_retention_tells_what_is_lost()
    {
        var topic = await Filled();
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.BootstrapServers }).Build())
        {
            // The first five minutes: 20 events a second, to the partitions in turn.
            await admin.DeleteRecordsAsync(Enumerable.Range(0, Partitions).Select(partition =>
                new TopicPartitionOffset(topic, partition, 300 * 20 / Partitions)));
        }

        using var workshop = new Workshop();
        workshop.Configure(kafka.BootstrapServers, workshop.Numbers(topic));

        var ended = workshop.Run([.. Replay("00:04:00", "00:06:30"), "--output", "json"]);

        Assert.Contains(
            $"driftmonitor: warning: x: its first event is of 2013-01-01T00:05:00Z, and 6000 older records of {topic} are deleted "
                + "(retention): its windows are complete only from 2013-01-01T00:06:00Z on",
            ended.Errors);
        Assert.Equal(0, ended.ExitCode);
    }

    private static string[] Replay(string from, string to) =>
        ["replay", "--config", "config.json", "--from", $"2013-01-01T{from}Z", "--to", $"2013-01-01T{to}Z"];

    // Twenty numbers a second, to the partitions in turn.
    private async Task<string> Filled(Func<int, int, bool>? has = null)
    {
        var topic = await Topics.Create(kafka.BootstrapServers, Partitions, config: new() { ["retention.ms"] = "-1" });
        using var producer = Topics.Producer(kafka.BootstrapServers);
        for (var i = 0; i < Seconds * 20; i++)
        {
            if (has?.Invoke(i % Partitions, i / 20) != false)
            {
                var time = Topics.Minute(0).AddMilliseconds(50 * i);
                producer.Send(topic, i % Partitions, $$"""{"x":{{i * 7 % 4}}.5,"t":"{{time:O}}"}""", time);
            }
        }

        producer.Flush(TimeSpan.FromSeconds(60));
        return topic;
    }

    private static string[] Lines(Finished replay)
    {
        Assert.True(replay.ExitCode == 0, $"{replay}");
        return replay.Output.Split('\n')[..^1];
    }

    private static IEnumerable<string> Available(string[] rows) =>
        rows.Where(row => row.StartsWith("reading,", StringComparison.Ordinal) && row.Split(',')[7].Length > 0);

    private static long Events(string[] lines) => JsonNode.Parse(lines[^1])!["events"]!.GetValue<long>();

    private static bool IsReading(string line) => line.StartsWith("{\"type\":\"reading\"", StringComparison.Ordinal);

    private static Func<string, bool> IsReadingWithin(string from, string to) =>
        line => IsReading(line) && IsWithin(JsonNode.Parse(line)!["time"]!.GetValue<string>(), from, to);

    private static bool IsWithin(string time, string from, string to) =>
        string.CompareOrdinal(time, $"2013-01-01T{from}Z") >= 0 && string.CompareOrdinal(time, $"2013-01-01T{to}Z") < 0;
}
