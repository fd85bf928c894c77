using System.Text;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Commands;

/// <summary>Checks the file that <c>--out</c> names: only a reference file may be overwritten.</summary>
internal static class OutputFile
{
    private const int HeadLength = 64 * 1024; // in bytes; the format's name is within the head of a reference file
    private const string AnyVersion = "\"driftmonitor.reference/";

    // These folders hold devices and other processes' pipes, not files.
    private static readonly string[] SystemFolders = ["/dev/", "/proc/", "/sys/"];

    /// <summary>Throws if writing a reference would overwrite something else. Symbolic links are followed.</summary>
    /// <param name="target">The value of <c>--out</c>.</param>
    /// <param name="config">The value of <c>--config</c>.</param>
    /// <param name="files">The values of <c>--file</c>.</param>
    /// <exception cref="UsageException">The target is one of the files that are read.</exception>
    /// <exception cref="ReferenceException">The target exists and is not a reference file, or it cannot be a file.</exception>
    public static void Check(string target, string config, IReadOnlyList<string> files)
    {
        var path = Resolve(target)
            ?? throw new ReferenceException($"cannot write {target}: it is a symbolic link in a loop of links; choose another file");
        if (path == Resolve(config))
        {
            throw new UsageException($"--out {target} is the configuration file: choose another file");
        }

        if (files.Any(file => file != "-" && path == Resolve(file)))
        {
            throw new UsageException($"--out {target} is also an input (--file) and would be overwritten: choose another file");
        }

        if (SystemFolders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal)))
        {
            throw new ReferenceException($"cannot write {target}: files cannot be stored there; for standard output, use --out -");
        }

        if (!CanReplace(path))
        {
            throw new ReferenceException(
                $"cannot write {target}: the file exists and is not a reference file; remove it first, or choose another file");
        }
    }

    // The full path with symbolic links resolved; the file need not exist. Null if links form a loop.
    private static string? Resolve(string path)
    {
        try
        {
            var full = Path.GetFullPath(path);
            return File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName is { } target ? Path.GetFullPath(target) : full;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return Path.GetFullPath(path);
        }
        catch (IOException)
        {
            return null;
        }
    }

    // True for a file that does not exist, is empty, or is a reference. Only the head is read, so a damaged reference can be replaced too.
    private static bool CanReplace(string path)
    {
        try
        {
            if (new FileInfo(path) is not { Exists: true, Length: > 0 })
            {
                return true; // a folder too: the error is reported when the file is written
            }

            using var file = File.OpenRead(path);
            var head = new byte[HeadLength];
            var length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(head, 0, length).Contains(AnyVersion, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReferenceException(
                $"cannot write {path}: the file exists and cannot be read, so it might not be a reference file ({e.Message}); "
                + "choose another file",
                e);
        }
    }
}
