using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;

namespace DriftMonitor.Core.Windows;

/// <summary>Counts with their divergence from one reference kept up to date, O(1) a change.</summary>
public sealed class ComparedWindow : WindowCounts
{
    private readonly Reference? _reference;
    private readonly IncrementalKullbackLeibler _divergence;

    /// <summary>An empty window.</summary>
    /// <param name="terms">What windows against one reference share.</param>
    public ComparedWindow(ReferenceTerms terms) => (_reference, _divergence) = (terms.Reference, new IncrementalKullbackLeibler(terms));

    /// <inheritdoc/>
    public override ReadOnlySpan<long> Counts => _divergence.Counts;

    /// <inheritdoc/>
    public override long Events => _divergence.Events;

    /// <inheritdoc/>
    public override void Change(int bin, long by) => _divergence.Change(bin, by);

    /// <summary>The divergence that is kept up to date; for another reference a recount. Bit for bit the same.</summary>
    public override IncrementalKullbackLeibler Against(Reference reference) =>
        ReferenceEquals(reference, _reference) ? _divergence : base.Against(reference);
}
