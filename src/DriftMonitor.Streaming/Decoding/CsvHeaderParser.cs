using System.Diagnostics.CodeAnalysis;
using System.Text;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>Reads the first row of a CSV file.</summary>
internal static class CsvHeaderParser
{
    /// <summary>Reads the names of the columns.</summary>
    /// <returns>False if the quotes of a cell are malformed, or every name is empty.</returns>
    public static bool TryParse(ReadOnlySpan<byte> row, [NotNullWhen(true)] out CsvHeader? header)
    {
        var names = new List<string>();
        var cells = new CsvCells(row);
        while (cells.MoveNext(out var start, out var length, out var isEscaped))
        {
            var name = Encoding.UTF8.GetString(row.Slice(start, length));
            names.Add(isEscaped ? name.Replace("\"\"", "\"", StringComparison.Ordinal) : name);
        }

        header = cells.IsMalformed || names.TrueForAll(name => name.Length == 0) ? null : new CsvHeader(names);
        return header is not null;
    }
}
