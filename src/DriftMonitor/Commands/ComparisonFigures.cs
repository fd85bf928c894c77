using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Samples;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>Every measure of two distributions, computed once.</summary>
internal sealed class ComparisonFigures
{
    private static readonly double[] Orders = [0, 0.5, 1, 2, double.PositiveInfinity];

    /// <summary>Measures two distributions. If they are smoothed, each figure equals the monitor's measure of that name.</summary>
    public ComparisonFigures(PairedDistributions pair)
    {
        double[] p = pair.P.Probabilities.ToArray(), q = pair.Q.Probabilities.ToArray();
        var smoothed = pair.SmoothedP.Probabilities.ToArray();
        EntropyP = Information.Entropy(p);
        CrossEntropy = Information.CrossEntropy(p, q);
        KullbackLeibler = Information.KullbackLeibler(p, q);
        Reverse = Information.KullbackLeibler(q, smoothed);
        Jeffreys = Divergence.Jeffreys(smoothed, q);
        SymmetrisedMean = Divergence.SymmetrisedMean(smoothed, q);
        JensenShannon = Divergence.JensenShannon(smoothed, q);
        JensenShannonDistance = Divergence.JensenShannonDistance(smoothed, q);
        Hellinger = Divergence.Hellinger(p, q);
        TotalVariation = Divergence.TotalVariation(p, q);
        LInfinity = Divergence.LInfinity(p, q);
        ChiSquare = Divergence.ChiSquare(p, q);
        Renyi = Array.ConvertAll(Orders, order => (order, Information.RenyiEntropy(p, order), Divergence.Renyi(p, q, order)));
        if (ConditionalOn(pair.Ordered, p) is { } orderedP && ConditionalOn(pair.Ordered, q) is { } orderedQ)
        {
            KolmogorovSmirnov = Divergence.KolmogorovSmirnov(orderedP, orderedQ);
            double[] ranks = [.. Enumerable.Range(0, orderedP.Length)];
            WassersteinInBins = Divergence.Wasserstein(orderedP, orderedQ, ranks);
        }

        var places = pair.Places.Select(place => place.Bin).ToList();
        if (ConditionalOn(places, p) is { } placedP && ConditionalOn(places, q) is { } placedQ)
        {
            Wasserstein = Divergence.Wasserstein(placedP, placedQ, [.. pair.Places.Select(place => place.Place)]);
        }
    }

    /// <summary>The entropy H(P), in nats.</summary>
    public double EntropyP { get; }

    /// <summary>The cross-entropy H(P, Q) = H(P) + D(P‖Q), in nats; +∞ if Q lacks a bin of P.</summary>
    public double CrossEntropy { get; }

    /// <summary>The Kullback-Leibler divergence D(P‖Q), in nats; +∞ if Q lacks a bin of P.</summary>
    public double KullbackLeibler { get; }

    /// <summary>The Kullback-Leibler divergence D(Q‖P), in nats; +∞ if P lacks a bin of Q.</summary>
    public double Reverse { get; }

    /// <summary>D(P‖Q) + D(Q‖P), in nats, with the same smoothed P in both terms. Also called PSI.</summary>
    public double Jeffreys { get; }

    /// <summary>Half of <see cref="Jeffreys"/>, in nats.</summary>
    public double SymmetrisedMean { get; }

    /// <summary>The Jensen-Shannon divergence, in nats, from 0 to ln 2.</summary>
    public double JensenShannon { get; }

    /// <summary>The root of the Jensen-Shannon divergence in bits, from 0 to 1.</summary>
    public double JensenShannonDistance { get; }

    /// <summary>The Hellinger distance, from 0 to 1.</summary>
    public double Hellinger { get; }

    /// <summary>The total variation distance, from 0 to 1.</summary>
    public double TotalVariation { get; }

    /// <summary>The largest difference of a bin's probabilities, from 0 to 1.</summary>
    public double LInfinity { get; }

    /// <summary>Pearson's χ² divergence Σ (p − q)²/q, from 0 to +∞.</summary>
    public double ChiSquare { get; }

    /// <summary>The Kolmogorov-Smirnov distance, from 0 to 1, of the values that are numbers; null for bins without an order.</summary>
    public double? KolmogorovSmirnov { get; }

    /// <summary>The Wasserstein-1 distance in bins: the mean number of bins to move; null for bins without an order.</summary>
    public double? WassersteinInBins { get; }

    /// <summary>The Wasserstein-1 distance in the field's unit, with each bin at its midpoint; null if bins have no positions.</summary>
    public double? Wasserstein { get; }

    /// <summary>The Rényi entropy of P and the Rényi divergence of P from Q for each order, in nats.</summary>
    public IReadOnlyList<(double Order, double Entropy, double Divergence)> Renyi { get; }

    /// <summary>All figures by their JSON keys. Figures that are null are left out.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["entropy_p_nats"] = Value(EntropyP),
            ["entropy_p_bits"] = Value(EntropyP / Math.Log(2)),
            ["cross_entropy_nats"] = Value(CrossEntropy),
            ["kl_nats"] = Value(KullbackLeibler),
            ["kl_reverse_nats"] = Value(Reverse),
            ["jeffreys_nats"] = Value(Jeffreys),
            ["kl_symmetrised_mean_nats"] = Value(SymmetrisedMean),
            ["js_divergence_nats"] = Value(JensenShannon),
            ["js_divergence_bits"] = Value(JensenShannon / Math.Log(2)),
            ["js_distance_base2"] = Value(JensenShannonDistance),
            ["hellinger_distance"] = Value(Hellinger),
            ["total_variation"] = Value(TotalVariation),
            ["l_infinity"] = Value(LInfinity),
            ["chi_square_divergence"] = Value(ChiSquare),
        };
        AddIfPresent(json, "ks_ordered_bins", KolmogorovSmirnov);
        AddIfPresent(json, "wasserstein1_unit_bins", WassersteinInBins);
        AddIfPresent(json, "wasserstein1", Wasserstein);
        foreach (var (order, entropy, divergence) in Renyi)
        {
            var name = double.IsPositiveInfinity(order) ? "inf" : order.ToString("0.0", CultureInfo.InvariantCulture);
            json[$"renyi_entropy_p_{name}_nats"] = Value(entropy);
            json[$"renyi_divergence_{name}_nats"] = Value(divergence);
        }

        return json;
    }

    /// <summary>A figure as JSON. Infinity becomes <c>"inf"</c>, because JSON has no number for it.</summary>
    public static JsonNode Value(double value) => double.IsPositiveInfinity(value) ? JsonValue.Create("inf") : JsonValue.Create(value);

    private static void AddIfPresent(JsonObject json, string key, double? value)
    {
        if (value is { } known)
        {
            json[key] = Value(known);
        }
    }

    // The probabilities of some bins, given that the value lies in one of them. Null if no value does.
    private static double[]? ConditionalOn(IReadOnlyList<int> bins, double[] probabilities)
    {
        var all = bins.Count == probabilities.Length ? 1 : bins.Sum(bin => probabilities[bin]);
        return bins.Count > 0 && all > 0 ? [.. bins.Select(bin => probabilities[bin] / all)] : null;
    }
}
