using System.Globalization;
using System.Text.Json;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Metrics;

namespace DriftMonitor.Samples;

/// <summary>A distribution from weights of bins: probabilities or counts, by position or by label.</summary>
internal sealed class GivenWeights : GivenDistribution
{
    private const int MaxExcerpt = 40; // in characters, of a faulty weight in a message

    private GivenWeights(string name, IReadOnlyList<string>? labels, Distribution shares)
        : base(name)
    {
        Labels = labels;
        Shares = shares;
    }

    /// <summary>The distinct labels of the bins in the order given; null for an array, whose bins are known by position.</summary>
    public IReadOnlyList<string>? Labels { get; }

    /// <summary>The probabilities as given, or each count divided by the sum of the counts.</summary>
    public Distribution Shares { get; }

    /// <summary>Parses an array of weights or an object of labels and weights.</summary>
    /// <exception cref="UsageException">It is neither, a weight is wrong, or a label is repeated.</exception>
    internal static GivenWeights Parse(string name, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Array:
                var items = json.EnumerateArray().Index().Select(item => ParseWeight(item.Item, $"{name}: weight {item.Index + 1}"));
                return new(name, null, Normalize(name, [.. items]));
            case JsonValueKind.Object:
                var labels = DistinctLabels(name, json);
                var weights =
                    from weight in json.EnumerateObject()
                    select ParseWeight(weight.Value, $"{name}: the weight of \"{weight.Name}\"");
                return new(name, labels, Normalize(name, [.. weights]));
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

    private static double ParseWeight(JsonElement json, string place)
    {
        var rule = json.ValueKind != JsonValueKind.Number ? "weights must be numbers"
            : !double.IsFinite(json.GetDouble()) ? "weights must be finite"
            : json.GetDouble() < 0 ? "weights must not be negative"
            : null;
        return rule is null ? json.GetDouble() : throw new UsageException($"{place} is {Excerpt(json)}: {rule}");
    }

    private static string Excerpt(JsonElement json) =>
        json.GetRawText() is { Length: > MaxExcerpt } text ? text[..MaxExcerpt] + "…" : json.GetRawText();

    private static Distribution Normalize(string name, double[] weights)
    {
        if (weights.Length == 0)
        {
            throw new UsageException($"{name} is empty: give at least one weight");
        }

        var sum = weights.Sum();
        if (Math.Abs(sum - 1) <= Distribution.SumTolerance)
        {
            return Distribution.FromProbabilities(weights);
        }

        if (!Array.TrueForAll(weights, weight => Math.Floor(weight) == weight))
        {
            throw new UsageException(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: the weights sum to {sum:G12}: use probabilities that sum to 1, or counts, which are whole numbers"));
        }

        return sum is > 0 and < double.PositiveInfinity
            ? Distribution.FromProbabilities(Array.ConvertAll(weights, weight => weight / sum))
            : throw new UsageException(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: the weights sum to {sum}: use counts, at least one of them above 0, or probabilities that sum to 1"));
    }
}
