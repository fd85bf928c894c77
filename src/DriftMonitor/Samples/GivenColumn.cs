using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;
using DriftMonitor.Streaming.Sources.Files;
using DriftMonitor.Wording;

namespace DriftMonitor.Samples;

/// <summary>A sample: the values of a column of a CSV file.</summary>
internal sealed class GivenColumn : GivenDistribution
{
    private const int MaxRowBytes = 1024 * 1024;
    private const int MaxListedColumns = 20; // in a message

    private GivenColumn(string name, FieldSample sample, RejectionCounts rejected, FirstRejections firstRejected)
        : base(name)
    {
        Sample = sample;
        Rejected = rejected;
        FirstRejected = firstRejected;
    }

    /// <summary>The values, including empty cells.</summary>
    public FieldSample Sample { get; }

    /// <summary>The number of rows that could not be read, by reason.</summary>
    public RejectionCounts Rejected { get; }

    /// <summary>The first row of each reason that could not be read.</summary>
    public FirstRejections FirstRejected { get; }

    /// <summary>Splits <c>FILE.csv:COLUMN</c>. The file and the column may contain colons themselves.</summary>
    /// <returns>Null if the text does not have this form.</returns>
    internal static (string Path, string Column)? Split(string text)
    {
        for (var colon = text.IndexOf(':', StringComparison.Ordinal); colon >= 0; colon = text.IndexOf(':', colon + 1))
        {
            if (FileFormat.IsCsvName(text[..colon]))
            {
                return (text[..colon], text[(colon + 1)..]);
            }
        }

        return null;
    }

    /// <summary>Reads a column.</summary>
    /// <param name="path">The CSV file.</param>
    /// <param name="column">The column's name in the header.</param>
    /// <param name="isCategorical">Whether the values are categories; null to let the values decide.</param>
    /// <exception cref="UsageException">The file has no such column, or no row.</exception>
    /// <exception cref="SourceException">The file cannot be read.</exception>
    internal static GivenColumn ReadColumn(string path, string column, bool? isCategorical)
    {
        using var source = Open(path);
        var events = new EventCursor(source);
        EventDecoder? decoder = null;
        var sample = new FieldSample(new PaneGrid(TimeSpan.FromDays(1)), isCategorical);
        var rejected = new RejectionCounts();
        var firstRejected = new FirstRejections();
        while (events.Next(TimeSpan.Zero, out var raw) is var signal && signal != SourceSignal.End)
        {
            if (signal != SourceSignal.Event)
            {
                continue;
            }

            decoder ??= raw.Header!.Columns.Contains(column)
                ? new EventDecoder([FieldPath.OfColumn(column)])
                : throw new UsageException($"{path} has no column \"{column}\": {DescribeColumns(raw.Header.Columns)}");
            var rejection = decoder.Decode(raw);
            if (rejection == Rejection.None)
            {
                sample.Add(default, decoder, 0, raw.Value);
            }
            else
            {
                rejected.Add(rejection);
                firstRejected.Add(rejection, raw);
            }
        }

        return sample.Count > 0
            ? new GivenColumn($"{path}:{column}", sample, rejected, firstRejected)
            : throw new UsageException(
                $"{path} has no row that can be read: "
                + (RejectionText.Describe(null, "row", rejected.Total, rejected, firstRejected) is { } losses
                    ? losses
                    : "use a file with a header and at least one row"));
    }

    /// <summary>The columns of a CSV file, for a message.</summary>
    /// <exception cref="SourceException">The file cannot be read.</exception>
    internal static string DescribeColumns(string path)
    {
        using var source = Open(path);
        var events = new EventCursor(source);
        while (events.Next(TimeSpan.Zero, out var raw) is var signal && signal != SourceSignal.End)
        {
            if (signal == SourceSignal.Event)
            {
                return DescribeColumns(raw.Header!.Columns);
            }
        }

        return "the file has no rows";
    }

    private static string DescribeColumns(IReadOnlyList<string> columns)
    {
        columns = [.. columns.Select(ShowBlanks)];
        if (columns.Count == 1)
        {
            return $"its only column is {columns[0]}";
        }

        var more = columns.Count > MaxListedColumns ? $" and {columns.Count - MaxListedColumns} more" : "";
        return $"its columns are {string.Join(", ", columns.Take(MaxListedColumns))}{more}";
    }

    // In quotes where it begins or ends with a blank, which nobody would see otherwise.
    private static string ShowBlanks(string column)
    {
        var name = OneLine.Name(column);
        return name.Trim().Length == name.Length ? name : $"\"{name}\"";
    }

    private static FileSource Open(string path) => new([path], MaxRowBytes, Stream () => throw new NotSupportedException());
}
