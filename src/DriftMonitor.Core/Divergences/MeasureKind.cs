namespace DriftMonitor.Core.Divergences;

/// <summary>
/// The kinds of further measures that a monitor can compute in addition to D(current ‖ reference) and D(reference ‖ current).
/// </summary>
/// <remarks>
/// "Both sides smoothed" means that the window gets the same pseudo-counts as the reference, as in D(reference ‖ current). Otherwise only
/// the reference is smoothed, and the window is used as counted.
/// </remarks>
public enum MeasureKind
{
    /// <summary><see cref="Divergence.Jeffreys"/>, both sides smoothed.</summary>
    Jeffreys,

    /// <summary><see cref="Divergence.PopulationStabilityIndex"/>, both sides smoothed.</summary>
    PopulationStabilityIndex,

    /// <summary><see cref="Divergence.SymmetrisedMean"/>, both sides smoothed.</summary>
    SymmetrisedMean,

    /// <summary><see cref="Divergence.JensenShannon"/>, both sides smoothed.</summary>
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

    /// <summary>
    /// <see cref="Divergence.KolmogorovSmirnov"/> of the numbers: the bins below, regular and above, in that order. Numeric bins only.
    /// </summary>
    KolmogorovSmirnov,

    /// <summary>
    /// <see cref="Divergence.Wasserstein"/> of the numbers within the edges, in the field's unit, with the mass of each regular bin at its
    /// midpoint. Numeric bins only.
    /// </summary>
    Wasserstein,

    /// <summary><see cref="Divergence.Renyi"/> of an order.</summary>
    Renyi,
}
