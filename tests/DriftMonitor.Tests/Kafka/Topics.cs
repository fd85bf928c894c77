using System.Diagnostics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace DriftMonitor.Tests.Kafka;

/// <summary>Creates topics and fills them, on a real Kafka or on the embedded one.</summary>
internal static class Topics
{
    public static string NewName() => $"t-{Guid.NewGuid():N}";

    public static bool Answers(string bootstrapServers)
    {
        using var admin = Admin(bootstrapServers);
        try
        {
            return admin.GetMetadata(TimeSpan.FromSeconds(1)).Brokers.Count > 0;
        }
        catch (KafkaException)
        {
            return false;
        }
    }

    public static async Task<string> Create(
        string bootstrapServers, int partitions, string? name = null, Dictionary<string, string>? config = null)
    {
        name ??= NewName();
        using var admin = Admin(bootstrapServers);
        await admin.CreateTopicsAsync(
            [new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = 1, Configs = config }]);
        Eventually.Within(TimeSpan.FromSeconds(20), "the topic has leaders", () =>
            admin.GetMetadata(name, TimeSpan.FromSeconds(5)).Topics[0] is { Error.IsError: false } topic
            && topic.Partitions.Count == partitions && topic.Partitions.All(p => p.Leader >= 0));
        return name;
    }

    /// <summary>Deletes a topic and creates it again, empty.</summary>
    public static async Task Recreate(string bootstrapServers, string topic, int partitions)
    {
        using (var admin = Admin(bootstrapServers))
        {
            await admin.DeleteTopicsAsync([topic]);
        }

        // The brokers delete it some time later.
        for (var waited = Stopwatch.StartNew(); ;)
        {
            try
            {
                await Create(bootstrapServers, partitions, topic);
                return;
            }
            catch (CreateTopicsException) when (waited.Elapsed < TimeSpan.FromSeconds(60))
            {
                await Task.Yield();
            }
        }
    }

    public static int CountPartitions(string bootstrapServers, string topic)
    {
        using var admin = Admin(bootstrapServers);
        return admin.GetMetadata(topic, TimeSpan.FromSeconds(10)).Topics[0].Partitions.Count;
    }

    public static async Task AddPartitions(string bootstrapServers, string topic, int count)
    {
        using var admin = Admin(bootstrapServers);
        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = count }]);
    }

    /// <summary>
    /// Waits until readers of committed records see a partition's log up to an offset: a commit is answered before its markers are written.
    /// </summary>
    public static void UntilCommitted(string bootstrapServers, string topic, int partition, long end)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = NewName(),
            IsolationLevel = IsolationLevel.ReadCommitted,
        };
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(config).Build();
        Eventually.Within(TimeSpan.FromSeconds(20), "the commit's marker is written", () =>
            consumer.QueryWatermarkOffsets(new TopicPartition(topic, partition), TimeSpan.FromSeconds(5)).High.Value == end);
    }

    /// <summary>
    /// Creates a producer that writes each record once and in the order in which they were sent, even if it has to retry.
    /// </summary>
    public static IProducer<Null, byte[]?> Producer(string bootstrapServers, Action<ProducerConfig>? configure = null)
    {
        var config = new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            LingerMs = 5,
            EnableIdempotence = true,
            QueueBufferingMaxMessages = 1_000_000,
        };
        configure?.Invoke(config);
        return new ProducerBuilder<Null, byte[]?>(config)
            .SetValueSerializer(new Bytes())
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
    }

    /// <summary>
    /// Puts "partition:number" into each partition, numbered from <paramref name="first"/>, with the number as its record time in minutes
    /// of 2013.
    /// </summary>
    public static void Fill(string bootstrapServers, string topic, int partitions, int count, int first = 0)
    {
        using var producer = Producer(bootstrapServers);
        for (var i = first; i < first + count; i++)
        {
            for (var partition = 0; partition < partitions; partition++)
            {
                producer.Send(topic, partition, Text(partition, i), Minute(i));
            }
        }

        var left = producer.Flush(TimeSpan.FromSeconds(60));
        if (left > 0)
        {
            throw new TimeoutException($"not within a minute: {left} more records taken by topic {topic}");
        }
    }

    public static void Send(this IProducer<Null, byte[]?> producer, string topic, int partition, string? value, DateTimeOffset? time = null)
    {
        var message = new Message<Null, byte[]?> { Value = value is null ? null : Encoding.UTF8.GetBytes(value) };
        if (time is { } moment)
        {
            message.Timestamp = new Timestamp(moment);
        }

        producer.Produce(new TopicPartition(topic, partition), message);
    }

    public static string Text(int partition, int number) => string.Create(CultureInfo.InvariantCulture, $"{partition}:{number}");

    public static DateTimeOffset Minute(int number) => new DateTimeOffset(2013, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(number);

    private static IAdminClient Admin(string bootstrapServers) =>
        new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrapServers })
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();

    // The library's own serializer of arrays rejects null, which is a tombstone.
    private sealed class Bytes : ISerializer<byte[]?>
    {
        public byte[] Serialize(byte[]? data, SerializationContext context) => data!;
    }
}
