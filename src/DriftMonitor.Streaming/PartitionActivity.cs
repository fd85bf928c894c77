namespace DriftMonitor.Streaming;

/// <summary>Which partitions of a topic have been read to their end, and how long they have been silent since.</summary>
internal sealed class PartitionActivity
{
    private const long Active = -1; // has more to read, or has never been read to its end
    private const long LeftOut = -2; // was reported as silent

    private long[] _silentSince = []; // timestamp at which the end was reached
    private bool[] _caughtUp = [];

    /// <summary>Whether the partitions are known and each has been read to its end at least once.</summary>
    public bool IsCaughtUp => _caughtUp.Length > 0 && Array.TrueForAll(_caughtUp, caughtUp => caughtUp);

    /// <summary>Makes room for more partitions; there are never fewer.</summary>
    public void Grow(int partitions)
    {
        var known = _silentSince.Length;
        if (partitions > known)
        {
            Array.Resize(ref _silentSince, partitions);
            Array.Resize(ref _caughtUp, partitions);
            _silentSince.AsSpan(known).Fill(Active);
        }
    }

    /// <summary>An event came from the partition.</summary>
    public void MarkActive(int partition) => _silentSince[partition] = Active;

    /// <summary>The partition was read to its present end.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="now">The clock's timestamp.</param>
    public void MarkCaughtUp(int partition, long now)
    {
        _caughtUp[partition] = true;
        _silentSince[partition] = _silentSince[partition] == Active ? now : _silentSince[partition];
    }

    /// <summary>
    /// A partition that has been silent for so long; each is returned once until it is active again. Null when there is none.
    /// </summary>
    /// <param name="clock">The clock.</param>
    /// <param name="now">Its timestamp.</param>
    /// <param name="idleAfter">How long.</param>
    public int? NextSilent(TimeProvider clock, long now, TimeSpan idleAfter)
    {
        for (var partition = 0; partition < _silentSince.Length; partition++)
        {
            if (_silentSince[partition] >= 0 && clock.GetElapsedTime(_silentSince[partition], now) >= idleAfter)
            {
                _silentSince[partition] = LeftOut;
                return partition;
            }
        }

        return null;
    }
}
