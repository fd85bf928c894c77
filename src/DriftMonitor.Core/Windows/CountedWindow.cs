namespace DriftMonitor.Core.Windows;

/// <summary>Counts alone, for references that change: a divergence is a recount, O(K).</summary>
/// <param name="bins">The number of bins.</param>
public sealed class CountedWindow(int bins) : WindowCounts
{
    private readonly long[] _counts = new long[bins];
    private long _events;

    /// <inheritdoc/>
    public override ReadOnlySpan<long> Counts => _counts;

    /// <inheritdoc/>
    public override long Events => _events;

    /// <inheritdoc/>
    public override void Change(int bin, long by)
    {
        _counts[bin] += by;
        _events += by;
    }
}
