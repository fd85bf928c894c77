using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>
/// Examines the beginning of a CSV file: finds the header below comments and a line <c>sep=;</c>, and what separates its cells.
/// </summary>
/// <remarks>
/// A separator is taken if the header and the rows below it agree on it. Where two agree, or none of the first rows has the cells of the
/// header, the file is refused.
/// </remarks>
internal static class CsvOpening
{
    private const int MostListedColumns = 10; // in a note
    private static readonly byte[] Separators = [(byte)',', (byte)';', (byte)'\t', (byte)'|'];

    /// <summary>Examines the beginning of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="sample">Its first bytes, without a byte order mark.</param>
    /// <param name="isWhole">Whether these are all.</param>
    /// <exception cref="SourceException">There is no header, or it is not certain how rows are divided into cells.</exception>
    public static FileOpening Examine(InputFile file, ReadOnlySpan<byte> sample, bool isWhole)
    {
        var top = Top.Read(sample);
        if (top.HeaderAt < 0)
        {
            throw NoHeader(file);
        }

        var candidates = new List<Candidate>();
        byte[] separators = top.Separator is { } given ? [given] : Separators;
        foreach (var separator in separators)
        {
            // What does not occur in the header separates nothing; commas stand for this case.
            if (Candidate.TryRead(sample, top, separator, isWhole, out var candidate)
                && (candidate.Header.Columns.Count > 1 || separator == separators[0]))
            {
                candidates.Add(candidate);
            }
        }

        if (candidates.Count == 0)
        {
            throw NoHeader(file);
        }

        var chosen = Choose(file, top, candidates);
        RefuseUnsureComment(file, top, chosen.Header, sample);
        if (!Utf8.IsValid(sample[top.HeaderAt..chosen.End]))
        {
            throw new SourceException($"{file.Name}: the header in row {top.HeaderRow} is not UTF-8: {TextEncoding.Remedy}");
        }

        if (chosen is { Rows: > 0, Fitting: 0 })
        {
            throw NoRowFits(file, chosen);
        }

        var header = chosen.Header;
        if (header.Separator == ';')
        {
            header = header with { DecimalMarks = chosen.FindDecimalMarks(sample) };
        }

        return new FileOpening(chosen.End, chosen.HeaderRow, header, top.HasComments, DescribeGuess(file, chosen));
    }

    private static string? DescribeGuess(InputFile file, Candidate chosen)
    {
        if (FileFormat.IsCsvName(file.Path))
        {
            return null;
        }

        var header = chosen.Header;
        var shown = string.Join(", ", header.Columns.Take(MostListedColumns));
        var more = header.Columns.Count > MostListedColumns ? $" and {header.Columns.Count - MostListedColumns} more" : "";
        return $"{file.Name} was read as CSV, because its first line is not JSON: its header is row {chosen.HeaderRow}, with "
            + $"{CountColumns(header)} ({shown}{more})";
    }

    private static Candidate Choose(InputFile file, in Top top, List<Candidate> candidates)
    {
        var several = candidates.FindAll(candidate => candidate.Header.Columns.Count > 1);
        var consistent = several.FindAll(candidate => candidate.IsConsistent);
        if (consistent.Count == 1)
        {
            return consistent[0];
        }

        if (consistent.Count > 1)
        {
            var (one, other) = (consistent[0].Header, consistent[1].Header);
            throw new SourceException(
                $"{file.Name}: row {top.HeaderRow} can be divided at {NameOf(one.Separator)} ({one.Columns.Count} cells) or at "
                + $"{NameOf(other.Separator)} ({other.Columns.Count} cells): write the separator into the first line, as sep=;");
        }

        // The separator that fits most rows; if none fits any, there may be one column, whose name contains another separator.
        var best = several.MaxBy(candidate => candidate.Fitting);
        return best is { Fitting: > 0 } ? best
            : candidates.Find(candidate => candidate.Header.Columns.Count == 1 && candidate.IsConsistent) ?? best ?? candidates[0];
    }

    // A comment that could be the header as well.
    private static void RefuseUnsureComment(InputFile file, in Top top, CsvHeader header, ReadOnlySpan<byte> sample)
    {
        if (top.CommentAt < 0 || header.Columns.Count == 1)
        {
            return;
        }

        var comment = sample[top.CommentAt..];
        var cells = CsvRows.CountCells(comment[..comment.IndexOf((byte)'\n')], header);
        if (cells == header.Columns.Count)
        {
            throw new SourceException(
                $"{file.Name}: row {top.CommentRow} begins with # and has as many cells ({cells}) as row {top.HeaderRow}: if it is the "
                + "header, remove the #; if it is a comment, remove the row");
        }
    }

    private static SourceException NoHeader(InputFile file) =>
        new($"{file.Name}: the first row is not a CSV header: it must name the columns");

