using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>An event that was rejected: where it is, and what is there.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">Its offset; for a file, the number of the line or row, from 1.</param>
/// <param name="File">The file that it is from; null for a topic.</param>
/// <param name="IsRow">Whether it is a row of a CSV file.</param>
/// <param name="Start">
/// The first bytes of the event, or of its time where that cannot be read; an event's from files only, as those of topics may be secret.
/// </param>
/// <param name="IsTime">Whether <paramref name="Start"/> is the event's time.</param>
/// <param name="IsCut">Whether more bytes follow.</param>
/// <param name="Fault">
/// What is wrong with a row that does not fit its header, or with an event of another schema, as the end of a sentence; null for all
/// others.
/// </param>
public sealed record RejectedEvent(
    int Partition, long Offset, string? File, bool IsRow, ReadOnlyMemory<byte> Start, bool IsTime, bool IsCut, string? Fault)
{
    private const int MostBytes = 60;

    /// <summary>The topic's name, where it is one of those of a pattern; otherwise null.</summary>
    public string? Topic { get; init; }

    /// <summary>Describes an event.</summary>
    /// <param name="reason">Why it was rejected.</param>
    /// <param name="raw">The event.</param>
    /// <param name="time">The bytes of its time where they are the reason; otherwise empty.</param>
    /// <param name="unpack">The array whose elements are events, where that is the reason; otherwise null.</param>
    internal static RejectedEvent Of(Rejection reason, in RawEvent raw, ReadOnlySpan<byte> time, FieldPath? unpack)
    {
        var shown = time.IsEmpty ? raw.Value : time;
        var start = raw.File is null && time.IsEmpty ? [] : shown[..Math.Min(MostBytes, shown.Length)].ToArray();
        return new RejectedEvent(
            raw.Partition, raw.Offset, raw.File, raw.Header is not null, start, !time.IsEmpty, shown.Length > MostBytes,
            unpack is not null ? RecordDecoder.DescribeFault(reason, unpack)
            : reason == Rejection.Malformed && raw.Header is { } header ? CsvRows.DescribeFault(raw.Value, header)
            : reason == Rejection.Schema ? SchemaFrame.Describe(raw.Value)
            : null)
        { Topic = raw.TopicName };
    }
}
