using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;

namespace DriftMonitor.Streaming.Sources;

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
    private const string Native = "librdkafka";
    private const int Producer = 0;
    private const int ErrorTextSize = 512;
    private const string NameABroker = "name one of its brokers, which are 1, 2, …";
    private readonly Dictionary<int, Socket> _kept = []; // the ports of brokers that are down
    private readonly IntPtr _owner;
    private IntPtr _cluster;

    static EmbeddedBroker() => NativeLibrary.SetDllImportResolver(typeof(EmbeddedBroker).Assembly, Resolve);

    /// <summary>Starts a cluster.</summary>
    /// <param name="brokers">The number of its brokers, whose ids are 1, 2, ….</param>
    /// <exception cref="SourceException">librdkafka is missing, or cannot start it.</exception>
    public EmbeddedBroker(int brokers = 1)
    {
        try
        {
            // Confluent.Kafka chooses the library that fits the system; ours is to be the same.
            Library.Load();
        }
        catch (Exception e) when (e is DllNotFoundException or InvalidOperationException)
        {
            throw new SourceException("librdkafka can't be loaded: install the package librdkafka.redist, or run `make native`", e);
        }

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

    /// <summary>Answers the next requests of a kind with these errors, one each; <see cref="ErrorCode.Local_Transport"/> hangs up.</summary>
    /// <param name="request">The protocol's number of the request: 0 Produce, 1 Fetch, 2 ListOffsets, 3 Metadata, 8 OffsetCommit, 10 FindCoordinator.</param>
    /// <param name="errors">The errors, in order.</param>
    public void FailRequests(short request, params ErrorCode[] errors) =>
        PushRequestErrors(Cluster, request, (nuint)errors.Length, [.. errors.Select(error => (int)error)]);

    /// <summary>Makes a topic answer with an error; <see cref="ErrorCode.NoError"/> ends it.</summary>
    public void FailTopic(string topic, ErrorCode error) => SetTopicError(Cluster, topic, (int)error);

    /// <summary>Takes a broker away: it refuses connections, and keeps what it holds and its port.</summary>
    /// <exception cref="SourceException">There is no such broker.</exception>
    public void SetDown(int broker)
    {
        Check(SetBrokerDown(Cluster, broker), $"take broker {broker} away", NameABroker);

        // A port that nobody has may be given to any connection of this machine, and a mock broker that does not get its own back ends the process. A socket that does not listen keeps it, and shares it where both allow that.
        if (!_kept.ContainsKey(broker))
        {
            var port = _kept[broker] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            port.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            port.Bind(IPEndPoint.Parse(BootstrapServers.Split(',')[broker - 1]));
        }
    }

    /// <summary>Brings a broker back.</summary>
    /// <exception cref="SourceException">There is no such broker.</exception>
    public void SetUp(int broker)
    {
        Check(SetBrokerUp(Cluster, broker), $"bring broker {broker} back", NameABroker);
        if (_kept.Remove(broker, out var port))
        {
            port.Dispose();
        }
    }

    /// <summary>Ends the cluster.</summary>
    public void Dispose()
    {
        if (_cluster != IntPtr.Zero)
        {
            DestroyCluster(_cluster);
            DestroyClient(_owner);
            _cluster = IntPtr.Zero;
            foreach (var port in _kept.Values)
            {
                port.Dispose();
            }
        }
    }

    private IntPtr Cluster
    {
        get
        {
            ObjectDisposedException.ThrowIf(_cluster == IntPtr.Zero, this);
            return _cluster;
        }
    }

    private static void Check(int error, string what, string remedy)
    {
        if (error != 0)
        {
            throw new SourceException($"the embedded broker can't {what} ({((ErrorCode)error).GetReason()}): {remedy}");
        }
    }

    // Two copies of the library in one process would each have their own state; so the file that is loaded already is taken, whatever its name.
    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name != Native)
        {
            return IntPtr.Zero;
        }

        using var process = System.Diagnostics.Process.GetCurrentProcess();
        foreach (System.Diagnostics.ProcessModule module in process.Modules)
        {
            if (module.FileName is { } file && Path.GetFileName(file).Contains(Native, StringComparison.OrdinalIgnoreCase))
            {
                return NativeLibrary.Load(file);
            }
        }

        return IntPtr.Zero;
    }

    [LibraryImport(Native, EntryPoint = "rd_kafka_conf_new")]
    private static partial IntPtr NewConfiguration();

    [LibraryImport(Native, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetConfiguration(IntPtr configuration, string name, string value, byte[] text, nuint textSize);

    [LibraryImport(Native, EntryPoint = "rd_kafka_new")]
    private static partial IntPtr NewClient(int type, IntPtr configuration, byte[] text, nuint textSize);

    [LibraryImport(Native, EntryPoint = "rd_kafka_destroy")]
    private static partial void DestroyClient(IntPtr client);

    [LibraryImport(Native, EntryPoint = "rd_kafka_mock_cluster_new")]
    private static partial IntPtr NewCluster(IntPtr client, int brokers);

    [LibraryImport(Native, EntryPoint = "rd_kafka_mock_cluster_destroy")]
    private static partial void DestroyCluster(IntPtr cluster);

    [LibraryImport(Native, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    private static partial IntPtr Bootstraps(IntPtr cluster);

    [LibraryImport(Native, EntryPoint = "rd_kafka_mock_topic_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateTopic(IntPtr cluster, string topic, int partitions, int replicationFactor);

    [LibraryImport(Native, EntryPoint = "rd_kafka_mock_topic_set_error", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void SetTopicError(IntPtr cluster, string topic, int error);

    [LibraryImport(Native, EntryPoint = "rd_kafka_mock_push_request_errors_array")]
    private static partial void PushRequestErrors(IntPtr cluster, short request, nuint count, int[] errors);

    [LibraryImport(Native, EntryPoint = "rd_kafka_mock_broker_set_down")]
    private static partial int SetBrokerDown(IntPtr cluster, int broker);

    [LibraryImport(Native, EntryPoint = "rd_kafka_mock_broker_set_up")]
    private static partial int SetBrokerUp(IntPtr cluster, int broker);
}
