using Confluent.Kafka;
using DriftMonitor.Streaming.Events;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>
/// Reads every partition of some Kafka topics, from offsets that we keep ourselves: we commit offsets to the group but never read them
/// back.
/// </summary>
/// <remarks>
/// Nothing is opened before the first <see cref="Read"/>. If a broker or a topic is missing, the source waits for it, and
/// <see cref="Trouble"/> says so. Offsets may have gaps (transactions, compaction); a record below the position has been read before and is
/// dropped.
/// </remarks>
public sealed class KafkaSource : IEventSource
{
    private readonly KafkaSourceSettings _settings;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly KafkaClientFactory _clients;
    private readonly KafkaTrouble _trouble;
    private readonly Dictionary<string, int> _topics = new(StringComparer.Ordinal);
    private readonly KafkaLosses _losses;
    private readonly CopiedBatch _nothing = new();
    private KafkaOpening? _opening;
    private KafkaReader? _reader; // null until the partitions and their start offsets are known
    private bool _isDisposed;

    /// <summary>Creates a source, which the first <see cref="Read"/> opens.</summary>
    /// <exception cref="SourceException">A property in the settings is not allowed.</exception>
    public KafkaSource(KafkaSourceSettings settings, ILogger logger, TimeProvider time)
    {
        _settings = settings;
        _logger = logger;
        _time = time;
        _losses = new KafkaLosses(logger);
        _clients = new KafkaClientFactory(settings, logger, time);
        _trouble = new KafkaTrouble(_clients, logger);
        foreach (var (index, topic) in settings.Topics.Index())
        {
            _topics.TryAdd(topic, index);
        }
    }

    /// <inheritdoc/>
    public string? Trouble => _trouble.Current;

    /// <inheritdoc/>
    public double? FractionRead => _reader?.FractionRead;

    /// <inheritdoc/>
    public int TopicOf(string topic) =>
        _topics.TryGetValue(topic, out var index)
            ? index
            : throw new ArgumentException($"the source does not read topic '{topic}'", nameof(topic));

    /// <inheritdoc/>
    public int Partitions(int topic) => _reader?.CountPartitions(topic) ?? 0;

    /// <inheritdoc/>
    public IReadOnlyList<PartitionName> NamesOf(int topic) =>
        _reader?.NamesOf(topic) ?? _settings.Resume.Numbers.GetValueOrDefault(_settings.Topics[topic]) ?? [];

    /// <inheritdoc/>
    public IReadOnlyList<string> TopicsOf(string topic) =>
        _reader?.TopicsOf(TopicOf(topic)) is { Count: > 0 } found ? found : [topic];

    /// <summary>How many records of a topic had been deleted, by retention for example, before it was found.</summary>
    public long CountDeleted(int topic) => _reader?.CountDeleted(topic) ?? 0;

    /// <summary>
    /// How many records of a topic are not read, because only the <see cref="KafkaSourceSettings.Newest"/> were asked for.
    /// </summary>
    public long CountSkipped(int topic) => _reader?.CountSkipped(topic) ?? 0;

    /// <inheritdoc/>
    public EventBatch Read(TimeSpan patience)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            return ReadCore(patience);
        }
        catch (KafkaException e)
        {
            // Errors that do no harm are caught where they occur. A client that refuses its partitions, for example, cannot read on.
            throw _clients.CannotReadOn(e.Error);
        }
    }

    /// <inheritdoc/>
    public bool FindEnds()
    {
        _reader?.FindEnds();
        return true;
    }

    /// <inheritdoc/>
    public bool ConfirmPartitions(int topic)
    {
        _reader?.ConfirmPartitions(topic);
        return !_settings.IsBounded;
    }

    /// <inheritdoc/>
    public void Hold(int topic, int partition, bool isHeld) => _reader?.Hold(topic, partition, isHeld);

    /// <inheritdoc/>
    public IReadOnlyList<Progress> Progress() => _reader?.GetProgress() ?? [];

    /// <inheritdoc/>
    public TopicIdentity? IdentityOf(string topic) => _reader?.IdentityOf(topic);

    /// <inheritdoc/>
    public void FindIdentities(TimeSpan patience) => _reader?.FindIdentities(patience);

    /// <inheritdoc/>
    public IReadOnlyList<LostEvents> Lost => _losses.Counts;

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<Progress> positions) => _reader?.Commit(positions);

    /// <inheritdoc/>
    public bool LastCommitFailed => _reader?.LastCommitFailed ?? false;

    /// <summary>Closes the source. Never throws; takes some seconds if Kafka hangs.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _opening?.Dispose();
            _reader?.Dispose();
        }
    }

    private EventBatch ReadCore(TimeSpan patience)
    {
        if (_reader is null)
        {
            _opening ??= new KafkaOpening(_settings, _clients, _trouble, _losses, _time);
            if (_opening.TryGetPartitions(ref patience) is not { } partitions)
            {
                return _nothing;
            }

            _reader = new KafkaReader(
                _settings, _opening.Topics, _clients, _trouble, partitions, _losses, _logger, _time, _opening.Identities);
            _opening.Dispose();
            _opening = null;
        }

        return _reader.Read(patience);
    }
}
