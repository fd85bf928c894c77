using System.Globalization;
using System.Text.Json;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Metrics;

namespace DriftMonitor.Samples;

/// <summary>A distribution from weights of bins: probabilities, percentages or counts, by position or by label.</summary>
internal sealed class GivenWeights : GivenDistribution
{
    private const int MaxExcerpt = 40; // in characters, of a faulty weight in a message
    private const double MostRounding = 1; // by which rounding may move the sum of many percentages

    private GivenWeights(string name, IReadOnlyList<string>? labels, Weight[] weights)
        : base(name)
    {
        Labels = labels;
        (Shares, Counted, Note) = Normalize(name, weights);
    }

    /// <summary>The distinct labels of the bins in the order given; null for an array, whose bins are known by position.</summary>
    public IReadOnlyList<string>? Labels { get; }

    /// <summary>The probabilities as given, or each count or percentage divided by their sum.</summary>
    public Distribution Shares { get; }

    /// <summary>How many values were counted; null where the weights are probabilities or percentages.</summary>
    public double? Counted { get; }

    /// <summary>What the weights were taken for, where that is not plain; null otherwise.</summary>
    public string? Note { get; }

    /// <summary>Parses an array of weights or an object of labels and weights.</summary>
    /// <exception cref="UsageException">It is neither, a weight is wrong, or a label is repeated.</exception>
    internal static GivenWeights Parse(string name, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Array:
                var items = json.EnumerateArray().Index().Select(item => ParseWeight(item.Item, $"{name}: weight {item.Index + 1}"));
                return new(name, null, [.. items]);
            case JsonValueKind.Object:
                var labels = DistinctLabels(name, json);
                var weights =
                    from weight in json.EnumerateObject()
                    select ParseWeight(weight.Value, $"{name}: the weight of \"{weight.Name}\"");
                return new(name, labels, [.. weights]);
            default:
                throw new UsageException(
                    $"{name} is neither an array of weights nor an object of labels and weights: "
                    + "use [0.2,0.8] or {\"spam\":8,\"ham\":2}");
        }
    }

    private static List<string> DistinctLabels(string name, JsonElement json)
    {
        var labels = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var weight in json.EnumerateObject())
        {
            labels.Add(known.Add(weight.Name)
                ? weight.Name
                : throw new UsageException($"{name}: the label \"{weight.Name}\" is repeated: write each label once"));
        }

        return labels;
    }

    private static Weight ParseWeight(JsonElement json, string place)
    {
        var rule = json.ValueKind != JsonValueKind.Number ? "weights must be numbers"
            : !double.IsFinite(json.GetDouble()) ? "weights must be finite"
            : json.GetDouble() < 0 ? "weights must not be negative"
            : null;
        return rule is null ? new Weight(json.GetDouble(), RoundingOf(json.GetRawText()))
            : throw new UsageException($"{place} is {Excerpt(json)}: {rule}");
    }

    private static string Excerpt(JsonElement json) =>
        json.GetRawText() is { Length: > MaxExcerpt } text ? text[..MaxExcerpt] + "…" : json.GetRawText();

    // Half of the last digit that is written: 0.05 for 33.3 and for 3.33e1.
    private static double RoundingOf(string number)
    {
        var exponent = number.IndexOfAny(['e', 'E']);
        var mantissa = exponent < 0 ? number : number[..exponent];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : mantissa.Length - point - 1;
        var shift = exponent < 0 ? 0 : double.Parse(number[(exponent + 1)..], CultureInfo.InvariantCulture);
        return 0.5 * Math.Pow(10, shift - decimals);
    }

    private static (Distribution Shares, double? Counted, string? Note) Normalize(string name, Weight[] weights)
    {
        if (weights.Length == 0)
        {
            throw new UsageException($"{name} is empty: give at least one weight");
        }

        var values = Array.ConvertAll(weights, weight => weight.Value);
        var sum = values.Sum();
        if (Math.Abs(sum - 1) <= Distribution.SumTolerance)
        {
            return (Distribution.FromProbabilities(values), null, null);
        }

        if (Array.TrueForAll(values, weight => Math.Floor(weight) == weight))
        {
            return (Shares(), sum, null);
        }

        // Where each is rounded to the same digit, their sum is off by at most half of that digit for each. Trailing zeros may be left out.
        var rounding = Math.Min(weights.Min(weight => weight.Rounding) * weights.Length, MostRounding);
        return Math.Abs(sum - 100) <= rounding + 100 * Distribution.SumTolerance
            ? (Shares(), null, string.Create(
                CultureInfo.InvariantCulture, $"{name}: the weights sum to {sum:G12}: taken for percentages, each divided by the sum"))
            : throw new UsageException(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: the weights sum to {sum:G12}: use probabilities that sum to 1, percentages that sum to 100, or counts, which are "
                + $"whole numbers"));

        Distribution Shares() => sum is > 0 and < double.PositiveInfinity
            ? Distribution.FromProbabilities(Array.ConvertAll(values, weight => weight / sum))
            : throw new UsageException(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: the weights sum to {sum}: use counts, at least one of them above 0, or probabilities that sum to 1"));
    }

    /// <summary>A weight, and by how much the number may have been rounded.</summary>
    private readonly record struct Weight(double Value, double Rounding);
}
