using System.Text.Json.Nodes;
using Confluent.Kafka;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Tests.Kafka;

/// <summary>What a real Kafka and the network before it do to a reader: each record is read once, and nothing counts as lost.</summary>
[Collection(RealKafkaTests.Name)]
public sealed class RealKafkaFaultsTests(RealKafka kafka) : IDisposable
{
    private const int Count = 2000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-faults-");

    public void Dispose() => _folder.Delete(recursive: true);

    [FactRequires(Tool.Kafka)] // E21
    public async Task Gaps_that_transactions_leave_in_the_offsets_count_neither_as_lost_nor_as_unread()
    {
        var topic = await Topics.Create(kafka.BootstrapServers, partitions: 1);
        using var producer = Topics.Producer(kafka.BootstrapServers, config => config.TransactionalId = topic);
        producer.InitTransactions(TimeSpan.FromSeconds(20));
        for (var transaction = 0; transaction < 10; transaction++)
        {
            producer.BeginTransaction();
            producer.Send(topic, 0, Topics.Text(0, transaction), Topics.Minute(transaction));
            producer.Flush(TimeSpan.FromSeconds(10)); // an abort drops what is not sent yet
            if (transaction % 2 == 0)
            {
                producer.CommitTransaction();
            }
            else
            {
                producer.AbortTransaction();
            }
        }

        Topics.UntilCommitted(kafka.BootstrapServers, topic, partition: 0, end: 20); // a marker behind each
        using var reader = Open(topic).Until("caught up", r => r.IsCaughtUp(0));

        Assert.Equal(Enumerable.Range(0, 5).Select(i => Topics.Text(0, 2 * i)), reader.Values(0));
        Assert.Empty(reader.Source.Lost);
        Assert.Equal(
            [new Progress(new Position(topic, 0, 20), 20)], reader.Source.Progress());
    }

