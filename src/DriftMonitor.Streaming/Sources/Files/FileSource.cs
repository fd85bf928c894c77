using System.IO.Compression;
using System.Text;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>
/// Files as one partition, in the order given: NDJSON (a JSON value a line) or CSV (RFC 4180 with a header row), plain or gzip; <c>-</c> is standard input.
/// </summary>
/// <remarks>
/// Gzip is known by its first bytes. CSV is known by the name's ending <c>.csv</c>, NDJSON by <c>.json</c>, <c>.jsonl</c> or <c>.ndjson</c> (each with or without <c>.gz</c>);
/// with another name, a file is NDJSON when it begins with a brace or bracket.
/// </remarks>
public sealed class FileSource : IEventSource
{
    private const int Chunk = 64 * 1024;

    private readonly IReadOnlyList<string> _paths;
    private readonly int _maxEventBytes;
    private readonly Func<Stream> _standardInput;
    private readonly CancellationToken _stopping;
    private int _file = -1;
    private Stream? _stream;
    private Stream? _raw; // what lies on the disk, below the decompression
    private long? _bytes; // of all files; -1 where one has no length
    private long _bytesBefore; // of the files that have been read
    private CsvHeader? _header;
    private bool _isCsv;
    private byte[] _buffer = new byte[2 * Chunk];
    private int _start;
    private int _end;
    private bool _atEnd;
    private long _line;
    private long _events;
    private bool _announced;
    private bool _partitionEnded;

    /// <summary>A source of files, opened one after the other as they are read.</summary>
    /// <param name="paths">At least one.</param>
    /// <param name="maxEventBytes">A longer line or row is too large.</param>
    /// <param name="standardInput">What <c>-</c> reads.</param>
    /// <param name="stopping">Ends a wait for a silent pipe, standard input among them: <see cref="Next"/> then throws <see cref="OperationCanceledException"/>.</param>
    public FileSource(IReadOnlyList<string> paths, int maxEventBytes, Func<Stream> standardInput, CancellationToken stopping = default)
    {
        _paths = paths;
        _maxEventBytes = maxEventBytes;
        _standardInput = standardInput;
        _stopping = stopping;
    }

    /// <inheritdoc/>
    public string? Trouble => null;

    /// <inheritdoc/>
    public int TopicOf(string topic) => 0;

    /// <inheritdoc/>
    public int Partitions(int topic) => 1;

    /// <inheritdoc/>
    public IReadOnlyList<Progress> Progress() => [new Progress(new Position(_file >= 0 && _file < _paths.Count ? _paths[_file] : "", 0, _events), null)];

    /// <inheritdoc/>
    /// <remarks>By bytes as they lie on the disk, so that gzip does not matter; unknown where one of the files has no length, as standard input and pipes have none.</remarks>
    public double? FractionRead
    {
        get
        {
            _bytes ??= LengthOf(_paths);
            return _bytes is > 0 and var bytes ? Math.Clamp((_bytesBefore + (_file >= 0 && _raw is { CanSeek: true } ? _raw.Position : 0)) / (double)bytes, 0, 1) : null;
        }
    }

