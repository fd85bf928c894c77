using System.Text;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Commands;

/// <summary>Sees to it that nothing but an older reference is lost where a reference is written.</summary>
internal static class OutputFile
{
    private const int Beginning = 64 * 1024; // bytes of a file, among which the format's name stands
    private const string AnyVersion = "\"driftmonitor.reference/";

    // What is there is no place for a file: devices, and other processes' ends of pipes.
    private static readonly string[] NoFolders = ["/dev/", "/proc/", "/sys/"];

    /// <summary>Refuses a place where something else is, also where a symbolic link leads to it.</summary>
    /// <param name="target">What <c>--out</c> names.</param>
    /// <param name="config">The file of <c>--config</c>.</param>
    /// <param name="files">Those of <c>--file</c>.</param>
    /// <exception cref="GivenException">It is one of the files that are read.</exception>
    /// <exception cref="ReferenceException">It is there, and is no reference.</exception>
    public static void Check(string target, string config, IReadOnlyList<string> files)
    {
        var place = Resolved(target) ?? throw new ReferenceException($"cannot write {target}: it is a symbolic link that leads back to itself");
        if (place == Resolved(config))
        {
            throw new GivenException($"--out {target} is the configuration itself: name another file");
        }

        if (files.Any(file => file != "-" && place == Resolved(file)))
        {
            throw new GivenException($"--out {target} is one of --file, and would take the place of what is read: name another file");
        }

        if (NoFolders.Any(folder => place.StartsWith(folder, StringComparison.Ordinal)))
        {
            throw new ReferenceException($"cannot write {target}: it is no place for a file; for standard output, write --out -");
        }

        if (!IsOurs(place))
        {
            throw new ReferenceException($"cannot write {target}: it is there, and is no reference file; remove it first, or name another file");
        }
    }

    // The full path without symbolic links, also where there is nothing yet; null where links go in a circle.
    private static string? Resolved(string path)
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

    // Nothing yet, nothing in it, or a reference: what is damaged behind its beginning may be built again.
    private static bool IsOurs(string place)
    {
        try
        {
            if (new FileInfo(place) is not { Exists: true, Length: > 0 })
            {
                return true; // a folder is told where it is written to
            }

            using var file = File.OpenRead(place);
            var begin = new byte[Beginning];
            return Encoding.UTF8.GetString(begin, 0, file.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false)).Contains(AnyVersion, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReferenceException($"cannot write {place}: it is there, and cannot be read, so that it may be no reference: {e.Message}", e);
        }
    }
}