    [FactRequires(Tool.KafkaNode)] // E25
    public async Task Gaps_that_compaction_leaves_in_the_offsets_do_not_count_as_lost_also_where_reading_goes_on_in_one()
    {
        var topic = await Topics.Create(kafka.BootstrapServers, partitions: 1, config: new Dictionary<string, string>
        {
            ["cleanup.policy"] = "compact",
            ["segment.ms"] = "100",
            ["min.cleanable.dirty.ratio"] = "0.01",
            ["max.compaction.lag.ms"] = "100",
        });
        using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers }).Build();
        for (var i = 0; i < Count; i++)
        {
            Send($"key {i % 10}", $"{i}");
        }

        var written = Count;
        string[] values = [];
        Eventually.Within(TimeSpan.FromSeconds(60), "the log is compacted", () =>
        {
            Send("roll", $"{written++}"); // a segment is closed when the next record comes
            producer.Flush(TimeSpan.FromSeconds(10));
            using var whole = new Reader(Reader.Settings(kafka.BootstrapServers, topic) with { IsBounded = true }).UntilEnd();
            values = whole.Values(0);
            return values.Length < Count / 2;
        });
        Assert.Equal(Enumerable.Range(Count - 10, 10).Select(i => $"{i}"), values.Take(10)); // the last of each key

        using var reader = Open(topic).Until("caught up", r => r.IsCaughtUp(0));
        Assert.Equal(0, reader.Source.Progress()[0].Lag);
        Assert.Empty(reader.Source.Lost);

        reader.Source.FindIdentities(TimeSpan.FromSeconds(10));
        var resume = new ResumePoints(
            [new Progress(new Position(topic, 0, 500), Count)],
            [reader.Source.IdentityOf(topic)!],
            new HashSet<string> { topic });
        using var resumed = new Reader(Reader.Settings(kafka.BootstrapServers, topic) with { Resume = resume })
            .Until("caught up", r => r.IsCaughtUp(0));
        Assert.Equal($"{Count - 10}", resumed.Values(0)[0]);
        Assert.Empty(resumed.Source.Lost);

        void Send(string key, string value) =>
            producer.Produce(new TopicPartition(topic, 0), new Message<string, string> { Key = key, Value = value });
    }

    [FactRequires(Tool.KafkaNode)] // E25
    public async Task A_broker_s_certificate_is_accepted_from_its_authority_only_and_the_line_says_what_to_check()
    {
        var topic = await Topics.Create(kafka.BootstrapServers, partitions: 1);
        Topics.Fill(kafka.BootstrapServers, topic, partitions: 1, Count);
        var other = Path.Combine(_folder.FullName, "other.pem");
        Certificates.WriteAuthority(other).Dispose();

        using var welcome = Tls(topic, kafka.Node.AuthorityFile).UntilEvents(Count);
        using var refused = Tls(topic, other).Until("it says what is wrong", r => r.Source.Trouble is not null);

        Assert.StartsWith(
            $"no TLS connection to the broker at {kafka.Node.TlsBootstrapServers} (", refused.Source.Trouble, StringComparison.Ordinal);
        Assert.EndsWith(
            "): check security.protocol and ssl.ca.location in Kafka:Properties", refused.Source.Trouble, StringComparison.Ordinal);
        Assert.Single(refused.Log.At(LogLevel.Warning));
        Assert.Empty(refused.Events);
    }

    [TheoryRequires(Tool.KafkaNode, Tool.Toxiproxy)]
    [InlineData("none", "{}")]
    [InlineData("timeout", """{"timeout":0}""")] // nothing comes through, and the connections stay open
    [InlineData("reset_peer", """{"timeout":0}""")] // each connection is reset at once
    [InlineData("limit_data", """{"bytes":300000}""")] // each is closed after 300 kB, in the middle of an answer
    public async Task A_network_that_fails_between_client_and_broker_loses_no_record_and_repeats_none(string fault, string attributes)
    {
        using var proxy = new Toxiproxy(kafka.Node.ProxyPort, kafka.Node.ProxiedPort);
        var topic = await Topics.Create(kafka.BootstrapServers, partitions: 2);
        Topics.Fill(kafka.BootstrapServers, topic, partitions: 2, Count);
        var settings = Reader.Settings($"127.0.0.1:{kafka.Node.ProxyPort}", topic);
        var properties = new Dictionary<string, string>(settings.Properties) { ["socket.timeout.ms"] = "2000" };
        using var reader = new Reader(settings with { Properties = properties }).UntilEvents(2 * Count);

        if (fault != "none")
        {
            proxy.Add(fault, JsonNode.Parse(attributes)!.AsObject());
        }

        Topics.Fill(kafka.BootstrapServers, topic, partitions: 2, 10 * Count, first: Count);
        if (fault is "timeout" or "reset_peer")
        {
            reader.Until("it says what is wrong", r => r.Source.Trouble is not null);
            proxy.Heal();
        }
        else if (fault == "limit_data")
        {
            reader.UntilEvents(3 * Count); // some come through
            proxy.Heal();
        }

        reader.UntilEvents(2 * 11 * Count);
        for (var partition = 0; partition < 2; partition++)
        {
            Assert.Equal(Enumerable.Range(0, 11 * Count).Select(i => Topics.Text(partition, i)), reader.Values(partition));
        }

        Assert.Empty(reader.Source.Lost);
        reader.Until("nothing is wrong", r => r.Source.Trouble is null);
        Assert.True(reader.Overrun < TimeSpan.FromSeconds(1.5), $"a call took {reader.Overrun} longer than its patience");
    }

    private Reader Open(string topic) => new(Reader.Settings(kafka.BootstrapServers, topic));

    private Reader Tls(string topic, string authority) => new(Reader.Settings(kafka.Node.TlsBootstrapServers, topic) with
    {
        Properties = new Dictionary<string, string> { ["security.protocol"] = "SSL", ["ssl.ca.location"] = authority },
    });
}