    private static SourceException NoRowFits(InputFile file, Candidate chosen)
    {
        var (columns, cells) = (chosen.Header.Columns.Count, chosen.FirstMisfit.Cells);
        if (cells >= chosen.Header.RequiredCells && cells <= columns)
        {
            return new SourceException(
                $"{file.Name}: row {chosen.FirstMisfit.Row} has a quote that is not closed, or that text follows: quote the whole cell, "
                + "and double the quotes in it");
        }

        var remedy = columns == 1
            ? "if a cell contains a separator, quote it; if the rows have several columns, name them all in the header"
            : "give each row as many cells as the header, quote cells that contain the separator, or write another separator into the "
                + "first line, as sep=;";
        return new SourceException(
            $"{file.Name}: row {chosen.FirstMisfit.Row} has {Cells(cells)}, but the header in row "
            + $"{chosen.HeaderRow} has {CountColumns(chosen.Header)}: {remedy}");
    }

    private static string CountColumns(CsvHeader header) => header.Columns.Count == 1
        ? "1 column"
        : $"{header.Columns.Count} columns separated by {NameOf(header.Separator)}";

    private static string Cells(int count) => $"{count} cell{(count == 1 ? "" : "s")}";

    private static string NameOf(byte separator) => separator switch
    {
        (byte)',' => "commas",
        (byte)';' => "semicolons",
        (byte)'\t' => "tabs",
        (byte)'|' => "vertical bars",
        _ => $"\"{(char)separator}\"",
    };

