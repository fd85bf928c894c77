using System.Globalization;
using System.Text.Json;
using DriftMonitor.Samples;

namespace DriftMonitor.History;

/// <summary>A folder of Prometheus blocks, made from the files of the days.</summary>
/// <remarks>Blocks are made in a hidden folder inside it and moved when all of them are there.</remarks>
internal sealed class BlockFolder : IDisposable
{
    private const string PartialName = ".partial";

    private readonly string _folder;
    private readonly Promtool _promtool;

    private BlockFolder(string folder, Promtool promtool) => (_folder, _promtool) = (folder, promtool);

    /// <summary>A folder for the files of the days, where they are not wanted afterwards.</summary>
    public string DaysFolder => Path.Combine(_folder, PartialName, "days");

    /// <summary>Opens a folder, which is made if it does not exist.</summary>
    /// <exception cref="UsageException">The folder is not empty.</exception>
    /// <exception cref="HistoryException">The folder cannot be written, or there is no promtool.</exception>
    public static BlockFolder Open(string folder)
    {
        if (File.Exists(folder))
        {
            throw new UsageException($"--blocks {folder} is a file: name a folder");
        }

        var promtool = Promtool.Find();
        try
        {
            Directory.CreateDirectory(folder);
            if (Directory.EnumerateFileSystemEntries(folder).Any(entry => Path.GetFileName(entry) != PartialName))
            {
                throw new UsageException(
                    $"--blocks {folder} is not empty, and blocks in it could overlap the new ones: name an empty folder");
            }

            var blocks = new BlockFolder(folder, promtool);
            blocks.Dispose(); // what a replay that was killed has left
            Directory.CreateDirectory(blocks.Partial);
            return blocks;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HistoryException($"cannot write to --blocks {folder}: {HistoryException.ReasonOf(e)}: name another folder", e);
        }
    }

    private string Partial => Path.Combine(_folder, PartialName, "blocks");

    /// <summary>Makes the blocks.</summary>
    /// <param name="days">The files of the days.</param>
    /// <param name="stopping">Interrupts it; then no block is left.</param>
    /// <returns>How many there are.</returns>
    /// <exception cref="HistoryException">They cannot be made, or lack samples of the files.</exception>
    public int Make(IEnumerable<string> days, CancellationToken stopping)
    {
        try
        {
            var counted = new HashSet<string>();
            foreach (var file in days)
            {
                stopping.ThrowIfCancellationRequested();
                _promtool.CreateBlocks(file, Partial, stopping);
                Check(file, Directory.EnumerateDirectories(Partial).Where(counted.Add));
            }

            foreach (var block in counted)
            {
                Directory.Move(block, Path.Combine(_folder, Path.GetFileName(block)));
            }

            return counted.Count;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException)
        {
            throw new HistoryException($"cannot write blocks to {_folder}: {HistoryException.ReasonOf(e)}", e);
        }
    }

    /// <summary>Removes what is not complete.</summary>
    public void Dispose()
    {
        var partial = Path.Combine(_folder, PartialName);
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }
    }

    // promtool drops samples that it does not like and still succeeds.
    private static void Check(string file, IEnumerable<string> blocks)
    {
        var date = DateOnly.ParseExact(Path.GetFileNameWithoutExtension(file), "yyyy-MM-dd", CultureInfo.InvariantCulture);
        long expected;
        using (var text = File.OpenRead(file))
        {
            expected = ReadDay(text, file, date);
        }

        var kept = 0L;
        foreach (var block in blocks)
        {
            using var meta = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(block, "meta.json")));
            kept += meta.RootElement.GetProperty("stats").GetProperty("numSamples").GetInt64();
        }

        if (kept != expected)
        {
            throw new HistoryException($"promtool took {kept} of the {expected} samples of {file}: check its version");
        }
    }

    private static long ReadDay(Stream text, string file, DateOnly date)
    {
        try
        {
            return OpenMetricsReader.Read(text, date);
        }
        catch (InvalidDataException e)
        {
            throw new HistoryException($"{file} is damaged ({e.Message}): remove it, and repeat with --continue", e);
        }
    }
}
