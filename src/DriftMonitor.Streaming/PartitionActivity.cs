namespace DriftMonitor.Streaming;

/// <summary>Which partitions of a topic have been read to their end, and since when.</summary>
internal sealed class PartitionActivity
{
    private const long Never = long.MinValue;

    private long[] _atEndSince = []; // timestamp at which the end was reached
    private long[] _confirmed = []; // timestamp at which the source last said so
    private long[] _signal = []; // and which of its signals that was
    private bool[] _caughtUp = [];

    /// <summary>How often the source has said of a partition that it is at its end.</summary>
    public long Signals { get; private set; }

    /// <summary>The number of partitions.</summary>
    public int Partitions => _caughtUp.Length;

    /// <summary>Whether the partitions are known and each has been read to its end at least once.</summary>
    public bool IsCaughtUp => _caughtUp.Length > 0 && Array.TrueForAll(_caughtUp, caughtUp => caughtUp);

    /// <summary>Makes room for more partitions; there are never fewer.</summary>
    public void Grow(int partitions)
    {
        var known = Partitions;
        if (partitions > known)
        {
            Array.Resize(ref _atEndSince, partitions);
            Array.Resize(ref _confirmed, partitions);
            Array.Resize(ref _signal, partitions);
            Array.Resize(ref _caughtUp, partitions);
            _atEndSince.AsSpan(known).Fill(Never);
            _confirmed.AsSpan(known).Fill(Never);
        }
    }

    /// <summary>An event came from the partition.</summary>
    public void MarkActive(int partition) => _atEndSince[partition] = Never;

    /// <summary>The partition was read to its present end.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="now">The clock's timestamp.</param>
    public void MarkCaughtUp(int partition, long now)
    {
        _caughtUp[partition] = true;
        (_confirmed[partition], _signal[partition]) = (now, ++Signals);
        _atEndSince[partition] = _atEndSince[partition] == Never ? now : _atEndSince[partition];
    }

    /// <summary>Everything that was read to its end before is still at its end.</summary>
    /// <param name="now">The clock's timestamp.</param>
    public void ConfirmAll(long now)
    {
        for (var partition = 0; partition < Partitions; partition++)
        {
            if (_atEndSince[partition] != Never)
            {
                (_confirmed[partition], _signal[partition]) = (now, ++Signals);
            }
        }
    }

    /// <summary>When the partition was read to the end at which it still is; null where it has unread events, as far as is known.</summary>
    public long? AtEndSince(int partition) => _atEndSince[partition] == Never ? null : _atEndSince[partition];

    /// <summary>Whether the source has said after one of its <see cref="Signals"/> that the partition is at its end.</summary>
    public bool IsConfirmedAfter(int partition, long signal) => _atEndSince[partition] != Never && _signal[partition] > signal;

    /// <summary>Whether the source has said at a moment or later that the partition is at its end.</summary>
    public bool IsConfirmedSince(int partition, long moment) => _atEndSince[partition] != Never && _confirmed[partition] >= moment;
}
