using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>
/// Reads files as one partition, in the given order: NDJSON (one JSON value per line) or CSV (RFC 4180 with a header row), plain or gzip;
/// <c>-</c> is standard input.
/// </summary>
/// <remarks>How compression is detected: <see cref="InputFile"/>. How CSV and NDJSON are distinguished: <see cref="FileFormat"/>.</remarks>
public sealed class FileSource : IEventSource
{
    private readonly IReadOnlyList<string> _paths;
    private readonly Func<Stream> _standardInput;
    private readonly CancellationToken _stopping;
    private readonly RowReader _rows;
    private readonly FileProgress _progress;
    private InputFile? _file; // the one that is being read
    private int _opened; // the number of files opened so far
    private CsvHeader? _header;
    private long _events;
    private bool _announced;
    private bool _partitionEnded;

    /// <summary>Creates a source. Each file is opened when the previous one has been read.</summary>
    /// <param name="paths">At least one.</param>
    /// <param name="maxEventBytes">The largest line or row that is read, in bytes.</param>
    /// <param name="standardInput">Opens standard input, for the path <c>-</c>.</param>
    /// <param name="stopping">
    /// Ends the wait for a pipe or standard input without data: <see cref="Next"/> then throws <see cref="OperationCanceledException"/>.
    /// </param>
    public FileSource(IReadOnlyList<string> paths, int maxEventBytes, Func<Stream> standardInput, CancellationToken stopping = default)
    {
        _paths = paths;
        _standardInput = standardInput;
        _stopping = stopping;
        _rows = new RowReader(maxEventBytes);
        _progress = new FileProgress(paths);
    }

    /// <inheritdoc/>
    public string? Trouble => null;

    /// <inheritdoc/>
    /// <remarks>
    /// Counted in bytes on disk, so compression does not matter; unknown if a file has no length, such as standard input or a pipe.
    /// </remarks>
    public double? FractionRead => _progress.GetFraction(_file);

    /// <summary>Whether reading a path may block because no data arrives: anything but a regular file that is not empty.</summary>
    public static bool MayBeSilent(string path) => InputFile.MayBlock(path);

    /// <inheritdoc/>
    public int TopicOf(string topic) => 0;

    /// <inheritdoc/>
    public int Partitions(int topic) => 1;

    /// <inheritdoc/>
    public IReadOnlyList<Progress> Progress() => [new Progress(new Position(_opened > 0 ? _paths[_opened - 1] : "", 0, _events), null)];

    /// <inheritdoc/>
    public SourceSignal Next(TimeSpan patience, out RawEvent raw)
    {
        raw = default;
        if (!_announced)
        {
            _announced = true;
            return SourceSignal.Partitions;
        }

        while (_file is not null || TryOpenNext())
        {
            if (_rows.TryRead(out var row, out var isTooLarge))
            {
                if (_rows.IsCsv && _header is null)
                {
                    _header = ReadHeader(row, isTooLarge);
                    continue;
                }

                _events++;
                raw = new RawEvent { Offset = _rows.RowNumber, Value = row, IsTooLarge = isTooLarge, Header = _header };
                return SourceSignal.Event;
            }

            CloseFile();
        }

        var signal = _partitionEnded ? SourceSignal.End : SourceSignal.PartitionEnded;
        _partitionEnded = true;
        return signal;
    }

    /// <inheritdoc/>
    public void Commit()
    {
        // Files have no consumer group.
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private bool TryOpenNext()
    {
        if (_opened == _paths.Count)
        {
            return false;
        }

        _header = null;
        _file = InputFile.Open(_paths[_opened++], _standardInput, _stopping);
        _rows.Start(_file);
        return true;
    }

    private void CloseFile()
    {
        _progress.Finish(_file!);
        _file!.Dispose();
        _file = null;
    }

    private CsvHeader ReadHeader(ReadOnlySpan<byte> row, bool isTooLarge) =>
        !isTooLarge && CsvHeaderParser.TryParse(row, out var header)
            ? header
            : throw new SourceException($"{_file!.Path}: the first row is not a CSV header: it must name the columns");
}
