using System.Diagnostics;
using Confluent.Kafka;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Tests.Kafka;

/// <summary>
/// Faults of brokers while a stream is read: each record is read once, in the order of its partition, and the consumer is kept. The twin
/// without a fault is among the cases.
/// </summary>
public sealed class BrokerFaultsTests : IDisposable
{
    private const short Fetch = 1;
    private const short Metadata = 3;
    private const short Commit = 8;
    private const int Before = 200; // records of each partition that are read before the fault
    private const int After = 300; // that are written during it
    private static readonly TimeSpan RecoversWithin = TimeSpan.FromSeconds(5);

    private readonly FaultyBroker _broker = new(brokers: 2);

    public void Dispose() => _broker.Dispose();

    [Fact] // E15
    public void That_no_broker_is_left_is_known_within_five_seconds_also_where_nothing_is_written()
    {
        using var reader = Open();

        _broker.SetDown(1);
        _broker.SetDown(2);
        var down = Stopwatch.StartNew();
        reader.Until("there is trouble", r => r.Source.Trouble is not null);

        Assert.InRange(down.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.StartsWith("no broker answers at ", Assert.Single(reader.Log.At(LogLevel.Warning)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void One_of_two_brokers_that_restarts_is_no_trouble(int broker)
    {
        using var reader = Open();
        for (var restart = 0; restart < 2; restart++)
        {
            _broker.SetDown(broker);
            var down = Stopwatch.StartNew();
            reader.Until("three seconds are over", r =>
            {
                Assert.Null(r.Source.Trouble);
                return down.Elapsed > TimeSpan.FromSeconds(3);
            });
            _broker.SetUp(broker);
        }

        Assert.Empty(reader.Log.At(LogLevel.Warning));
    }

    [Theory] // E14
    [InlineData(Fetch, ErrorCode.NoError)]
    [InlineData(Fetch, ErrorCode.NotLeaderForPartition)]
    [InlineData(Fetch, ErrorCode.UnknownTopicOrPart)]
    [InlineData(Fetch, ErrorCode.RequestTimedOut)]
    [InlineData(Fetch, ErrorCode.Local_Transport)]
    [InlineData(Metadata, ErrorCode.Local_Transport)]
    public void After_five_refused_requests_reading_goes_on(short request, ErrorCode error)
    {
        using var reader = Open();
        if (error != ErrorCode.NoError)
        {
            _broker.FailRequests(request, [.. Enumerable.Repeat(error, 5)]);
        }

        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, After, first: Before);
        var waited = Stopwatch.StartNew();
        IsRead(reader);

        // librdkafka waits half a second after each error, and up to two seconds before it connects again.
        Assert.True(waited.Elapsed < 5 * TimeSpan.FromSeconds(0.5) + RecoversWithin, $"it took {waited.Elapsed}");
        reader.Until("nothing is wrong", r => r.Source.Trouble is null);
    }

    [Theory] // E10
    [InlineData(true)]
    [InlineData(false)]
    public void An_offset_that_is_refused_although_the_log_has_it_is_requested_again_and_nothing_counts_as_lost(bool isRefused)
    {
        using var reader = Open();
        if (isRefused)
        {
            _broker.FailRequests(Fetch, ErrorCode.OffsetOutOfRange);
        }

        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, After, first: Before);

        IsRead(reader);
    }

    [Theory] // E17
    [InlineData(true)]
    [InlineData(false)]
    public void A_partition_may_move_to_another_broker(bool moves)
    {
        _broker.CreateTopic("t", 2);
        _broker.SetLeader("t", 0, 1);
        _broker.SetLeader("t", 1, 2);
        using var reader = Open(isCreated: true);

        for (var move = 0; move < 4; move++)
        {
            if (moves)
            {
                _broker.SetLeader("t", 0, 1 + (move + 1) % 2);
                _broker.SetLeader("t", 1, 1 + move % 2);
            }

            Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, After / 4, first: Before + move * After / 4);
            reader.UntilEvents(2 * (Before + (move + 1) * After / 4));
        }

        IsRead(reader);
    }

    [Fact] // E17
    public void Commits_follow_the_group_to_another_coordinator()
    {
        var settings = Settings();
        _broker.SetCoordinator(settings.Group, 1);
        using var reader = Open(settings);
        Commits(Before);

        _broker.SetCoordinator(settings.Group, 2);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, After, first: Before);
        IsRead(reader);

        Commits(Before + After);

        void Commits(int offset) => reader.Until("it is committed", r =>
        {
            r.Source.Commit(r.Source.Progress());
            return EmbeddedKafkaTests.Committed(settings, "t") == offset;
        });
    }

    [Theory] // E12, E13: all that the group can do to a consumer that is not a member of it
    [InlineData(ErrorCode.NoError)]
    [InlineData(ErrorCode.RebalanceInProgress)]
    [InlineData(ErrorCode.UnknownMemberId)]
    [InlineData(ErrorCode.IllegalGeneration)]
    [InlineData(ErrorCode.NotCoordinatorForGroup)]
    [InlineData(ErrorCode.GroupLoadInProgress)]
    public void A_refused_commit_is_told_at_most_once_and_the_next_one_succeeds(ErrorCode error)
    {
        var settings = Settings();
        using var reader = Open(settings);
        if (error != ErrorCode.NoError)
        {
            _broker.FailRequests(Commit, error);
        }

        reader.Source.Commit(reader.Source.Progress());
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, After, first: Before);
        IsRead(reader);
        reader.Source.Commit(reader.Source.Progress());
        reader.Until("it is committed", r => EmbeddedKafkaTests.Committed(settings, "t") == Before + After);

