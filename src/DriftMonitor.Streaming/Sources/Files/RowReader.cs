using System.Diagnostics.CodeAnalysis;
using System.Text;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>
/// Splits a file into lines or, for CSV, into rows, whose quoted cells may contain line ends. A row is a span of the reader's buffer: see
/// <see cref="TryRead"/>.
/// </summary>
internal sealed class RowReader
{
    private const int ChunkBytes = 256 * 1024; // of a thousand events, so that several workers find enough

    private readonly int _maxRowBytes;
    private readonly InputFile _file;
    private readonly TextEncoding _encoding;
    private readonly RowFormat _format;
    private readonly FileOpening _opening;
    private byte[] _buffer = new byte[2 * ChunkBytes];
    private int _start;
    private int _end;
    private bool _isAtEnd;
    private bool _isAscii; // what the buffer contains
    private long _rows;

    /// <summary>Starts with a file: detects its format, and reads what precedes the first event.</summary>
    /// <param name="file">The file, which the caller disposes of.</param>
    /// <param name="maxRowBytes">Longer rows are too large, and their bytes are not returned.</param>
    /// <exception cref="SourceException">The file cannot be read, or not in its format.</exception>
    public RowReader(InputFile file, int maxRowBytes)
    {
        (_file, _maxRowBytes) = (file, maxRowBytes);
        _encoding = new TextEncoding(file);
        do
        {
            Fill();
        }
        while (!_isAtEnd && !FileOpening.IsEnough(file.Path, Unread) && Unread.Length <= _maxRowBytes + ChunkBytes);
        _opening = FileOpening.Examine(file, Unread, _isAtEnd);
        _format = _opening.Header is null ? RowFormat.Lines : RowFormat.Of(_opening.Header);
        _start += _opening.Length;
        _rows = _opening.Rows;
    }

    /// <summary>The header of a CSV file, with how its rows are divided; null for NDJSON.</summary>
    public CsvHeader? Header => _opening.Header;

    /// <summary>What the file is read as, if it may be something else; null if there is no doubt.</summary>
    public string? Note => _opening.Note;

    /// <summary>A warning of rows that are not UTF-8, known at the end of the file; null if there are none.</summary>
    public string? Warning { get; private set; }

    private ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Reads the next row.</summary>
    /// <param name="row">The row; its bytes are valid until a call that may read the file.</param>
    /// <param name="mayReadFile">
    /// Whether to read the file where the buffer does not contain the whole row with its line end. Rows read before are then no longer
    /// valid.
    /// </param>
    /// <returns>False at the end of the file, or if the file would have to be read.</returns>
    /// <exception cref="SourceException">
    /// The file cannot be read or is not UTF-8, or a quoted cell that contains lines is not closed.
    /// </exception>
    public bool TryRead(out Row row, bool mayReadFile)
    {
        var isTooLarge = false;
        var scanner = new RowEndScanner(_format);
        while (true)
        {
            var end = scanner.FindEnd(Unread);
            if (end >= 0)
            {
                row = EndRow(end, isTooLarge);
                _start++; // the line end
                if (!IsComment(row))
                {
                    return true;
                }

                (isTooLarge, scanner) = (false, new RowEndScanner(_format));
                continue;
            }

            if (!mayReadFile)
            {
                row = default;
                return false;
            }

            if (_isAtEnd)
            {
                return TryReadLast(scanner.LinesInQuotes, isTooLarge, out row);
            }

            if (_end - _start > _maxRowBytes + ChunkBytes)
            {
                isTooLarge = true; // drop what was read of the row: the rest of it follows
                scanner.Discard(Unread);
                _start = _end;
            }

            Fill();
        }
    }

    /// <summary>The bytes of a row.</summary>
    public ReadOnlySpan<byte> BytesOf(in Row row) => _buffer.AsSpan(row.Start, row.Length);

    // The last row may lack its line end; all that was read of it may have been dropped.
    private bool TryReadLast(int linesInQuotes, bool isTooLarge, out Row row)
    {
        row = default;
        if (Unread.IsEmpty && !isTooLarge)
        {
            Warning ??= _encoding.Conclude(_rows);
            return false;
        }

        var swallowed = linesInQuotes - (Unread is [.., (byte)'\n'] ? 1 : 0);
        if (swallowed > 0)
        {
            ThrowUnclosedQuote(swallowed);
        }

        row = EndRow(Unread.Length, isTooLarge);
        return !IsComment(row) || TryReadLast(linesInQuotes: 0, isTooLarge: false, out row);
    }

    private bool IsComment(in Row row) =>
        row.Length > 0 && _buffer[row.Start] == '#' && Header is { } header
        && CsvRows.IsComment(BytesOf(row), header, _opening.HasComments);

    private Row EndRow(int length, bool isTooLarge)
    {
        var start = _start;
        _start += length;
        if (length > 0 && _buffer[start + length - 1] == (byte)'\r')
        {
            length--;
        }

        isTooLarge |= length > _maxRowBytes;
        var row = new Row(++_rows, start, isTooLarge ? 0 : length, isTooLarge);
        if (!_isAscii)
        {
            _encoding.Count(BytesOf(row), row.Number);
        }

        return row;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            Unread.CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_buffer.Length - _end < ChunkBytes)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = _file.Read(new ArraySegment<byte>(_buffer, _end, _buffer.Length - _end), _rows);
        _end += read;
        _isAtEnd = read == 0;
        _isAscii = Ascii.IsValid(Unread);
    }

    [DoesNotReturn]
    private void ThrowUnclosedQuote(int lines) => throw new SourceException(
        $"{_file.Name}: row {_rows + 1} opens a quote that is never closed, so the {lines} line{(lines > 1 ? "s" : "")} after it "
        + "would become part of one cell: close the quote");
}
