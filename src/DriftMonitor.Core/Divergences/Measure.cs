namespace DriftMonitor.Core.Divergences;

/// <summary>A further measure.</summary>
/// <param name="Kind">The kind of measure.</param>
/// <param name="Order">The order α of <see cref="MeasureKind.Renyi"/>, from 0 to +∞; 0 for all other kinds.</param>
public readonly record struct Measure(MeasureKind Kind, double Order = 0)
{
    /// <summary>Whether the measure needs ordered bins, so a numeric field.</summary>
    public bool NeedsNumbers => Kind is MeasureKind.KolmogorovSmirnov or MeasureKind.Wasserstein;
}
