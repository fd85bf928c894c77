using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Sources.Ingest;

/// <summary>
/// Events that requests have brought and that wait to be counted. Any thread may add some; one <see cref="IngestSource"/> at a time takes
/// them. It outlives the source, as events may come while a source is made anew.
/// </summary>
/// <remarks>
/// Room is reserved before a body is read, so that memory is bounded by the limit, whatever clients send, and is free again when the events
/// have been counted.
/// </remarks>
public sealed class IngestBuffer
{
    /// <summary>The bytes of memory that a request takes besides its body, at most: many small ones must not add up to more.</summary>
    public const int BytesOfARequest = 256;

    private readonly long _maxBytes;
    private readonly TimeProvider _clock;
    private readonly object _gate = new(); // a monitor, which can be waited on
    private readonly Queue<PostedEvents> _posted = new();
    private readonly long[] _waiting; // events, by topic
    private readonly long[] _accepted;
    private long _reserved;
    private EventTime _last = EventTime.Earliest;
    private PostedEvents? _returned;
    private bool _isClosed;

    /// <summary>An empty buffer.</summary>
    /// <param name="topics">The topics.</param>
    /// <param name="maxBytes">The most bytes that wait or are being read.</param>
    /// <param name="clock">Says when events come.</param>
    public IngestBuffer(IReadOnlyList<IngestTopic> topics, long maxBytes, TimeProvider clock)
    {
        (Topics, _maxBytes, _clock) = (topics, maxBytes, clock);
        (_waiting, _accepted) = (new long[topics.Count], new long[topics.Count]);
    }

    /// <summary>The topics.</summary>
    public IReadOnlyList<IngestTopic> Topics { get; }

    /// <summary>The bytes that wait, and those for which room is reserved.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _reserved;
            }
        }
    }

    /// <summary>Whether no further events are accepted.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _isClosed;
            }
        }
    }

    /// <summary>How many events of a topic have been accepted.</summary>
    public long CountAccepted(int topic)
    {
        lock (_gate)
        {
            return _accepted[topic];
        }
    }

    /// <summary>Reserves room for a body.</summary>
    /// <returns>False if there is none until earlier events have been counted.</returns>
    public bool TryReserve(long bytes)
    {
        lock (_gate)
        {
            if (_reserved + bytes > _maxBytes)
            {
                return false;
            }

            _reserved += bytes;
            return true;
        }
    }

    /// <summary>Gives reserved room back.</summary>
    public void Release(long bytes)
    {
        lock (_gate)
        {
            _reserved -= bytes;
        }
    }

    /// <summary>Adds the events of a request. The caller no longer owns their bytes, nor the room that it has reserved.</summary>
    /// <param name="topic">The topic's place in <see cref="Topics"/>.</param>
    /// <param name="lines">The events, one a line.</param>
    /// <param name="count">How many they are: <see cref="PostedLines.Count"/>.</param>
    /// <param name="reserved">The bytes of room that have been reserved for them.</param>
    /// <param name="occurred">When they occurred, if the request says so; otherwise they have the time at which they are added.</param>
    /// <returns>False if the buffer is closed: the caller still has the room.</returns>
    public bool TryAdd(int topic, ReadOnlyMemory<byte> lines, int count, long reserved, EventTime? occurred)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            // In the order of the buffer, so that no event is late only because threads have overtaken each other.
            var now = EventTime.From(_clock.GetUtcNow());
            _last = now > _last ? now : _last;
            _posted.Enqueue(new PostedEvents(topic, lines, count, reserved, occurred ?? _last));
            _waiting[topic] += count;
            _accepted[topic] += count;
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>Accepts nothing more. What has been accepted is still to be counted.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    /// <summary>Takes the oldest request that waits; null if there is none.</summary>
    internal PostedEvents? Take()
    {
        lock (_gate)
        {
            var posted = _returned ?? (_posted.TryDequeue(out var oldest) ? oldest : null);
            _returned = null;
            return posted;
        }
    }

    /// <summary>Gives back what has been taken and was not given to the pipeline, for the next source.</summary>
    internal void Return(PostedEvents posted)
    {
        lock (_gate)
        {
            _returned = posted;
        }
    }

    /// <summary>Waits until there are events to take, or the patience ends.</summary>
    internal void Wait(TimeSpan patience)
    {
        lock (_gate)
        {
            if (_returned is null && _posted.Count == 0)
            {
                Monitor.Wait(_gate, patience);
            }
        }
    }

    /// <summary>Whether no request waits to be taken.</summary>
    internal bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _returned is null && _posted.Count == 0;
            }
        }
    }

    /// <summary>How many events of a topic have been accepted and not been given to the pipeline.</summary>
    public long CountWaiting(int topic)
    {
        lock (_gate)
        {
            return _waiting[topic];
        }
    }

    /// <summary>Events of a topic are given to the pipeline.</summary>
    internal void OnGiven(int topic, int count)
    {
        lock (_gate)
        {
            _waiting[topic] -= count;
        }
    }
}
