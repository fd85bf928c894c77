using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Records of a consumer's assigned partitions. It has two forms: <see cref="BatchedRecords"/> and <see cref="ConsumedRecords"/>.
/// </summary>
internal interface IRecordQueue : IDisposable
{
    /// <summary>Reads the next records, errors and ends of partitions.</summary>
    /// <param name="timeout">How long to wait for the first.</param>
    /// <returns>How many there are; 0 if none came in time.</returns>
    /// <exception cref="KafkaException">librdkafka refuses to read.</exception>
    int Read(TimeSpan timeout);

    /// <summary>One of them, valid until the next <see cref="Read"/>.</summary>
    KafkaRecord this[int place] { get; }

    /// <summary>The value of the last header of a name that the record at a place has, until the next <see cref="Read"/>.</summary>
    /// <returns>Whether there is one.</returns>
    bool TryGetHeader(int place, string name, out ReadOnlySpan<byte> value);

    /// <summary>What the one at a place is about, if it is an error.</summary>
    Error GetError(int place);
}
