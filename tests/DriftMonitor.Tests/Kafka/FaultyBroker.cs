using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Tests.Kafka;

/// <summary>An embedded broker with fault injection: librdkafka's mock cluster.</summary>
internal sealed partial class FaultyBroker : IDisposable
{
    private const string NameABroker = "name one of its brokers, which are 1, 2, …";
    private readonly EmbeddedBroker _broker;
    private readonly Dictionary<int, Socket> _reservedPorts = []; // of brokers that are down

    [ModuleInitializer]
    internal static void ResolveImports() => NativeLibrary.SetDllImportResolver(typeof(FaultyBroker).Assembly, Librdkafka.Resolve);

    /// <summary>Starts a cluster whose brokers are 1, 2, ….</summary>
    public FaultyBroker(int brokers = 1) => _broker = new EmbeddedBroker(brokers);

    /// <inheritdoc cref="EmbeddedBroker.BootstrapServers"/>
    public string BootstrapServers => _broker.BootstrapServers;

    /// <inheritdoc cref="EmbeddedBroker.CreateTopic"/>
    public void CreateTopic(string topic, int partitions) => _broker.CreateTopic(topic, partitions);

    /// <summary>
    /// Answers the next requests of a kind with these errors, one each; <see cref="ErrorCode.Local_Transport"/> closes the connection.
    /// </summary>
    /// <param name="request">
    /// The protocol's number of the request: 0 Produce, 1 Fetch, 2 ListOffsets, 3 Metadata, 8 OffsetCommit, 10 FindCoordinator.
    /// </param>
    /// <param name="errors">The errors, in order.</param>
    public void FailRequests(short request, params ErrorCode[] errors) =>
        PushRequestErrors(_broker.Cluster, request, (nuint)errors.Length, [.. errors.Select(error => (int)error)]);

    /// <summary>Makes a topic answer with an error until it is set to <see cref="ErrorCode.NoError"/>.</summary>
    public void FailTopic(string topic, ErrorCode error) => SetTopicError(_broker.Cluster, topic, (int)error);

    /// <summary>Lets a broker answer each request only after a time.</summary>
    public void SetDelay(int broker, TimeSpan delay) => EmbeddedBroker.ThrowIfError(
        SetRoundTripTime(_broker.Cluster, broker, (int)delay.TotalMilliseconds), $"slow down broker {broker}", NameABroker);

    /// <summary>Moves a partition to another leader.</summary>
    public void SetLeader(string topic, int partition, int broker) => EmbeddedBroker.ThrowIfError(
        SetPartitionLeader(_broker.Cluster, topic, partition, broker), $"make broker {broker} the leader", NameABroker);

    /// <summary>Moves a group to another coordinator.</summary>
    public void SetCoordinator(string group, int broker) => EmbeddedBroker.ThrowIfError(
        SetCoordinator(_broker.Cluster, "group", group, broker), $"make broker {broker} the coordinator", NameABroker);

    /// <summary>Stops a broker: it refuses connections, and keeps its records and its port.</summary>
    public void SetDown(int broker)
    {
        EmbeddedBroker.ThrowIfError(SetBrokerDown(_broker.Cluster, broker), $"stop broker {broker}", NameABroker);

        // The system may give a free port to any connection, and a mock broker that cannot bind its port again aborts the process. A bound
        // socket that does not listen reserves the port, and both can bind it because both allow it.
        if (!_reservedPorts.ContainsKey(broker))
        {
            var port = _reservedPorts[broker] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            port.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            port.Bind(IPEndPoint.Parse(BootstrapServers.Split(',')[broker - 1]));
        }
    }

    /// <summary>Starts a stopped broker again.</summary>
    public void SetUp(int broker)
    {
        EmbeddedBroker.ThrowIfError(SetBrokerUp(_broker.Cluster, broker), $"start broker {broker}", NameABroker);
        if (_reservedPorts.Remove(broker, out var port))
        {
            port.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _broker.Dispose();
        foreach (var port in _reservedPorts.Values)
        {
            port.Dispose();
        }
    }

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_topic_set_error", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void SetTopicError(IntPtr cluster, string topic, int error);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_push_request_errors_array")]
    private static partial void PushRequestErrors(IntPtr cluster, short request, nuint count, int[] errors);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_broker_set_down")]
    private static partial int SetBrokerDown(IntPtr cluster, int broker);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_broker_set_up")]
    private static partial int SetBrokerUp(IntPtr cluster, int broker);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_broker_set_rtt")]
    private static partial int SetRoundTripTime(IntPtr cluster, int broker, int milliseconds);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_partition_set_leader", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetPartitionLeader(IntPtr cluster, string topic, int partition, int broker);

    [LibraryImport(Librdkafka.Name, EntryPoint = "rd_kafka_mock_coordinator_set", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetCoordinator(IntPtr cluster, string keyType, string key, int broker);
}
