using Google.Protobuf;
using Snappier;

namespace DriftMonitor.History;

/// <summary>
/// The body of a request of Prometheus remote write 1.0: the message <c>prometheus.WriteRequest</c>, compressed by Snappy.
/// </summary>
/// <remarks>
/// <code>
/// message WriteRequest { repeated TimeSeries timeseries = 1; }
/// message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
/// message Label { string name = 1; string value = 2; }
/// message Sample { double value = 1; int64 timestamp = 2; } // milliseconds
/// </code>
/// Each sample has a TimeSeries of its own, so that a receiver gets the samples in order of time: within a request, it takes one series
/// after the other, and refuses a sample that is much older than the newest one it has. The labels repeat, which Snappy makes up for.
/// </remarks>
internal static class RemoteWriteRequest
{
    private const int ListField = 1; // timeseries, labels
    private const int SamplesField = 2;
    private const int NameField = 1; // of a label; the value's field comes next
    private const int ValueField = 1; // of a sample; the timestamp's field comes next
    private const int TagSize = 1; // of all of these fields

    /// <summary>Encodes samples.</summary>
    public static byte[] Encode(ReadOnlySpan<(HistorySeries Series, HistorySample Sample)> samples)
    {
        using var message = new MemoryStream();
        using (var output = new CodedOutputStream(message, leaveOpen: true))
        {
            foreach (var (series, sample) in samples)
            {
                var size = series.Pairs.Sum(label => SizeWithin(SizeOf(label))) + SizeOf("__name__", series.Family.SampleName);
                Begin(output, ListField, size + SizeWithin(SizeOf(sample)));
                Write(output, ("__name__", series.Family.SampleName));
                foreach (var label in series.Pairs)
                {
                    Write(output, label);
                }

                Begin(output, SamplesField, SizeOf(sample));
                output.WriteTag(ValueField, WireFormat.WireType.Fixed64);
                output.WriteDouble(sample.Value);
                output.WriteTag(ValueField + 1, WireFormat.WireType.Varint);
                output.WriteInt64(sample.Milliseconds);
            }
        }

        return Snappy.CompressToArray(message.GetBuffer().AsSpan(0, (int)message.Length));
    }

    private static void Write(CodedOutputStream output, (string Name, string Value) label)
    {
        Begin(output, ListField, SizeOf(label));
        output.WriteTag(NameField, WireFormat.WireType.LengthDelimited);
        output.WriteString(label.Name);
        output.WriteTag(NameField + 1, WireFormat.WireType.LengthDelimited);
        output.WriteString(label.Value);
    }

    private static void Begin(CodedOutputStream output, int field, int size)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteLength(size);
    }

    private static int SizeOf(string name, string value) => SizeWithin(SizeOf((name, value)));

    private static int SizeOf((string Name, string Value) label) =>
        2 * TagSize + CodedOutputStream.ComputeStringSize(label.Name) + CodedOutputStream.ComputeStringSize(label.Value);

    private static int SizeOf(HistorySample sample) =>
        2 * TagSize + CodedOutputStream.ComputeDoubleSize(sample.Value) + CodedOutputStream.ComputeInt64Size(sample.Milliseconds);

    // A message within another one, with its tag and length.
    private static int SizeWithin(int size) => TagSize + CodedOutputStream.ComputeLengthSize(size) + size;
}
