using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Divergences;

/// <summary>
/// Divergences and distances of two probability vectors other than <see cref="Information.KullbackLeibler"/>, by definition: natural
/// logarithm, 0 ln 0 = 0. Each is 0 if the two are equal.
/// </summary>
/// <remarks>
/// Both vectors must sum to 1; this is not checked. Sums are compensated. All definitions and sources: src/DriftMonitor.Core/README.md.
/// </remarks>
public static class Divergence
{
    /// <summary>
    /// Jeffreys' divergence D(p ‖ q) + D(q ‖ p) = Σ (pᵢ − qᵢ) ln(pᵢ / qᵢ), in nats. It is symmetric, and the same number as
    /// <see cref="PopulationStabilityIndex"/>.
    /// </summary>
    /// <returns>From 0; +∞ if a bin is empty on one side only.</returns>
    /// <remarks>Jeffreys, "An invariant form for the prior probability in estimation problems", Proc. Royal Society A 186 (1946) 453–461.
    /// </remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Jeffreys(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        Information.RequireSameLength(p, q);
        var sum = new CompensatedSum();
        for (var i = 0; i < p.Length; i++)
        {
            sum.Add(p[i] == q[i] ? 0 : (p[i] - q[i]) * Math.Log(p[i] / q[i])); // no term is negative
        }

