using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Confluent.Kafka;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Kafka;

public sealed class EmbeddedKafkaTests : IDisposable
{
    private readonly FaultyBroker _broker = new();

    public void Dispose() => _broker.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_record_of_four_partitions_is_read_once_in_the_order_of_its_partition(bool isBatched)
    {
        _broker.CreateTopic("t", 4);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 4, count: 500);

        using var reader = new Reader(Settings("t") with { IsBatched = isBatched }).UntilEvents(2000)
            .Until("all are caught up", r => Enumerable.Range(0, 4).All(r.IsCaughtUp));

        Assert.Equal((SourceSignal.Partitions, 0, 0), reader.Signals[0]);
        Assert.Equal(4, reader.Source.Partitions(0));
        for (var partition = 0; partition < 4; partition++)
        {
            Assert.Equal(Enumerable.Range(0, 500).Select(i => Topics.Text(partition, i)), reader.Values(partition));
        }

        Assert.Equal(EventTime.From(Topics.Minute(499)), reader.Events.Max(e => e.RecordTime));
        Assert.All(
            reader.Source.Progress(),
            progress => Assert.Equal((500, 500L, 0L), (progress.Position.NextOffset, progress.LogEnd, progress.Lag)));
        Assert.Null(reader.Source.Trouble);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Events_of_two_topics_are_distinguished(bool isBatched)
    {
        _broker.CreateTopic("a", 1);
        _broker.CreateTopic("b", 2);
        Topics.Fill(_broker.BootstrapServers, "a", partitions: 1, count: 3);
        Topics.Fill(_broker.BootstrapServers, "b", partitions: 2, count: 2);

        using var reader = new Reader(Settings("a", "b") with { IsBatched = isBatched }).UntilEvents(7);

        Assert.Equal(["0:0", "0:1", "0:2"], reader.Values(partition: 0, topic: 0));
        Assert.Equal(["1:0", "1:1"], reader.Values(partition: 1, topic: 1));
        Assert.Equal((1, 2), (reader.Source.TopicOf("b"), reader.Source.Partitions(1)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_bounded_source_ends_at_the_end_that_the_log_had_when_it_was_opened(bool isBatched)
    {
        _broker.CreateTopic("t", 2);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 3000); // more than a batch
        using var reader = new Reader(Settings("t") with { IsBatched = isBatched, IsBounded = true }).UntilEvents(100);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 10, first: 3000);

        Assert.InRange(reader.Source.FractionRead!.Value, 0.01, 0.99);
        reader.UntilEnd();
        Assert.Equal(1, reader.Source.FractionRead);

        Assert.Equal(Enumerable.Range(0, 3000).Select(i => Topics.Text(0, i)), reader.Values(0));
        Assert.Equal(
            [
                (SourceSignal.Partitions, 0, 0), (SourceSignal.PartitionEnded, 0, 1), (SourceSignal.PartitionEnded, 0, 0),
                (SourceSignal.End, 0, 0),
            ],
            reader.Signals);
        Assert.Equal(SourceSignal.End, reader.Step());
    }

    [Fact]
    public void A_bounded_source_that_starts_at_the_end_ends_at_once()
    {
        _broker.CreateTopic("t", 2);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 3);

        using var reader = new Reader(Settings("t") with { IsBounded = true, Start = KafkaStart.Latest }).UntilEnd();

        Assert.Empty(reader.Events);
        Assert.All(reader.Source.Progress(), progress => Assert.Equal(0, progress.Lag));
    }

