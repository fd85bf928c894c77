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
    private readonly RowBatch _batch;
    private readonly FileProgress _progress;
    private InputFile? _file; // the one that is being read
    private int _opened; // the number of files opened so far
    private long _events;
    private bool _announced;
    private bool _partitionEnded;

    /// <summary>Creates a source. Each file is opened when the previous one has been read.</summary>
    /// <param name="paths">At least one.</param>
    /// <param name="maxEventBytes">The largest line or row that is read, in bytes.</param>
    /// <param name="standardInput">Opens standard input, for the path <c>-</c>.</param>
    /// <param name="stopping">
    /// Ends the wait for a pipe or standard input without data: <see cref="Read"/> then throws <see cref="OperationCanceledException"/>.
    /// </param>
    public FileSource(IReadOnlyList<string> paths, int maxEventBytes, Func<Stream> standardInput, CancellationToken stopping = default)
    {
        _paths = paths;
        _standardInput = standardInput;
        _stopping = stopping;
        _rows = new RowReader(maxEventBytes);
        _batch = new RowBatch(_rows);
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
    public EventBatch Read(TimeSpan patience)
    {
        _batch.Clear();
        if (!_announced)
        {
            _announced = true;
            _batch.Append(SourceSignal.Partitions);
            return _batch;
        }

        while (_file is not null || TryOpenNext())
        {
            while (!_batch.IsFull && _rows.TryRead(out var row, mayReadFile: _batch.Count == 0))
            {
                if (_rows.IsCsv && _batch.Header is null)
                {
                    _batch.Header = ReadHeader(row);
                }
                else
                {
                    _batch.Append(row);
                }
            }

            if (_batch.Count > 0)
            {
                _events += _batch.Count;
                return _batch;
            }

            CloseFile();
        }

        if (!_partitionEnded)
        {
            _partitionEnded = true;
            _batch.Append(SourceSignal.PartitionEnded);
        }

        _batch.Append(SourceSignal.End);
        return _batch;
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

        _batch.Header = null;
        _batch.File = _paths[_opened];
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

    private CsvHeader ReadHeader(in Row row) =>
        !row.IsTooLarge && CsvHeaderParser.TryParse(_rows.BytesOf(row), out var header)
            ? header
            : throw new SourceException($"{_file!.Path}: the first row is not a CSV header: it must name the columns");
}
