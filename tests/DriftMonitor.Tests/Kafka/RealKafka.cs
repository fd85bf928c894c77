namespace DriftMonitor.Tests.Kafka;

/// <summary>
/// The real Kafka that tests share: an existing one, our own node, or a container, in this order; started when the first test needs it.
/// </summary>
public sealed class RealKafka : IAsyncLifetime
{
    private KafkaNode? _node;
    private IAsyncDisposable? _container;

    /// <summary>Host and port.</summary>
    public string BootstrapServers { get; private set; } = "";

    /// <summary>Our own node, where there is one.</summary>
    public KafkaNode Node => _node ?? throw new InvalidOperationException("this Kafka is not ours");

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (KafkaNode.ExistingBootstrapServers is { } existing)
        {
            BootstrapServers = existing;
        }
        else if (KafkaNode.CanStart)
        {
            _node = new KafkaNode().Start();
            BootstrapServers = _node.BootstrapServers;
        }
        else if (KafkaContainer.HasEngine)
        {
            (BootstrapServers, _container) = await KafkaContainer.StartAsync();
        }
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        _node?.Dispose();
        if (_container is not null)
        {
            await _container.DisposeAsync();
        }
    }
}

/// <summary>Tests that share <see cref="RealKafka"/>; they run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class RealKafkaTests : ICollectionFixture<RealKafka>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "real Kafka";
}
