using System.Text;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;
using DriftMonitor.Streaming.Sources.Ingest;
using DriftMonitor.Streaming.Sources.Kafka;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Sources;

public sealed class IngestSourceTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Each_line_is_an_event_and_offsets_number_the_events_of_a_topic()
    {
        var buffer = Buffer("orders", "scores");
        Post(buffer, 0, "{\"x\":1}\n{\"x\":2}\r\n");
        Post(buffer, 1, "{\"x\":3}");
        Post(buffer, 0, "\n{\"x\":4}");
        using var source = new IngestSource(buffer, ResumePoints.None);

        Assert.Equal(
            [
                "0 Partitions", "1 Partitions", "0:0 {\"x\":1}", "0:1 {\"x\":2}", "1:0 {\"x\":3}", "0:2 ", "0:3 {\"x\":4}", "0 CaughtUp",
                "1 CaughtUp",
            ],
            ReadAll(source));
        Assert.Equal([("orders", 0, 4L, 4L), ("scores", 0, 1L, 1L)], Progress(source));
    }

    [Fact]
    public void A_topic_without_events_is_at_its_end_at_once_and_says_so_again_when_asked()
    {
        using var source = new IngestSource(Buffer("orders"), ResumePoints.None);

        Assert.Equal(["0 Partitions", "0 CaughtUp"], ReadAll(source));
        Assert.Empty(ReadAll(source));
        Assert.True(source.FindEnds());
        Assert.Equal(["0 CaughtUp"], ReadAll(source));
    }

    [Fact]
    public void Offsets_go_on_from_the_monitor_that_is_furthest_in_a_checkpoint_and_nothing_is_lost()
    {
        var resume = new ResumePoints(
            [new Progress(new Position("orders", 0, 70), LogEnd: 95)], [new TopicIdentity("orders", null, null)], new HashSet<string>())
        {
            Furthest = new Dictionary<(string, int), long> { [("orders", 0)] = 80 },
        };
        var buffer = Buffer("orders", "scores");
        Post(buffer, 0, "1");
        Post(buffer, 1, "2");
        using var source = new IngestSource(buffer, resume);

        Assert.Equal(["0:80 1", "1:0 2"], ReadAll(source).Where(line => line.Contains(':', StringComparison.Ordinal)));
        Assert.Empty(((IEventSource)source).Lost);
    }

    [Fact]
    public void An_event_has_the_time_at_which_it_came_unless_the_request_gives_one_and_times_do_not_go_back()
    {
        var buffer = Buffer("orders");
        Post(buffer, 0, "1");
        _clock.Advance(TimeSpan.FromSeconds(5));
        Post(buffer, 0, "2");
        _clock.AdjustTime(new DateTimeOffset(2025, 12, 31, 0, 0, 0, TimeSpan.Zero)); // set back by a day
        Post(buffer, 0, "3");
        Post(buffer, 0, "4", occurred: EventTime.From(new DateTime(2013, 2, 9, 0, 0, 0, DateTimeKind.Utc)));
        using var source = new IngestSource(buffer, ResumePoints.None);
        var batch = source.Read(TimeSpan.Zero);

        Assert.Equal(
            ["2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z", "2026-01-01T00:00:05Z", "2013-02-09T00:00:00Z"],
            Enumerable.Range(0, 4).Select(place => $"{batch[place].RecordTime}"));
    }

    [Fact]
    public void Room_is_free_again_once_the_events_that_took_it_have_been_processed()
    {
        var buffer = new IngestBuffer([new IngestTopic("orders")], maxBytes: 10, _clock);
        Assert.True(buffer.TryReserve(8));
        Assert.False(buffer.TryReserve(3));
        Assert.True(buffer.TryAdd(0, "1\n2\n3\n45"u8.ToArray(), count: 4, reserved: 8, occurred: null));
        using var source = new IngestSource(buffer, ResumePoints.None);

        source.Read(TimeSpan.Zero);
        Assert.False(buffer.TryReserve(3)); // the pipeline has the batch
        source.Read(TimeSpan.Zero);
        Assert.True(buffer.TryReserve(10));
        Assert.Equal(10, buffer.Bytes);
    }

    [Fact]
    public void A_closed_buffer_takes_no_events_but_gives_those_that_it_has()
    {
        var buffer = Buffer("orders");
        Post(buffer, 0, "1\n2");
        buffer.Close();
        using var source = new IngestSource(buffer, ResumePoints.None);

        Assert.False(buffer.TryAdd(0, "3"u8.ToArray(), count: 1, reserved: 1, occurred: null));
        Assert.True(source.HasEventsToLose);
        ReadAll(source);
        Assert.False(source.HasEventsToLose);
        Assert.Equal(2, buffer.CountAccepted(0));
    }

    [Fact]
    public void A_source_that_follows_another_one_goes_on_in_the_middle_of_a_body()
    {
        var buffer = Buffer("orders");
        Post(buffer, 0, string.Join('\n', Enumerable.Range(0, 1500)));
        using (var first = new IngestSource(buffer, ResumePoints.None))
        {
            Assert.Equal(1024, first.Read(TimeSpan.Zero).Runs.ToArray().Sum(run => run.Count));
            Assert.Equal([("orders", 0, 1024L, 1500L)], Progress(first));
        }

        var resume = new ResumePoints([new Progress(new Position("orders", 0, 1024), null)], [], new HashSet<string>());
        using var second = new IngestSource(buffer, resume);

        Assert.Equal(
            Enumerable.Range(1024, 476).Select(i => $"0:{i} {i}"),
            ReadAll(second).Where(line => line.Contains(':', StringComparison.Ordinal)));
        second.Read(TimeSpan.Zero);
        Assert.Equal(0, buffer.Bytes);
    }

    [Fact]
    public void Events_posted_in_any_cuts_give_the_readings_of_the_same_events_in_a_file() => Prop.ForAll(
        Gen.Choose(0, 400).ListOf().Zip(Gen.Choose(0, int.MaxValue - 1)).ToArbitrary(),
        drawn =>
        {
            var (cuts, seed) = (drawn.Item1, drawn.Item2);
            var lines = SomeLines(new Random(seed));
            var fromFile = ReadingsOf(lines);
            var posted = ReadingsOf(lines, [.. cuts.Where(cut => cut <= lines.Length).Append(0).Append(lines.Length).Order()]);
            return (posted.Count > 10 && posted.SequenceEqual(fromFile.Take(posted.Count)))
                .Label($"seed {seed}, cuts {string.Join(", ", cuts)}");
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Kafka_and_requests_are_read_in_turns_and_each_keeps_its_topics()
    {
        var buffer = Buffer("posted");
        var kafka = new ScriptedSource("read").Partitions(1).Event(0, "1").Event(0, "2").Event(0, "3");
        using var source = new KafkaAndIngest(kafka, firstIngested: 1, new IngestSource(buffer, ResumePoints.None, firstTopic: 1));
        Post(buffer, 0, string.Join('\n', Enumerable.Range(0, 3000)));
        Post(buffer, 0, "last");

        var batches = Enumerable.Range(0, 8).Select(_ => source.Read(TimeSpan.Zero).Runs.ToArray()
            .Where(run => run.Signal == SourceSignal.Event).Select(run => $"{run.Topic}: {run.Count}"));

        Assert.Equal(["", "1: 1024", "0: 1", "1: 1024", "0: 1", "1: 953", "0: 1", ""], batches.Select(runs => string.Join(", ", runs)));
        Assert.Equal((0, 1), (source.TopicOf("read"), source.TopicOf("posted")));
        Assert.Equal((1, false), (source.Partitions(1), source.ConfirmPartitions(1)));
        Assert.Equal(
            [("read", 3L), ("posted", 3001L)],
            source.Progress().Select(progress => (progress.Position.Topic, progress.Position.NextOffset)));
        source.Commit(source.Progress());
        Assert.Equal(["read"], kafka.Committed.Select(progress => progress.Position.Topic)); // Kafka's group knows no other topics
        Assert.False(source.HasEventsToLose);
    }

    // Numbers at event times that advance by up to four minutes, some of them late, with lines that are no JSON and empty ones. None of
    // these is among the first three: lines of a file have no time beside the event time, so there the third event decides about the first
    // two, and what is rejected until then counts in the pane of the first; a posted event has the time at which it came.
    private static string[] SomeLines(Random random)
    {
        var start = new DateTimeOffset(2013, 2, 9, 0, 0, 0, TimeSpan.Zero);
        var lines = new string[400];
        for (var i = 0; i < lines.Length; i++)
        {
            start = start.AddSeconds(random.Next(240));
            var time = start.AddSeconds(random.Next(10) == 0 ? -3600 : 0);
            lines[i] = (i < 3 ? 2 : random.Next(50)) switch
            {
                0 => "{\"x\":",
                1 => "",
                _ => FormattableString.Invariant($$"""{"time":"{{time:yyyy-MM-ddTHH:mm:ssZ}}","x":{{random.Next(-5, 45)}}}"""),
            };
        }

        return lines;
    }

    private List<string> ReadingsOf(string[] lines)
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.ndjson");
        File.WriteAllText(file, string.Join('\n', lines) + "\n");
        try
        {
            using var source = new FileSource([file], 1 << 20, () => Stream.Null);
            return ReadingsFrom(source, pipeline => pipeline.Step(TimeSpan.Zero) != SourceSignal.End);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private List<string> ReadingsOf(string[] lines, int[] cuts)
    {
        var buffer = Buffer("flights");
        using var source = new IngestSource(buffer, ResumePoints.None);
        var next = 1;
        return ReadingsFrom(source, pipeline =>
        {
            if (next < cuts.Length)
            {
                var part = lines[cuts[next - 1]..cuts[next]];
                next++;
                if (part.Length > 0)
                {
                    Post(buffer, 0, string.Join('\n', part) + "\n");
                }
            }
            else if (!source.HasEventsToLose)
            {
                return false;
            }

            pipeline.Step(TimeSpan.Zero);
            return true;
        });
    }

    private static List<string> ReadingsFrom(IEventSource source, Func<Pipeline, bool> step)
    {
        var readings = new List<string>();
        var monitor = Scene.Watch(name: "x", topic: "flights", lateness: TimeSpan.FromMinutes(30)) with
        {
            EventTime = FieldPath.Parse("time"),
        };
        var pipeline = new Pipeline(source, [monitor], TimeProvider.System, TimeSpan.MaxValue, [new Lines(readings)]);
        while (step(pipeline))
        {
        }

        return readings;
    }

    private IngestBuffer Buffer(params string[] topics) =>
        new([.. topics.Select(topic => new IngestTopic(topic))], maxBytes: 1 << 20, _clock);

    private static void Post(IngestBuffer buffer, int topic, string text, EventTime? occurred = null)
    {
        var lines = Encoding.UTF8.GetBytes(text);
        Assert.True(buffer.TryReserve(lines.Length));
        Assert.True(buffer.TryAdd(topic, lines, PostedLines.Count(lines), lines.Length, occurred));
    }

    private static List<string> ReadAll(IngestSource source)
    {
        var seen = new List<string>();
        while (source.Read(TimeSpan.Zero) is { Runs.IsEmpty: false } batch)
        {
            foreach (var run in batch.Runs)
            {
                seen.AddRange(run.Signal != SourceSignal.Event
                    ? [$"{run.Topic} {run.Signal}"]
                    : Enumerable.Range(run.First, run.Count)
                        .Select(place => $"{batch[place].Topic}:{batch[place].Offset} {Encoding.UTF8.GetString(batch[place].Value)}"));
            }
        }

        return seen;
    }

    private static IEnumerable<(string, int, long, long?)> Progress(IngestSource source) => source.Progress().Select(progress =>
        (progress.Position.Topic, progress.Position.Partition, progress.Position.NextOffset, progress.LogEnd));

    private sealed class Lines(List<string> lines) : IReportSink
    {
        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports) =>
            lines.AddRange(reports.SelectMany(report => report.Readings.Select(reading => $"{report.Time} {reading}")));
    }
}