    /// <summary>What precedes the header.</summary>
    /// <param name="HeaderAt">Where the header begins; −1 where there is none.</param>
    /// <param name="HeaderRow">Its row.</param>
    /// <param name="Separator">The separator that a line <c>sep=;</c> gives; null without one.</param>
    /// <param name="CommentAt">Where the last comment begins; −1 where there is none.</param>
    /// <param name="CommentRow">Its row.</param>
    private readonly record struct Top(int HeaderAt, int HeaderRow, byte? Separator, int CommentAt, int CommentRow)
    {
        public bool HasComments => CommentAt >= 0;

        public static Top Read(ReadOnlySpan<byte> sample)
        {
            var top = new Top(-1, 0, null, -1, 0);
            for (int at = 0, row = 1; at < sample.Length; row++)
            {
                var end = sample[at..].IndexOf((byte)'\n');
                var line = (end < 0 ? sample[at..] : sample.Slice(at, end)).TrimEnd(" \r"u8);
                if (row == 1 && SeparatorOf(line) is { } separator)
                {
                    top = top with { Separator = separator };
                }
                else if (line is [(byte)'#', ..])
                {
                    top = top with { CommentAt = at, CommentRow = row };
                }
                else if (!line.IsEmpty)
                {
                    top = top with { HeaderAt = at, HeaderRow = row };
                    break;
                }

                at = end < 0 ? sample.Length : at + end + 1;
            }

            return top.WithoutNamedComment(sample);
        }

        // "#id,name" without a blank, right above rows with as many cells, is a header whose first column is named #id.
        private Top WithoutNamedComment(ReadOnlySpan<byte> sample)
        {
            if (CommentAt < 0 || sample[CommentAt..] is [_, (byte)' ' or (byte)'\t' or (byte)'#' or (byte)'\r' or (byte)'\n', ..] or [_])
            {
                return this;
            }

            var comment = LineAt(sample, CommentAt);
            if (HeaderAt >= 0 && !HasSameCells(comment, LineAt(sample, HeaderAt)))
            {
                return this;
            }

            return this with { HeaderAt = CommentAt, HeaderRow = CommentRow, CommentAt = -1, CommentRow = 0 };
        }

        private bool HasSameCells(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
        {
            foreach (var separator in Separators)
            {
                var header = new CsvHeader(["-"]) { Separator = Separator ?? separator };
                var cells = CsvRows.CountCells(one, header);
                if (cells > 1 && cells == CsvRows.CountCells(other, header))
                {
                    return true;
                }
            }

            return one.IndexOfAny(Separators) < 0 && other.IndexOfAny(Separators) < 0;
        }

        private static ReadOnlySpan<byte> LineAt(ReadOnlySpan<byte> sample, int at)
        {
            var end = sample[at..].IndexOf((byte)'\n');
            return end < 0 ? sample[at..] : sample.Slice(at, end);
        }

        private static byte? SeparatorOf(ReadOnlySpan<byte> line)
        {
            var text = line is [(byte)'"', .. var inner, (byte)'"'] ? inner : line;
            var isGiven = text.Length == 5 && Ascii.EqualsIgnoreCase(text[..4], "sep="u8);
            return isGiven && text[4] != '"' && text[4] < 0x80 && !char.IsAsciiLetterOrDigit((char)text[4]) ? text[4] : null;
        }
    }

    /// <summary>A separator, and how the first rows look if it is taken.</summary>
    private sealed class Candidate
    {
        private Candidate(CsvHeader header, int end, int headerRow) => (Header, End, HeaderRow) = (header, end, headerRow);

        public CsvHeader Header { get; }

        /// <summary>Where the header's row ends, with its line end.</summary>
        public int End { get; }

        public int HeaderRow { get; }

        /// <summary>The number of rows below the header that are not blank.</summary>
        public int Rows { get; private set; }

        /// <summary>The number of these that have the cells of the header.</summary>
        public int Fitting { get; private set; }

        public (int Row, int Cells) FirstMisfit { get; private set; }

        public bool IsConsistent => Fitting == Rows;

        public static bool TryRead(
            ReadOnlySpan<byte> sample, in Top top, byte separator, bool isWhole, [NotNullWhen(true)] out Candidate? candidate)
        {
            candidate = null;
            var format = new RowFormat(IsCsv: true, separator, IsPadded: false);
            var row = RowAt(sample, top.HeaderAt, format, out var next);
            if (!CsvHeaderParser.TryParse(row, separator, out var header))
            {
                // A quote after a blank may contain line ends.
                row = RowAt(sample, top.HeaderAt, format with { IsPadded = true }, out next);
                if (!CsvHeaderParser.TryParse(row, separator, out header))
                {
                    return false;
                }
            }
            else if (header.IsPadded)
            {
                row = RowAt(sample, top.HeaderAt, RowFormat.Of(header), out next);
                if (!CsvHeaderParser.TryParse(row, separator, out header))
                {
                    return false;
                }
            }

            candidate = new Candidate(header, next, top.HeaderRow);
            candidate.CountRows(sample, isWhole);
            return true;
        }

        /// <summary>The decimal mark of each column.</summary>
        public DecimalMark[] FindDecimalMarks(ReadOnlySpan<byte> sample)
        {
            var columns = Header.Columns.Count;
            var (commas, points) = (new bool[columns], new bool[columns]);
            for (var at = End; at < sample.Length;)
            {
                var row = RowAt(sample, at, RowFormat.Of(Header), out at);
                var cells = new CsvCells(row, Header);
                for (var column = 0; column < columns && cells.MoveNext(out var start, out var length, out _); column++)
                {
                    var cell = row.Slice(start, length).Trim((byte)' ');
                    commas[column] |= IsDecimal(cell, (byte)',');
                    points[column] |= IsDecimal(cell, (byte)'.');
                }
            }

            var usual = commas.Zip(points).Any(found => found is (true, false)) ? DecimalMark.Comma
                : Array.IndexOf(points, true) >= 0 ? DecimalMark.Point
                : DecimalMark.Either;
            return [.. commas.Zip(points).Select(found => found switch
            {
                (true, false) => DecimalMark.Comma,
                (false, true) => DecimalMark.Point,
                (true, true) => DecimalMark.Unsure,
                _ => usual,
            })];
        }

        private void CountRows(ReadOnlySpan<byte> sample, bool isWhole)
        {
            var number = HeaderRow;
            for (var at = End; at < sample.Length;)
            {
                var row = RowAt(sample, at, RowFormat.Of(Header), out var next, out var isComplete);
                if (!isComplete && (!isWhole || row.Contains((byte)'\n')))
                {
                    return; // the end of the sample cuts it off, or its quote is never closed
                }

                at = next;
                number++;
                if (row.IndexOfAnyExcept(" \t\r\n"u8) < 0 || row[0] == '#')
                {
                    continue;
                }

                Rows++;
                if (CsvRows.Fits(row, Header, out var cells))
                {
                    Fitting++;
                }
                else if (FirstMisfit.Row == 0)
                {
                    FirstMisfit = (number, cells);
                }
            }
        }

        private static bool IsDecimal(ReadOnlySpan<byte> cell, byte mark)
        {
            var unsigned = cell is [(byte)'-' or (byte)'+', ..] ? cell[1..] : cell;
            var at = unsigned.IndexOf(mark);
            return at >= 0 && at + 1 < unsigned.Length
                && unsigned[..at].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
                && unsigned[(at + 1)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
        }

        private static ReadOnlySpan<byte> RowAt(ReadOnlySpan<byte> sample, int at, RowFormat format, out int next) =>
            RowAt(sample, at, format, out next, out _);

        private static ReadOnlySpan<byte> RowAt(
            ReadOnlySpan<byte> sample, int at, RowFormat format, out int next, out bool isComplete)
        {
            var rest = sample[at..];
            var end = new RowEndScanner(format).FindEnd(rest);
            isComplete = end >= 0;
            next = end < 0 ? sample.Length : at + end + 1;
            return (end < 0 ? rest : rest[..end]).TrimEnd((byte)'\r');
        }
    }
}
