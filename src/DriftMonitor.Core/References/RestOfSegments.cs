using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.References;

/// <summary>
/// Compares each window of a segment with all other segments' events of the same window. It shows what distinguishes the segment.
/// </summary>
/// <remarks>At a pane's end the cost is O(K) a window, K the number of bins: the rest is all events less the segment's own.</remarks>
/// <param name="all">The windows of all segments, which have closed a pane before the series do.</param>
public sealed class RestOfSegments(AllSegments all) : WindowReference(all.Binning)
{
    private readonly Reference?[] _references = new Reference?[all.Count];

    /// <inheritdoc/>
    public override string? Description => "the other segments";

    /// <inheritdoc/>
    public override Reference? Whole => null;

    /// <inheritdoc/>
    public override bool IsSteady => all.IsEmpty;

    /// <inheritdoc/>
    public override void Close(long pane, SlidingHistogram windows) => OnLoaded(windows);

    internal override void OnLoaded(SlidingHistogram windows)
    {
        for (var window = 0; window < _references.Length; window++)
        {
            _references[window] = all.Without(window, windows.Windows[window]);
        }
    }

    /// <inheritdoc/>
    public override Reference? For(int window) => _references[window];
}