    [Fact]
    public void The_newest_records_are_the_same_share_of_each_partition()
    {
        _broker.CreateTopic("t", 2);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 10);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 20, first: 10);
        using var reader = new Reader(Settings("t") with { IsBounded = true, Newest = 20 });
        reader.Until("it has ended", r => r.Signals.Exists(signal => signal.Signal == SourceSignal.End));

        Assert.Equal(Enumerable.Range(15, 15).Select(i => Topics.Text(0, i)), reader.Values(0)); // 15 of 30
        Assert.Equal(Enumerable.Range(5, 5).Select(i => Topics.Text(1, i)), reader.Values(1)); // 5 of 10
        Assert.Equal((20, 1.0), (reader.Source.CountSkipped(0), reader.Source.FractionRead));

        using var all = new Reader(Settings("t") with { IsBounded = true, Newest = 40 });
        all.Until("it has ended", r => r.Signals.Exists(signal => signal.Signal == SourceSignal.End));
        Assert.Equal((40, 0), (all.Events.Count, all.Source.CountSkipped(0)));
    }

    [Fact]
    public void Latest_reads_only_records_that_arrive_after_opening()
    {
        _broker.CreateTopic("t", 1);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 5);
        using var reader = new Reader(Settings("t") with { Start = KafkaStart.Latest }).Until("it is caught up", r => r.IsCaughtUp(0));

        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 2, first: 5);

        Assert.Equal(["0:5", "0:6"], reader.UntilEvents(2).Values(0));
    }

    [Fact]
    public void Asked_for_the_ends_the_source_tells_again_which_partitions_have_nothing_unread()
    {
        _broker.CreateTopic("t", 2);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 3);
        using var reader = new Reader(Settings("t")).UntilEvents(6).Until("both are caught up", r => r.IsCaughtUp(0) && r.IsCaughtUp(1));
        reader.Signals.Clear();
        for (var i = 0; i < 5; i++)
        {
            reader.Step();
        }

        Assert.DoesNotContain(reader.Signals, signal => signal.Signal == SourceSignal.CaughtUp); // not without being asked

        Assert.True(reader.Source.FindEnds());
        reader.Until("both are told again", r => r.IsCaughtUp(0) && r.IsCaughtUp(1));

        // What has come meanwhile is read first.
        reader.Signals.Clear();
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 500, first: 3);
        Assert.True(reader.Source.FindEnds());
        reader.Until("told of what is read", r => r.IsCaughtUp(0) && r.IsCaughtUp(1));
        Assert.Equal(503, reader.Values(0).Length);
    }

    [Fact]
    public void If_a_broker_cannot_search_by_time_a_window_starts_at_the_oldest_record()
    {
        _broker.CreateTopic("t", 3);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 5);
        IReadOnlyList<LastRecord> asked = [];
        var settings = Settings("t") with
        {
            Start = KafkaStart.Window,
            WindowStart = (_, last) =>
            {
                asked = [.. last.GroupBy(record => record.Partition).Select(partition => partition.Last())];
                return EventTime.From(Topics.Minute(3));
            },
        };

        using var reader = new Reader(settings).UntilEvents(10);

        Assert.Equal([EventTime.From(Topics.Minute(4)), EventTime.From(Topics.Minute(4))], asked.Select(last => last.RecordTime!.Value));
        Assert.Equal(["0:4", "1:4"], asked.Select(last => System.Text.Encoding.UTF8.GetString(last.Value)).Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_value_whose_schema_is_in_a_header_is_JSON_or_rejected_as_another_schema(bool isBatched)
    {
        _broker.CreateTopic("t", 1);
        using (var producer = Topics.Producer(_broker.BootstrapServers))
        {
            var headers = new Headers { { "__value_schema_id", [1, .. Guid.NewGuid().ToByteArray(bigEndian: true)] } };
            foreach (byte[] value in new byte[][] { [.. "{\"v\":1}"u8], [6, 97, 98, 99], [.. "{\"v\":1"u8] })
            {
                producer.Produce(new TopicPartition("t", 0), new Message<Null, byte[]?> { Value = value, Headers = headers });
                producer.Produce(new TopicPartition("t", 0), new Message<Null, byte[]?> { Value = value });
            }

            producer.Flush(TimeSpan.FromSeconds(10));
        }

        using var reader = new Reader(Settings("t") with { IsBatched = isBatched }).UntilEvents(6);

        Assert.Equal(
            [Rejection.None, Rejection.None, Rejection.Schema, Rejection.Malformed, Rejection.Malformed, Rejection.Malformed],
            reader.Events.Select(seen => seen.Rejection));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_CloudEvents_the_value_alone_is_read_in_both_modes_whatever_the_headers_say(bool isBatched)
    {
        const string Structured = """{"specversion":"1.0","id":"1","source":"s","type":"t","time":"2026-01-02T03:04:05Z","data":{"x":1}}""";
        const string Data = """{"x":1}""";
        Header[] attributes = [Text("ce_specversion", "1.0"), Text("ce_id", "1"), Text("ce_source", "s"), Text("ce_type", "t")];
        (string? Value, Header[] Headers, Rejection Expected)[] records =
        [
            (Structured, [Text("content-type", "application/cloudevents+json; charset=UTF-8")], Rejection.None),
            (Structured, [Text("content-type", "APPLICATION/CLOUDEVENTS+JSON")], Rejection.None),
            (Structured, [], Rejection.None),
            ($"[{Structured}]", [Text("content-type", "application/cloudevents-batch+json")], Rejection.None),
            (Data, [.. attributes, Text("ce_time", "2001-01-01T00:00:00Z"), Text("content-type", "application/json")], Rejection.None),
            (Data, [.. attributes, Text("ce_time", "no time")], Rejection.None),
            (Data, [Text("ce_id", "1")], Rejection.None), // incomplete attributes
            (null, attributes, Rejection.Empty), // no data, or a tombstone
            ("no JSON", [.. attributes, Text("content-type", "text/plain")], Rejection.Malformed),
        ];
        _broker.CreateTopic("t", 1);
        var produced = new DateTime(2026, 5, 6, 7, 8, 9, DateTimeKind.Utc);
        using (var producer = Topics.Producer(_broker.BootstrapServers))
        {
            foreach (var (value, headers, _) in records)
            {
                var message = new Message<Null, byte[]?>
                {
                    Value = value is null ? null : System.Text.Encoding.UTF8.GetBytes(value),
                    Headers = [],
                    Timestamp = new Timestamp(produced),
                };
                Array.ForEach(headers, message.Headers.Add);
                producer.Produce(new TopicPartition("t", 0), message);
            }

            producer.Flush(TimeSpan.FromSeconds(10));
        }

        using var reader = new Reader(Settings("t") with { IsBatched = isBatched }).UntilEvents(records.Length);

        Assert.Equal(
            records.Select(record => (record.Value ?? "", record.Expected)), reader.Events.Select(seen => (seen.Value, seen.Rejection)));
        Assert.All(reader.Events, seen => Assert.Equal(EventTime.From(produced), seen.RecordTime)); // not ce_time

        static Header Text(string name, string text) => new(name, System.Text.Encoding.UTF8.GetBytes(text));
    }

    [Fact]
    public void A_source_waits_for_its_broker_and_reports_it_in_one_line()
    {
        _broker.CreateTopic("t", 1);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 5);
        _broker.SetDown(1);
        using var reader = new Reader(Settings("t"));

        reader.Until("it says what is wrong", r => r.Source.Trouble is not null);

        Assert.Equal(
            $"no broker answers at {_broker.BootstrapServers} (Connection refused): is Kafka running there, and is Kafka:BootstrapServers "
                + "right?",
            reader.Source.Trouble);
        Assert.Equal(0, reader.Source.Partitions(0));
        Assert.True(reader.Overrun < TimeSpan.FromSeconds(1), $"a call took {reader.Overrun} longer than its patience");

        _broker.SetUp(1);
        reader.UntilEvents(5);

        Assert.Null(reader.Source.Trouble);
        Assert.Single(reader.Log.At(LogLevel.Warning));
        Assert.Contains(reader.Log.At(LogLevel.Information), line => line.Contains("answers", StringComparison.Ordinal));
    }

    [Fact]
    public void An_outage_of_a_broker_loses_no_record_and_repeats_none()
    {
        _broker.CreateTopic("t", 2);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 100);
        using var reader = new Reader(Settings("t")).UntilEvents(200).Until("caught up", r => r.IsCaughtUp(0) && r.IsCaughtUp(1));

        _broker.SetDown(1);
        reader.Until("it says what is wrong", r => r.Source.Trouble is not null);
        _broker.SetUp(1);
        reader.Until("nothing is wrong, though nothing comes", r => r.Source.Trouble is null);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 100, first: 100);
        reader.UntilEvents(400);

        Assert.Equal(Enumerable.Range(0, 200).Select(i => Topics.Text(1, i)), reader.Values(1));
        Assert.Equal(400, reader.Events.Count);
        Assert.True(reader.Overrun < TimeSpan.FromSeconds(1.5), $"a call took {reader.Overrun} longer than its patience");
    }

    [Fact]
    public void Records_that_were_fetched_before_an_outage_do_not_hide_it()
    {
        const int Count = 40_000;
        _broker.CreateTopic("t", 2);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: Count);
        using var reader = new Reader(Settings("t")).UntilEvents(1);

        _broker.SetDown(1);
        reader.Until("it says what is wrong", r => r.Source.Trouble is not null);
        for (var read = reader.Events.Count; reader.Step() == SourceSignal.Event && reader.Events.Count < read + 5000;)
        {
            Assert.NotNull(reader.Source.Trouble);
        }

        Assert.Single(reader.Log.At(LogLevel.Warning));
        _broker.SetUp(1);
        reader.UntilEvents(2 * Count).Until("nothing is wrong", r => r.Source.Trouble is null);
    }

    [Fact]
    public void Each_outage_is_logged_once_at_its_start_and_once_at_its_end()
    {
        _broker.CreateTopic("t", 1);
        using var reader = new Reader(Settings("t")).Until("caught up", r => r.IsCaughtUp(0));

        for (var outage = 1; outage <= 2; outage++)
        {
            _broker.SetDown(1);
            reader.Until("it says what is wrong", r => r.Source.Trouble is not null);
            _broker.SetUp(1);
            reader.Until("nothing is wrong", r => r.Source.Trouble is null);

            // Errors that librdkafka has reported in the meantime are returned by polls before the record.
            Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 1, first: outage);
            reader.UntilEvents(outage);
            Assert.All(
                reader.Log.At(LogLevel.Warning),
                line => Assert.StartsWith($"no broker answers at {_broker.BootstrapServers} (", line, StringComparison.Ordinal));
            Assert.Equal(outage, reader.Log.At(LogLevel.Warning).Length);
            Assert.Equal(outage, reader.Log.At(LogLevel.Information).Count(line => line.Contains("answers", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void A_bounded_source_gives_up_with_the_same_line()
    {
        using var unused = new TcpListener(IPAddress.Loopback, 0);
        unused.Start();
        var address = unused.LocalEndpoint.ToString()!;
        unused.Stop();
        using var reader = new Reader(Reader.Settings(address, "t") with { IsBounded = true, ConnectWithin = TimeSpan.FromSeconds(2) });

        var refused = Assert.Throws<SourceException>(() => reader.UntilEnd());

        Assert.Equal(
            $"no broker answers at {address} (Connection refused): is Kafka running there, and is Kafka:BootstrapServers right?",
            refused.Message);
    }

    [Fact]
    public void A_source_waits_for_a_missing_topic()
    {
        _broker.CreateTopic("t", 1);
        _broker.FailTopic("t", ErrorCode.UnknownTopicOrPart);
        using var reader = new Reader(Settings("t")).Until("it says what is wrong", r => r.Source.Trouble is not null);

        Assert.Equal(
            $"topic 't' does not exist at {_broker.BootstrapServers}: create it, or correct the monitor's Topic", reader.Source.Trouble);

        _broker.FailTopic("t", ErrorCode.NoError);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 5);
        Assert.Null(reader.UntilEvents(5).Source.Trouble);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tombstones_large_values_and_records_without_a_time_are_events_too(bool isBatched)
    {
        _broker.CreateTopic("t", 1);
        using (var producer = Topics.Producer(_broker.BootstrapServers))
        {
            producer.Send("t", 0, null, Topics.Minute(1));
            producer.Send("t", 0, "", Topics.Minute(2));
            producer.Send("t", 0, new string('x', 10_000), Topics.Minute(3));
            producer.Send("t", 0, new string('y', 10_001), Topics.Minute(4));
            producer.Send("t", 0, "timeless", DateTimeOffset.UnixEpoch.AddMilliseconds(-1));
            producer.Flush(TimeSpan.FromSeconds(10));
        }

        using var reader = new Reader(Settings("t") with { IsBatched = isBatched, MaxEventBytes = 10_000 }).UntilEvents(5);

        Assert.Equal(["", "", new string('x', 10_000), "", "timeless"], reader.Values(0));
        Assert.Equal([false, false, false, true, false], reader.Events.Select(e => e.IsTooLarge));
        Assert.Equal(EventTime.From(Topics.Minute(4)), reader.Events[3].RecordTime);
        Assert.Null(reader.Events[4].RecordTime);
    }

    [Fact]
    public void Offsets_are_committed_to_the_group()
    {
        _broker.CreateTopic("t", 1);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 5);
        var settings = Settings("t");
        using var reader = new Reader(settings).UntilEvents(5);

        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 2, first: 5);
        reader.UntilEvents(7).Source.Commit(reader.Source.Progress());
        reader.Dispose();

        Assert.Equal(7, Committed(settings, "t"));
    }

    [Fact] // E23
    public void Opening_and_closing_forty_times_leaves_nothing_behind_and_never_hangs() => OpenAndClose(times: 40);

    [SoakFact]
    [Trait("Length", "soak")]
    public void Opening_and_closing_two_hundred_times_leaves_nothing_behind_and_never_hangs() => OpenAndClose(times: 200);

    private void OpenAndClose(int times)
    {
        _broker.CreateTopic("t", 1);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 5);
        var clients = Library.HandleCount;
        var threads = Threads();
        var longest = TimeSpan.Zero;
        for (var i = 0; i < times; i++)
        {
            var reader = new Reader(Settings("t"));
            switch (i % 4)
            {
                case 0:
                    reader.UntilEvents(1 + i % 5).Source.Commit(reader.Source.Progress());
                    break;
                case 1:
                    reader.Step(); // while it looks for its topic
                    break;
                case 2:
                    reader.UntilEvents(5);
                    _broker.FailRequests(request: 1, ErrorCode.Local_Transport);
                    break;
                default:
                    reader.UntilEvents(5).Source.FindEnds(); // while it asks
                    break;
            }

            var closing = Stopwatch.StartNew();
            reader.Dispose();
            longest = closing.Elapsed > longest ? closing.Elapsed : longest;
        }

        Assert.True(longest < TimeSpan.FromSeconds(10), $"closing took {longest}");

        // Other tests in the process have clients too, so not exactly as many as before.
        Eventually.Within(TimeSpan.FromSeconds(20), "the clients are gone", () => Library.HandleCount < clients + times / 2);
        Eventually.Within(TimeSpan.FromSeconds(20), "their threads are gone", () => Threads() < threads + 2 * times);

        static int Threads()
        {
            using var process = Process.GetCurrentProcess();
            return process.Threads.Count;
        }
    }

    [Fact]
    public void A_property_that_does_not_exist_is_named_and_secrets_are_not()
    {
        var properties = new Dictionary<string, string> { ["sasl.password"] = "wonderland", ["wonderland.x"] = "1" };
        using var reader = new Reader(Settings("t") with { Properties = properties });

        var message = Assert.Throws<SourceException>(() => reader.Step()).Message;

        Assert.Contains("***.x", message, StringComparison.Ordinal);
        Assert.DoesNotContain("wonderland", message, StringComparison.Ordinal);
        Assert.EndsWith("correct Kafka:Properties", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_is_known_from_opening_on_even_while_the_topic_is_missing()
    {
        _broker.CreateTopic("t", 2);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 5);
        var time = new FakeTimeProvider();
        var properties = new Dictionary<string, string>(Settings().Properties) { ["topic.metadata.propagation.max.ms"] = "0" };
        using var reader = new Reader(Settings("t") with { Properties = properties }, time).Until(
            "partitions are known", r => r.Signals.Count > 0);
        Assert.All(reader.Source.Progress(), progress => Assert.Equal((0, 5L), (progress.Position.NextOffset, progress.LogEnd)));

        reader.UntilEvents(10);
        _broker.FailTopic("t", ErrorCode.UnknownTopicOrPart);
        time.Advance(TimeSpan.FromSeconds(61));
        reader.Until("it says what is wrong", r => r.Source.Trouble is not null);
        Assert.All(reader.Source.Progress(), progress => Assert.Equal((5, 5L), (progress.Position.NextOffset, progress.LogEnd)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // the twin: a topic to which nothing is written
    public void A_consumer_that_fetches_no_more_is_noticed_by_the_records_that_wait(bool isDead)
    {
        _broker.CreateTopic("t", 2);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 5);
        var time = new FakeTimeProvider();
        using var reader = new Reader(Settings("t"), time).UntilEvents(10);
        if (isDead)
        {
            var consumer = RealClient.ConsumerOf(reader.Source);
            consumer.Pause(consumer.Assignment); // as after a fault in librdkafka: no error, no record
            Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 5, first: 5);
        }

        var seconds = 0;
        var ended = Record.Exception(() => reader.Until("it is noticed", _ =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return ++seconds == 300;
        }));

        if (isDead)
        {
            Assert.Contains(
                "has unread records, and none has come for 60 s though its broker answers",
                Assert.IsType<SourceException>(ended).Message,
                StringComparison.Ordinal);
            Assert.InRange(seconds, 60, 299);
        }
        else
        {
            Assert.Null(ended);
        }

        Assert.All(reader.Source.Progress(), progress => Assert.Equal(5, progress.Position.NextOffset));
    }

    [Fact]
    public void A_refusal_of_the_client_ends_the_source_with_a_SourceException()
    {
        _broker.CreateTopic("t", 1);
        using var reader = new Reader(Settings("t", "t")); // a partition is assigned once

        var ended = Assert.Throws<SourceException>(() => reader.UntilEvents(1));

        Assert.StartsWith($"Kafka at {_broker.BootstrapServers} can't be read any more (", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_embedded_broker_says_what_it_cannot_do_and_what_to_do_instead()
    {
        _broker.CreateTopic("t", 1);

        Assert.Equal(
            "the embedded broker can't create topic 't' (Broker: Topic already exists): choose another name",
            Assert.Throws<SourceException>(() => _broker.CreateTopic("t", 1)).Message);
        Assert.Equal(
            "the embedded broker can't stop broker 2 (Broker: Broker not available): name one of its brokers, which are 1, 2, …",
            Assert.Throws<SourceException>(() => _broker.SetDown(2)).Message);
        Assert.Throws<SourceException>(() => _broker.SetUp(2));
    }

    internal static long Committed(KafkaSourceSettings settings, string topic)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(
            new ConsumerConfig { BootstrapServers = settings.BootstrapServers, GroupId = settings.Group }).Build();
        return consumer.Committed([new TopicPartition(topic, 0)], TimeSpan.FromSeconds(10))[0].Offset.Value;
    }

    private KafkaSourceSettings Settings(params string[] topics) => Reader.Settings(_broker.BootstrapServers, topics);
}
