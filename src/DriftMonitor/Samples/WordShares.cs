namespace DriftMonitor.Samples;

/// <summary>A word of two texts.</summary>
/// <param name="Word">The word.</param>
/// <param name="P">Its share of the tokens of P, as counted; from 0 to 1.</param>
/// <param name="Q">Its share of the tokens of Q, as counted; from 0 to 1.</param>
/// <param name="ContributionNats">p ln(p/q), in nats, with q smoothed: what it contributes to D(P‖Q); 0 if it is not in P.</param>
/// <param name="ReverseContributionNats">q ln(q/p), in nats, with both smoothed: what it contributes to D(Q‖P).</param>
internal readonly record struct WordShares(string Word, double P, double Q, double ContributionNats, double ReverseContributionNats);
