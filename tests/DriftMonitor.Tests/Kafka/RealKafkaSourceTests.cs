using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Kafka;

[Collection(RealKafkaTests.Name)]
public sealed class RealKafkaSourceTests
{
    private readonly RealKafka _kafka;

    public RealKafkaSourceTests(RealKafka kafka) => _kafka = kafka;

    private string Brokers => _kafka.BootstrapServers;

    [FactRequires(Tool.Kafka)]
    public async Task Every_record_of_four_partitions_is_read_once_in_the_order_of_its_partition()
    {
        var topic = await Topics.Create(Brokers, partitions: 4);
        Topics.Fill(Brokers, topic, partitions: 4, count: 5000);

        using var reader = new Reader(Reader.Settings(Brokers, topic)).UntilEvents(20_000);

        for (var partition = 0; partition < 4; partition++)
        {
            Assert.Equal(Enumerable.Range(0, 5000).Select(i => Topics.Text(partition, i)), reader.Values(partition));
        }

        Assert.Equal(0, reader.Source.Progress().Sum(progress => progress.Lag));
    }

    [FactRequires(Tool.Kafka)]
    public async Task A_partition_that_is_held_gives_nothing_and_then_every_record_once_and_in_order()
    {
        foreach (var isBatched in new[] { true, false })
        {
            Holding.Check(Brokers, await Topics.Create(Brokers, partitions: 3), isBatched);
        }
    }

    [FactRequires(Tool.Kafka)]
    public async Task A_bounded_source_ends_after_transaction_markers_and_returns_only_committed_records()
    {
        var topic = await Topics.Create(Brokers, partitions: 3);
        using (var producer = Topics.Producer(Brokers, config => config.TransactionalId = topic))
        {
            producer.InitTransactions(TimeSpan.FromSeconds(20));
            for (var transaction = 0; transaction < 4; transaction++)
            {
                producer.BeginTransaction();
                producer.Send(topic, 0, Topics.Text(0, transaction), Topics.Minute(transaction));
                producer.Send(topic, 1, Topics.Text(1, transaction), Topics.Minute(transaction));
                if (transaction < 2)
                {
                    producer.CommitTransaction();
                }
                else
                {
                    producer.AbortTransaction();
                }
            }
        }

        using var reader = new Reader(Reader.Settings(Brokers, topic) with { IsBounded = true }).UntilEnd();

        // Records at offsets 0 and 2, and aborted ones at 4 and 6; a marker after each.
        Assert.Equal(["0:0", "0:1"], reader.Values(0));
        Assert.Equal(["1:0", "1:1"], reader.Values(1));
        Assert.Equal([0, 2], reader.Events.Where(e => e.Partition == 0).Select(e => e.Offset));
        Assert.Equal(3, reader.Signals.Count(s => s.Signal == SourceSignal.PartitionEnded));
    }

    [FactRequires(Tool.Kafka)]
    public async Task A_window_starts_at_its_time_in_each_partition_and_includes_the_last_records_after_markers()
    {
        var topic = await Topics.Create(Brokers, partitions: 3);
        Topics.Fill(Brokers, topic, partitions: 1, count: 10);
        using (var producer = Topics.Producer(Brokers, config => config.TransactionalId = topic))
        {
            producer.InitTransactions(TimeSpan.FromSeconds(20));
            producer.BeginTransaction();
            producer.Send(topic, 1, "old", Topics.Minute(2));
            producer.CommitTransaction();
        }

        Topics.UntilCommitted(Brokers, topic, partition: 1, end: 2); // the record and its marker
        List<string> asked = [];
        using var reader = new Reader(Reader.Settings(Brokers, topic) with
        {
            Start = KafkaStart.Window,
            WindowStart = (_, last) =>
            {
                var newest = last.GroupBy(record => record.Partition).Select(partition => partition.Last());
                asked = [.. newest.Select(record => $"{Encoding.UTF8.GetString(record.Value)} {record.RecordTime}").Order()];
                return EventTime.From(Topics.Minute(7));
            },
        }).Until("caught up", r => Enumerable.Range(0, 3).All(r.IsCaughtUp));

        Assert.Equal(["0:9 2013-01-01T00:09:00Z", "old 2013-01-01T00:02:00Z"], asked);
        Assert.Equal(["0:7", "0:8", "0:9"], reader.Events.Select(e => e.Value));
    }

