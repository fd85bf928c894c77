namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>How much of several files has been read, in bytes on disk.</summary>
internal sealed class FileProgress
{
    private readonly Lazy<long?> _total;
    private long _finished; // the length of the files that have been read

    /// <param name="paths">All files, in the order in which they are read. Their lengths are asked for when progress is, and once.</param>
    public FileProgress(IReadOnlyList<string> paths) => _total = new Lazy<long?>(() => InputFile.GetTotalLength(paths));

    /// <summary>Counts a file that has been read to its end.</summary>
    public void Finish(InputFile file) => _finished += file.Length;

    /// <summary>The share that has been read, from 0 to 1; null if a file has no length, or all are empty.</summary>
    /// <param name="current">The file that is being read; null for none.</param>
    public double? GetFraction(InputFile? current) =>
        _total.Value is > 0 and var total ? Math.Clamp((_finished + (current?.Position ?? 0)) / (double)total, 0, 1) : null;
}