    /// <summary>Whether a path may keep its reader waiting, as standard input and pipes do: it is no file on a disk with something in it.</summary>
    public static bool MayBeSilent(string path)
    {
        try
        {
            return path == "-" || (File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path)) is not FileInfo { Exists: true, Length: > 0 };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true; // what cannot be read is told when it is opened
        }
    }

    /// <inheritdoc/>
    public void Commit()
    {
        // Files have no group.
    }

    /// <inheritdoc/>
    public void Dispose() => _stream?.Dispose();

    /// <inheritdoc/>
    public SourceSignal Next(TimeSpan patience, out RawEvent raw)
    {
        raw = default;
        if (!_announced)
        {
            _announced = true;
            return SourceSignal.Partitions;
        }

        while (_stream is not null || OpenNext())
        {
            if (TryReadRow(out var row, out var isTooLarge))
            {
                if (_isCsv && _header is null)
                {
                    _header = ReadHeader(row, isTooLarge);
                    continue;
                }

                _events++;
                raw = new RawEvent { Offset = _line, Value = row, IsTooLarge = isTooLarge, Header = _header };
                return SourceSignal.Event;
            }

            _bytesBefore += _raw is { CanSeek: true } ? _raw.Length : 0;
            _stream!.Dispose();
            _stream = _raw = null;
        }

        var signal = _partitionEnded ? SourceSignal.End : SourceSignal.PartitionEnded;
        _partitionEnded = true;
        return signal;
    }

    private static long LengthOf(IReadOnlyList<string> paths)
    {
        try
        {
            return paths.All(path => path != "-" && File.Exists(path)) ? paths.Sum(path => new FileInfo(path).Length) : -1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return -1; // what cannot be read is told when it is opened
        }
    }

    private bool OpenNext()
    {
        if (_file + 1 >= _paths.Count)
        {
            return false;
        }

        var path = _paths[++_file];
        _start = _end = 0;
        _line = 0;
        _atEnd = false;
        _header = null;
        Stream raw;
        try
        {
            raw = MayBeSilent(path) ? new ReadAhead(() => path == "-" ? _standardInput() : Open(path), _stopping) : Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SourceException($"cannot read {path}: {Reason(e)}", e);
        }

        _stream = _raw = raw;
        FillToTell();
        if (Available is [0x1f, 0x8b, ..])
        {
            var begun = new Prefixed(Available.ToArray(), raw);
            _start = _end = 0;
            _atEnd = false;
            _stream = new GZipStream(begun, CompressionMode.Decompress);
            FillToTell();
        }

        if (Available.StartsWith("\uFEFF"u8))
        {
            _start += 3;
        }

        _isCsv = IsCsv(path);
        return true;
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);

    private ReadOnlySpan<byte> Available => _buffer.AsSpan(_start, _end - _start);

    private bool IsCsv(string path)
    {
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        if (name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var begin = Available.TrimStart(" \t\r\n"u8);
        return begin is not [(byte)'{' or (byte)'[', ..] && !begin.IsEmpty;
    }

    private CsvHeader ReadHeader(ReadOnlySpan<byte> row, bool isTooLarge)
    {
        var names = new List<string>();
        var cells = new CsvCells(row);
        while (cells.MoveNext(out var start, out var length, out var isEscaped))
        {
            var name = Encoding.UTF8.GetString(row.Slice(start, length));
            names.Add(isEscaped ? name.Replace("\"\"", "\"", StringComparison.Ordinal) : name);
        }

        return isTooLarge || cells.IsMalformed || names.TrueForAll(name => name.Length == 0)
            ? throw new SourceException($"{_paths[_file]}: the first row is no CSV header: it should name the columns")
            : new CsvHeader(names);
    }

    // A line, or for CSV a row, whose quoted cells may hold line ends; without its line end.
    private bool TryReadRow(out ReadOnlySpan<byte> row, out bool isTooLarge)
    {
        isTooLarge = false;
        var scan = default(RowScan);
        while (true)
        {
            var end = scan.FindEnd(Available, _isCsv);
            if (end >= 0 || (_atEnd && _end > _start))
            {
                if (end < 0 && scan.LineEnds - (Available is [.., (byte)'\n'] ? 1 : 0) is var swallowed and > 0)
                {
                    throw new SourceException($"{_paths[_file]}: row {_line + 1} opens a quote that is never closed, and the {swallowed} line{(swallowed > 1 ? "s" : "")} after it would be lost in one cell: close it");
                }

                var length = end >= 0 ? end : _end - _start;
                row = Available[..length];
                _start += end >= 0 ? length + 1 : length;
                _line++;
                row = row is [.., (byte)'\r'] ? row[..^1] : row;
                isTooLarge |= row.Length > _maxEventBytes;
                row = isTooLarge ? default : row;
                return true;
            }

            if (_atEnd)
            {
                row = default;
                return false;
            }

            if (_end - _start > _maxEventBytes + Chunk)
            {
                isTooLarge = true; // let go of what was read: the rest of the line follows it
                scan.Forget(Available);
                _start = _end;
            }

            Fill();
        }
    }

    // A pipe may give a byte at a time: enough of them to tell gzip and a byte order mark.
    private void FillToTell()
    {
        do
        {
            Fill();
        }
        while (!_atEnd && Available.Length < 3);
    }

    private void Fill()
    {
        if (_start > 0)
        {
            Available.CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_buffer.Length - _end < Chunk)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        try
        {
            var read = _stream!.Read(_buffer, _end, _buffer.Length - _end);
            _end += read;
            _atEnd = read == 0;
        }
        catch (InvalidDataException e)
        {
            throw new SourceException($"{_paths[_file]}: the gzip data are damaged after line {_line}: is the file whole?", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SourceException($"cannot read {(_paths[_file] == "-" ? "standard input" : _paths[_file])}{(_line > 0 ? $" after line {_line}" : "")}: {Reason(e)}", e);
        }
    }

    private static string Reason(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "it is a folder, or permission is denied",
        _ => e.Message,
    };

    /// <summary>How far a row has been searched for its end, while more of it is read.</summary>
    private struct RowScan
    {
        private int _scanned;
        private int _closed; // the byte after the closing quote met last, where a quote is its double; at first the row's start, where one opens a cell
        private byte _forgotten;
        private bool _inQuotes;

        /// <summary>Line ends within the quotes that are open.</summary>
        public int LineEnds { get; private set; }

        public int FindEnd(ReadOnlySpan<byte> available, bool isCsv)
        {
            while (_scanned < available.Length)
            {
                var rest = available[_scanned..];
                var step = isCsv ? rest.IndexOfAny((byte)'\n', (byte)'"') : rest.IndexOf((byte)'\n');
                if (step < 0)
                {
                    _scanned = available.Length;
                    return -1;
                }

                var at = _scanned + step;
                _scanned = at + 1;
                if (available[at] == '\n')
                {
                    if (!_inQuotes)
                    {
                        return at;
                    }

                    LineEnds++;
                }
                else if (_inQuotes)
                {
                    _inQuotes = false;
                    LineEnds = 0;
                    _closed = _scanned;
                }
                else
                {
                    // A quote within an unquoted cell (5" pipe) is a character like others.
                    _inQuotes = at == _closed || (at > 0 ? available[at - 1] : _forgotten) == ',';
                }
            }

            return -1;
        }

        public void Forget(ReadOnlySpan<byte> scanned)
        {
            _forgotten = scanned[^1];
            _closed = _closed == _scanned ? 0 : -1;
            _scanned = 0;
        }
    }

    /// <summary>Bytes that were read ahead, followed by the rest of the stream that they came from.</summary>
    private sealed class Prefixed(byte[] prefix, Stream rest) : OneWayStream
    {
        private int _at;

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_at == prefix.Length)
            {
                return rest.Read(buffer, offset, count);
            }

            var length = Math.Min(count, prefix.Length - _at);
            prefix.AsSpan(_at, length).CopyTo(buffer.AsSpan(offset));
            _at += length;
            return length;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                rest.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