    [FactRequires(Tool.Kafka)]
    public async Task A_window_without_a_known_start_begins_with_the_oldest_record()
    {
        var topic = await Topics.Create(Brokers, partitions: 1);
        Topics.Fill(Brokers, topic, partitions: 1, count: 3);

        var settings = Reader.Settings(Brokers, topic) with { Start = KafkaStart.Window, WindowStart = (_, _) => null };
        using var reader = new Reader(settings).UntilEvents(3);

        Assert.Equal(["0:0", "0:1", "0:2"], reader.Values(0));
    }

    [FactRequires(Tool.Kafka)]
    public async Task Latest_reads_only_records_that_arrive_after_opening()
    {
        var topic = await Topics.Create(Brokers, partitions: 1);
        Topics.Fill(Brokers, topic, partitions: 1, count: 5);
        using var reader = new Reader(Reader.Settings(Brokers, topic) with { Start = KafkaStart.Latest }).Until(
            "it is caught up", r => r.IsCaughtUp(0));

        Topics.Fill(Brokers, topic, partitions: 1, count: 2, first: 5);

        Assert.Equal(["0:5", "0:6"], reader.UntilEvents(2).Values(0));
    }

    [FactRequires(Tool.Kafka)]
    public async Task A_source_waits_for_a_topic_that_is_created_later_and_reports_it_in_one_line()
    {
        var topic = Topics.NewName();
        using var reader = new Reader(Reader.Settings(Brokers, topic)).Until("it says what is wrong", r => r.Source.Trouble is not null);

        Assert.Equal($"topic '{topic}' does not exist at {Brokers}: create it, or correct the monitor's Topic", reader.Source.Trouble);

        await Topics.Create(Brokers, partitions: 2, topic);
        Topics.Fill(Brokers, topic, partitions: 2, count: 3);
        Assert.Null(reader.UntilEvents(6).Source.Trouble);
    }

    [FactRequires(Tool.Kafka)]
    public async Task Added_partitions_are_read_from_their_start()
    {
        var topic = await Topics.Create(Brokers, partitions: 1);
        Topics.Fill(Brokers, topic, partitions: 1, count: 3);
        var time = new FakeTimeProvider();
        using var reader = new Reader(Reader.Settings(Brokers, topic), time).UntilEvents(3);

        await Topics.AddPartitions(Brokers, topic, count: 3);
        reader.Until("the partitions are there for all", _ =>
        {
            Topics.Fill(Brokers, topic, partitions: 3, count: 1, first: 3);
            return true;
        });
        time.Advance(TimeSpan.FromSeconds(61));
        reader.UntilEvents(6);

        Assert.Equal(2, reader.Signals.Count(s => s.Signal == SourceSignal.Partitions));
        Assert.Equal(3, reader.Source.Partitions(0));
        Assert.Equal(["2:3"], reader.Values(2));
        Assert.Equal(["0:0", "0:1", "0:2", "0:3"], reader.Values(0));
    }

    [FactRequires(Tool.Kafka)]
    public Task A_topic_that_is_created_again_and_is_shorter_has_to_be_read_anew() => CreateAgainAsync(count: 3);

    [FactRequires(Tool.Kafka)]
    public Task A_topic_that_is_created_again_and_is_longer_has_to_be_read_anew() => CreateAgainAsync(count: 8); // E26

