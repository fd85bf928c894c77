using System.Globalization;
using Confluent.Kafka;
using DriftMonitor.Streaming.Events;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Makes the librdkafka clients that a <see cref="KafkaSource"/> reads with, all from the same properties.</summary>
internal sealed class KafkaClient
{
    // The first release with KIP-320's later fixes and without the 2.0 line's lost symbols.
    private const int OldestLibrary = 0x02_03_00_00;

    private readonly Dictionary<string, string> _properties;
    private readonly List<string> _secrets;
    private readonly ILogger _logger;

    /// <exception cref="SourceException">A property may not be set: <see cref="KafkaProperties"/>.</exception>
    public KafkaClient(KafkaSourceSettings settings, ILogger logger)
    {
        _logger = logger;
        _properties = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["bootstrap.servers"] = settings.BootstrapServers,
            ["group.id"] = settings.Group,
            ["client.id"] = "driftmonitor",
            ["auto.offset.reset"] = "error",

            // The reading rests on them: ends are known by EOF, positions are kept beside the state that they belong to.
            ["enable.partition.eof"] = "true",
            ["enable.auto.commit"] = "false",
            ["enable.auto.offset.store"] = "false",

            // A fraction of librdkafka's own limits, which hold for each partition: real use goes beyond them by a fetch for each partition.
            ["queued.max.messages.kbytes"] = "16384",
            ["queued.min.messages"] = "10000",
            // Where a queue is full, librdkafka looks again after this time, and its own 1 s against so small a queue means 20 000 records a second.
            ["fetch.queue.backoff.ms"] = "10",
            ["fetch.max.bytes"] = (8 * 1024 * 1024).ToString(CultureInfo.InvariantCulture),

            // A broker that is back is found within seconds; librdkafka's own 10 s would keep the monitor unready.
            ["reconnect.backoff.max.ms"] = "2000",

            // A broker that hangs is told of within seconds too, where librdkafka would wait a minute.
            ["socket.timeout.ms"] = "10000",

            // Every field costs time and memory for each message; the topic is needed only where there are several.
            ["dotnet.consumer.consume.result.fields"] = settings.Topics.Count == 1 ? "timestamp" : "timestamp,topic",
        };
        foreach (var (key, value) in settings.Properties)
        {
            if (KafkaProperties.WhyNot(key) is { } reason)
            {
                throw new SourceException($"Kafka:Properties:{key} {reason}");
            }

            _properties[key] = value;
        }

        // Longest first: a secret may begin with another, whose mask would leave its rest.
        _secrets = [.. _properties.Where(pair => pair.Value.Length > 0 && Secrets.IsSecret(pair.Key, pair.Value)).Select(pair => pair.Value).OrderByDescending(secret => secret.Length)];
        BootstrapServers = settings.BootstrapServers;
    }

    /// <summary>The brokers as they are asked, for messages.</summary>
    public string BootstrapServers { get; }

    /// <summary>A consumer; what librdkafka has to say goes to the log at debug level, and never to standard error.</summary>
    /// <exception cref="SourceException">A property is wrong, or the library too old.</exception>
    public IConsumer<Ignore, T> Open<T>(IDeserializer<T> values, Action<Error> onError)
    {
        try
        {
            if (Library.Version < OldestLibrary)
            {
                throw new SourceException($"librdkafka {Library.VersionString} is too old: install 2.3 or later (the package librdkafka.redist)");
            }

            return new ConsumerBuilder<Ignore, T>(_properties)
                .SetValueDeserializer(values)
                .SetErrorHandler((_, error) => onError(error))
                .SetLogHandler((_, line) => LogLine(line.Message))
                .Build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw new SourceException($"Kafka can't be read with these properties: {Mask(e.Message)}: correct Kafka:Properties");
        }
        catch (DllNotFoundException e)
        {
            throw Librdkafka.Missing(e);
        }
    }

    /// <summary>The text without the secrets that the properties hold.</summary>
    public string Mask(string text)
    {
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, Secrets.Mask, StringComparison.Ordinal);
        }

        return text;
    }

    private void LogLine(string line)
    {
        if (_logger.IsEnabled(LogLevel.Debug))
        {
            _logger.Library(Mask(line));
        }
    }
}
