using System.Text;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Tests;

/// <summary>
/// An event source in memory that plays a script. The test may add lines while a loop reads them;
/// after the last line, the source returns <see cref="SourceSignal.Nothing"/> after the patience, as a broker without new events does.
/// </summary>
/// <example><code>
/// var source = new ScriptedSource("flights").Partitions(2)
///     .Event(0, """{"delay":3}""", At("2013-02-09T00:10Z"))
///     .CaughtUp(0).CaughtUp(1);
/// </code></example>
internal sealed class ScriptedSource : IEventSource
{
    private readonly object _gate = new(); // the test writes, the loop reads
    private readonly Queue<Line> _script = new();
    private readonly List<string> _topics = [];
    private readonly SortedDictionary<(int Topic, int Partition), (long Next, long End)> _offsets = [];
    private readonly Dictionary<int, int> _partitions = [];
    private readonly CopiedBatch _batch = new();
    private string? _trouble;
    private int _topic;

    /// <summary>Creates a source with an empty script for a topic.</summary>
    public ScriptedSource(string topic = "events") => On(topic);

    /// <summary>The trouble at the line that was read last.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>
    /// Whether events may be unread without the source's telling, as in Kafka: <see cref="CaughtUp"/> then answers <see cref="FindEnds"/>.
    /// </summary>
    public bool MayHaveUnread { get; init; }

    /// <summary>What the partitions' numbers stand for, if the topic is a pattern.</summary>
    public IReadOnlyList<PartitionName> Names { get; init; } = [];

    /// <summary>How often it was asked for the partitions' ends.</summary>
    public int EndsAsked { get; private set; }

    /// <summary>Whether partitions may be added: <see cref="PartitionsConfirmed"/> then answers <see cref="ConfirmPartitions"/>.</summary>
    public bool MayGrow { get; init; }

    /// <summary>How often it was asked for the partitions.</summary>
    public int PartitionsAsked { get; private set; }

    /// <summary>The number of commits.</summary>
    public int Commits { get; private set; }

    /// <summary>What was committed last.</summary>
    public IReadOnlyList<Progress> Committed { get; private set; } = [];

    /// <summary>The thread that disposed of the source; null while it is open.</summary>
    public int? DisposedOnThread { get; private set; }

    /// <summary>Whether every line has been read.</summary>
    public bool IsUsedUp
    {
        get
        {
            lock (_gate)
            {
                return _script.Count == 0;
            }
        }
    }

    /// <summary>The lines that follow are of this topic.</summary>
    public ScriptedSource On(string topic)
    {
        _topic = TopicOf(topic);
        return this;
    }

    /// <summary>The number of partitions of the topic becomes known, or grows.</summary>
    public ScriptedSource Partitions(int count) =>
        Add(new Line(SourceSignal.Partitions, _topic) { Then = (source, line) => source.Know(line.Topic, count) });

    /// <summary>An event whose value is JSON, or any other text.</summary>
    public ScriptedSource Event(int partition, string json, EventTime? recordTime = null) =>
        Event(partition, Encoding.UTF8.GetBytes(json), recordTime);

    /// <summary>An event whose value is bytes.</summary>
    public ScriptedSource Event(int partition, byte[] value, EventTime? recordTime = null) =>
        Append(new Line(SourceSignal.Event, _topic, partition) { Value = value, RecordTime = recordTime });

    /// <summary>Several events with the same value.</summary>
    public ScriptedSource Events(int count, int partition, string json, EventTime? recordTime = null)
    {
        for (var i = 0; i < count; i++)
        {
            Event(partition, json, recordTime);
        }

        return this;
    }

    /// <summary>Records are written to the log that the source never delivers.</summary>
    public ScriptedSource Undelivered(int count, int partition)
    {
        lock (_gate)
        {
            var (next, end) = _offsets.GetValueOrDefault((_topic, partition));
            _offsets[(_topic, partition)] = (next, end + count);
            return this;
        }
    }

    /// <summary>A record without a value.</summary>
    public ScriptedSource Tombstone(int partition, EventTime? recordTime = null) => Event(partition, [], recordTime);

    /// <summary>A record that is larger than events may be.</summary>
    public ScriptedSource TooLarge(int partition, EventTime? recordTime = null) =>
        Append(new Line(SourceSignal.Event, _topic, partition) { IsTooLarge = true, RecordTime = recordTime });

    /// <summary>The partition has been read to its present end.</summary>
    public ScriptedSource CaughtUp(int partition) => Add(new Line(SourceSignal.CaughtUp, _topic, partition));

    /// <summary>The partitions are known as of when the source was asked.</summary>
    public ScriptedSource PartitionsConfirmed() => Add(new Line(SourceSignal.PartitionsConfirmed, _topic));

    /// <summary>Events of the partition, after those before this line, were lost.</summary>
    public ScriptedSource Lost(int partition) => Add(new Line(SourceSignal.Lost, _topic, partition));

