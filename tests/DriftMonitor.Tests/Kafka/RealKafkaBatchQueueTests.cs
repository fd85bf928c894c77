using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace DriftMonitor.Tests.Kafka;

[Collection(RealKafkaTests.Name)]
public sealed class RealKafkaBatchQueueTests
{
    private readonly RealKafka _kafka;

    public RealKafkaBatchQueueTests(RealKafka kafka) => _kafka = kafka;

    private string Brokers => _kafka.BootstrapServers;

    [FactRequires(Tool.Kafka)]
    public async Task Every_record_of_compressed_batches_is_read_once_with_its_bytes_in_the_order_of_its_partition()
    {
        var topic = await Topics.Create(Brokers, partitions: 4);
        using (var producer = Topics.Producer(Brokers, config => config.CompressionType = CompressionType.Lz4))
        {
            for (var i = 0; i < 20_000; i++)
            {
                producer.Send(topic, i % 4, Topics.Text(i % 4, i / 4), Topics.Minute(i));
            }

            producer.Flush(TimeSpan.FromSeconds(60));
        }

        using var reader = new BatchReader(Brokers, [topic], capacity: 1024).Assign(4).UntilRecords(20_000);

        for (var partition = 0; partition < 4; partition++)
        {
            Assert.Equal(Enumerable.Range(0, 5000).Select(i => Topics.Text(partition, i)), reader.Values(partition));
        }

        Assert.All(reader.Records, record => Assert.NotNull(record.Time));
    }

    [FactRequires(Tool.Kafka)]
    public async Task Markers_and_aborted_records_of_transactions_are_not_returned()
    {
        var topic = await Topics.Create(Brokers, partitions: 1);
        using (var producer = Topics.Producer(Brokers, config => config.TransactionalId = topic))
        {
            producer.InitTransactions(TimeSpan.FromSeconds(20));
            for (var transaction = 0; transaction < 4; transaction++)
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
        }

        Topics.UntilCommitted(Brokers, topic, partition: 0, end: 8);
        using var reader = new BatchReader(Brokers, [topic]).Assign(1).Until("the end", r => r.Errors.Exists(e => e.Offset == 8));

        // Records at 0, 2, 4, 6, of which 2 and 6 are aborted; a marker behind each.
        Assert.Equal(["0:0", "0:2"], reader.Values(0));
        Assert.Equal([0, 4], reader.Records.Select(record => record.Offset));
        Assert.Equal(8, reader.Consumer.Position(new TopicPartition(topic, 0)).Value);
    }

    [FactRequires(Tool.Kafka)]
    public async Task An_offset_before_the_oldest_record_is_an_error_of_its_partition()
    {
        var topic = await Topics.Create(Brokers, partitions: 2);
        Topics.Fill(Brokers, topic, partitions: 2, count: 10);
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Brokers }).Build())
        {
            await admin.DeleteRecordsAsync([new TopicPartitionOffset(topic, 1, 5)]);
        }

        using var reader = new BatchReader(Brokers, [topic]).Assign(2)
            .Until("it is refused", r => r.Errors.Exists(e => e.Error.Code == ErrorCode.Local_AutoOffsetReset))
            .UntilRecords(10);

        Assert.Equal(1, reader.Errors.Single(e => e.Error.Code == ErrorCode.Local_AutoOffsetReset).Partition);
        reader.Consumer.IncrementalUnassign([new TopicPartition(topic, 1)]);
        reader.Consumer.IncrementalAssign([new TopicPartitionOffset(topic, 1, 5)]);
        Assert.Equal(Enumerable.Range(5, 5).Select(i => Topics.Text(1, i)), reader.UntilRecords(15).Values(1));
    }

    [FactRequires(Tool.KafkaNode)]
    public async Task A_broker_that_is_killed_and_restarted_loses_no_record_and_repeats_none()
    {
        const int Before = 20_000;
        using var node = new KafkaNode().Start();
        var topic = await Topics.Create(node.BootstrapServers, partitions: 4);
        Topics.Fill(node.BootstrapServers, topic, partitions: 4, count: Before);
        using var reader = new BatchReader(node.BootstrapServers, [topic], capacity: 1024, config => config.QueuedMinMessages = 1000)
            .Assign(4).UntilRecords(Before);

        node.Kill();
        reader.Until("the handler is called", r => !r.HandledErrors.IsEmpty);
        node.Start();
        Topics.Fill(node.BootstrapServers, topic, partitions: 4, count: 1000, first: Before);
        reader.UntilRecords(4 * (Before + 1000));

        for (var partition = 0; partition < 4; partition++)
        {
            Assert.Equal(Enumerable.Range(0, Before + 1000).Select(i => Topics.Text(partition, i)), reader.Values(partition));
        }
    }
}
