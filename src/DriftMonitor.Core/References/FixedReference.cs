using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.References;

/// <summary>Compares every window with the same distribution. It keeps nothing of a series, so several can share one.</summary>
/// <param name="reference">The distribution.</param>
public sealed class FixedReference(Reference reference) : WindowReference(reference.Binning)
{
    private readonly ReferenceTerms _terms = new(reference);

    /// <inheritdoc/>
    public override string? Description => null;

    /// <inheritdoc/>
    public override Reference? Whole => reference;

    /// <inheritdoc/>
    public override bool IsLoaded => true;

    /// <inheritdoc/>
    public override bool CanBeScarce => false;

    /// <inheritdoc/>
    public override bool IsSteady => true;

    /// <inheritdoc/>
    public override SlidingHistogram CreateWindows(IReadOnlyList<int> windowPanes, long closedPanes) =>
        new(_terms, windowPanes, closedPanes);

    /// <inheritdoc/>
    public override void Close(long pane, SlidingHistogram windows)
    {
    }

    /// <inheritdoc/>
    public override Reference? For(int window) => reference;
}
