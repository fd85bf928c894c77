namespace DriftMonitor.Live;

/// <summary>Past readings of a window, oldest first; only the newest are kept.</summary>
/// <remarks>
/// The loop appends and snapshots read, without a copy for each: what has been written is never overwritten. When the arrays are full, the
/// newest go to others.
/// </remarks>
internal sealed class ReadingHistory
{
    private const int First = 8;
    private const int Most = SeriesSnapshot.HistoryLength + 16; // the newest are copied once in 16 panes

    private double[] _kl = [];
    private float[] _noise = []; // half as large: it is drawn, and never compared
    private int _count;

    /// <summary>Appends a reading.</summary>
    /// <param name="klNats">Its divergence; null where there is none.</param>
    /// <param name="noiseNats">Its noise.</param>
    public void Append(double? klNats, double noiseNats)
    {
        if (_count == _kl.Length)
        {
            var first = Math.Max(0, _count + 1 - SeriesSnapshot.HistoryLength);
            var kept = _count - first;
            var length = Math.Clamp(2 * _count, First, Most);
            var (kl, noise) = (new double[length], new float[length]);
            _kl.AsSpan(first, kept).CopyTo(kl);
            _noise.AsSpan(first, kept).CopyTo(noise);
            (_kl, _noise, _count) = (kl, noise, kept);
        }

        _kl[_count] = klNats ?? double.NaN;
        _noise[_count++] = klNats is null ? float.NaN : (float)noiseNats;
    }

    /// <summary>The newest readings, which never change.</summary>
    public PastReadings Newest()
    {
        var newest = Math.Max(0, _count - SeriesSnapshot.HistoryLength).._count;
        return new PastReadings(_kl.AsMemory(newest), _noise.AsMemory(newest));
    }
}
