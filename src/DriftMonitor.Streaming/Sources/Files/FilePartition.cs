using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>One of the files of a source: a partition of its stream, which is read in strides.</summary>
/// <remarks>
/// A stride is a number of rows after which another file may be read. The first are short, so that a file that begins later than others is
/// soon left for them. The limit of 256 bounds how far a file can be ahead of the others, and with it the panes that are open.
/// </remarks>
internal sealed class FilePartition : IDisposable
{
    private const int FirstStride = FileTimes.ObservedAStride;
    private const int LongestStride = 256;
    private const int MostRowsToSkip = 1024; // when the file is opened again

    private readonly int _maxEventBytes;
    private readonly Func<Stream> _standardInput;
    private readonly FileTimes? _times; // null where order does not matter
    private InputFile? _file; // null while it is not open
    private RowReader? _reader; // kept after the file has been closed, until its rows are no longer needed
    private int _stride = FirstStride;
    private int _left = FirstStride; // rows of this stride
    private long _length;
    private int _rowsInBatch;
    private long _lastRow; // its number
    private string? _warning;

    /// <param name="path">The file, or <c>-</c>.</param>
    /// <param name="index">The partition.</param>
    /// <param name="maxEventBytes">The largest row that is read.</param>
    /// <param name="standardInput">Opens standard input.</param>
    /// <param name="order">The fields of the event time, and whether the file must be sorted.</param>
    public FilePartition(string path, int index, int maxEventBytes, Func<Stream> standardInput, FileOrder order)
    {
        (Path, Index, _maxEventBytes, _standardInput) = (path, index, maxEventBytes, standardInput);
        _times = order.EventTimes.Count > 0 ? new FileTimes(path == "-" ? "standard input" : path, order) : null;
    }

    /// <summary>The file, or <c>-</c>.</summary>
    public string Path { get; }

    /// <summary>The partition.</summary>
    public int Index { get; }

    /// <summary>How far in time the file has been read; null until an event time could be read.</summary>
    public EventTime? Reached => _times?.Reached;

    /// <summary>Whether the file is open.</summary>
    public bool IsOpen => _file is not null;

    /// <summary>Whether the file has been read to its end.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether the stride has ended, so that another file may be read.</summary>
    public bool IsBetweenStrides => _left == _stride;

    /// <summary>The header of a CSV file; null for NDJSON.</summary>
    public CsvHeader? Header { get; private set; }

    /// <summary>What the file was read as, if it may be something else; null if there is no doubt.</summary>
    public string? Note { get; private set; }

    /// <summary>A warning of rows that are not UTF-8; null if there are none.</summary>
    public string? Warning => _reader?.Warning ?? _warning;

    /// <summary>The number of events that have been read.</summary>
    public long Events { get; private set; }

    /// <summary>Where reading goes on.</summary>
    public Progress Progress => new(new Position(Path, Index, Events), null);

    /// <summary>How many bytes of the file on disk have been read.</summary>
    public long BytesRead => HasEnded ? _length : _file?.Position ?? 0;

    /// <summary>The bytes of a row.</summary>
    public ReadOnlySpan<byte> BytesOf(in Row row) => _reader!.BytesOf(row);

    /// <summary>Opens the file and goes to the next event.</summary>
    /// <param name="known">Headers of other files: one that is the same is used again, so that decoders need not change columns.</param>
    /// <param name="stopping">Cancels opening and reading a file that may block.</param>
    /// <exception cref="SourceException">The file cannot be read, or not in its format.</exception>
    public void Open(IEnumerable<CsvHeader> known, CancellationToken stopping)
    {
        _file = InputFile.Open(Path, _standardInput, stopping);
        _reader = new RowReader(_file, _maxEventBytes);
        Note = _reader.Note;
        Header = _reader.Header is { } header ? known.FirstOrDefault(header.IsSameAs) ?? header : null;
        for (var row = 0L; row < Events; row++)
        {
            _reader.TryRead(out _, mayReadFile: true);
        }
    }

    /// <summary>Reads the next row of this stride.</summary>
    /// <param name="row">The row, valid until <see cref="Release"/>.</param>
    /// <returns>
    /// False at the end of the stride or of the file, and where the rows of this batch would have to be released first.
    /// </returns>
    /// <exception cref="SourceException">The file cannot be read, is not UTF-8, or must be sorted.</exception>
    public bool TryRead(out Row row)
    {
        if (!_reader!.TryRead(out row, mayReadFile: _rowsInBatch == 0))
        {
            if (_rowsInBatch == 0)
            {
                End();
            }

            return false;
        }

        _rowsInBatch++;
        Events++;
        _lastRow = row.Number;
        if (_left <= FileTimes.ObservedAStride)
        {
            _times?.Observe(new RawEvent
            {
                Partition = Index,
                Offset = row.Number,
                Value = BytesOf(row),
                IsTooLarge = row.IsTooLarge,
                Header = Header,
            });
        }

        _left--;
        if (_left == 0)
        {
            _times?.EndStride(_lastRow);
            _stride = Math.Min(LongestStride, Reached is null && _times is not null ? FirstStride : 4 * _stride);
            _left = _stride;
        }

        return true;
    }

    /// <summary>
    /// Closes the file until its time has come, if it can be opened again; its rows stay valid until <see cref="Release"/>.
    /// </summary>
    /// <returns>Whether it was closed.</returns>
    public bool TryPark()
    {
        if (_file is null || Events > MostRowsToSkip || InputFile.MayBlock(Path))
        {
            return false;
        }

        _file.Dispose();
        _file = null;
        return true;
    }

    /// <summary>Releases the rows of the last batch.</summary>
    public void Release()
    {
        _rowsInBatch = 0;
        if (_file is null)
        {
            _warning = Warning;
            _reader = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private void End()
    {
        HasEnded = true;
        _times?.End(_lastRow);
        _length = _file!.Length;
        _file.Dispose();
        _file = null;
    }
}
