using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>
/// Reads files as one topic, each as a partition: NDJSON (one JSON value per line) or CSV (RFC 4180 with a header row), plain, gzip or
/// zstd; <c>-</c> is standard input.
/// </summary>
/// <remarks>
/// <para>
/// Next comes the file that is furthest behind in event time. Files that follow one another are therefore read in the order of their times,
/// and files that overlap side by side, whatever the order in which they are given. A partition never runs ahead of the others by more than
/// a stride: <see cref="FilePartition"/>. A file whose time is not known yet is furthest behind.
/// </para>
/// <para>
/// The first events of every file come before all others, so that each partition has a watermark and panes can close. Where there are many
/// files, one is then closed until its time has come: a year of daily files needs two open files, not 365.
/// </para>
/// </remarks>
public sealed class FileSource : IEventSource
{
    private const int MostAlwaysOpen = 16; // files

    private readonly CancellationToken _stopping;
    private readonly FilePartition[] _files;
    private readonly PartitionName[] _names;
    private readonly RowBatch _batch;
    private readonly Lazy<long?> _length; // of all files
    private readonly List<FilePartition> _inBatch = [];
    private FilePartition? _current;
    private bool _announced;

    /// <summary>Creates a source.</summary>
    /// <param name="paths">At least one.</param>
    /// <param name="maxEventBytes">The largest line or row that is read, in bytes.</param>
    /// <param name="standardInput">Opens standard input, for the path <c>-</c>.</param>
    /// <param name="order">How several files are read side by side; null for one by one, as given.</param>
    /// <param name="stopping">
    /// Ends the wait for a pipe or standard input without data: <see cref="Read"/> then throws <see cref="OperationCanceledException"/>.
    /// </param>
    public FileSource(
        IReadOnlyList<string> paths, int maxEventBytes, Func<Stream> standardInput, FileOrder? order = null,
        CancellationToken stopping = default)
    {
        order = order is null || (paths.Count == 1 && order.Tolerance is null) ? FileOrder.AsGiven : order;
        _stopping = stopping;
        _files = [.. paths.Select((path, i) => new FilePartition(path, i, maxEventBytes, standardInput, order))];
        _names = Array.ConvertAll(_files, file => new PartitionName(FileTopic.Of(file.Path), file.Index));
        _batch = new RowBatch(_files);
        _length = new Lazy<long?>(() => InputFile.GetTotalLength(paths));
    }

    /// <inheritdoc/>
    public string? Trouble => null;

    /// <inheritdoc/>
    /// <remarks>
    /// Counted in bytes on disk, so compression does not matter; unknown if a file has no length, such as standard input or a pipe.
    /// </remarks>
    public double? FractionRead =>
        _length.Value is > 0 and var length ? Math.Clamp(_files.Sum(file => file.BytesRead) / (double)length, 0, 1) : null;

    /// <summary>
    /// What the files were read as that may be something else, one sentence each: for people whose events were rejected.
    /// </summary>
    public IReadOnlyList<string> Notes => [.. _files.Select(file => file.Note).OfType<string>()];

    /// <summary>What people should know about the files that have been read, one sentence each.</summary>
    public IReadOnlyList<string> Warnings => [.. _files.Select(file => file.Warning).OfType<string>()];

    /// <summary>Whether reading a path may block because no data arrives: anything but a regular file that is not empty.</summary>
    public static bool MayBeSilent(string path) => InputFile.MayBlock(path);

    /// <inheritdoc/>
    public int TopicOf(string topic) => 0;

    /// <inheritdoc/>
    public int Partitions(int topic) => _files.Length;

    /// <inheritdoc/>
    public IReadOnlyList<PartitionName> NamesOf(int topic) => _names;

    /// <inheritdoc/>
    public IReadOnlyList<Progress> Progress() => Array.ConvertAll(_files, file => file.Progress);

    /// <inheritdoc/>
    public EventBatch Read(TimeSpan patience)
    {
        _batch.Clear();
        _inBatch.ForEach(file => file.Release());
        _inBatch.Clear();
        if (!_announced)
        {
            _announced = true;
            _batch.Append(SourceSignal.Partitions);
            return _batch;
        }

        while ((_current ??= FindFurthestBehind()) is { } file)
        {
            if (!AppendStride(file))
            {
                return _batch;
            }

            _current = FindFurthestBehind();
            if (_current != file && !file.HasEnded && _files.Length > MostAlwaysOpen && file.TryPark())
            {
                return _batch; // its rows are released before many files have some
            }
        }

        _batch.Append(SourceSignal.End);
        return _batch;
    }

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<Progress> positions)
    {
        // Files have no consumer group.
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_files, file => file.Dispose());

    // Returns false if the batch must be handed out before the file can be read on.
    private bool AppendStride(FilePartition file)
    {
        if (!file.IsOpen)
        {
            file.Open(_files.Select(other => other.Header).OfType<CsvHeader>(), _stopping);
        }

        if (!_inBatch.Contains(file))
        {
            _inBatch.Add(file);
        }

        do
        {
            if (_batch.IsFull)
            {
                return false;
            }

            if (!file.TryRead(out var row))
            {
                if (!file.HasEnded)
                {
                    return false;
                }

                _batch.Append(SourceSignal.PartitionEnded, file.Index);
                return true;
            }

            _batch.Append(file, row);
        }
        while (!file.IsBetweenStrides);
        return true;
    }

    // The first of those whose time is not known, else the least time; null when all have ended.
    private FilePartition? FindFurthestBehind()
    {
        FilePartition? behind = null;
        foreach (var file in _files)
        {
            if (file.HasEnded)
            {
                continue;
            }

            if (file.Reached is not { } reached)
            {
                return file;
            }

            behind = behind is null || reached < behind.Reached ? file : behind;
        }

        return behind;
    }
}
