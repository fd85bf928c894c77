namespace DriftMonitor.Core.Divergences;

/// <summary>What kind of further measure a monitor asks for, beyond D(current ‖ reference) and its reverse.</summary>
/// <remarks>
/// Where a kind is said to smooth both sides alike, the window gets the reference's pseudo-counts, as in D(reference ‖ current); elsewhere the window is as counted. Only the reference is smoothed then.
/// </remarks>
public enum MeasureKind
{
    /// <summary><see cref="Divergence.Jeffreys"/>, both sides smoothed alike.</summary>
    Jeffreys,

    /// <summary><see cref="Divergence.PopulationStabilityIndex"/>, both sides smoothed alike.</summary>
    PopulationStabilityIndex,

    /// <summary><see cref="Divergence.SymmetrisedMean"/>, both sides smoothed alike.</summary>
    SymmetrisedMean,

    /// <summary><see cref="Divergence.JensenShannon"/>, both sides smoothed alike.</summary>
    JensenShannon,

    /// <summary><see cref="Divergence.Hellinger"/>.</summary>
    Hellinger,

    /// <summary><see cref="Divergence.TotalVariation"/>.</summary>
    TotalVariation,

    /// <summary><see cref="Divergence.LInfinity"/>.</summary>
    LInfinity,

    /// <summary><see cref="Divergence.ChiSquare"/>.</summary>
    ChiSquare,

    /// <summary><see cref="GTest.Statistic"/>.</summary>
    GStatistic,

    /// <summary><see cref="GTest.PValue"/> of <see cref="GStatistic"/>.</summary>
    GPValue,

    /// <summary><see cref="Divergence.KolmogorovSmirnov"/> of the numbers: the bins below, regular and above, in that order. For numeric bins.</summary>
    KolmogorovSmirnov,

    /// <summary><see cref="Divergence.Wasserstein"/> of the numbers within the edges, in the field's unit: each regular bin's mass at its midpoint. For numeric bins.</summary>
    Wasserstein,

    /// <summary><see cref="Divergence.Renyi"/> of an order.</summary>
    Renyi,
}

/// <summary>A further measure.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Order">α of <see cref="MeasureKind.Renyi"/>, from 0 to +∞; 0 for the others.</param>
public readonly record struct Measure(MeasureKind Kind, double Order = 0)
{
    /// <summary>Whether it needs bins along an axis, which categories are not.</summary>
    public bool NeedsNumbers => Kind is MeasureKind.KolmogorovSmirnov or MeasureKind.Wasserstein;
}

/// <summary>What a window shows in a further measure.</summary>
/// <param name="Measure">The measure.</param>
/// <param name="Value">Its value: finite.</param>
public readonly record struct MeasuredValue(Measure Measure, double Value);
