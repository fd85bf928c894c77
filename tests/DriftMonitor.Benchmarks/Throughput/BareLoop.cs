using System.Globalization;
using Confluent.Kafka;
using DriftMonitor.Commands;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>The minimum cost of reading a topic: Confluent.Kafka with its defaults, values as byte arrays that are not used.</summary>
internal static class BareLoop
{
    /// <summary>The first argument that starts the loop in a process of its own.</summary>
    public const string Verb = "bare-loop";

    /// <summary>
    /// By default librdkafka waits a second whenever its queue is full, which slows a fast reader down. The service uses this setting too.
    /// </summary>
    public const string NoWait = "fetch.queue.backoff.ms=10";

    private const int EventsBetweenLines = 20_000;

    /// <summary>Reads events and prints on standard output how many it has read.</summary>
    /// <param name="args">Bootstrap servers, topic, number of events, then librdkafka properties such as <see cref="NoWait"/>.</param>
    public static int Run(string[] args)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = args[0],
            GroupId = $"bare-{Guid.NewGuid():N}",
            AutoOffsetReset = AutoOffsetReset.Earliest,
        };
        foreach (var property in args[3..])
        {
            config.Set(property.Split('=')[0], property.Split('=')[1]);
        }

        using var consumer = new ConsumerBuilder<Ignore, byte[]>(config).Build();
        consumer.Subscribe(args[1]);
        var expected = int.Parse(args[2], CultureInfo.InvariantCulture);
        for (var events = 0; events < expected;)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not null
                && (++events % EventsBetweenLines == 0 || events == expected))
            {
                Console.WriteLine(events.ToString(CultureInfo.InvariantCulture));
            }
        }

        Console.ReadLine(); // the parent process reads our memory use before we exit
        consumer.Close();
        return 0;
    }
}
