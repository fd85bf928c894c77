using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Streaming.Sources.Ingest;

/// <summary>Reads the events that requests have brought, each topic as one partition.</summary>
/// <remarks>
/// Offsets number the accepted events of a topic. They go on from a checkpoint, so that what is in it is not counted again and what comes
/// after it is: events that were lost with a process had offsets that are given to others now.
/// </remarks>
public sealed class IngestSource : IEventSource
{
    /// <summary>The most events in a batch.</summary>
    internal const int MostEvents = 1024;

    private readonly IngestBuffer _buffer;
    private readonly int _firstTopic;
    private readonly long[] _next; // offsets, by topic
    private readonly bool[] _mustTellEnd; // by topic: when nothing waits, the pipeline is told
    private readonly PostedBatch _batch = new();
    private PostedEvents? _current;
    private int _at; // in its lines
    private long _finished; // bytes of room of bodies whose last event is in the batch
    private bool _isAnnounced;

    /// <summary>A source over a buffer; only one at a time.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="resume">Where a checkpoint ends.</param>
    /// <param name="firstTopic">The index of the first topic: 0 unless another source has indices before it.</param>
    public IngestSource(IngestBuffer buffer, ResumePoints resume, int firstTopic = 0)
    {
        (_buffer, _firstTopic) = (buffer, firstTopic);
        _next = [.. buffer.Topics.Select(topic => Math.Max(
            resume.Find(topic.Name, 0)?.Position.NextOffset ?? 0, resume.Furthest.GetValueOrDefault((topic.Name, 0))))];
        _mustTellEnd = new bool[_next.Length];
        Array.Fill(_mustTellEnd, true);
    }

    /// <inheritdoc/>
    public string? Trouble => null;

    /// <inheritdoc/>
    public bool HasEventsToLose => _current is not null || !_buffer.IsEmpty;

    /// <summary>Whether the source reads a topic.</summary>
    public bool Reads(string topic) => PlaceOf(topic) >= 0;

    /// <inheritdoc/>
    public int TopicOf(string topic) => PlaceOf(topic) is >= 0 and var place
        ? _firstTopic + place
        : throw new ArgumentException($"no events of topic '{topic}' are posted", nameof(topic));

    /// <inheritdoc/>
    public int Partitions(int topic) => 1;

    /// <inheritdoc/>
    public EventBatch Read(TimeSpan patience)
    {
        _batch.Clear();
        _buffer.Release(_finished);
        _finished = 0;
        if (!_isAnnounced)
        {
            _isAnnounced = true;
            for (var place = 0; place < _next.Length; place++)
            {
                _batch.Append(SourceSignal.Partitions, _firstTopic + place);
            }
        }

        if (_current is null && patience > TimeSpan.Zero && Array.TrueForAll(_mustTellEnd, must => !must))
        {
            _buffer.Wait(patience);
        }

        while (!_batch.IsFull && (_current ??= _buffer.Take()) is { } posted)
        {
            AppendLines(posted);
        }

        if (!HasEventsToLose)
        {
            TellEnds();
        }

        return _batch;
    }

    /// <inheritdoc/>
    public bool FindEnds()
    {
        Array.Fill(_mustTellEnd, true);
        return true;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Progress> Progress() =>
    [
        .. _buffer.Topics.Select((topic, place) =>
            new Progress(new Position(topic.Name, 0, _next[place]), _next[place] + _buffer.CountWaiting(place))),
    ];

    /// <inheritdoc/>
    public TopicIdentity? IdentityOf(string topic) => new(topic, Cluster: null, Id: null);

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<Progress> positions)
    {
        // Posted events have no consumer group.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _batch.Clear();
        _buffer.Release(_finished);
        if (_current is not null)
        {
            _buffer.Return(_current with { Lines = _current.Lines[_at..] });
        }

        (_finished, _current, _at) = (0, null, 0);
    }

    private int PlaceOf(string topic)
    {
        for (var place = 0; place < _next.Length; place++)
        {
            if (_buffer.Topics[place].Name == topic)
            {
                return place;
            }
        }

        return -1;
    }

    // As many of the lines as there is room for.
    private void AppendLines(PostedEvents posted)
    {
        var appended = 0;
        while (!_batch.IsFull && _at < posted.Lines.Length)
        {
            var rest = posted.Lines[_at..];
            var length = rest.Span.IndexOf((byte)'\n') is >= 0 and var end ? end : rest.Length;
            _at += length + 1;
            var line = length > 0 && rest.Span[length - 1] == '\r' ? rest[..(length - 1)] : rest[..length];
            _batch.Append(_firstTopic + posted.Topic, _next[posted.Topic]++, posted.RecordTime, line);
            appended++;
        }

        _buffer.OnGiven(posted.Topic, appended);
        _mustTellEnd[posted.Topic] = true;
        if (_at >= posted.Lines.Length)
        {
            _finished += posted.Reserved;
            (_current, _at) = (null, 0);
        }
    }

    private void TellEnds()
    {
        for (var place = 0; place < _next.Length; place++)
        {
            if (_mustTellEnd[place])
            {
                _mustTellEnd[place] = false;
                _batch.Append(SourceSignal.CaughtUp, _firstTopic + place);
            }
        }
    }
}
