using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Time;

/// <summary>
/// The watermarks of a topic's partitions. A partition's watermark is its largest event time minus the allowed lateness.
/// </summary>
/// <remarks>
/// An event is late by its own partition's watermark, and a pane closes when the minimum of all watermarks has passed its end. So which
/// events are late does not depend on how partitions interleave. A partition without an event so far holds the minimum back. An idle
/// partition (silent, or at its end) does not, until its next event. When all partitions are idle, no more events are expected, and the
/// largest watermark is used.
/// </remarks>
public sealed class Watermarks
{
    private const long Never = long.MinValue;

    private readonly long _lateness;
    private long[] _largest;
    private bool[] _isIdle;

    /// <summary>Creates the watermarks of partitions that have had no event.</summary>
    /// <param name="allowedLateness">The allowed lateness, in whole milliseconds.</param>
    /// <param name="partitions">The number of partitions known so far.</param>
    public Watermarks(TimeSpan allowedLateness, int partitions = 0)
    {
        _lateness = (long)allowedLateness.TotalMilliseconds;
        _largest = new long[partitions];
        _isIdle = new bool[partitions];
        _largest.AsSpan().Fill(Never);
    }

    /// <summary>The number of known partitions.</summary>
    public int Partitions => _largest.Length;

    /// <summary>
    /// The minimum watermark of the partitions that are not idle; null while one of them has had no event. It never goes back.
    /// </summary>
    public EventTime? Minimum { get; private set; }

    /// <summary>
    /// The minimum of the partitions as they are now, which goes back when a partition is added, or is no longer idle: panes that are due
    /// and have not closed wait for it. Null while a partition that is not idle has had no event.
    /// </summary>
    public EventTime? Present { get; private set; }

    /// <summary>Whether no more events are expected: there are partitions, and all are idle.</summary>
    public bool AreAllIdle => Partitions > 0 && Array.TrueForAll(_isIdle, isIdle => isIdle);

    /// <summary>The largest event time of any partition; null before the first event.</summary>
    public EventTime? LargestEventTime { get; private set; }

    /// <summary>Makes room for more partitions. The number of partitions never decreases.</summary>
    public void Grow(int partitions)
    {
        var known = Partitions;
        if (partitions > known)
        {
            Array.Resize(ref _largest, partitions);
            Array.Resize(ref _isIdle, partitions);
            _largest.AsSpan(known).Fill(Never);
            Recompute();
        }
    }

    /// <summary>Whether a partition's watermark has reached a moment.</summary>
    public bool HasReached(int partition, EventTime moment) =>
        partition < _largest.Length && _largest[partition] != Never && _largest[partition] - _lateness >= moment.Milliseconds;

    /// <summary>Updates the watermarks after an event of a partition was accepted. The partition is no longer idle.</summary>
    /// <returns>Whether <see cref="Minimum"/> may have changed.</returns>
    public bool Observe(int partition, EventTime time)
    {
        if (partition >= _largest.Length)
        {
            Grow(partition + 1);
        }

        if (time.Milliseconds <= _largest[partition] && !_isIdle[partition])
        {
            return false;
        }

        // Only the partition with the minimum can change the minimum, so events of the others need no scan of all partitions.
        var decides = _isIdle[partition] || _largest[partition] == Never || Minimum is not { } minimum
            || _largest[partition] - _lateness <= minimum.Milliseconds;
        _isIdle[partition] = false;
        _largest[partition] = Math.Max(_largest[partition], time.Milliseconds);
        LargestEventTime = LargestEventTime is { } largest && largest >= time ? largest : time;
        if (decides)
        {
            Recompute();
        }

        return decides;
    }

    /// <summary>Marks a partition as idle: it is silent or has ended. It no longer holds the minimum back, until its next event.</summary>
    public void MarkIdle(int partition)
    {
        Grow(partition + 1);
        _isIdle[partition] = true;
        Recompute();
    }

    /// <summary>Makes a partition hold the minimum back again.</summary>
    public void MarkActive(int partition)
    {
        if (partition < _isIdle.Length && _isIdle[partition])
        {
            _isIdle[partition] = false;
            Recompute();
        }
    }

    /// <summary>Whether a partition's largest event time is before a moment; true before its first event.</summary>
    public bool IsBehind(int partition, EventTime moment) => partition >= _largest.Length || _largest[partition] < moment.Milliseconds;

    private void Recompute()
    {
        long minimum = long.MaxValue, largest = Never;
        for (var i = 0; i < _largest.Length; i++)
        {
            largest = Math.Max(largest, _largest[i]);
            minimum = _isIdle[i] ? minimum : Math.Min(minimum, _largest[i]);
        }

        var deciding = minimum == long.MaxValue ? largest : minimum;
        Present = deciding == Never ? null : new EventTime(deciding - _lateness);
        Minimum = Present is { } value && (Minimum is not { } before || value > before) ? value : Minimum;
    }

    /// <summary>Whether a partition is left out as silent or ended.</summary>
    public bool IsIdle(int partition) => partition < _isIdle.Length && _isIdle[partition];

    internal void Exchange(StateExchange state)
    {
        var partitions = state.Count(_largest.Length);
        if (state.IsLoading)
        {
            (_largest, _isIdle) = (new long[partitions], new bool[partitions]);
        }

        for (var partition = 0; partition < partitions; partition++)
        {
            state.Number(ref _largest[partition]);
            state.Flag(ref _isIdle[partition]);
        }

        Minimum = state.Optional(Minimum?.Milliseconds) is { } minimum ? new EventTime(minimum) : null;
        LargestEventTime = state.Optional(LargestEventTime?.Milliseconds) is { } largest ? new EventTime(largest) : null;
        if (state.IsLoading)
        {
            Recompute();
        }
    }
}
