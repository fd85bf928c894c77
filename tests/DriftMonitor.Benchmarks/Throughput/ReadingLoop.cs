using System.Globalization;
using Confluent.Kafka;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>
/// The minimum cost of reading a topic: values are counted and not used. Runs in a process of its own, which <see cref="Course"/> observes.
/// </summary>
internal static class ReadingLoop
{
    /// <summary>The first argument that starts a loop over Confluent.Kafka's <c>Consume</c>, values as byte arrays.</summary>
    public const string Consume = "consume-loop";

    /// <summary>The first argument that starts a loop over a <see cref="BatchQueue"/>.</summary>
    public const string Batches = "batch-loop";

    private const int BatchSize = 4096; // the service's
    private const int EventsBetweenLines = 50_000;
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(100);

    /// <summary>Reads events, and prints how many it has read and how many bytes it has allocated.</summary>
    /// <param name="args">The verb, bootstrap servers, topic, number of events, then librdkafka properties, such as <c>a.b=10</c>.</param>
    public static int Run(string[] args)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = args[1],
            GroupId = $"loop-{Guid.NewGuid():N}",
            AutoOffsetReset = AutoOffsetReset.Earliest,
        };
        foreach (var property in args[4..])
        {
            config.Set(property.Split('=')[0], property.Split('=')[1]);
        }

        using var consumer = new ConsumerBuilder<Ignore, byte[]>(config).Build();
        consumer.Subscribe(args[2]);
        var expected = int.Parse(args[3], CultureInfo.InvariantCulture);
        if (args[0] == Batches)
        {
            ReadBatches(consumer, args[2], expected);
        }
        else
        {
            ReadOneByOne(consumer, expected);
        }

        Console.ReadLine(); // the parent process reads our memory use before we exit
        consumer.Close();
        return 0;
    }

    private static void ReadOneByOne(IConsumer<Ignore, byte[]> consumer, int expected)
    {
        for (var events = 0; events < expected;)
        {
            if (consumer.Consume(Timeout) is not null)
            {
                Report(events, ++events, expected);
            }
        }
    }

    private static void ReadBatches(IConsumer<Ignore, byte[]> consumer, string topic, int expected)
    {
        using var queue = BatchQueue.Over(consumer, [topic], BatchSize);
        for (var events = 0; events < expected;)
        {
            var before = events;
            foreach (ref readonly var message in queue.Read(Timeout))
            {
                events += message.Error == ErrorCode.NoError ? 1 : 0;
            }

            Report(before, events, expected);
        }
    }

    private static void Report(int before, int events, int expected)
    {
        if (events / EventsBetweenLines > before / EventsBetweenLines || (events >= expected && before < expected))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{events} {GC.GetTotalAllocatedBytes()}"));
        }
    }
}
