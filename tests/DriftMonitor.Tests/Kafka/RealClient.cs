using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Tests.Kafka;

/// <summary>The client inside a source that reads, for faults that only the client can have.</summary>
internal static partial class RealClient
{
    /// <summary>The consumer of a source that has found its partitions.</summary>
    public static IConsumer<Ignore, int> ConsumerOf(KafkaSource source)
    {
        var reader = typeof(KafkaSource).GetField("_reader", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(source)!;
        return (IConsumer<Ignore, int>)typeof(KafkaReader)
            .GetField("_consumer", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(reader)!;
    }

    /// <summary>Lets the client fail for good.</summary>
    public static void Fail(KafkaSource source, string reason)
    {
        using var handle = ConsumerHandle.Of(ConsumerOf(source));
        Assert.Equal(0, TriggerFatalError(handle.Pointer, (int)ErrorCode.FencedInstanceId, reason));
    }

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_test_fatal_error", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int TriggerFatalError(IntPtr client, int error, string reason);
}
