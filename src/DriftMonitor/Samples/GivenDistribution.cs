using System.Text;
using System.Text.Json;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Samples;

/// <summary>
/// A distribution or sample as given on the command line: JSON (<c>[0.2, 0.8]</c>, <c>{"spam": 8, "ham": 2}</c>), a file of such JSON,
/// a reference file, or a column of a CSV file (<c>flights.csv.gz:dep_delay</c>).
/// </summary>
/// <remarks>There are three kinds: <see cref="GivenWeights"/>, <see cref="GivenColumn"/> and <see cref="GivenReference"/>.</remarks>
internal abstract class GivenDistribution
{
    private const string Forms =
        "use weights such as [0.2,0.8] or {\"spam\":8,\"ham\":2}, a file of them, a reference file, or FILE.csv:COLUMN";

    private protected GivenDistribution(string name) => Name = name;

    /// <summary>The name in messages: the argument, such as <c>P</c>, for JSON on the command line, otherwise the file.</summary>
    public string Name { get; }

    /// <summary>Reads a distribution or sample.</summary>
    /// <param name="argument">The name of the argument: <c>P</c>, <c>Q</c> or <c>SAMPLE</c>.</param>
    /// <param name="text">Its value.</param>
    /// <param name="isCategorical">Whether the values of a column are categories; null to let the values decide.</param>
    /// <exception cref="UsageException">The value cannot be parsed, or is not a distribution.</exception>
    /// <exception cref="SourceException">A file cannot be read.</exception>
    /// <exception cref="ReferenceException">A reference file is invalid.</exception>
    public static GivenDistribution Read(string argument, string text, bool? isCategorical = null)
    {
        if (text.AsSpan().TrimStart() is ['[' or '{', ..])
        {
            return Parse(argument, text);
        }

        if (GivenColumn.Split(text) is { } column)
        {
            return GivenColumn.ReadColumn(column.Path, column.Column, isCategorical);
        }

        if (text.Trim().Length == 0)
        {
            throw new UsageException($"{argument} is empty: {Forms}");
        }

        if (FileFormat.IsCsvName(text))
        {
            throw new UsageException($"{text}: the column is missing: use {text}:COLUMN; {GivenColumn.DescribeColumns(text)}");
        }

        return File.Exists(text) ? ReadJson(text)
            : throw new UsageException(
                $"{argument} is not JSON, and {(Directory.Exists(text) ? $"{text} is a folder" : $"there is no file {text}")}: {Forms}");
    }

    private static GivenDistribution ReadJson(string path)
    {
        string text;
        try
        {
            text = Encoding.UTF8.GetString(SmallFile.Read(path).Span).TrimStart('\ufeff');
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
            throw new UsageException($"{name} is not JSON: {JsonText.Place(e)}; {Forms}", e);
        }

        using (document)
        {
            try
            {
                return path is not null && IsReference(document.RootElement)
                    ? new GivenReference(name, ReferenceFile.Read(path, Reference.DefaultPseudoCount))
                    : GivenWeights.Parse(name, document.RootElement);
            }
            catch (InvalidOperationException e) // thrown when a string is read, not when the document is parsed
            {
                throw new UsageException($"{name}: a label contains half of a surrogate pair: write the complete character", e);
            }
        }
    }

    private static bool IsReference(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String;
}
