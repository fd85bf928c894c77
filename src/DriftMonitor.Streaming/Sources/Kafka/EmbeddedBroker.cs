using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// A broker inside the process, for the demo and for tests: librdkafka's mock cluster. It listens on its own ports on 127.0.0.1, and loses
/// all data when it is disposed of.
/// </summary>
/// <remarks>
/// It stores and serves records and commits offsets. It has no security, no retention by time, no topic administration, and cannot search
/// by time. A partition keeps the newest 5 MiB. A topic is created when it is first requested, with 4 partitions.
/// </remarks>
public sealed partial class EmbeddedBroker : IDisposable
{
    private const int Producer = 0;
    private const int ErrorTextSize = 512;
    private readonly IntPtr _owner;
    private IntPtr _cluster;

    /// <summary>Starts a cluster.</summary>
    /// <param name="brokers">The number of its brokers, whose ids are 1, 2, ….</param>
    /// <exception cref="SourceException">librdkafka is missing or cannot start the cluster.</exception>
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

            throw new SourceException(
                $"the embedded broker can't start ({Encoding.UTF8.GetString(text).TrimEnd('\0')}): are there free ports on 127.0.0.1?");
        }

        BootstrapServers = Marshal.PtrToStringUTF8(Bootstraps(_cluster))!;
    }

    /// <summary>Host and port of the brokers.</summary>
    public string BootstrapServers { get; }

    /// <summary>Creates a topic.</summary>
    /// <exception cref="SourceException">A topic of that name exists.</exception>
    public void CreateTopic(string topic, int partitions) =>
        ThrowIfError(CreateTopic(Cluster, topic, partitions, replicationFactor: 1), $"create topic '{topic}'", "choose another name");

    /// <summary>Stops the cluster.</summary>
    public void Dispose()
    {
        if (_cluster != IntPtr.Zero)
        {
            DestroyCluster(_cluster);
            DestroyClient(_owner);
            _cluster = IntPtr.Zero;
        }
    }

    /// <summary>The native cluster, for tests that inject faults.</summary>
    internal IntPtr Cluster
    {
        get
        {
            ObjectDisposedException.ThrowIf(_cluster == IntPtr.Zero, this);
            return _cluster;
        }
    }

    /// <summary>Throws if the cluster has refused an action.</summary>
    /// <param name="error">Its error code; 0 for none.</param>
    /// <param name="action">The action, after "can't".</param>
    /// <param name="remedy">What to do instead.</param>
    internal static void ThrowIfError(int error, string action, string remedy)
    {
        if (error != 0)
        {
            throw new SourceException($"the embedded broker can't {action} ({((ErrorCode)error).GetReason()}): {remedy}");
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
