using DriftMonitor.Core.Divergences;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

public sealed class DivergenceTests
{
    private static readonly (string Name, double Order)[] Orders =
        [("0.0", 0), ("0.5", 0.5), ("1.0", 1), ("2.0", 2), ("inf", double.PositiveInfinity)];

    [Fact]
    public void Every_divergence_agrees_with_the_golden_figures()
    {
        foreach (var golden in Golden.Cases("divergences.json"))
        {
            var name = golden.GetProperty("name").GetString();
            double[] p = golden.Doubles("p"), q = golden.Doubles("q");
            var actual = new Dictionary<string, double>
            {
                ["entropy_p_nats"] = Information.Entropy(p),
                ["entropy_p_bits"] = Information.Entropy(p) / Math.Log(2),
                ["cross_entropy_nats"] = Information.CrossEntropy(p, q),
                ["kl_nats"] = Information.KullbackLeibler(p, q),
                ["kl_reverse_nats"] = Information.KullbackLeibler(q, p),
                ["jeffreys_nats"] = Divergence.Jeffreys(p, q),
                ["kl_symmetrised_mean_nats"] = Divergence.SymmetrisedMean(p, q),
                ["js_divergence_nats"] = Divergence.JensenShannon(p, q),
                ["js_divergence_bits"] = Divergence.JensenShannon(p, q) / Math.Log(2),
                ["js_distance_base2"] = Divergence.JensenShannonDistance(p, q),
                ["hellinger_distance"] = Divergence.Hellinger(p, q),
                ["total_variation"] = Divergence.TotalVariation(p, q),
                ["l_infinity"] = Divergence.LInfinity(p, q),
                ["chi_square_divergence"] = Divergence.ChiSquare(p, q),
                ["ks_ordered_bins"] = Divergence.KolmogorovSmirnov(p, q),
                ["wasserstein1_unit_bins"] = Divergence.Wasserstein(p, q, [.. Enumerable.Range(0, p.Length).Select(i => (double)i)]),
            };
            foreach (var (text, order) in Orders)
            {
                actual[$"renyi_entropy_p_{text}_nats"] = Information.RenyiEntropy(p, order);
                actual[$"renyi_divergence_{text}_nats"] = Divergence.Renyi(p, q, order);
            }

            var expectedKeys = golden.GetProperty("expected").EnumerateObject().Select(figure => figure.Name);
            Assert.Equal(expectedKeys.Order(), actual.Keys.Order()); // none is left out
            foreach (var (key, value) in actual)
            {
                Golden.Equal(golden.Expected(key), value, $"{name}: {key}");
            }
        }
    }

    [Fact]
    public void Joint_measures_agree_with_the_golden_figures()
    {
        foreach (var golden in Golden.Cases("joint.json"))
        {
            var name = golden.GetProperty("name").GetString();
            var rows = golden.GetProperty("joint").EnumerateArray().ToList();
            double[] joint = [.. rows.SelectMany(row => row.EnumerateArray()).Select(value => value.GetDouble())];
            var columns = rows[0].GetArrayLength();
            Agree("joint_entropy_nats", JointInformation.JointEntropy(joint));
            Agree("entropy_x_nats", Information.Entropy(JointInformation.MarginalX(joint, columns)));
            Agree("entropy_y_nats", Information.Entropy(JointInformation.MarginalY(joint, columns)));
            Agree("conditional_entropy_y_given_x_nats", JointInformation.ConditionalEntropy(joint, columns));
            Agree("mutual_information_nats", JointInformation.MutualInformation(joint, columns));

            void Agree(string key, double actual) => Golden.Equal(golden.Expected(key), actual, $"{name}: {key}");
        }
    }

    [Fact]
    public void If_one_field_determines_the_other_all_of_its_entropy_is_mutual_information()
    {
        double[] same = [0.5, 0, 0, 0.5]; // Y = X, a fair coin
        Assert.Equal(Math.Log(2), JointInformation.MutualInformation(same, 2), 15);
        Assert.Equal(0, JointInformation.ConditionalEntropy(same, 2));
        Assert.Throws<ArgumentException>(() => JointInformation.MutualInformation(same, 3));
    }

    [Property(Arbitrary = [typeof(Pair)])]
    public bool The_symmetric_ones_are_symmetric_and_all_are_0_for_equals(Pair pair)
    {
        var (p, q) = pair;
        double[] points = [.. Enumerable.Range(0, p.Length).Select(i => (double)(i * i))];
        return Near(Divergence.Jeffreys(p, q), Divergence.Jeffreys(q, p))
            && Near(Divergence.JensenShannon(p, q), Divergence.JensenShannon(q, p))
            && Near(Divergence.Hellinger(p, q), Divergence.Hellinger(q, p))
            && Near(Divergence.TotalVariation(p, q), Divergence.TotalVariation(q, p))
            && Near(Divergence.LInfinity(p, q), Divergence.LInfinity(q, p))
            && Near(Divergence.KolmogorovSmirnov(p, q), Divergence.KolmogorovSmirnov(q, p))
            && Near(Divergence.Wasserstein(p, q, points), Divergence.Wasserstein(q, p, points))
            && Near(Divergence.Renyi(p, q, 0.5), Divergence.Renyi(q, p, 0.5))
            && Divergence.Jeffreys(p, p) + Divergence.JensenShannon(p, p) + Divergence.Hellinger(p, p) + Divergence.TotalVariation(p, p)
                + Divergence.LInfinity(p, p) + Divergence.ChiSquare(p, p) + Divergence.KolmogorovSmirnov(p, p)
                + Divergence.Wasserstein(p, p, points) + Divergence.Renyi(p, p, 0.5) + Divergence.Renyi(p, p, 3) == 0;
    }

