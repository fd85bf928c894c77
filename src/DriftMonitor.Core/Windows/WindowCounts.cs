using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;

namespace DriftMonitor.Core.Windows;

/// <summary>The counts of a window, with their divergence from a reference kept up to date where the reference does not move.</summary>
public sealed class WindowCounts
{
    private readonly IncrementalKullbackLeibler? _divergence;
    private readonly long[] _counts = []; // where there is no divergence, which has its own
    private long _events;

    /// <summary>An empty window.</summary>
    /// <param name="bins">The number of bins.</param>
    /// <param name="reference">What it is compared with; null for counts alone.</param>
    public WindowCounts(int bins, Reference? reference)
    {
        if (reference is null)
        {
            _counts = new long[bins];
        }
        else
        {
            _divergence = new IncrementalKullbackLeibler(reference);
        }
    }

    /// <summary>cᵢ, the events in each bin.</summary>
    public ReadOnlySpan<long> Counts => _divergence is null ? _counts : _divergence.Counts;

    /// <summary>N = Σ cᵢ.</summary>
    public long Events => _divergence?.Events ?? _events;

    /// <summary>Adds events to a bin, or takes them away.</summary>
    public void Change(int bin, long by)
    {
        if (_divergence is not null)
        {
            _divergence.Change(bin, by);
            return;
        }

        _counts[bin] += by;
        _events += by;
    }

    /// <summary>The divergence from a reference: the one that is kept up to date where it is of that reference, else a recount, O(K); bit for bit the same.</summary>
    public IncrementalKullbackLeibler Against(Reference reference)
    {
        if (_divergence is not null && ReferenceEquals(_divergence.Reference, reference))
        {
            return _divergence;
        }

        var recount = new IncrementalKullbackLeibler(reference);
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
