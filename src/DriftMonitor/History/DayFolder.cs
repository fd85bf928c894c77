using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using DriftMonitor.Metrics;
using DriftMonitor.Samples;

namespace DriftMonitor.History;

/// <summary>
/// A folder of OpenMetrics files, one a day: <c>2013-02-09.om</c>. A file has its final name only after it has been written to the disk and
/// read again.
/// </summary>
internal sealed partial class DayFolder : IHistoryTarget
{
    private const int ChunkSize = 256 * 1024;
    private const string Extension = ".om";
    private const string DateFormat = "yyyy-MM-dd";
    private const string PartialSuffix = ".partial";

    private readonly string _folder;
    private readonly HashSet<DateOnly> _kept;
    private readonly ArrayBufferWriter<byte> _buffer = new(ChunkSize);

    private DayFolder(string folder, HashSet<DateOnly> kept) => (_folder, _kept) = (folder, kept);

    /// <summary>The files of days that were complete before, and stay as they are.</summary>
    public int Kept => _kept.Count;

    /// <summary>A day whose kept file differs from what this replay gives, the first of them; null for none.</summary>
    public DateOnly? Different { get; private set; }

    /// <summary>A file for what has no room in memory, in the same folder: it has the room that the days need.</summary>
    public string SpoolFile => Path.Combine(_folder, $".samples{PartialSuffix}");

    /// <summary>The files in order of their days.</summary>
    public IEnumerable<string> Files => DaysIn(_folder).Select(PathOf);

    /// <summary>Opens a folder, which is made if it does not exist.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isContinued">Whether days in it stay, except the last one, which may be incomplete.</param>
    /// <exception cref="UsageException">The folder is not empty.</exception>
    /// <exception cref="HistoryException">The folder cannot be written.</exception>
    public static DayFolder Open(string folder, bool isContinued)
    {
        try
        {
            if (File.Exists(folder))
            {
                throw new UsageException($"--out {folder} is a file: name a folder");
            }

            Directory.CreateDirectory(folder);
            if (!isContinued && Directory.EnumerateFileSystemEntries(folder).Any())
            {
                throw new UsageException(
                    $"--out {folder} is not empty: add --continue to keep the days that are complete in it, or name an empty folder");
            }

            foreach (var partial in Directory.EnumerateFiles(folder).Where(path => PartialName().IsMatch(Path.GetFileName(path))))
            {
                File.Delete(partial); // of a replay that was killed
            }

            var probe = Path.Combine(folder, $".write{PartialSuffix}");
            using (new FileStream(probe, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose))
            {
                // Before events are read, which may take hours.
            }

            return new DayFolder(folder, [.. DaysIn(folder).SkipLast(1)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HistoryException($"cannot write to --out {folder}: {HistoryException.ReasonOf(e)}: name another folder", e);
        }
    }

    /// <inheritdoc/>
    public void Write(HistoryDay day, CancellationToken stopping)
    {
        var path = PathOf(day.Date);
        var partial = Path.Combine(_folder, $".{NameOf(day.Date)}{PartialSuffix}");
        try
        {
            try
            {
                using (var file = new FileStream(partial, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 0))
                {
                    Write(day, file, stopping);
                    file.Flush(flushToDisk: true);
                    Check(day, file);
                }

                if (!_kept.Contains(day.Date))
                {
                    File.Move(partial, path, overwrite: true);
                    return;
                }

                if (!HaveSameContent(partial, path))
                {
                    Different ??= day.Date;
                }

                File.Delete(partial);
            }
            catch
            {
                File.Delete(partial);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HistoryException(
                $"cannot write {path}: {HistoryException.ReasonOf(e)}; the days before it are complete: "
                + "correct this and repeat with --continue",
                e);
        }
    }

    private void Write(HistoryDay day, FileStream file, CancellationToken stopping)
    {
        _buffer.ResetWrittenCount();
        var writer = new ExpositionWriter(_buffer, ExpositionFormat.OpenMetrics100);
        HistoryFamily? family = null;
        foreach (var (series, samples) in day.InOrder())
        {
            stopping.ThrowIfCancellationRequested();
            if (series.Family != family)
            {
                family = series.Family;
                writer.Family(family.Name, family.Kind, unit: "", family.Description);
            }

            foreach (var sample in samples)
            {
                writer.Sample(series.Labels, sample.Value, DateTimeOffset.FromUnixTimeMilliseconds(sample.Milliseconds));
                if (_buffer.WrittenCount >= ChunkSize / 2)
                {
                    Flush(file);
                }
            }
        }

        writer.End();
        Flush(file);
    }

    private void Flush(FileStream file)
    {
        try
        {
            file.Write(_buffer.WrittenSpan);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new IOException("the file is too large for the file system, or for ulimit -f", e); // EFBIG
        }

        _buffer.ResetWrittenCount();
    }

    private static void Check(HistoryDay day, FileStream file)
    {
        try
        {
            file.Position = 0;
            var read = OpenMetricsReader.Read(file, day.Date);
            if (read != day.Samples)
            {
                throw new InvalidDataException($"it has {read} samples instead of {day.Samples}");
            }
        }
        catch (InvalidDataException e)
        {
            throw new IOException($"what was written cannot be read again ({e.Message})", e);
        }
    }

    private static bool HaveSameContent(string one, string other)
    {
        if (new FileInfo(one).Length != new FileInfo(other).Length)
        {
            return false;
        }

        using var left = File.OpenRead(one);
        using var right = File.OpenRead(other);
        var (a, b) = (new byte[ChunkSize], new byte[ChunkSize]);
        int read;
        while ((read = left.ReadAtLeast(a, a.Length, throwOnEndOfStream: false)) > 0)
        {
            var same = right.ReadAtLeast(b.AsSpan(0, read), read, throwOnEndOfStream: false);
            if (!a.AsSpan(0, read).SequenceEqual(b.AsSpan(0, same)))
            {
                return false;
            }
        }

        return true;
    }

    private static IEnumerable<DateOnly> DaysIn(string folder) =>
        Directory.EnumerateFiles(folder, $"*{Extension}")
            .Select(path => DateOnly.TryParseExact(
                Path.GetFileNameWithoutExtension(path), DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                ? date
                : (DateOnly?)null)
            .OfType<DateOnly>()
            .Order();

    private static string NameOf(DateOnly date) => date.ToString(DateFormat, CultureInfo.InvariantCulture) + Extension;

    private string PathOf(DateOnly date) => Path.Combine(_folder, NameOf(date));

    [GeneratedRegex(@"^\.(\d{4}-\d\d-\d\d\.om|samples|write)\.partial$")]
    private static partial Regex PartialName();
}
