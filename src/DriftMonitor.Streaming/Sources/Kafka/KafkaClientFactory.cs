using System.Globalization;
using Confluent.Kafka;
using DriftMonitor.Streaming.Events;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Creates the librdkafka clients of a <see cref="KafkaSource"/>, all with the same properties, and closes them.</summary>
internal sealed class KafkaClientFactory
{
    // The first release that has the later fixes for KIP-320 and does not have the missing symbols of 2.0.
    private const int MinLibraryVersion = 0x02_03_00_00;

    // librdkafka has hung in close in several releases; a process that exits must not hang with it.
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, string> _properties;
    private readonly PropertyFiles _files;
    private readonly CredentialsWatch _watch;
    private readonly ILogger _logger;
    private List<string> _secrets = []; // replaced as a whole

    /// <exception cref="SourceException">
    /// A property may not be set (<see cref="KafkaProperties"/>), or a property's file can't be read.
    /// </exception>
    public KafkaClientFactory(KafkaSourceSettings settings, ILogger logger, TimeProvider? time = null)
    {
        _logger = logger;
        _files = settings.PropertyFiles;
        _watch = new CredentialsWatch(settings, logger, time ?? TimeProvider.System) { OnChange = AddSecrets };
        _properties = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["bootstrap.servers"] = settings.BootstrapServers,
            ["group.id"] = settings.Group,
            ["client.id"] = "driftmonitor",
            ["auto.offset.reset"] = "error",

            // KafkaReader depends on these: EOF tells where a log ends, and positions are stored with the state that they belong to.
            ["enable.partition.eof"] = "true",
            ["enable.auto.commit"] = "false",
            ["enable.auto.offset.store"] = "false",

            // A fraction of librdkafka's own limits, which apply to each partition: the actual use exceeds them by one fetch per partition.
            ["queued.max.messages.kbytes"] = "16384",
            ["queued.min.messages"] = "10000",

            // How long librdkafka waits when a queue is full. Its default of 1 s would limit so small a queue to 20 000 records a second.
            ["fetch.queue.backoff.ms"] = "10",
            ["fetch.max.bytes"] = (8 * 1024 * 1024).ToString(CultureInfo.InvariantCulture),

            // A broker that is back is found within seconds; librdkafka's default of 10 s would keep the monitor unready for longer.
            ["reconnect.backoff.max.ms"] = "2000",

            // A broker that hangs is also reported within seconds; librdkafka's default is a minute.
            ["socket.timeout.ms"] = "10000",

            // Only for Consume, not for batches. Every field costs time and memory for each message; the topic is needed only if there are
            // several.
            ["dotnet.consumer.consume.result.fields"] = settings.HasOneTopic ? "timestamp,headers" : "timestamp,headers,topic",
        };
        foreach (var (key, value) in settings.Properties)
        {
            if (KafkaProperties.GetError(key) is { } error)
            {
                throw new SourceException($"Kafka:Properties:{key} {error}");
            }

            _properties[key] = value;
        }

        foreach (var property in _files.Properties)
        {
            if (KafkaProperties.GetError(property) is { } error)
            {
                throw new SourceException($"Kafka:PropertyFiles:{property} {error}");
            }
        }

