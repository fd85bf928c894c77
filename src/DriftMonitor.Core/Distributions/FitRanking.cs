namespace DriftMonitor.Core.Distributions;

/// <summary>The fits of all families to a sample.</summary>
/// <param name="Fits">The fits, the one that loses the least information first.</param>
/// <param name="LeftOut">The families that cannot be fitted to the sample.</param>
public sealed record FitRanking(IReadOnlyList<ParametricFit> Fits, IReadOnlyList<UnfitFamily> LeftOut);
