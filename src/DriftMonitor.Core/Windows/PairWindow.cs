using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;

namespace DriftMonitor.Core.Windows;

/// <summary>The counts of a window of pairs: those of all places, and, in the other window, those of the bins.</summary>
/// <param name="binning">The pairs.</param>
/// <param name="bins">The counts of the bins.</param>
public sealed class PairWindow(PairBinning binning, WindowCounts bins) : WindowCounts
{
    private readonly long[] _places = new long[binning.Places];

    /// <summary>The pairs.</summary>
    public PairBinning Binning => binning;

    /// <summary>The events at each place: see <see cref="PairBinning.PlaceOf"/>.</summary>
    public ReadOnlySpan<long> Places => _places;

    /// <inheritdoc/>
    public override ReadOnlySpan<long> Counts => bins.Counts;

    /// <inheritdoc/>
    public override long Events => bins.Events;

    /// <summary>Adds events to a place, or removes them.</summary>
    /// <param name="bin">The place.</param>
    /// <param name="by">How many events; negative to remove.</param>
    public override void Change(int bin, long by)
    {
        _places[bin] += by;
        bins.Change(binning.BinOfPlace(bin), by);
    }

    /// <inheritdoc/>
    public override IncrementalKullbackLeibler Against(Reference reference) => bins.Against(reference);
}
