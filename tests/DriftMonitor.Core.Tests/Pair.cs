using FsCheck;
using FsCheck.Fluent;

namespace DriftMonitor.Core.Tests;

/// <summary>Two random distributions over the same bins. On each side, about a fifth of the bins are empty.</summary>
public sealed record Pair(double[] P, double[] Q)
{
    public static Arbitrary<Pair> Arbitrary { get; } = (
        from bins in Gen.Choose(1, 40)
        from p in Weights(bins)
        from q in Weights(bins)
        select new Pair(Normalise(p), Normalise(q))).ToArbitrary();

    private static Gen<int[]> Weights(int bins) => Gen.Choose(-20, 100).Select(weight => Math.Max(0, weight)).ArrayOf(bins);

    private static double[] Normalise(int[] weights)
    {
        weights[0] += weights.Sum() == 0 ? 1 : 0;
        double sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
