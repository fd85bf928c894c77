#if USE_TESTCONTAINERS
using Testcontainers.Kafka;

#endif
namespace DriftMonitor.Tests.Kafka;

/// <summary>A Kafka in a container, for machines that have neither a broker nor an Apache Kafka but do have Docker: <c>-p:UseTestcontainers=true</c>.</summary>
internal static class KafkaContainer
{
#if USE_TESTCONTAINERS
    public static bool IsCompiledIn => true;

    public static async Task<(string BootstrapServers, IAsyncDisposable Owner)> StartAsync()
    {
        var container = new KafkaBuilder().Build();
        await container.StartAsync();
        return (container.GetBootstrapAddress(), container);
    }
#else
    public static bool IsCompiledIn => false;

    public static Task<(string BootstrapServers, IAsyncDisposable Owner)> StartAsync() =>
        throw new NotSupportedException("built without -p:UseTestcontainers=true");
#endif
}