        AddSecrets();
        BootstrapServers = settings.BootstrapServers;
    }

    /// <summary>The brokers as configured, for messages.</summary>
    public string BootstrapServers { get; }

    /// <summary>Creates a consumer. librdkafka's own messages go to the log at debug level, never to standard error.</summary>
    /// <param name="values">Deserializes the values.</param>
    /// <param name="onError">Called for each error that librdkafka reports by itself, while the consumer is polled.</param>
    /// <param name="keys">Receives the keys; null where nobody asks for them.</param>
    /// <exception cref="SourceException">A property is wrong, or the library is too old or missing.</exception>
    public IConsumer<Ignore, T> CreateConsumer<T>(IDeserializer<T> values, Action<Error> onError, KeyBuffer? keys = null)
    {
        try
        {
            if (Library.Version < MinLibraryVersion)
            {
                throw new SourceException(
                    $"librdkafka {Library.VersionString} is too old: install 2.3 or later (the package librdkafka.redist)");
            }

            var fromFiles = _files.Values;
            var consumer = new ConsumerBuilder<Ignore, T>(_properties.Where(pair => !fromFiles.ContainsKey(pair.Key)).Concat(fromFiles))
                .SetKeyDeserializer(keys ?? Deserializers.Ignore)
                .SetValueDeserializer(values)
                .SetErrorHandler((_, error) => onError(error))
                .SetLogHandler((_, line) => LogLine(line.Message))
                .Build();
            _watch.Attach(consumer);
            return consumer;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw new SourceException($"Kafka can't be read with these properties: {Mask(e.Message)}: correct Kafka:Properties");
        }
        catch (DllNotFoundException e)
        {
            throw Librdkafka.CreateLoadException(e);
        }
    }

    /// <summary>Creates a producer for records that must not be lost or reordered.</summary>
    /// <exception cref="SourceException">A property is wrong, or the library is missing.</exception>
    public IProducer<byte[], byte[]> CreateProducer()
    {
        try
        {
            // Properties for consumers are ignored by librdkafka, with a line in its log.
            var fromFiles = _files.Values;
            var properties = _properties.Where(pair => !pair.Key.StartsWith("dotnet.", StringComparison.Ordinal)
                && !fromFiles.ContainsKey(pair.Key)).Concat(fromFiles).ToDictionary();
            (properties["enable.idempotence"], properties["acks"]) = ("true", "all");
            properties["message.timeout.ms"] = "10000";
            var producer = new ProducerBuilder<byte[], byte[]>(properties)
                .SetErrorHandler((_, _) => { }) // each record says whether it was written
                .SetLogHandler((_, line) => LogLine(line.Message))
                .Build();
            _watch.Attach(producer);
            return producer;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw new SourceException($"Kafka can't be written to with these properties: {Mask(e.Message)}: correct Kafka:Properties");
        }
        catch (DllNotFoundException e)
        {
            throw Librdkafka.CreateLoadException(e);
        }
    }

    /// <summary>Closes a producer. Never throws.</summary>
    /// <param name="producer">A producer that writes nothing any more.</param>
    /// <param name="patience">How long to wait for what is on its way.</param>
    public void Close(IProducer<byte[], byte[]> producer, TimeSpan patience)
    {
        _watch.Detach(producer);
        try
        {
            producer.Flush(patience);
            producer.Dispose();
        }
        catch (Exception e)
        {
            _logger.DisposeFailed(Mask(e.Message));
        }
    }

    /// <summary>Closes and disposes of a consumer that no other thread uses. Never throws; a failure is logged.</summary>
    public void Close<T>(IConsumer<Ignore, T> consumer)
    {
        _watch.Detach(consumer);

        // Every exception is caught: after the reading has ended none can be acted on, and on a thread of its own it would end the process.
        try
        {
            consumer.Close();
        }
        catch (Exception e)
        {
            _logger.CloseFailed(Mask(e.Message));
        }

        try
        {
            consumer.Dispose(); // also after a failed Close: it releases the native client
        }
        catch (Exception e)
        {
            _logger.DisposeFailed(Mask(e.Message));
        }
    }

    /// <summary>
    /// Like <see cref="Close"/>, but waits at most ten seconds: a consumer that hangs is abandoned on a background thread.
    /// </summary>
    public void CloseWithTimeout<T>(IConsumer<Ignore, T> consumer)
    {
        var closing = new Thread(() => Close(consumer)) { IsBackground = true, Name = "kafka-close" };
        closing.Start();
        if (!closing.Join(CloseTimeout))
        {
            _logger.CloseTimedOut(CloseTimeout);
        }
    }

    /// <summary>The exception for an error after which no more records can be read.</summary>
    public SourceException CannotReadOn(Error error) =>
        new($"Kafka at {BootstrapServers} can't be read any more ({Mask(error.Reason)})");

    /// <summary>The text without the secrets that the properties contain.</summary>
    public string Mask(string text)
    {
        foreach (var secret in Volatile.Read(ref _secrets))
        {
            text = text.Replace(secret, Secrets.Mask, StringComparison.Ordinal);
        }

        return text;
    }

    // Longest first: if a secret begins with another one, masking the shorter one first would leave the rest of the longer one. Values that
    // were replaced stay secret, because messages about them may still come.
    private void AddSecrets() => Volatile.Write(ref _secrets,
    [
        .. _secrets.Concat(_properties.Concat(_files.Values)
            .Where(pair => pair.Value.Length > 0 && Secrets.IsSecret(pair.Key, pair.Value)).Select(pair => pair.Value))
            .Distinct().OrderByDescending(secret => secret.Length),
    ]);

    private void LogLine(string line)
    {
        if (_logger.IsEnabled(LogLevel.Debug))
        {
            _logger.LibraryMessage(Mask(line));
        }
    }
}