        return sum.Value;
    }

    /// <summary>
    /// The population stability index Σ (pᵢ − qᵢ) ln(pᵢ / qᵢ), the name of <see cref="Jeffreys"/> in credit scoring; without a
    /// unit.
    /// </summary>
    /// <returns>From 0; +∞ if a bin is empty on one side only.</returns>
    /// <remarks>
    /// Siddiqi, Credit Risk Scorecards, Wiley 2006. Its rule of thumb (0.1 and 0.25) does not take the sample size into account: compare
    /// the value with the noise.
    /// </remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double PopulationStabilityIndex(ReadOnlySpan<double> p, ReadOnlySpan<double> q) => Jeffreys(p, q);

    /// <summary>The symmetrised mean (D(p ‖ q) + D(q ‖ p)) / 2, in nats: half of <see cref="Jeffreys"/>.</summary>
    /// <returns>From 0; +∞ if a bin is empty on one side only.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double SymmetrisedMean(ReadOnlySpan<double> p, ReadOnlySpan<double> q) => Jeffreys(p, q) / 2;

    /// <summary>The Jensen-Shannon divergence ½ D(p ‖ m) + ½ D(q ‖ m) with m = (p + q)/2, in nats.</summary>
    /// <returns>From 0 to ln 2, the value of disjoint distributions; never infinite.</returns>
    /// <remarks>Lin, "Divergence measures based on the Shannon entropy", IEEE Trans. Information Theory 37 (1991) 145–151.</remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double JensenShannon(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        Information.RequireSameLength(p, q);
        var sum = new CompensatedSum();
        for (var i = 0; i < p.Length; i++)
        {
            if (p[i] != q[i])
            {
                var mean = p[i] / 2 + q[i] / 2;
                sum.Add((Information.Contribution(p[i], mean) + Information.Contribution(q[i], mean)) / 2);
            }
        }

        return Math.Clamp(sum.Value, 0, Math.Log(2));
    }

    /// <summary>The Jensen-Shannon distance to base 2, √(JS / ln 2): a metric.</summary>
    /// <returns>From 0 to 1.</returns>
    /// <remarks>
    /// Endres and Schindelin, "A new metric for probability distributions", IEEE Trans. Information Theory 49 (2003) 1858–1860.
    /// </remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double JensenShannonDistance(ReadOnlySpan<double> p, ReadOnlySpan<double> q) =>
        Math.Sqrt(JensenShannon(p, q) / Math.Log(2));

    /// <summary>
    /// The Hellinger distance √(½ Σ (√pᵢ − √qᵢ)²) = √(1 − Σ √(pᵢ qᵢ)): a metric, without a unit.
    /// </summary>
    /// <returns>From 0 to 1, the value of disjoint distributions.</returns>
    /// <remarks>
    /// Le Cam and Yang, Asymptotics in Statistics, 2nd edition, Springer 2000, chapter 3. The first form is used, as the second loses
    /// half of the digits if p is near q.
    /// </remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Hellinger(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        Information.RequireSameLength(p, q);
        var sum = new CompensatedSum();
        for (var i = 0; i < p.Length; i++)
        {
            var difference = Math.Sqrt(p[i]) - Math.Sqrt(q[i]);
            sum.Add(difference * difference);
        }

        return Math.Min(1, Math.Sqrt(sum.Value / 2));
    }

    /// <summary>
    /// The total variation distance ½ Σ |pᵢ − qᵢ|: the share of events that would have to move to another bin. A metric, without a
    /// unit.
    /// </summary>
    /// <returns>From 0 to 1, the value of disjoint distributions.</returns>
    /// <remarks>Levin, Peres and Wilmer, Markov Chains and Mixing Times, 2nd edition, AMS 2017, chapter 4.</remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double TotalVariation(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        Information.RequireSameLength(p, q);
        var sum = new CompensatedSum();
        for (var i = 0; i < p.Length; i++)
        {
            sum.Add(Math.Abs(p[i] - q[i]));
        }

        return Math.Min(1, sum.Value / 2);
    }

    /// <summary>The L∞ distance max |pᵢ − qᵢ|: the largest change of a single bin. A metric, without a unit.</summary>
    /// <returns>From 0 to 1.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double LInfinity(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        Information.RequireSameLength(p, q);
        var most = 0.0;
        for (var i = 0; i < p.Length; i++)
        {
            most = Math.Max(most, Math.Abs(p[i] - q[i]));
        }

        return most;
    }

    /// <summary>
    /// Pearson's χ² divergence of current from reference, Σ (pᵢ − qᵢ)² / qᵢ; not symmetric, without a unit. Multiplied by N, it
    /// is the statistic of the χ² test against a known q.
    /// </summary>
    /// <returns>From 0; +∞ if some bin has pᵢ &gt; 0 and qᵢ = 0.</returns>
    /// <remarks>
    /// Pearson, Philosophical Magazine (5) 50 (1900) 157–175; Gibbs and Su, "On choosing and bounding probability metrics", Int.
    /// Statistical Review 70 (2002) 419–435.
    /// </remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double ChiSquare(ReadOnlySpan<double> current, ReadOnlySpan<double> reference)
    {
        Information.RequireSameLength(current, reference);
        var sum = new CompensatedSum();
        for (var i = 0; i < current.Length; i++)
        {
            var difference = current[i] - reference[i];
            sum.Add(difference == 0 ? 0 : difference * (difference / reference[i]));
        }

        return sum.Value;
    }

    /// <summary>
    /// The Rényi divergence of order α, D_α(current ‖ reference) = ln(Σ pᵢ^α qᵢ^(1−α)) / (α − 1), in nats. It never
    /// decreases as the order increases.
    /// </summary>
    /// <param name="current">p.</param>
    /// <param name="reference">q.</param>
    /// <param name="order">
    /// α, from 0 to +∞. 0: −ln Σ qᵢ over the bins with pᵢ &gt; 0. 1 (the limit): the Kullback-Leibler divergence. 2: ln(1 +
    /// χ²). +∞: ln max pᵢ/qᵢ.
    /// </param>
    /// <returns>From 0; +∞ if no bin is occupied on both sides, or if α ≥ 1 and some bin has pᵢ &gt; 0 and qᵢ = 0.</returns>
    /// <remarks>
    /// Rényi, "On measures of entropy and information", Proc. 4th Berkeley Symposium 1 (1961) 547–561; van Erven and Harremoës, IEEE
    /// Trans. Information Theory 60 (2014) 3797–3820.
    /// </remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative or not a number.</exception>
    public static double Renyi(ReadOnlySpan<double> current, ReadOnlySpan<double> reference, double order)
    {
        Information.RequireSameLength(current, reference);
        Information.RequireOrder(order);
        return order switch
        {
            0 => RenyiOfOrderZero(current, reference),
            1 => Information.KullbackLeibler(current, reference),
            double.PositiveInfinity => RenyiOfOrderInfinity(current, reference),
            _ => Math.Max(0, Information.LogOfMeanPower(current, reference, order - 1) / (order - 1)),
        };
    }

    /// <summary>
    /// The Kolmogorov-Smirnov distance max |Pᵢ − Qᵢ| of the cumulative probabilities of ordered bins, without a unit.
    /// </summary>
    /// <returns>From 0 to 1; at most the distance of the values before binning.</returns>
    /// <remarks>
    /// Kolmogorov, Giornale dell'Istituto Italiano degli Attuari 4 (1933) 83–91; Smirnov, Ann. Math. Statist. 19 (1948) 279–281.
    /// </remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double KolmogorovSmirnov(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        Information.RequireSameLength(p, q);
        var difference = new CompensatedSum(); // Pᵢ − Qᵢ
        var most = 0.0;
        for (var i = 0; i < p.Length; i++)
        {
            difference.Add(p[i]);
            difference.Add(-q[i]);
            most = Math.Max(most, Math.Abs(difference.Value));
        }

        return Math.Min(1, most);
    }

    /// <summary>
    /// The Wasserstein-1 distance Σ |Pᵢ − Qᵢ| (xᵢ₊₁ − xᵢ) of masses at points on a line, in the unit of the points: the
    /// mean distance by which mass has to move.
    /// </summary>
    /// <param name="p">The masses of the first distribution.</param>
    /// <param name="q">The masses of the second distribution.</param>
    /// <param name="points">xᵢ, the positions of the masses, ascending; 0, 1, 2, … for bins at unit distance.</param>
    /// <returns>From 0 to the distance between the first and the last point.</returns>
    /// <remarks>
    /// Vallender, "Calculation of the Wasserstein distance between probability distributions on the line", Theory of Probability and its
    /// Applications 18 (1974) 784–786.
    /// </remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Wasserstein(ReadOnlySpan<double> p, ReadOnlySpan<double> q, ReadOnlySpan<double> points)
    {
        Information.RequireSameLength(p, q);
        Information.RequireSameLength(p, points);
        var difference = new CompensatedSum(); // Pᵢ − Qᵢ
        var sum = new CompensatedSum();
        for (var i = 0; i < p.Length - 1; i++)
        {
            difference.Add(p[i]);
            difference.Add(-q[i]);
            sum.Add(Math.Abs(difference.Value) * (points[i + 1] - points[i]));
        }

        return sum.Value;
    }

    private static double RenyiOfOrderZero(ReadOnlySpan<double> current, ReadOnlySpan<double> reference)
    {
        var shared = new CompensatedSum();
        var missed = new CompensatedSum(); // 1 − shared, with full precision if it is small
        for (var i = 0; i < current.Length; i++)
        {
            shared.Add(current[i] > 0 ? reference[i] : 0);
            missed.Add(current[i] > 0 ? 0 : reference[i]);
        }

        return missed.Value < 0.5 ? -ElementaryFunctions.Log1p(-missed.Value) : Math.Max(0, -Math.Log(shared.Value));
    }

    private static double RenyiOfOrderInfinity(ReadOnlySpan<double> current, ReadOnlySpan<double> reference)
    {
        var most = 1.0; // in some bin p is at least q, so the maximum is at least 1
        for (var i = 0; i < current.Length; i++)
        {
            most = current[i] > 0 ? Math.Max(most, current[i] / reference[i]) : most;
        }

        return Math.Log(most);
    }
}
