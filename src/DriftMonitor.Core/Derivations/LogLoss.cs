using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Derivations;

/// <summary>The logarithmic loss of a predicted probability: −ln p, in nats.</summary>
/// <remarks>
/// Its mean is the cross-entropy of the labels under the predictions (Good, "Rational decisions", Journal of the Royal Statistical Society
/// B 14 (1952) 107–114). The logarithm is taken in integers, so that all machines get the same bits.
/// </remarks>
public static class LogLoss
{
    /// <summary>The smallest probability that is used: smaller ones, 0 among them, cost as much as this one, 34.5 nats.</summary>
    public const double LeastProbability = 1e-15;

    /// <summary>How far the probabilities of an event may be from a sum of 1, and each from the range of 0 to 1.</summary>
    public const double Tolerance = 1e-3;

    /// <summary>The loss, from 0 to 34.5 nats.</summary>
    /// <param name="probability">p of the label, from 0 to 1; what is outside is taken as the nearest of the two.</param>
    public static double Of(double probability) =>
        probability >= 1 ? 0 : -FixedPoint.ToDouble(FixedPoint.Log(Math.Max(probability, LeastProbability)));

    /// <summary>Whether a number can be a probability, but for rounding.</summary>
    public static bool IsProbability(double number) => number is >= -Tolerance and <= 1 + Tolerance;

    /// <summary>Whether probabilities sum to 1, but for rounding.</summary>
    public static bool IsWhole(double sum) => Math.Abs(sum - 1) <= Tolerance;
}
