namespace DriftMonitor.Core.Readings;

/// <summary>A bin whose share of a window differs from its share of the reference by more than chance.</summary>
/// <param name="Bin">Its index.</param>
/// <param name="Share">p, its share of the window, from 0 to 1.</param>
/// <param name="ReferenceShare">q, its share of the smoothed reference, above 0 and below 1.</param>
/// <param name="ContributionNats">
/// p ln(p/q), in nats: what it contributes to D(current ‖ reference). Positive where the bin is more frequent in the window than in the
/// reference; 0 where the window has none of its events.
/// </param>
public readonly record struct DistinctBin(int Bin, double Share, double ReferenceShare, double ContributionNats);
