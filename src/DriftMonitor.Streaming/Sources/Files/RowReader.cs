using System.Diagnostics.CodeAnalysis;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>
/// Splits files into lines or, for CSV, into rows, whose quoted cells may contain line ends. A row is a span of the one buffer that all
/// files share: it is valid until the next read.
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

    /// <param name="maxRowBytes">Longer rows are too large, and their bytes are not returned.</param>
    public RowReader(int maxRowBytes) => _maxRowBytes = maxRowBytes;

    /// <summary>The number of the row that was read last, from 1.</summary>
    public long RowNumber { get; private set; }

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
        RowNumber = 0;

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
    /// <param name="row">The row without its line end; empty if it is too large.</param>
    /// <param name="isTooLarge">Whether the row is longer than allowed.</param>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="SourceException">The file cannot be read, or a quoted cell that contains lines is not closed.</exception>
    public bool TryRead(out ReadOnlySpan<byte> row, out bool isTooLarge)
    {
        isTooLarge = false;
        var scanner = default(RowEndScanner);
        while (true)
        {
            var end = scanner.FindEnd(Unread, IsCsv);
            if (end >= 0)
            {
                row = Unread[..end];
                _start += end + 1;
                EndRow(ref row, ref isTooLarge);
                return true;
            }

            if (_isAtEnd)
            {
                return TryReadLast(scanner.LinesInQuotes, out row, ref isTooLarge);
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

    // The last row may lack its line end; all that was read of it may have been dropped.
    private bool TryReadLast(int linesInQuotes, out ReadOnlySpan<byte> row, scoped ref bool isTooLarge)
    {
        row = Unread;
        if (row.IsEmpty && !isTooLarge)
        {
            return false;
        }

        var swallowed = linesInQuotes - (row is [.., (byte)'\n'] ? 1 : 0);
        if (swallowed > 0)
        {
            ThrowUnclosedQuote(swallowed);
        }

        _start = _end;
        EndRow(ref row, ref isTooLarge);
        return true;
    }

    private void EndRow(scoped ref ReadOnlySpan<byte> row, scoped ref bool isTooLarge)
    {
        RowNumber++;
        row = row is [.., (byte)'\r'] ? row[..^1] : row;
        isTooLarge |= row.Length > _maxRowBytes;
        row = isTooLarge ? default : row;
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

        var read = _file!.Read(new ArraySegment<byte>(_buffer, _end, _buffer.Length - _end), RowNumber);
        _end += read;
        _isAtEnd = read == 0;
    }

    [DoesNotReturn]
    private void ThrowUnclosedQuote(int lines) => throw new SourceException(
        $"{_file!.Path}: row {RowNumber + 1} opens a quote that is never closed, so the {lines} line{(lines > 1 ? "s" : "")} after it "
        + "would become part of one cell: close the quote");
}
