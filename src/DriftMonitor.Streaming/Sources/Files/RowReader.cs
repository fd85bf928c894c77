using System.Diagnostics.CodeAnalysis;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>
/// Splits files into lines or, for CSV, into rows, whose quoted cells may contain line ends. A row is a span of the one buffer that all
/// files share: see <see cref="TryRead"/>.
/// </summary>
internal sealed class RowReader
{
    private const int ChunkBytes = 64 * 1024;

    private readonly int _maxRowBytes;
    private byte[] _buffer = new byte[2 * ChunkBytes];
    private InputFile? _file;
    private int _start;
    private int _end;
    private bool _isAtEnd;
    private long _rows; // read of this file

    /// <param name="maxRowBytes">Longer rows are too large, and their bytes are not returned.</param>
    public RowReader(int maxRowBytes) => _maxRowBytes = maxRowBytes;

    /// <summary>Whether the file is CSV.</summary>
    public bool IsCsv { get; private set; }

    private ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Starts with a file: skips its byte order mark and detects its format.</summary>
    /// <exception cref="SourceException">The file cannot be read.</exception>
    public void Start(InputFile file)
    {
        _file = file;
        _start = _end = 0;
        _isAtEnd = false;
        _rows = 0;

        // A pipe may return a byte at a time: read enough for a byte order mark.
        do
        {
            Fill();
        }
        while (!_isAtEnd && Unread.Length < 3);
        if (Unread.StartsWith("\uFEFF"u8))
        {
            _start += 3;
        }

        IsCsv = FileFormat.IsCsv(file.Path, Unread);
    }

    /// <summary>Reads the next row.</summary>
    /// <param name="row">The row; its bytes are valid until a call that may read the file.</param>
    /// <param name="mayReadFile">
    /// Whether to read the file where the buffer does not contain the whole row with its line end. Rows read before are then no longer
    /// valid.
    /// </param>
    /// <returns>False at the end of the file, or if the file would have to be read.</returns>
    /// <exception cref="SourceException">The file cannot be read, or a quoted cell that contains lines is not closed.</exception>
    public bool TryRead(out Row row, bool mayReadFile)
    {
        var isTooLarge = false;
        var scanner = default(RowEndScanner);
        while (true)
        {
            var end = scanner.FindEnd(Unread, IsCsv);
            if (end >= 0)
            {
                row = EndRow(end, isTooLarge);
                _start++; // the line end
                return true;
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
            return false;
        }

        var swallowed = linesInQuotes - (Unread is [.., (byte)'\n'] ? 1 : 0);
        if (swallowed > 0)
        {
            ThrowUnclosedQuote(swallowed);
        }

        row = EndRow(Unread.Length, isTooLarge);
        return true;
    }

    private Row EndRow(int length, bool isTooLarge)
    {
        var start = _start;
        _start += length;
        if (length > 0 && _buffer[start + length - 1] == (byte)'\r')
        {
            length--;
        }

        isTooLarge |= length > _maxRowBytes;
        return new Row(++_rows, start, isTooLarge ? 0 : length, isTooLarge);
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

        var read = _file!.Read(new ArraySegment<byte>(_buffer, _end, _buffer.Length - _end), _rows);
        _end += read;
        _isAtEnd = read == 0;
    }

    [DoesNotReturn]
    private void ThrowUnclosedQuote(int lines) => throw new SourceException(
        $"{_file!.Path}: row {_rows + 1} opens a quote that is never closed, so the {lines} line{(lines > 1 ? "s" : "")} after it "
        + "would become part of one cell: close the quote");
}
