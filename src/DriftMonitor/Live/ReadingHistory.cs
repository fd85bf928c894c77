namespace DriftMonitor.Live;

/// <summary>Past readings of a window, oldest first; only the newest are kept.</summary>
/// <remarks>
/// The loop appends and snapshots read, without a copy for each: what has been written is never overwritten. When the array is full, the
/// newest go to another.
/// </remarks>
internal sealed class ReadingHistory
{
    private const int First = 8;
    private const int Most = SeriesSnapshot.HistoryLength + 16; // the newest are copied once in 16 panes

    private double[] _nats = [];
    private int _count;

    /// <summary>Appends a reading.</summary>
    /// <param name="nats">Its divergence; null where there is none.</param>
    public void Append(double? nats)
    {
        if (_count == _nats.Length)
        {
            var kept = _nats.AsSpan(Math.Max(0, _count + 1 - SeriesSnapshot.HistoryLength));
            var larger = new double[Math.Clamp(2 * _nats.Length, First, Most)];
            kept.CopyTo(larger);
            (_nats, _count) = (larger, kept.Length);
        }

        _nats[_count++] = nats ?? double.NaN;
    }

    /// <summary>The newest readings, which never change; NaN where there was none.</summary>
    public ReadOnlyMemory<double> Newest() => _nats.AsMemory(Math.Max(0, _count - SeriesSnapshot.HistoryLength).._count);
}