    [Property(Arbitrary = [typeof(Pair)])]
    public bool Jeffreys_is_the_sum_of_both_directions_and_the_mean_is_half_of_it(Pair pair)
    {
        var (p, q) = pair;
        var sum = Information.KullbackLeibler(p, q) + Information.KullbackLeibler(q, p);
        return Near(Divergence.Jeffreys(p, q), sum)
            && Near(Divergence.SymmetrisedMean(p, q), sum / 2)
            && Divergence.PopulationStabilityIndex(p, q).Equals(Divergence.Jeffreys(p, q));
    }

    [Property(Arbitrary = [typeof(Pair)])]
    public bool Each_keeps_its_bounds(Pair pair)
    {
        var (p, q) = pair;
        var variation = Divergence.TotalVariation(p, q);
        var hellinger = Divergence.Hellinger(p, q);
        var kl = Information.KullbackLeibler(p, q);
        return Divergence.JensenShannon(p, q) <= Math.Min(Math.Log(2), variation * Math.Log(2) + 1e-15) // Lin 1991, theorem 3
            && variation * variation <= kl / 2 + 1e-15 // Pinsker
            && hellinger * hellinger <= variation + 1e-15 // Le Cam
            && variation <= hellinger * Math.Sqrt(2 - hellinger * hellinger) + 1e-15 // Le Cam
            && Divergence.LInfinity(p, q) <= variation + 1e-15 && Divergence.KolmogorovSmirnov(p, q) <= variation + 1e-15
            && kl <= Math.Log(1 + Divergence.ChiSquare(p, q)) + 1e-12 // Gibbs and Su 2002, theorem 5
            && Near(Math.Log(1 + Divergence.ChiSquare(p, q)), Divergence.Renyi(p, q, 2))
            && Near(-2 * Math.Log(1 - hellinger * hellinger), Divergence.Renyi(p, q, 0.5));
    }

    [Property(Arbitrary = [typeof(Pair)])]
    public bool A_larger_order_gives_no_less_divergence_and_no_more_entropy(Pair pair)
    {
        var (p, q) = pair;
        double[] orders = [0, 0.1, 0.5, 0.9, 0.999999, 1, 1.000001, 1.5, 2, 10, 1000, double.PositiveInfinity];
        return orders.Zip(orders[1..]).All(order =>
            AreAscending(Divergence.Renyi(p, q, order.First), Divergence.Renyi(p, q, order.Second))
            && AreAscending(Information.RenyiEntropy(p, order.Second), Information.RenyiEntropy(p, order.First)));

        static bool AreAscending(double less, double more) => less <= more + 1e-12 * Math.Max(1, less);
    }

    [Fact]
    public void Rényi_approaches_its_limits_without_losing_digits()
    {
        double[] p = [0.6, 0.3, 0.1], q = [0.3, 0.3, 0.4];
        var kl = Information.KullbackLeibler(p, q);
        Assert.Equal(kl, Divergence.Renyi(p, q, 1 + 1e-14), 1e-13);
        Assert.Equal(kl, Divergence.Renyi(p, q, 1 - 1e-14), 1e-13);
        Assert.Equal(Information.Entropy(p), Information.RenyiEntropy(p, 1 + 1e-14), 1e-13);
        Assert.Equal(Math.Log(2), Divergence.Renyi(p, q, 1e6), 1e-5); // max p/q = 2, and 2^order is far beyond the range of doubles
        Assert.Equal(1e-9, Divergence.Renyi([1, 0], [1 - 1e-9, 1e-9], 0), 1e-17); // −ln(1 − 1e-9) = 1e-9 + 5e-19
        Assert.Throws<ArgumentOutOfRangeException>(() => Divergence.Renyi(p, q, -0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Information.RenyiEntropy(p, double.NaN));
    }

    [Fact]
    public void Disjoint_distributions_have_the_largest_divergences()
    {
        double[] p = [1, 0], q = [0, 1];
        Assert.Equal(Math.Log(2), Divergence.JensenShannon(p, q));
        Assert.Equal((1, 1, 1), (Divergence.Hellinger(p, q), Divergence.TotalVariation(p, q), Divergence.KolmogorovSmirnov(p, q)));
        Assert.Equal(double.PositiveInfinity, Divergence.Renyi(p, q, 0.5));
        Assert.Equal(double.PositiveInfinity, Divergence.Jeffreys(p, q));
        Assert.Equal(double.PositiveInfinity, Divergence.ChiSquare(p, q));
        Assert.Equal(12.5, Divergence.Wasserstein(p, q, [-2.5, 10]));
    }

    private static bool Near(double expected, double actual) =>
        expected.Equals(actual) || Math.Abs(expected - actual) <= 1e-12 * Math.Max(1, Math.Abs(expected));
}
