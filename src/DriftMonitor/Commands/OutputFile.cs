using System.Text;
using DriftMonitor.Reports;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Commands;

/// <summary>A kind of file that a verb writes where an option says. Only a file of the same kind may be overwritten.</summary>
/// <param name="option">The option.</param>
/// <param name="what">The kind: "a reference file".</param>
/// <param name="mark">What the head of every such file contains.</param>
/// <param name="elsewhere">What to do where files cannot be stored.</param>
internal sealed class OutputFile(string option, string what, string mark, string elsewhere)
{
    /// <summary>The reference file that <c>reference build</c> writes.</summary>
    public static readonly OutputFile Reference =
        new("--out", "a reference file", "\"driftmonitor.reference/", "for standard output, use --out -");

    /// <summary>The page that <c>replay</c> writes.</summary>
    public static readonly OutputFile Report = new("--report", "a report of replay", HtmlReport.Mark, "choose another file");

    private const int HeadLength = 64 * 1024; // in bytes; the mark is within the head

    // These folders hold devices and other processes' pipes, not files.
    private static readonly string[] SystemFolders = ["/dev/", "/proc/", "/sys/"];

    /// <summary>Throws if the file would overwrite something else, or cannot be written. Symbolic links are followed.</summary>
    /// <param name="target">The value of the option.</param>
    /// <param name="config">The value of <c>--config</c>.</param>
    /// <param name="files">The values of <c>--file</c>.</param>
    /// <exception cref="UsageException">The target is one of the files that are read.</exception>
    /// <exception cref="ReferenceException">The target exists and is of another kind, or it cannot be written.</exception>
    public void Check(string target, string config, IReadOnlyList<string> files)
    {
        var path = Resolve(target)
            ?? throw new ReferenceException($"cannot write {target}: it is a symbolic link in a loop of links; choose another file");
        if (path == Resolve(config))
        {
            throw new UsageException($"{option} {target} is the configuration file: choose another file");
        }

        if (files.Any(file => file != "-" && path == Resolve(file)))
        {
            throw new UsageException($"{option} {target} is also an input (--file) and would be overwritten: choose another file");
        }

        if (SystemFolders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal)))
        {
            throw new ReferenceException($"cannot write {target}: files cannot be stored there; {elsewhere}");
        }

        if (!CanReplace(path))
        {
            throw new ReferenceException(
                $"cannot write {target}: the file exists and is not {what}; remove it first, or choose another file");
        }

        AtomicFile.EnsureWritable(target); // before the events are read, which may take minutes
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

    // True for a file that does not exist, is empty, or is of this kind. Only the head is read, so a damaged one can be replaced too.
    private bool CanReplace(string path)
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
            return Encoding.UTF8.GetString(head, 0, length).Contains(mark, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReferenceException(
                $"cannot write {path}: the file exists and cannot be read, so it might not be {what} ({e.Message}); "
                + "choose another file",
                e);
        }
    }
}
