using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;

namespace DriftMonitor.Core.Windows;

/// <summary>The counts of a window.</summary>
public abstract class WindowCounts
{
    private protected WindowCounts()
    {
    }

    /// <summary>cᵢ, the events in each bin.</summary>
    public abstract ReadOnlySpan<long> Counts { get; }

    /// <summary>N = Σ cᵢ.</summary>
    public abstract long Events { get; }

    /// <summary>Adds events to a bin, or removes them.</summary>
    /// <param name="bin">The bin.</param>
    /// <param name="by">How many events; negative to remove.</param>
    public abstract void Change(int bin, long by);

    /// <summary>The divergence of these counts from a reference.</summary>
    public virtual IncrementalKullbackLeibler Against(Reference reference) => Recount(new ReferenceTerms(reference));

    /// <summary>The divergence of these counts from a reference, of which windows share the terms.</summary>
    public IncrementalKullbackLeibler Recount(ReferenceTerms terms)
    {
        var recount = new IncrementalKullbackLeibler(terms);
        var counts = Counts;
        for (var bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] != 0)
            {
                recount.Change(bin, counts[bin]);
            }
        }

        return recount;
    }
}
