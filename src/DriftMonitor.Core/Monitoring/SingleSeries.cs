using DriftMonitor.Core.State;
using DriftMonitor.Core.Windows;

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
    public override Series? Find(string segment) => segment == series.Segment ? series : null;

    /// <inheritdoc/>
    public override SeriesCounts CreateCounts(int bins) =>
        series.Against.Views == 0 || series.CountsVolume ? new Counts(series, bins) : new CountedValues((_, _) => series);

    /// <inheritdoc/>
    public override void Exchange(StateExchange state)
    {
        base.Exchange(state);
        series.Exchange(state);
    }

    private sealed class Counts(Series series, int bins) : SeriesCounts
    {
        private readonly OpenPanes _panes = new(bins);

        public override long UnknownSegment => 0;

        public override int OpenPanes => _panes.Count;

        public override bool TryAdd(long pane, int bin, ReadOnlySpan<byte> segment)
        {
            _panes.Add(pane, bin);
            return true;
        }

        public override bool TryAdd(long pane, ReadOnlySpan<int> bins, ReadOnlySpan<byte> segment)
        {
            foreach (var bin in bins)
            {
                _panes.Add(pane, bin);
            }

            return true;
        }

        public override int PlaceOf(ReadOnlySpan<byte> segment, long pane) => 0;

        public override Series SeriesAt(int place) => series;

        public override void Add(int series, long pane, int bin) => _panes.Add(pane, bin);

        public override long FirstFrom(long pane) => _panes.FirstFrom(pane);

        public override void Exchange(StateExchange state) => _panes.Exchange(state);

        public override long Merge(long pane)
        {
            if (_panes.Take(pane) is not { } counts)
            {
                return 0;
            }

            var events = Merge(series, pane, counts);
            _panes.Reuse(counts);
            return events;
        }
    }
}
