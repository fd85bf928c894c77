using DotNet.Testcontainers.Builders;
using Testcontainers.Kafka;

namespace DriftMonitor.Tests.Kafka;

/// <summary>A Kafka in a container, for machines that have a Docker engine but neither a broker nor an Apache Kafka.</summary>
internal static class KafkaContainer
{
    private const string Image = "apache/kafka-native:4.1.0";

    /// <summary>Whether a Docker engine answers.</summary>
    public static bool HasEngine { get; } = Answers();

    /// <summary>Starts a node, which its owner disposes of.</summary>
    public static async Task<(string BootstrapServers, IAsyncDisposable Owner)> StartAsync()
    {
        var container = new KafkaBuilder(Image).Build();
        await container.StartAsync();
        return (container.GetBootstrapAddress(), container);
    }

    // Building asks the engine; without one it fails before anything is started.
    private static bool Answers()
    {
        try
        {
            _ = new KafkaBuilder(Image).Build();
            return true;
        }
        catch (Exception e) when (e is DockerUnavailableException or ArgumentException)
        {
            return false;
        }
    }
}