    [FactRequires(Tool.Kafka)]
    public async Task Events_that_retention_deletes_before_they_are_read_are_counted() // E08
    {
        const int Count = 20_000;
        var topic = await Topics.Create(Brokers, partitions: 1);
        var settings = Reader.Settings(Brokers, topic);
        using var reader = new Reader(settings with
        {
            Properties = new Dictionary<string, string>(settings.Properties)
            {
                ["queued.min.messages"] = "1000",
                ["max.partition.fetch.bytes"] = "20000",
            },
        }).Until("caught up", r => r.IsCaughtUp(0));
        Topics.Fill(Brokers, topic, partitions: 1, count: Count);
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Brokers }).Build())
        {
            await admin.DeleteRecordsAsync([new TopicPartitionOffset(topic, 0, Count - 100)]);
        }

        reader.Until("the last event is read", r => r.Events.Exists(e => e.Offset == Count - 1));

        var lost = Assert.Single(reader.Source.Lost);
        Assert.Equal((topic, LossReason.Retention), (lost.Topic, lost.Reason));
        Assert.InRange(lost.Count, 1, Count - 100);
        Assert.Equal(Count, reader.Events.Count + lost.Count);
    }

    [FactRequires(Tool.Kafka)]
    public async Task Offsets_are_committed_to_the_group()
    {
        var topic = await Topics.Create(Brokers, partitions: 1);
        Topics.Fill(Brokers, topic, partitions: 1, count: 5);
        var settings = Reader.Settings(Brokers, topic);
        using (var reader = new Reader(settings).UntilEvents(5))
        {
            reader.Source.Commit(reader.Source.Progress());
        }

        Assert.Equal(5, EmbeddedKafkaTests.Committed(settings, topic));
    }

    [FactRequires(Tool.Kafka)]
    public async Task A_record_without_a_time_has_none()
    {
        var topic = await Topics.Create(Brokers, partitions: 1);
        using (var producer = Topics.Producer(Brokers))
        {
            producer.Send(topic, 0, "timeless", DateTimeOffset.UnixEpoch.AddMilliseconds(-1));
            producer.Flush(TimeSpan.FromSeconds(10));
        }

        using var reader = new Reader(Reader.Settings(Brokers, topic)).UntilEvents(1);

        Assert.Null(reader.Events[0].RecordTime);
    }

    [FactRequires(Tool.KafkaNode)]
    public async Task A_broker_that_is_killed_and_restarted_loses_no_record_and_repeats_none()
    {
        const int Before = 40_000;
        using var node = new KafkaNode().Start();
        var topic = await Topics.Create(node.BootstrapServers, partitions: 4);
        Topics.Fill(node.BootstrapServers, topic, partitions: 4, count: Before);
        using var reader = new Reader(Reader.Settings(node.BootstrapServers, topic)).UntilEvents(Before);

        node.Kill();
        reader.Until("it says what is wrong", r => r.Source.Trouble is not null);
        node.Start();
        Topics.Fill(node.BootstrapServers, topic, partitions: 4, count: 1000, first: Before);
        reader.UntilEvents(4 * (Before + 1000));

        for (var partition = 0; partition < 4; partition++)
        {
            Assert.Equal(Enumerable.Range(0, Before + 1000).Select(i => Topics.Text(partition, i)), reader.Values(partition));
        }

        reader.Until("nothing is wrong", r => r.Source.Trouble is null);
    }

    [FactRequires(Tool.KafkaNode)]
    public async Task A_broker_that_hangs_is_reported_and_reading_continues_when_it_is_back()
    {
        using var node = new KafkaNode().Start();
        var topic = await Topics.Create(node.BootstrapServers, partitions: 1);
        Topics.Fill(node.BootstrapServers, topic, partitions: 1, count: 10);
        var settings = Reader.Settings(node.BootstrapServers, topic);
        using var reader = new Reader(
            settings with { Properties = new Dictionary<string, string>(settings.Properties) { ["socket.timeout.ms"] = "2000" } })
            .UntilEvents(10);

        node.Pause();
        reader.Until("it says what is wrong", r => r.Source.Trouble is not null);
        Assert.StartsWith($"no broker answers at {node.BootstrapServers} (", reader.Source.Trouble, StringComparison.Ordinal);
        node.Resume();
        Topics.Fill(node.BootstrapServers, topic, partitions: 1, count: 10, first: 10);
        reader.UntilEvents(20);

        Assert.Equal(Enumerable.Range(0, 20).Select(i => Topics.Text(0, i)), reader.Values(0));
        reader.Until("nothing is wrong", r => r.Source.Trouble is null);
        Assert.True(reader.Overrun < TimeSpan.FromSeconds(1.5), $"a call took {reader.Overrun} longer than its patience");
    }

    [FactRequires(Tool.KafkaNode)]
    public async Task A_wrong_password_is_reported_in_one_line_without_the_password()
    {
        using var node = new KafkaNode().Start();
        var topic = await Topics.Create(node.BootstrapServers, partitions: 1);
        Topics.Fill(node.BootstrapServers, topic, partitions: 1, count: 3);
        using var refused = new Reader(Sasl(node, topic, "looking-glass")).Until(
            "it says what is wrong", r => r.Source.Trouble is not null);
        using var welcome = new Reader(Sasl(node, topic, "wonderland")).UntilEvents(3);

        Assert.Equal(
            $"the broker at {node.SaslBootstrapServers} refuses the credentials (Invalid username or password): check sasl.mechanism, "
                + "sasl.username and sasl.password in Kafka:Properties",
            refused.Source.Trouble);
        Assert.DoesNotContain(refused.Log.All, line => line.Contains("looking-glass", StringComparison.Ordinal));
        Assert.Equal(3, welcome.Events.Count);
    }

    [FactRequires(Tool.KafkaNode)]
    public async Task A_password_that_changes_in_its_file_is_used_without_a_restart_when_the_broker_takes_only_the_new_one()
    {
        using var node = new KafkaNode().Start();
        var topic = await Topics.Create(node.BootstrapServers, partitions: 1);
        Topics.Fill(node.BootstrapServers, topic, partitions: 1, count: 3);
        var folder = Directory.CreateTempSubdirectory("driftmonitor-secret-").FullName;
        var file = Path.Combine(folder, "password");
        File.WriteAllText(file, "wonderland\n");
        var settings = Sasl(node, topic, "");
        var time = new FakeTimeProvider();
        using (var reader = new Reader(
            settings with
            {
                Properties = settings.Properties.Where(property => property.Key != "sasl.password").ToDictionary(),
                PropertyFiles = new PropertyFiles(new Dictionary<string, string> { ["sasl.password"] = file }),
            },
            time))
        {
            reader.UntilEvents(3);

            node.Stop();
            node.SetPassword("looking-glass");
            node.Start();
            Topics.Fill(node.BootstrapServers, topic, partitions: 1, count: 2, first: 3);
            reader.Until("the old password is refused", r => r.Source.Trouble?.Contains("refuses the credentials") == true);
            Assert.Equal(3, reader.Events.Count);

            File.WriteAllText(file, "looking-glass\n");
            time.Advance(TimeSpan.FromSeconds(10));
            reader.UntilEvents(5).Until("nothing is wrong", r =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return r.Source.Trouble is null;
            });

            Assert.Equal(Enumerable.Range(0, 5).Select(i => Topics.Text(0, i)), reader.Values(0));
            Assert.Contains(
                reader.Log.All, line => line.Contains("Kafka:PropertyFiles:sasl.password has changed", StringComparison.Ordinal));
            Assert.DoesNotContain(reader.Log.All, line => line.Contains("wonderland", StringComparison.Ordinal));
            Assert.DoesNotContain(reader.Log.All, line => line.Contains("looking-glass", StringComparison.Ordinal));
        }

        Directory.Delete(folder, recursive: true);
    }

    private static KafkaSourceSettings Sasl(KafkaNode node, string topic, string password) =>
        Reader.Settings(node.SaslBootstrapServers, topic) with
        {
            Properties = new Dictionary<string, string>
            {
                ["security.protocol"] = "SASL_PLAINTEXT",
                ["sasl.mechanism"] = "PLAIN",
                ["sasl.username"] = "alice",
                ["sasl.password"] = password,
                ["debug"] = "security",
            },
        };

    private async Task CreateAgainAsync(int count)
    {
        var topic = await Topics.Create(Brokers, partitions: 1);
        Topics.Fill(Brokers, topic, partitions: 1, count: 5);
        var time = new FakeTimeProvider();
        using var reader = new Reader(Reader.Settings(Brokers, topic), time).UntilEvents(5).Until("caught up", r => r.IsCaughtUp(0));
        for (var poll = 0; poll < 30; poll++)
        {
            reader.Step(); // the first id arrives
        }

        await Topics.Recreate(Brokers, topic, partitions: 1);
        Topics.Fill(Brokers, topic, partitions: 1, count, first: 100);
        var reset = Assert.Throws<SourceResetException>(() => reader.Until("it is noticed", _ =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return false;
        }));

        Assert.Equal($"the log of topic {topic} is no longer the one that was read: it was created again or truncated", reset.Message);
        Assert.Equal([new LostEvents(topic, LossReason.Truncated, 0)], reader.Source.Lost);
    }
}
