using System.Text;

namespace DriftMonitor.Streaming.References;

/// <summary>
/// Writes files atomically, by way of a temporary file in the same folder: another process sees the old file or the new one, never a part.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a text in UTF-8. If the path is a link, its target is replaced and the link stays.</summary>
    /// <exception cref="ReferenceException">The file cannot be written.</exception>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a text that only the owner may read, as above.</summary>
    /// <exception cref="ReferenceException">The file cannot be written.</exception>
    public static void WritePrivate(string path, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        WritePrivate(path, file => file.Write(bytes));
    }

    /// <summary>Writes what only the owner may read, piece by piece, as above.</summary>
    /// <exception cref="ReferenceException">The file cannot be written.</exception>
    public static void WritePrivate(string path, Action<Stream> write) => Write(path, write, isPrivate: true);

    /// <summary>Writes bytes, as above.</summary>
    /// <exception cref="ReferenceException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlyMemory<byte> bytes) => Write(path, file => file.Write(bytes.Span), isPrivate: false);

    private static void Write(string path, Action<Stream> write, bool isPrivate) => WithTarget(path, target =>
    {
        var temporary = GetTemporaryPath(target);
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (isPrivate && !OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var file = new FileStream(temporary, options))
            {
                write(file);

                // So that a power failure after the move leaves the old file or the new one, not an empty one.
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary); // a full disk, for example, leaves a part of it
            throw;
        }
    });

    /// <summary>Checks whether a file can be written, without writing it.</summary>
    /// <exception cref="ReferenceException">The file cannot be written.</exception>
    public static void EnsureWritable(string path) => WithTarget(path, target =>
    {
        using var temporary = new FileStream(
            GetTemporaryPath(target), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
    });

    // A random name, so that no file of the user and no temporary file of another build is overwritten.
    private static string GetTemporaryPath(string path) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}");

    private static void WithTarget(string path, Action<string> write)
    {
        if (Directory.Exists(path))
        {
            throw new ReferenceException($"cannot write {path}: it is a folder");
        }

        try
        {
            write(new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : path);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new ReferenceException($"cannot write {path}: there is no such folder", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReferenceException($"cannot write {path}: {e.Message}", e);
        }
    }
}
