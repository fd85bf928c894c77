using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Records of a consumer's assigned partitions. It has two forms: <see cref="BatchedRecords"/> and <see cref="ConsumedRecords"/>.
/// </summary>
internal interface IRecordQueue : IDisposable
{
    /// <summary>The next record, error or end of a partition.</summary>
    /// <param name="timeout">How long to wait for one.</param>
    /// <param name="record">The record, valid until the next call.</param>
    /// <returns>False if none came in time.</returns>
    /// <exception cref="KafkaException">librdkafka refuses to read.</exception>
    bool TryRead(TimeSpan timeout, out KafkaRecord record);

    /// <summary>What the record read last is about, if it is an error.</summary>
    Error GetError();
}
