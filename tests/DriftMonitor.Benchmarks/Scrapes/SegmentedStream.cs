using System.Diagnostics;
using System.Text;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Benchmarks.Scrapes;

/// <summary>
/// A stream from memory in which each segment has the same number of events in each pane. After the last pane it is silent, or, while
/// <see cref="IsBusy"/>, repeats events of that pane, which stays open.
/// </summary>
internal sealed class SegmentedStream : IEventSource
{
    /// <summary>The topic.</summary>
    public const string Topic = "events";

    /// <summary>The length of a pane.</summary>
    public static readonly TimeSpan Pane = TimeSpan.FromMinutes(1);

    private const int MostPartitions = 8;
    private const int BatchSize = 1024;
    private const long FirstPane = 22_600_000; // in 2012
    private const int Values = 97; // prime, so that the segments have different histograms

    private readonly CopiedBatch _batch = new();
    private readonly byte[][] _events; // of each segment, with a value at the end that is overwritten
    private readonly int _eventsPerPane;
    private readonly int _panes;
    private readonly ManualResetEventSlim _never = new();
    private int _pane;
    private int _place; // in the pane
    private long _handedOut; // timestamp of the last batch; 0 while there is none
    private long _longestTurn;

    /// <summary>Creates a stream.</summary>
    /// <param name="segments">How many segments.</param>
    /// <param name="panes">How many panes close.</param>
    /// <param name="eventsPerPane">The events of each segment in each pane.</param>
    public SegmentedStream(int segments, int panes, int eventsPerPane)
    {
        (_panes, _eventsPerPane) = (panes, eventsPerPane);
        _events = [.. Enumerable.Range(0, segments).Select(i => Encoding.UTF8.GetBytes($$"""{"segment":"{{SegmentOf(i)}}","x":00}"""))];
    }

    /// <summary>Whether events of the last pane come without end.</summary>
    public bool IsBusy { get; set; }

    /// <inheritdoc/>
    public string? Trouble => null;

    /// <summary>The name of a segment.</summary>
    public static string SegmentOf(int segment) => $"segment-{segment:D6}";

    /// <summary>
    /// The longest time that the reader took over a batch since this was called last: from the return of a read to the next read.
    /// </summary>
    public TimeSpan TakeLongestTurn() => Stopwatch.GetElapsedTime(0, Interlocked.Exchange(ref _longestTurn, 0));

    /// <inheritdoc/>
    public int TopicOf(string topic) => 0;

    /// <inheritdoc/>
    public int Partitions(int topic) => Math.Min(MostPartitions, _events.Length); // each has events, as one without would hold panes back

    /// <inheritdoc/>
    public EventBatch Read(TimeSpan patience)
    {
        var now = Stopwatch.GetTimestamp();
        if (_handedOut > 0 && now - _handedOut > Volatile.Read(ref _longestTurn))
        {
            Volatile.Write(ref _longestTurn, now - _handedOut);
        }

        _batch.Clear();
        if (_handedOut == 0)
        {
            _batch.Append(SourceSignal.Partitions);
        }

        Fill(patience);
        _handedOut = Stopwatch.GetTimestamp();
        return _batch;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Progress> Progress() => [];

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<Progress> positions)
    {
        // Memory has no consumer group.
    }

    /// <inheritdoc/>
    public void Dispose() => _never.Dispose();

    private void Fill(TimeSpan patience)
    {
        if (_pane == _panes && _place == _events.Length * _eventsPerPane)
        {
            if (!IsBusy)
            {
                _never.Wait(patience);
                return;
            }

            _place = 0;
        }

        for (var i = 0; i < BatchSize && _place < _events.Length * _eventsPerPane; i++, _place++)
        {
            Append(_place % _events.Length, _place / _events.Length);
        }

        if (_place == _events.Length * _eventsPerPane && _pane < _panes)
        {
            (_pane, _place) = (_pane + 1, 0);
        }
    }

    private void Append(int segment, int repetition)
    {
        var value = _events[segment];
        var x = (segment * 31 + _pane * 7 + repetition * 13) % Values;
        (value[^3], value[^2]) = (x < 10 ? (byte)' ' : (byte)('0' + x / 10), (byte)('0' + x % 10));
        _batch.Append(new RawEvent
        {
            Partition = segment % Partitions(0),
            RecordTime = new EventTime((FirstPane + _pane) * (long)Pane.TotalMilliseconds + repetition),
            Value = value,
        });
    }
}
