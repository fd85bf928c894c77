using System.Globalization;
using Confluent.Kafka;
using DriftMonitor.Commands;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>What reading a topic costs at least: Confluent.Kafka with its defaults, values as arrays, and nothing done with them.</summary>
internal static class BareLoop
{
    /// <summary>Its verb: it runs in a process of its own.</summary>
    public const string Verb = "bare-loop";

    /// <summary>By default librdkafka waits a second whenever its queue is full, which holds a quick reader up; the service sets this too.</summary>
    public const string NoWait = "fetch.queue.backoff.ms=10";

    private const int EventsBetweenLines = 20_000;

    /// <summary>Reads so many events, telling on standard output how many it has.</summary>
    /// <param name="args">Bootstrap servers, topic, number of events; then what is not to have its default, such as <see cref="NoWait"/>.</param>
    public static int Run(string[] args)
    {
        var config = new ConsumerConfig { BootstrapServers = args[0], GroupId = $"bare-{Guid.NewGuid():N}", AutoOffsetReset = AutoOffsetReset.Earliest };
        foreach (var property in args[3..])
        {
            config.Set(property.Split('=')[0], property.Split('=')[1]);
        }

        using var consumer = new ConsumerBuilder<Ignore, byte[]>(config).Build();
        consumer.Subscribe(args[1]);
        var expected = int.Parse(args[2], CultureInfo.InvariantCulture);
        for (var events = 0; events < expected;)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not null && (++events % EventsBetweenLines == 0 || events == expected))
            {
                Console.WriteLine(events.ToString(CultureInfo.InvariantCulture));
            }
        }

        Console.ReadLine(); // the other side looks at us before we end
        consumer.Close();
        return 0;
    }
}
