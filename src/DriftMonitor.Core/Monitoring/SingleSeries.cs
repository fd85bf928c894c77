namespace DriftMonitor.Core.Monitoring;

/// <summary>The one series of a monitor without segments.</summary>
/// <param name="series">The series.</param>
internal sealed class SingleSeries(Series series) : SeriesSet
{
    /// <inheritdoc/>
    public override IReadOnlyList<Series> All { get; } = [series];

    /// <inheritdoc/>
    public override bool IsSegmented => false;

    /// <inheritdoc/>
    public override Series? SeriesOf(ReadOnlySpan<byte> segment, long closedPanes) => series;

    /// <inheritdoc/>
    public override Series? Find(string segment) => segment == series.Segment ? series : null;
}
