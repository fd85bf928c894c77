using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.References;

/// <summary>Compares each window with that of several regimes against which its z is least.</summary>
/// <remarks>At a pane's end, a window is counted against each regime: O(K) each.</remarks>
public sealed class NearestRegime : WindowReference
{
    private readonly ReferenceTerms[] _terms; // by regime
    private readonly int[] _nearest; // of each window, the regime of the reading that was taken last

    /// <summary>A reference before the first pane.</summary>
    /// <param name="regimes">The regimes, in the same bins; the first one is that of windows without a reading.</param>
    /// <param name="windows">How many windows the monitor has.</param>
    /// <exception cref="ArgumentException">The regimes have different bins, or not a factor for each window.</exception>
    public NearestRegime(IReadOnlyList<Regime> regimes, int windows)
        : base(regimes[0].Reference.Binning)
    {
        if (regimes.Any(regime => !regime.Reference.Binning.IsSameAs(Binning)))
        {
            throw new ArgumentException("the regimes have different bins");
        }

        if (regimes.Any(regime => regime.WithinFactors.Count != windows))
        {
            throw new ArgumentException($"each regime needs a factor for each of {windows} windows");
        }

        Regimes = regimes;
        _terms = [.. regimes.Select(regime => new ReferenceTerms(regime.Reference))];
        _nearest = new int[windows];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Regime> Regimes { get; }

    /// <inheritdoc/>
    public override string? Description => FormattableString.Invariant($"the nearest of {Regimes.Count} regimes");

    /// <summary>The first regime.</summary>
    public override Reference? Whole => Regimes[0].Reference;

    /// <inheritdoc/>
    public override bool IsLoaded => true;

    /// <inheritdoc/>
    public override bool CanBeScarce => false;

    /// <inheritdoc/>
    public override bool IsSteady => true;

    /// <inheritdoc/>
    public override void Close(long pane, SlidingHistogram windows)
    {
    }

    /// <inheritdoc/>
    public override Reference? For(int window) => Regimes[_nearest[window]].Reference;

    /// <inheritdoc/>
    public override void Choose(int window, int regime) => _nearest[window] = regime;

    /// <inheritdoc/>
    public override IncrementalKullbackLeibler Compare(WindowCounts window, int regime) => window.Recount(_terms[regime]);
}
