using System.Globalization;
using System.Text.Json;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Metrics;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Samples;

/// <summary>A distribution or sample can't be used; the message is one line: which, what and where, and the remedy.</summary>
internal sealed class GivenException : Exception
{
    /// <summary>One that can't be used.</summary>
    public GivenException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}

/// <summary>
/// A distribution or sample as somebody at a terminal gives it: JSON (<c>[0.2, 0.8]</c>, <c>{"spam": 8, "ham": 2}</c>), a file of such JSON, a reference file, or a column of a CSV file (<c>flights.csv.gz:dep_delay</c>).
/// </summary>
/// <remarks>Three kinds exist, <see cref="GivenWeights"/>, <see cref="GivenColumn"/> and <see cref="GivenReference"/>, and no other can.</remarks>
internal abstract class GivenDistribution
{
    private const int MaxRowBytes = 1024 * 1024;

    private protected GivenDistribution(string name) => Name = name;

    /// <summary>What messages call it: its part, such as <c>P</c>, where it was written out, else its file.</summary>
    public string Name { get; }

    /// <summary>Reads what was given.</summary>
    /// <param name="part">The part that it plays: <c>P</c>, <c>Q</c>, <c>SAMPLE</c>.</param>
    /// <param name="text">What was given.</param>
    /// <param name="isCategorical">Whether the values of a column are to be taken as categories; null where they decide.</param>
    /// <exception cref="GivenException">It is not understood, or not possible.</exception>
    /// <exception cref="SourceException">A file cannot be read.</exception>
    /// <exception cref="ReferenceException">A reference file is wrong.</exception>
    public static GivenDistribution Read(string part, string text, bool? isCategorical = null)
    {
        if (text.AsSpan().TrimStart() is ['[' or '{', ..])
        {
            return Parse(part, text);
        }

        if (ColumnOf(text) is { } column)
        {
            return ReadColumn(column.Path, column.Column, isCategorical);
        }

        if (text.Trim().Length == 0)
        {
            throw new GivenException($"{part} is empty: {Forms}");
        }

        return IsCsv(text) ? throw new GivenException($"{text}: which column? Write {text}:COLUMN; there {Columns(text)}")
            : File.Exists(text) ? ReadJson(text)
            : throw new GivenException($"{part} is no JSON, and {(Directory.Exists(text) ? $"{text} is a folder" : $"there is no file {text}")}: {Forms}");
    }

    private const string Forms = "write weights such as [0.2,0.8] or {\"spam\":8,\"ham\":2}, or name a file of them, a reference file, or FILE.csv:COLUMN";

    private static bool IsCsv(string path) => path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".csv.gz", StringComparison.OrdinalIgnoreCase);

    private static (string Path, string Column)? ColumnOf(string text)
    {
        for (var colon = text.IndexOf(':', StringComparison.Ordinal); colon >= 0; colon = text.IndexOf(':', colon + 1))
        {
            if (IsCsv(text[..colon]))
            {
                return (text[..colon], text[(colon + 1)..]);
            }
        }

        return null;
    }

    private static GivenDistribution ReadJson(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SourceException($"cannot read {path}: {e.Message}", e);
        }

        return Parse(path, text, path);
    }

    private static GivenDistribution Parse(string name, string text, string? path = null)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text, JsonText.Lenient);
        }
        catch (JsonException e)
        {
            throw new GivenException($"{name} is no JSON: {JsonText.Place(e)}; {Forms}", e);
        }

        using (document)
        {
            var root = document.RootElement;
            try
            {
                return path is not null && root.ValueKind == JsonValueKind.Object && root.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String
                    ? new GivenReference(name, ReferenceFile.Read(path, Reference.DefaultPseudoCount))
                    : GivenWeights.Of(name, root);
            }
            catch (InvalidOperationException e)
            {
                throw new GivenException($"{name}: a label in it holds half a surrogate pair: write the label in full", e); // the parser looks into strings only when they are asked for
            }
        }
    }

    private static GivenColumn ReadColumn(string path, string column, bool? isCategorical)
    {
        using var source = new FileSource([path], MaxRowBytes, Stream () => throw new NotSupportedException());
        EventDecoder? decoder = null;
        var sample = new FieldSample(new PaneGrid(TimeSpan.FromDays(1)), isCategorical);
        var rejected = new RejectionCounts();
        while (source.Next(TimeSpan.Zero, out var raw) is var signal && signal != SourceSignal.End)
        {
            if (signal != SourceSignal.Event)
            {
                continue;
            }

            decoder ??= raw.Header!.Columns.Contains(column)
                ? new EventDecoder([FieldPath.OfColumn(column)])
                : throw new GivenException($"{path} has no column \"{column}\": there {List(raw.Header.Columns)}");
            var rejection = decoder.Decode(raw);
            if (rejection == Rejection.None)
            {
                sample.Add(default, decoder, 0, raw.Value);
            }
            else
            {
                rejected.Add(rejection);
            }
        }

        return sample.Count > 0
            ? new GivenColumn($"{path}:{column}", sample, rejected)
            : throw new GivenException($"{path} holds no row that can be read: name a file with a header and a row at least");
    }

    private static string Columns(string path)
    {
        using var source = new FileSource([path], MaxRowBytes, Stream () => throw new NotSupportedException());
        while (source.Next(TimeSpan.Zero, out var raw) is var signal && signal != SourceSignal.End)
        {
            if (signal == SourceSignal.Event)
            {
                return List(raw.Header!.Columns);
            }
        }

        return "is no row in it";
    }

    private static string List(IReadOnlyList<string> columns)
    {
        const int Most = 20;
        return (columns.Count == 1 ? "is " : "are ") + string.Join(", ", columns.Take(Most)) + (columns.Count > Most ? string.Create(CultureInfo.InvariantCulture, $" and {columns.Count - Most} more") : "");
    }
}

