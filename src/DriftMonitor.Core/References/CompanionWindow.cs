using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.References;

/// <summary>
/// Compares each window with the same window of another stream: another field of the same events, such as the actual value beside
/// the predicted one, or another topic.
/// </summary>
public sealed class CompanionWindow : WindowReference
{
    private readonly SlidingHistogram _other;
    private readonly double _pseudoCount;

    /// <summary>A reference before the first event.</summary>
    /// <param name="binning">The bins of both streams.</param>
    /// <param name="windowPanes">The monitor's windows.</param>
    /// <param name="pseudoCount">α of the smoothing.</param>
    /// <param name="description">The other stream, for people.</param>
    public CompanionWindow(FieldBinning binning, IReadOnlyList<int> windowPanes, double pseudoCount, string description)
        : base(binning)
    {
        _other = new SlidingHistogram(binning.Count, windowPanes);
        _pseudoCount = pseudoCount;
        Description = description;
    }

    /// <inheritdoc/>
    public override string? Description { get; }

    /// <inheritdoc/>
    public override Reference? Whole => null;

    /// <inheritdoc/>
    public override void Add(long pane, int bin, long events) => _other.Add(pane, bin, events);

    /// <inheritdoc/>
    public override void Close(long pane, SlidingHistogram windows) => _other.Close(pane);

    /// <inheritdoc/>
    public override bool IsSteady => _other.IsEmpty;

    /// <inheritdoc/>
    public override void CloseSteady(long first, long last, SlidingHistogram windows) => _other.CloseEmpty(first, last);

    /// <inheritdoc/>
    public override Reference? For(int window) =>
        _other.IsFull(window) && _other.Windows[window].Events > 0
            ? new Reference(Binning, _other.Windows[window].Counts, _pseudoCount)
            : null;

    internal override void Exchange(StateExchange state) => _other.Exchange(state);
}
