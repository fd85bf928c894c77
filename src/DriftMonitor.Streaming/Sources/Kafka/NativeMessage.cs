using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>librdkafka's <c>rd_kafka_message_t</c>, which is part of its binary interface (<c>rdkafka.h</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMessage
{
    public ErrorCode Error;
    public IntPtr Topic;
    public int Partition;
    public byte* Value; // a text where Error is set
    public nuint Length;
    public byte* Key;
    public nuint KeyLength;
    public long Offset;
    public IntPtr Private;
}
