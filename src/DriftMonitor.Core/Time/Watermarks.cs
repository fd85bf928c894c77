namespace DriftMonitor.Core.Time;

/// <summary>
/// How far each partition of a topic has come in event time: a partition's watermark is its largest event time less the allowed lateness.
/// </summary>
/// <remarks>
/// An event is late by its own partition's watermark, a pane closes by the least of all: so what is late does not depend on how partitions
/// interleave. A partition without an event yet holds the least back. One that is left out (silent, or at its end) does not, until it speaks again;
/// when all are left out, nothing more is expected from any, and the largest counts.
/// </remarks>
public sealed class Watermarks
{
    private const long Never = long.MinValue;

    private readonly long _lateness;
    private long[] _largest;
    private bool[] _leftOut;

    /// <summary>Watermarks of so many partitions, none of which has had an event.</summary>
    public Watermarks(TimeSpan allowedLateness, int partitions = 0)
    {
        _lateness = (long)allowedLateness.TotalMilliseconds;
        _largest = new long[partitions];
        _leftOut = new bool[partitions];
        _largest.AsSpan().Fill(Never);
    }

    /// <summary>The number of partitions known.</summary>
    public int Partitions => _largest.Length;

    /// <summary>The least watermark of the partitions that count; null while one of them has had no event.</summary>
    public EventTime? Least { get; private set; }

    /// <summary>Whether nothing more is expected: there are partitions, and each is left out.</summary>
    public bool AreAllLeftOut => Partitions > 0 && Array.TrueForAll(_leftOut, isLeftOut => isLeftOut);

    /// <summary>The largest event time of any partition; null before the first event.</summary>
    public EventTime? LargestEventTime { get; private set; }

    /// <summary>Makes room for more partitions; there are never fewer.</summary>
    public void Grow(int partitions)
    {
        var known = Partitions;
        if (partitions > known)
        {
            Array.Resize(ref _largest, partitions);
            Array.Resize(ref _leftOut, partitions);
            _largest.AsSpan(known).Fill(Never);
            Recompute();
        }
    }

    /// <summary>The largest event time of a partition; null before its first event.</summary>
    public EventTime? LargestOf(int partition) => partition < _largest.Length && _largest[partition] != Never ? new EventTime(_largest[partition]) : null;

    /// <summary>Whether a partition's watermark has reached a moment.</summary>
    public bool HasReached(int partition, EventTime moment) =>
        partition < _largest.Length && _largest[partition] != Never && _largest[partition] - _lateness >= moment.Milliseconds;

    /// <summary>Takes notice of an event that was accepted from a partition.</summary>
    /// <returns>Whether <see cref="Least"/> may have moved.</returns>
    public bool Observe(int partition, EventTime time)
    {
        if (partition >= _largest.Length)
        {
            Grow(partition + 1);
        }

        if (time.Milliseconds <= _largest[partition] && !_leftOut[partition])
        {
            return false;
        }

        // Only the partition that is the least can move the least: the others need no look at all of them.
        var decides = _leftOut[partition] || Least is not { } least || _largest[partition] - _lateness <= least.Milliseconds;
        _leftOut[partition] = false;
        _largest[partition] = Math.Max(_largest[partition], time.Milliseconds);
        LargestEventTime = LargestEventTime is { } largest && largest >= time ? largest : time;
        if (decides)
        {
            Recompute();
        }

        return decides;
    }

    /// <summary>Leaves a partition out of the least: it is silent or has ended. It counts again from its next event on.</summary>
    public void LeaveOut(int partition)
    {
        Grow(partition + 1);
        _leftOut[partition] = true;
        Recompute();
    }

    private void Recompute()
    {
        long least = long.MaxValue, largest = Never;
        for (var i = 0; i < _largest.Length; i++)
        {
            largest = Math.Max(largest, _largest[i]);
            least = _leftOut[i] ? least : Math.Min(least, _largest[i]);
        }

        var counts = least == long.MaxValue ? largest : least;
        var moved = counts == Never ? (EventTime?)null : new EventTime(counts - _lateness);

        // A partition that joins or returns can lie behind; what has closed stays closed.
        Least = moved is { } value && (Least is not { } before || value > before) ? value : Least;
    }
}
