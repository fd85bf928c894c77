using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.References;

/// <summary>
/// Compares each window with the window of the same length that ends where it begins. It shows changes, but not a state that lasts.
/// </summary>
public sealed class PreviousWindow : WindowReference
{
    private readonly IReadOnlyList<int> _panes;
    private readonly double _pseudoCount;
    private readonly Reference?[] _references;

    /// <summary>A reference before the first pane.</summary>
    /// <param name="binning">The bins.</param>
    /// <param name="windowPanes">The monitor's windows.</param>
    /// <param name="pseudoCount">α of the smoothing.</param>
    public PreviousWindow(FieldBinning binning, IReadOnlyList<int> windowPanes, double pseudoCount)
        : base(binning)
    {
        _panes = windowPanes;
        _pseudoCount = pseudoCount;
        _references = new Reference?[windowPanes.Count];
    }

    /// <inheritdoc/>
    public override string? Description => "the window before";

    /// <inheritdoc/>
    public override Reference? Whole => null;

    /// <inheritdoc/>
    public override bool IsSteady => true;

    /// <inheritdoc/>
    protected override IReadOnlyList<int> ExtraWindowPanes => [.. _panes.Select(panes => 2 * panes)];

    /// <inheritdoc/>
    public override void Close(long pane, SlidingHistogram windows) => OnLoaded(windows);

    internal override void OnLoaded(SlidingHistogram windows)
    {
        for (var w = 0; w < _references.Length; w++)
        {
            // A window of twice the length, minus the window itself, is the previous window.
            var (own, both) = (windows.Windows[w], windows.Windows[_references.Length + w]);
            _references[w] = null;
            if (windows.IsFull(_references.Length + w) && both.Events > own.Events)
            {
                var counts = both.Counts.ToArray();
                for (var bin = 0; bin < counts.Length; bin++)
                {
                    counts[bin] -= own.Counts[bin];
                }

                _references[w] = new Reference(Binning, counts, _pseudoCount);
            }
        }
    }

    /// <inheritdoc/>
    public override Reference? For(int window) => _references[window];
}
