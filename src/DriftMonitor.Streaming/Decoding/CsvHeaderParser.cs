using System.Diagnostics.CodeAnalysis;
using System.Text;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>Reads the first row of a CSV file.</summary>
internal static class CsvHeaderParser
{
    /// <summary>Reads the names of the columns, and whether blanks around separators belong to them.</summary>
    /// <remarks>
    /// Cells are padded if a blank follows every separator of the header, or precedes every one. If only some names begin or end with a
    /// blank, it is part of these names.
    /// </remarks>
    /// <param name="row">The row.</param>
    /// <param name="separator">What separates cells.</param>
    /// <param name="header">The header.</param>
    /// <returns>False if the quotes of a cell are malformed, or every name is empty.</returns>
    public static bool TryParse(ReadOnlySpan<byte> row, byte separator, [NotNullWhen(true)] out CsvHeader? header)
    {
        var isPadded = IsPadded(row, separator);
        var names = new List<string>();
        var cells = new CsvCells(row, separator, isPadded);
        while (cells.MoveNext(out var start, out var length, out var isEscaped))
        {
            var name = Encoding.UTF8.GetString(row.Slice(start, length));
            names.Add(isEscaped ? name.Replace("\"\"", "\"", StringComparison.Ordinal) : name);
        }

        header = cells.IsMalformed || names.TrueForAll(name => name.Length == 0) ? null
            : new CsvHeader(names) { Separator = separator, IsPadded = isPadded };
        return header is not null;
    }

    private static bool IsPadded(ReadOnlySpan<byte> row, byte separator)
    {
        var cells = new CsvCells(row, separator, isPadded: true);
        var (count, after, before, isLastEmpty) = (0, 0, 0, false); // separators, and how many of them have a blank after and before them
        var end = 0; // of the cell before, without its blanks and quotes
        while (cells.MoveNext(out var start, out var length, out _))
        {
            if (count++ > 0)
            {
                var between = row[end..start];
                var at = between.IndexOf(separator);
                isLastEmpty = at + 1 == between.Length && start == row.Length;
                after += at + 1 < between.Length && between[at + 1] == ' ' ? 1 : 0;
                before += at > 0 && between[at - 1] == ' ' ? 1 : 0;
            }

            end = start + length;
        }

        var separators = count - 1;
        return (before > 0 && before == separators) || (after > 0 && after == separators - (isLastEmpty ? 1 : 0));
    }
}
