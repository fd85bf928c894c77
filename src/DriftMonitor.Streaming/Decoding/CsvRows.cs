using System.Text.Unicode;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>How a row of CSV fits its header.</summary>
public static class CsvRows
{
    /// <summary>What is wrong with a row that is malformed, as the end of a sentence: <c>has 3 cells where the header has 5</c>.</summary>
    /// <param name="row">The row.</param>
    /// <param name="header">The header.</param>
    public static string DescribeFault(ReadOnlySpan<byte> row, CsvHeader header)
    {
        if (!Utf8.IsValid(row))
        {
            return "is not UTF-8";
        }

        var cells = new CsvCells(row, header);
        while (cells.MoveNext(out _, out _, out _))
        {
        }

        var count = CountCells(row, header);
        return cells.IsMalformed
            ? "has a quote that is not closed, or that text follows"
            : $"has {count} cell{(count == 1 ? "" : "s")} where the header has {header.Columns.Count}";
    }

    /// <summary>
    /// Whether a row has a cell for each named column, and nothing beyond the last column: empty cells at the end, and columns without a
    /// name, come from separators at the end of rows or of the header.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <param name="header">The header.</param>
    /// <param name="count">The number of its cells.</param>
    internal static bool Fits(ReadOnlySpan<byte> row, CsvHeader header, out int count)
    {
        var cells = new CsvCells(row, header);
        var hasMoreThanColumns = false;
        for (count = 0; cells.MoveNext(out _, out var length, out _); count++)
        {
            hasMoreThanColumns |= length > 0 && count >= header.Columns.Count;
        }

        return count >= header.RequiredCells && !hasMoreThanColumns && !cells.IsMalformed;
    }

    /// <summary>The number of a row's cells.</summary>
    internal static int CountCells(ReadOnlySpan<byte> row, CsvHeader header)
    {
        Fits(row, header, out var count);
        return count;
    }

    /// <summary>Whether a row is a comment: it begins with <c>#</c> and has not the cells of the header.</summary>
    /// <param name="row">The row.</param>
    /// <param name="header">The header.</param>
    /// <param name="hasComments">Whether there are comments above the header; otherwise only a row of one cell is a comment.</param>
    internal static bool IsComment(ReadOnlySpan<byte> row, CsvHeader header, bool hasComments) =>
        row is [(byte)'#', ..] && !Fits(row, header, out var cells) && (hasComments || cells == 1);
}
