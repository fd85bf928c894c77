using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// librdkafka's own mock cluster as a broker inside the process, for the demo and for tests: it listens on ports of its own on 127.0.0.1, and
/// forgets everything when it is disposed of.
/// </summary>
/// <remarks>
/// It stores, serves and commits; it has no security, no retention by time, no topic administration, and answers no question by time. A partition
/// holds the newest 5 MiB. A topic that is asked for comes into being, with 4 partitions.
/// </remarks>
public sealed partial class EmbeddedBroker : IDisposable
{
    private const int Producer = 0;
    private const int ErrorTextSize = 512;
    private readonly IntPtr _owner;
    private IntPtr _cluster;

    /// <summary>Starts a cluster.</summary>
    /// <param name="brokers">The number of its brokers, whose ids are 1, 2, ….</param>
    /// <exception cref="SourceException">librdkafka is missing, or cannot start it.</exception>
    public EmbeddedBroker(int brokers = 1)
    {
        Librdkafka.Load();
        var text = new byte[ErrorTextSize];
        var configuration = NewConfiguration();
        SetConfiguration(configuration, "log_level", "0", text, ErrorTextSize);
        _owner = NewClient(Producer, configuration, text, ErrorTextSize);
        _cluster = _owner == IntPtr.Zero ? IntPtr.Zero : NewCluster(_owner, brokers);
        if (_cluster == IntPtr.Zero)
        {
            if (_owner != IntPtr.Zero)
            {
                DestroyClient(_owner);
            }

            throw new SourceException($"the embedded broker can't start ({Encoding.UTF8.GetString(text).TrimEnd('\0')}): are ports on 127.0.0.1 to be had?");
        }

        BootstrapServers = Marshal.PtrToStringUTF8(Bootstraps(_cluster))!;
    }

    /// <summary>Host and port of the brokers.</summary>
    public string BootstrapServers { get; }

    /// <summary>Makes a topic.</summary>
    /// <exception cref="SourceException">There is one of that name.</exception>
    public void CreateTopic(string topic, int partitions) =>
        Check(CreateTopic(Cluster, topic, partitions, replicationFactor: 1), $"make topic '{topic}'", "choose another name");

    /// <summary>Ends the cluster.</summary>
    public void Dispose()
    {
        if (_cluster != IntPtr.Zero)
        {
            DestroyCluster(_cluster);
            DestroyClient(_owner);
            _cluster = IntPtr.Zero;
        }
    }

    /// <summary>The native cluster, for tests that make it fail.</summary>
    internal IntPtr Cluster
    {
        get
        {
            ObjectDisposedException.ThrowIf(_cluster == IntPtr.Zero, this);
            return _cluster;
        }
    }

    /// <summary>Reports what the cluster refused.</summary>
    internal static void Check(int error, string what, string remedy)
    {
        if (error != 0)
        {
            throw new SourceException($"the embedded broker can't {what} ({((ErrorCode)error).GetReason()}): {remedy}");
        }
    }

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_conf_new")]
    private static partial IntPtr NewConfiguration();

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetConfiguration(IntPtr configuration, string name, string value, byte[] text, nuint textSize);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_new")]
    private static partial IntPtr NewClient(int type, IntPtr configuration, byte[] text, nuint textSize);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_destroy")]
    private static partial void DestroyClient(IntPtr client);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_cluster_new")]
    private static partial IntPtr NewCluster(IntPtr client, int brokers);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_cluster_destroy")]
    private static partial void DestroyCluster(IntPtr cluster);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    private static partial IntPtr Bootstraps(IntPtr cluster);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_topic_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateTopic(IntPtr cluster, string topic, int partitions, int replicationFactor);
}
