using Confluent.Kafka;
using DriftMonitor.Streaming.Events;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Writes single records to a topic of the cluster that is read, with the same security. For few records: each is waited for.
/// </summary>
public sealed class KafkaRecordWriter : IDisposable
{
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    private readonly KafkaClientFactory _clients;
    private readonly string _topic;
    private readonly Lock _lock = new();
    private IProducer<byte[], byte[]>? _producer; // made for the first record

    /// <summary>A writer that has not connected yet.</summary>
    /// <param name="settings">The cluster and its security.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="logger">Receives what librdkafka says, at debug level.</param>
    public KafkaRecordWriter(KafkaSourceSettings settings, string topic, ILogger logger) =>
        (_clients, _topic) = (new KafkaClientFactory(settings, logger), topic);

    /// <summary>Writes a record, and waits until all in-sync replicas have it.</summary>
    /// <param name="key">Its key, which chooses the partition.</param>
    /// <param name="value">Its value.</param>
    /// <param name="contentType">The header <c>content-type</c>.</param>
    /// <param name="stopping">Ends the waiting; the record may still be written.</param>
    /// <exception cref="SourceException">It was not written; the message names no secret.</exception>
    public async Task WriteAsync(byte[] key, byte[] value, string contentType, CancellationToken stopping)
    {
        try
        {
            var headers = new Headers { { "content-type", System.Text.Encoding.UTF8.GetBytes(contentType) } };
            await Producer().ProduceAsync(_topic, new Message<byte[], byte[]> { Key = key, Value = value, Headers = headers }, stopping);
        }
        catch (KafkaException e)
        {
            if (e.Error.IsFatal)
            {
                Close();
            }

            throw new SourceException($"the topic {_topic} did not take a record ({_clients.Mask(e.Error.Reason)})", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private IProducer<byte[], byte[]> Producer()
    {
        lock (_lock)
        {
            return _producer ??= _clients.CreateProducer();
        }
    }

    private void Close()
    {
        IProducer<byte[], byte[]>? producer;
        lock (_lock)
        {
            (producer, _producer) = (_producer, null);
        }

        if (producer is not null)
        {
            _clients.Close(producer, LastPatience);
        }
    }
}