/// <summary>Weights of bins: probabilities or counts, by position or by label.</summary>
internal sealed class GivenWeights : GivenDistribution
{
    private GivenWeights(string name, IReadOnlyList<string>? labels, Distribution shares)
        : base(name)
    {
        Labels = labels;
        Shares = shares;
    }

    /// <summary>The bins' labels, each once, in the order written; null for an array, whose bins are known by position.</summary>
    public IReadOnlyList<string>? Labels { get; }

    /// <summary>The probabilities as they were written, or each count's share.</summary>
    public Distribution Shares { get; }

    internal static GivenWeights Of(string name, JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => new(name, null, Share(name, [.. json.EnumerateArray().Index().Select(weight => Weight(weight.Item, string.Create(CultureInfo.InvariantCulture, $"{name}: weight {weight.Index + 1}")))])),
        JsonValueKind.Object => new(name, Distinct(name, json), Share(name, [.. json.EnumerateObject().Select(weight => Weight(weight.Value, $"{name}: the weight of \"{weight.Name}\""))])),
        _ => throw new GivenException($"{name} is neither an array of weights nor an object of labels and weights: write [0.2,0.8] or {{\"spam\":8,\"ham\":2}}"),
    };

    private static List<string> Distinct(string name, JsonElement json)
    {
        var labels = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var weight in json.EnumerateObject())
        {
            labels.Add(known.Add(weight.Name) ? weight.Name : throw new GivenException($"{name}: the label \"{weight.Name}\" stands twice: write each label once"));
        }

        return labels;
    }

    private static double Weight(JsonElement json, string place) =>
        json.ValueKind != JsonValueKind.Number ? throw new GivenException($"{place} is {Excerpt(json)}: weights are numbers")
        : json.GetDouble() is var weight && !double.IsFinite(weight) ? throw new GivenException($"{place} is {Excerpt(json)}: weights are finite")
        : weight < 0 ? throw new GivenException($"{place} is {Excerpt(json)}: weights are not negative")
        : weight;

    private static string Excerpt(JsonElement json) => json.GetRawText() is { Length: > 40 } text ? text[..40] + "…" : json.GetRawText();

    private static Distribution Share(string name, double[] weights)
    {
        if (weights.Length == 0)
        {
            throw new GivenException($"{name} is empty: write a weight at least");
        }

        var sum = weights.Sum();
        if (Math.Abs(sum - 1) <= Distribution.SumTolerance)
        {
            return Distribution.FromProbabilities(weights);
        }

        if (!Array.TrueForAll(weights, weight => Math.Floor(weight) == weight))
        {
            throw new GivenException(string.Create(CultureInfo.InvariantCulture, $"{name}: the weights sum to {sum:G12}: probabilities sum to 1, and counts are whole numbers"));
        }

        return sum is > 0 and < double.PositiveInfinity
            ? Distribution.FromProbabilities(Array.ConvertAll(weights, weight => weight / sum))
            : throw new GivenException(string.Create(CultureInfo.InvariantCulture, $"{name}: the weights sum to {sum}: write counts, one of them above 0, or probabilities, which sum to 1"));
    }
}

/// <summary>The values of a column of a CSV file.</summary>
internal sealed class GivenColumn : GivenDistribution
{
    internal GivenColumn(string name, FieldSample sample, RejectionCounts rejected)
        : base(name)
    {
        Sample = sample;
        Rejected = rejected;
    }

    /// <summary>The values, empty cells included.</summary>
    public FieldSample Sample { get; }

    /// <summary>Rows that could not be read.</summary>
    public RejectionCounts Rejected { get; }
}

/// <summary>The counts of a reference file.</summary>
internal sealed class GivenReference : GivenDistribution
{
    internal GivenReference(string name, ReferenceFile file)
        : base(name) => File = file;

    /// <summary>The file.</summary>
    public ReferenceFile File { get; }
}