        // librdkafka finds the coordinator itself, and asks again.
        var isTold = error is not (ErrorCode.NoError or ErrorCode.NotCoordinatorForGroup or ErrorCode.GroupLoadInProgress);
        Assert.Equal(
            Enumerable.Repeat("The group's offsets could not be committed (", isTold ? 1 : 0),
            reader.Log.At(LogLevel.Warning).Select(line => line[..(line.IndexOf('(') + 1)]));
        Eventually.Within(RecoversWithin, "the last commit counts", () => !reader.Source.LastCommitFailed);
    }

    [Theory] // E16
    [InlineData(true)]
    [InlineData(false)]
    public void Slow_brokers_let_the_lag_grow_and_it_is_gone_once_they_are_fast_again(bool areSlow)
    {
        // The mock cluster gives one batch of a partition in an answer. A producer may send five before it waits for answers.
        using var reader = Open();
        using var producer = Topics.Producer(_broker.BootstrapServers, config => config.BatchNumMessages = After / 4);
        Send(0, 1);
        if (areSlow)
        {
            SetDelay(TimeSpan.FromSeconds(2));
        }

        Send(1, After);
        var most = 0L;
        reader.Until("the backlog is seen", r =>
        {
            most = Math.Max(most, r.Source.Progress().Sum(progress => progress.Lag) ?? 0);
            return areSlow ? most > 0 && r.Events.Count > 2 * (Before + 1) : r.Events.Count == 2 * (Before + After);
        });
        Assert.Equal(areSlow, reader.Events.Count < 2 * (Before + After));
        Assert.Null(reader.Source.Trouble); // it answers

        SetDelay(TimeSpan.Zero);
        IsRead(reader);
        Assert.Equal(0, reader.Source.Progress().Sum(progress => progress.Lag));

        void SetDelay(TimeSpan delay)
        {
            _broker.SetDelay(1, delay);
            _broker.SetDelay(2, delay);
        }

        void Send(int from, int to)
        {
            for (var i = 2 * from; i < 2 * to; i++)
            {
                producer.Send("t", i % 2, Topics.Text(i % 2, Before + i / 2), Topics.Minute(Before + i / 2));
            }

            Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(60)));
        }
    }

    [Theory] // E18
    [InlineData(true)]
    [InlineData(false)]
    public void A_reader_that_does_not_poll_for_longer_than_max_poll_interval_keeps_its_partitions(bool isStuck)
    {
        var settings = Settings();
        var properties = new Dictionary<string, string>(settings.Properties)
        {
            ["max.poll.interval.ms"] = "1000",
            ["session.timeout.ms"] = "1000",
            ["heartbeat.interval.ms"] = "300",
        };
        using var reader = Open(settings with { Properties = properties });
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, After, first: Before);

        if (isStuck)
        {
            var stuck = Stopwatch.StartNew();
            Eventually.Within(RecoversWithin, "time passes", () => stuck.Elapsed > TimeSpan.FromSeconds(3));
        }

        IsRead(reader);
        Assert.Null(reader.Source.Trouble);
        Assert.Empty(reader.Log.At(LogLevel.Warning));
    }

    [Theory] // E20
    [InlineData(true)]
    [InlineData(false)]
    public void Records_that_come_again_are_dropped(bool comeAgain)
    {
        using var reader = Open();
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, After, first: Before);
        reader.UntilEvents(2 * Before + 10);
        if (comeAgain)
        {
            RealClient.ConsumerOf(reader.Source).Seek(new TopicPartitionOffset("t", 1, Before - 100));
        }

        IsRead(reader);
        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, count: 1, first: Before + After);
        reader.UntilEvents(2 * (Before + After + 1));
        Assert.Equal(Enumerable.Range(0, Before + After + 1).Select(i => Topics.Text(1, i)), reader.Values(1));
    }

    private KafkaSourceSettings Settings() => Reader.Settings(_broker.BootstrapServers, "t");

    private Reader Open(KafkaSourceSettings? settings = null, bool isCreated = false)
    {
        if (!isCreated)
        {
            _broker.CreateTopic("t", 2);
        }

        Topics.Fill(_broker.BootstrapServers, "t", partitions: 2, Before);
        return new Reader(settings ?? Settings()).UntilEvents(2 * Before).Until("caught up", r => r.IsCaughtUp(0) && r.IsCaughtUp(1));
    }

    // A consumer that had to be made anew would have thrown a SourceException.
    private static void IsRead(Reader reader)
    {
        reader.UntilEvents(2 * (Before + After));
        for (var partition = 0; partition < 2; partition++)
        {
            Assert.Equal(Enumerable.Range(0, Before + After).Select(i => Topics.Text(partition, i)), reader.Values(partition));
        }

        Assert.Empty(reader.Source.Lost);
        Assert.True(reader.Overrun < TimeSpan.FromSeconds(1.5), $"a call took {reader.Overrun} longer than its patience");
    }
}