    /// <summary>The partition, of a bounded source, has been read to its end.</summary>
    public ScriptedSource PartitionEnded(int partition) => Add(new Line(SourceSignal.PartitionEnded, _topic, partition));

    /// <summary>The bounded source has been read to its end.</summary>
    public ScriptedSource End() => Add(new Line(SourceSignal.End, _topic));

    /// <summary>A read that returns no event.</summary>
    public ScriptedSource Nothing() => Add(new Line(SourceSignal.Nothing, _topic));

    /// <summary>From here on, the source has this trouble; null ends it.</summary>
    public ScriptedSource Troubled(string? trouble) =>
        Add(new Line(SourceSignal.Nothing, _topic) { Then = (source, _) => Volatile.Write(ref source._trouble, trouble) });

    /// <summary>The read of this line throws a <see cref="SourceException"/>.</summary>
    public ScriptedSource Fails(string message) =>
        Add(new Line(SourceSignal.Nothing, _topic) { Then = (_, _) => throw new SourceException(message) });

    /// <summary>The read of this line runs an action on the reader's thread, such as moving a clock.</summary>
    public ScriptedSource Meanwhile(Action action) => Add(new Line(SourceSignal.Nothing, _topic) { Then = (_, _) => action() });

    /// <inheritdoc/>
    public int TopicOf(string topic)
    {
        lock (_gate)
        {
            if (!_topics.Contains(topic))
            {
                _topics.Add(topic);
            }

            return _topics.IndexOf(topic);
        }
    }

    int IEventSource.Partitions(int topic)
    {
        lock (_gate)
        {
            return _partitions.GetValueOrDefault(topic);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<PartitionName> NamesOf(int topic) => Names;

    /// <inheritdoc/>
    public IReadOnlyList<string> TopicsOf(string topic) =>
        Names.Count == 0 ? [topic] : [.. Names.Select(name => name.Topic).Distinct()];

    /// <inheritdoc/>
    public EventBatch Read(TimeSpan patience)
    {
        _batch.Clear();
        Line? line;
        lock (_gate)
        {
            if (_script.Count == 0 && patience > TimeSpan.Zero)
            {
                Monitor.Wait(_gate, patience);
            }

            if (!_script.TryDequeue(out line))
            {
                return _batch;
            }

            if (line.Signal == SourceSignal.Event)
            {
                Know(line.Topic, line.Partition + 1);
                var key = (line.Topic, line.Partition);
                _offsets[key] = _offsets[key] with { Next = line.Offset + 1 };
            }
        }

        line.Then?.Invoke(this, line);
        if (line.Signal == SourceSignal.Event)
        {
            _batch.Append(new RawEvent
            {
                Topic = line.Topic,
                Partition = line.Partition,
                Offset = line.Offset,
                RecordTime = line.RecordTime,
                Value = line.Value,
                IsTooLarge = line.IsTooLarge,
            });
        }
        else if (line.Signal != SourceSignal.Nothing)
        {
            _batch.Append(line.Signal, line.Topic, line.Partition);
        }

        return _batch;
    }

    /// <inheritdoc/>
    public bool FindEnds()
    {
        EndsAsked++;
        return MayHaveUnread;
    }

    /// <inheritdoc/>
    public bool ConfirmPartitions(int topic)
    {
        PartitionsAsked++;
        return MayGrow;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Progress> Progress()
    {
        lock (_gate)
        {
            return [.. _offsets.Where(entry => entry.Key.Partition < _partitions.GetValueOrDefault(entry.Key.Topic)).Select(entry =>
                new Progress(new Position(_topics[entry.Key.Topic], entry.Key.Partition, entry.Value.Next), entry.Value.End))];
        }
    }

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<Progress> positions)
    {
        Commits++;
        Committed = positions;
    }

    /// <inheritdoc/>
    public void Dispose() => DisposedOnThread = Environment.CurrentManagedThreadId;

    private void Know(int topic, int partitions)
    {
        lock (_gate)
        {
            _partitions[topic] = Math.Max(partitions, _partitions.GetValueOrDefault(topic));
            for (var partition = 0; partition < partitions; partition++)
            {
                _offsets.TryAdd((topic, partition), (0, 0));
            }
        }
    }

    private ScriptedSource Append(Line line)
    {
        lock (_gate)
        {
            var key = (line.Topic, line.Partition);
            var (next, end) = _offsets.GetValueOrDefault(key);
            _offsets[key] = (next, end + 1);
            return Add(line with { Offset = end });
        }
    }

    private ScriptedSource Add(Line line)
    {
        lock (_gate)
        {
            _script.Enqueue(line);
            Monitor.PulseAll(_gate);
            return this;
        }
    }

    private sealed record Line(SourceSignal Signal, int Topic, int Partition = 0)
    {
        public long Offset { get; init; }

        public EventTime? RecordTime { get; init; }

        public byte[] Value { get; init; } = [];

        public bool IsTooLarge { get; init; }

        public Action<ScriptedSource, Line>? Then { get; init; }
    }
}
