using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Tests.Kafka;

public sealed partial class BatchQueueTests : IDisposable
{
    private readonly FaultyBroker _broker = new();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void ConsumerHandle_finds_the_internal_members_of_this_version_of_Confluent_Kafka()
    {
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig { GroupId = "g" }).SetLogHandler((_, _) => { }).Build();

        using var handle = ConsumerHandle.Of(consumer); // its exception names the file to correct and the version

        Assert.Equal(consumer.Name, Marshal.PtrToStringUTF8(GetName(handle.Pointer)));
        handle.ThrowHandlerException(); // nothing was thrown
    }

    [Fact]
    public void A_consumer_that_is_disposed_of_has_no_handle()
    {
        var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig { GroupId = "g" }).SetLogHandler((_, _) => { }).Build();
        consumer.Dispose();

        Assert.Throws<ObjectDisposedException>(() => ConsumerHandle.Of(consumer));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void Every_record_of_two_topics_is_read_once_in_the_order_of_its_partition_in_batches_of_any_size(int capacity)
    {
        _broker.CreateTopic("a", 2);
        _broker.CreateTopic("b", 2);
        Topics.Fill(_broker.BootstrapServers, "a", partitions: 2, count: 300);
        Topics.Fill(_broker.BootstrapServers, "b", partitions: 2, count: 200, first: 1000);

        using var reader = new BatchReader(_broker.BootstrapServers, ["b", "a"], capacity).Assign(2).UntilRecords(1000);

        for (var partition = 0; partition < 2; partition++)
        {
            Assert.Equal(Enumerable.Range(1000, 200).Select(i => Topics.Text(partition, i)), reader.Values(partition, topic: 0));
            Assert.Equal(Enumerable.Range(0, 300).Select(i => Topics.Text(partition, i)), reader.Values(partition, topic: 1));
            Assert.Equal(
                Enumerable.Range(0, 300).Select(i => (long)i),
                reader.Records.Where(r => r.Topic == 1 && r.Partition == partition).Select(r => r.Offset));
        }

        Assert.Equal(1000, reader.Records.Count);
        Assert.InRange(reader.LargestBatch, Math.Min(capacity, 2), capacity);
    }

    [Fact]
    public void Tombstones_empty_values_and_records_without_a_time_are_distinguished()
    {
        _broker.CreateTopic("t", 1);
        using (var producer = Topics.Producer(_broker.BootstrapServers))
        {
            producer.Send("t", 0, null, Topics.Minute(1));
            producer.Send("t", 0, "", Topics.Minute(2));
            producer.Send("t", 0, new string('x', 100_000), Topics.Minute(3));
            producer.Send("t", 0, "timeless", DateTimeOffset.UnixEpoch.AddMilliseconds(-1));
            producer.Send("t", 0, "epoch", DateTimeOffset.UnixEpoch.AddMilliseconds(1));
            producer.Flush(TimeSpan.FromSeconds(10));
        }

        using var reader = new BatchReader(_broker.BootstrapServers, ["t"]).Assign(1).UntilRecords(5);

        Assert.Equal([null, "", new string('x', 100_000), "timeless", "epoch"], reader.Values(0));
        Assert.Equal(
            [EventTime.From(Topics.Minute(1)), EventTime.From(Topics.Minute(2)), EventTime.From(Topics.Minute(3)), null, new EventTime(1)],
            reader.Records.Select(record => record.Time));
    }

    [Fact]
    public void The_end_of_each_partition_follows_its_records_with_the_offset_of_the_next_one()
    {
        _broker.CreateTopic("t", 2);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 5);

        using var reader = new BatchReader(_broker.BootstrapServers, ["t"]).Assign(2).Until("both ends", r => r.Errors.Count >= 2);

        Assert.Equal([(0, 0, 5L), (0, 1, 0L)], reader.Errors.OrderBy(e => e.Partition).Select(e => (e.Topic, e.Partition, e.Offset)));
        Assert.All(reader.Errors, error => Assert.Equal(ErrorCode.Local_PartitionEOF, error.Error.Code));
        Assert.Equal(5, reader.Records.Count);
    }

    [Fact]
    public void An_offset_that_the_log_does_not_have_is_an_error_of_its_partition()
    {
        _broker.CreateTopic("t", 2);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 5);
        using var reader = new BatchReader(_broker.BootstrapServers, ["t"]);
        reader.Consumer.Assign([new TopicPartitionOffset("t", 0, 0), new TopicPartitionOffset("t", 1, 1000)]);

        reader.Until("it is refused", r => r.Errors.Exists(e => e.Error.Code != ErrorCode.Local_PartitionEOF)).UntilRecords(5);

        var refused = reader.Errors.First(e => e.Error.Code != ErrorCode.Local_PartitionEOF);
        Assert.Equal((ErrorCode.Local_AutoOffsetReset, 0, 1), (refused.Error.Code, refused.Topic, refused.Partition));
        Assert.Contains("out of range", refused.Error.Reason, StringComparison.Ordinal);
        Assert.False(refused.Error.IsFatal);
    }

    [Fact]
    public void An_outage_of_a_broker_loses_no_record_and_is_reported_to_the_error_handler()
    {
        _broker.CreateTopic("t", 2);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 100);
        using var reader = new BatchReader(_broker.BootstrapServers, ["t"]).Assign(2).UntilRecords(200);

        _broker.SetDown(1);
        reader.Until("the handler is called", r => r.HandledErrors.Any(e => e.Code == ErrorCode.Local_AllBrokersDown));
        _broker.SetUp(1);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 100, first: 100);
        reader.UntilRecords(400);

        Assert.Equal(Enumerable.Range(0, 200).Select(i => Topics.Text(0, i)), reader.Values(0));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => Topics.Text(1, i)), reader.Values(1));
    }

    [Fact]
    public void A_fatal_error_is_reported_with_its_cause()
    {
        using var reader = new BatchReader(_broker.BootstrapServers, ["t"]);
        using var handle = ConsumerHandle.Of(reader.Consumer);

        RaiseFatalError(handle.Pointer, (int)ErrorCode.FencedInstanceId, "for a test");
        reader.Until("it comes", r => r.Errors.Count > 0);

        var error = reader.Errors[0].Error;
        Assert.Equal((ErrorCode.FencedInstanceId, true), (error.Code, error.IsFatal));
        Assert.Contains("for a test", error.Reason, StringComparison.Ordinal);
        Assert.Equal((-1, -1), (reader.Errors[0].Topic, reader.Errors[0].Partition));
    }

    [Fact]
    public void Handlers_run_inside_a_read_on_the_thread_that_reads()
    {
        var threads = new List<int>();
        using var reader = new BatchReader(
            _broker.BootstrapServers,
            ["t"],
            configure: config =>
            {
                config.StatisticsIntervalMs = 20;
                config.Debug = "topic";
            },
            onStatistics: _ => threads.Add(Environment.CurrentManagedThreadId));

        reader.Until("statistics came", _ => threads.Count >= 3);

        Assert.All(threads, thread => Assert.Equal(Environment.CurrentManagedThreadId, thread));
        Assert.NotEmpty(reader.LogLines);
    }

    [Fact]
    public void An_exception_of_a_handler_is_thrown_by_the_read_and_no_record_is_lost()
    {
        _broker.CreateTopic("t", 1);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 500);
        var thrown = 0;
        var isOver = false; // Close throws too
        using var reader = new BatchReader(
            _broker.BootstrapServers,
            ["t"],
            configure: config => config.StatisticsIntervalMs = 5,
            onStatistics: _ => thrown = isOver ? thrown : throw new InvalidTimeZoneException($"{++thrown}")).Assign(1);
        var caught = new List<string>();

        Eventually.Within(TimeSpan.FromSeconds(60), "500 records, and exceptions", () =>
        {
            try
            {
                reader.Step(TimeSpan.FromMilliseconds(20));
            }
            catch (InvalidTimeZoneException e)
            {
                caught.Add(e.Message);
            }

            isOver = reader.Records.Count >= 500 && caught.Count > 1;
            return isOver;
        });

        Assert.Equal(Enumerable.Range(0, 500).Select(i => Topics.Text(0, i)), reader.Values(0));
        Assert.Equal(caught.Distinct(), caught);
    }

    [Fact]
    public async Task A_read_returns_with_the_first_record_and_does_not_wait_for_a_full_batch()
    {
        _broker.CreateTopic("t", 1);
        using var reader = new BatchReader(_broker.BootstrapServers, ["t"], capacity: 4096).Assign(1)
            .Until("the end", r => r.Errors.Count > 0);
        var filling = Task.Run(() => Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 1));
        var waited = Stopwatch.StartNew();

        reader.Step(TimeSpan.FromMinutes(10));

        Assert.Equal(["0:0"], reader.Values(0));
        Assert.True(waited.Elapsed < TimeSpan.FromMinutes(1), $"it took {waited.Elapsed}");
        await filling;
    }

    [Fact]
    public void Reading_moves_the_consumers_position_and_commits_nothing()
    {
        _broker.CreateTopic("t", 1);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 20);
        var partition = new TopicPartition("t", 0);
        using var reader = new BatchReader(_broker.BootstrapServers, ["t"]).Assign(1).UntilRecords(20);

        Assert.Equal(20, reader.Consumer.Position(partition).Value);
        Assert.Equal(Offset.Unset, reader.Consumer.Committed([partition], TimeSpan.FromSeconds(10))[0].Offset);

        reader.Consumer.Commit([new TopicPartitionOffset(partition, 15)]);
        Assert.Equal(15, reader.Consumer.Committed([partition], TimeSpan.FromSeconds(10))[0].Offset.Value);
    }

    [Fact]
    public void A_seek_drops_the_messages_in_the_queue()
    {
        _broker.CreateTopic("t", 1);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 500);
        using var reader = new BatchReader(_broker.BootstrapServers, ["t"], capacity: 10).Assign(1).UntilRecords(10);
        var read = reader.Records.Count;

        reader.Consumer.Seek(new TopicPartitionOffset("t", 0, 400));
        reader.UntilRecords(read + 100);

        Assert.Equal(Enumerable.Range(400, 100).Select(i => Topics.Text(0, i)), reader.Values(0).Skip(read));
    }

    [Fact]
    public void Headers_are_there_on_request()
    {
        _broker.CreateTopic("t", 1);
        using (var producer = Topics.Producer(_broker.BootstrapServers))
        {
            var headers = new Headers { { "kind", "old"u8.ToArray() }, { "kind", "new"u8.ToArray() }, { "empty", [] } };
            producer.Produce(new TopicPartition("t", 0), new Message<Null, byte[]?> { Value = [1], Headers = headers });
            producer.Produce(new TopicPartition("t", 0), new Message<Null, byte[]?> { Value = [2] });
            producer.Flush(TimeSpan.FromSeconds(10));
        }

        using var reader = new BatchReader(_broker.BootstrapServers, ["t"], capacity: 1).Assign(1);

        Assert.Equal("new", HeaderOfNextRecord(reader.Queue, "kind"));
        Assert.Null(HeaderOfNextRecord(reader.Queue, "kind"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_batch_outlives_its_consumer_until_the_queue_is_disposed_of(bool isClosed)
    {
        _broker.CreateTopic("t", 1);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 5);
        var reader = new BatchReader(_broker.BootstrapServers, ["t"]).Assign(1);
        ReadOnlySpan<QueuedMessage> batch = [];
        for (var waited = Stopwatch.StartNew(); batch.Length == 0 || batch[0].Error != ErrorCode.NoError;)
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60));
            batch = reader.Queue.Read(TimeSpan.FromMilliseconds(100));
        }

        if (isClosed)
        {
            reader.Consumer.Close();
        }

        reader.Consumer.Dispose();

        Assert.Equal("0:0", Encoding.UTF8.GetString(batch[0].Value));
        reader.Queue.Dispose();
        reader.Queue.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reader.Queue.Read(TimeSpan.Zero));
    }

    [Fact]
    public void A_batch_that_is_held_when_the_queue_is_disposed_of_does_not_keep_the_consumer_from_closing()
    {
        _broker.CreateTopic("t", 1);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 500);
        var reader = new BatchReader(_broker.BootstrapServers, ["t"]).Assign(1).UntilRecords(1);

        reader.Dispose();

        Assert.Throws<ObjectDisposedException>(() => reader.Consumer.Position(new TopicPartition("t", 0)));
    }

    [Fact]
    public void A_million_messages_leave_no_memory_allocated()
    {
        const int Count = 10_000;
        const int Partitions = 4;
        const int Passes = 25;
        _broker.CreateTopic("t", Partitions);
        using (var producer = Topics.Producer(_broker.BootstrapServers))
        {
            for (var i = 0; i < Count; i++)
            {
                for (var partition = 0; partition < Partitions; partition++)
                {
                    producer.Send("t", partition, new string('x', 250), Topics.Minute(i));
                }
            }

            producer.Flush(TimeSpan.FromSeconds(60));
        }

        using var reader = new BatchReader(_broker.BootstrapServers, ["t"], capacity: 1024, config => config.FetchWaitMaxMs = 10);
        long warm = 0;
        long messages = 0;
        for (var pass = 0; pass < Passes; pass++)
        {
            reader.Assign(Partitions);
            var waited = Stopwatch.StartNew();
            for (var ends = 0; ends < Partitions;)
            {
                Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), "the ends do not come");
                foreach (ref readonly var message in reader.Queue.Read(TimeSpan.FromMilliseconds(100)))
                {
                    messages++;
                    ends += message.Error == ErrorCode.Local_PartitionEOF ? 1 : 0;
                }
            }

            warm = pass == 4 ? Environment.WorkingSet : warm;
        }

        // A message takes about 300 bytes of its own beside its value: 800 000 that were not given back would be 440 MB.
        var grown = (Environment.WorkingSet - warm) / (1024 * 1024);
        Assert.True(messages >= Count * Partitions * Passes, $"{messages} messages");
        Assert.True(grown < 150, $"the process has grown by {grown} MB");
    }

    [Fact]
    public void Reading_allocates_nothing_for_a_message()
    {
        _broker.CreateTopic("t", 1);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 1, count: 20_000);
        using var reader = new BatchReader(_broker.BootstrapServers, ["t"], capacity: 1024).Assign(1);
        Assert.Equal(0, Allocated(reader.Queue, messages: 1000) / 1000);

        Assert.Equal(0, Allocated(reader.Queue, messages: 15_000) / 1000);
    }

    private static long Allocated(BatchQueue queue, int messages)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var waited = Stopwatch.StartNew();
        while (messages > 0 && waited.Elapsed < TimeSpan.FromSeconds(60))
        {
            messages -= queue.Read(TimeSpan.FromMilliseconds(100)).Length;
        }

        Assert.True(messages <= 0, "the messages do not come");
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static string? HeaderOfNextRecord(BatchQueue queue, string name)
    {
        var waited = Stopwatch.StartNew();
        ReadOnlySpan<QueuedMessage> batch = [];
        while (batch.Length == 0 || batch[0].Error != ErrorCode.NoError)
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), "no record comes");
            batch = queue.Read(TimeSpan.FromMilliseconds(100));
        }

        Assert.False(queue.TryGetHeader(0, "none", out _));
        return queue.TryGetHeader(0, name, out var value) ? Encoding.UTF8.GetString(value) : null;
    }

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_name")]
    private static partial IntPtr GetName(IntPtr client);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_test_fatal_error", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RaiseFatalError(IntPtr client, int error, string reason);
}
