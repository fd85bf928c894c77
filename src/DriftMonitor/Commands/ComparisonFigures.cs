using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Samples;

namespace DriftMonitor.Commands;

/// <summary>Every measure of two distributions, taken once.</summary>
internal sealed class ComparisonFigures
{
    private static readonly double[] Orders = [0, 0.5, 1, 2, double.PositiveInfinity];

    /// <summary>Measures two distributions, each as a monitor's measure of that name takes it where they are smoothed.</summary>
    public ComparisonFigures(PairedDistributions pair)
    {
        double[] p = pair.P.Probabilities.ToArray(), q = pair.Q.Probabilities.ToArray(), smoothed = pair.SmoothedP.Probabilities.ToArray();
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
        if (Given(p, pair.Ordered) is { } orderedP && Given(q, pair.Ordered) is { } orderedQ)
        {
            KolmogorovSmirnov = Divergence.KolmogorovSmirnov(orderedP, orderedQ);
            WassersteinInBins = Divergence.Wasserstein(orderedP, orderedQ, [.. Enumerable.Range(0, orderedP.Length).Select(bin => (double)bin)]);
        }

        var places = pair.Places.Select(place => place.Bin).ToList();
        if (Given(p, places) is { } placedP && Given(q, places) is { } placedQ)
        {
            Wasserstein = Divergence.Wasserstein(placedP, placedQ, [.. pair.Places.Select(place => place.Place)]);
        }
    }

    /// <summary>H(P), in nats.</summary>
    public double EntropyP { get; }

    /// <summary>H(P, Q) = H(P) + D(P‖Q), in nats.</summary>
    public double CrossEntropy { get; }

    /// <summary>D(P‖Q), in nats.</summary>
    public double KullbackLeibler { get; }

    /// <summary>D(Q‖P), in nats.</summary>
    public double Reverse { get; }

    /// <summary>D(P‖Q) + D(Q‖P), in nats: PSI too. Where P is smoothed for the one, it is for the other.</summary>
    public double Jeffreys { get; }

    /// <summary>Half of <see cref="Jeffreys"/>, in nats.</summary>
    public double SymmetrisedMean { get; }

    /// <summary>In nats, at most ln 2.</summary>
    public double JensenShannon { get; }

    /// <summary>From 0 to 1.</summary>
    public double JensenShannonDistance { get; }

    /// <summary>From 0 to 1.</summary>
    public double Hellinger { get; }

    /// <summary>From 0 to 1.</summary>
    public double TotalVariation { get; }

    /// <summary>From 0 to 1.</summary>
    public double LInfinity { get; }

    /// <summary>From 0.</summary>
    public double ChiSquare { get; }

    /// <summary>From 0 to 1; null for bins without an order. Of numbers: given that the value is one.</summary>
    public double? KolmogorovSmirnov { get; }

    /// <summary>The mean number of bins that mass has to go; null for bins without an order.</summary>
    public double? WassersteinInBins { get; }

    /// <summary>The mean way that mass has to go, in the field's unit, each bin at its midpoint; null where bins have no place on an axis.</summary>
    public double? Wasserstein { get; }

    /// <summary>Rényi's entropy of P and divergence of P from Q by order, in nats.</summary>
    public IReadOnlyList<(double Order, double Entropy, double Divergence)> Renyi { get; }

    /// <summary>The figures by their keys on the wire; what has no order has no Kolmogorov-Smirnov or Wasserstein distance, and no key of it.</summary>
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
        AddIfAny(json, "ks_ordered_bins", KolmogorovSmirnov);
        AddIfAny(json, "wasserstein1_unit_bins", WassersteinInBins);
        AddIfAny(json, "wasserstein1", Wasserstein);
        foreach (var (order, entropy, divergence) in Renyi)
        {
            var name = double.IsPositiveInfinity(order) ? "inf" : order.ToString("0.0", CultureInfo.InvariantCulture);
            json[$"renyi_entropy_p_{name}_nats"] = Value(entropy);
            json[$"renyi_divergence_{name}_nats"] = Value(divergence);
        }

        return json;
    }

    /// <summary>A figure in JSON, which has no infinity: <c>"inf"</c>.</summary>
    public static JsonNode Value(double value) => double.IsPositiveInfinity(value) ? JsonValue.Create("inf") : JsonValue.Create(value);

    private static void AddIfAny(JsonObject json, string key, double? value)
    {
        if (value is { } known)
        {
            json[key] = Value(known);
        }
    }

    // The probabilities of some bins, given that the value lies in one of them; null where none ever does.
    private static double[]? Given(double[] probabilities, IReadOnlyList<int> bins)
    {
        var all = bins.Count == probabilities.Length ? 1 : bins.Sum(bin => probabilities[bin]);
        return bins.Count > 0 && all > 0 ? [.. bins.Select(bin => probabilities[bin] / all)] : null;
    }
}
