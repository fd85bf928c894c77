namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>Reads files that people write or that a build has made, such as configurations and references, as a whole.</summary>
public static class SmallFile
{
    /// <summary>The largest file that is read. A reference with segments takes some 2 KB for each of them and for each window.</summary>
    public const long MostBytes = 1L << 30;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">
    /// It cannot be read, it is too large, or it is a pipe that nobody writes to; the message is the rest of a sentence.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static ReadOnlyMemory<byte> Read(string path) => Read(path, MostBytes, Patience);

    /// <summary>Reads a file of at most so many bytes. Opening a pipe waits for its writer, at most as long as given.</summary>
    internal static ReadOnlyMemory<byte> Read(string path, long mostBytes, TimeSpan patience)
    {
        var opening = Task.Factory.StartNew(
            () => File.OpenRead(path), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (Task.WaitAny([opening], patience) < 0)
        {
            throw new IOException($"it can't be opened within {patience.TotalSeconds:0} s: is it a pipe that nobody writes to?");
        }

        using var file = opening.GetAwaiter().GetResult();
        var length = file.CanSeek ? file.Length : 0;
        if (length > mostBytes)
        {
            throw TooLarge(mostBytes);
        }

        var content = new MemoryStream((int)length);
        var buffer = new byte[1 << 16];
        for (int read; (read = file.Read(buffer)) > 0;)
        {
            if (content.Length + read > mostBytes)
            {
                throw TooLarge(mostBytes); // a pipe, or a file that grows
            }

            content.Write(buffer, 0, read);
        }

        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }

    private static IOException TooLarge(long mostBytes) => new($"it is larger than {mostBytes >> 20} MiB, the most that is read");
}
