namespace DriftMonitor.Streaming.Checkpoints;

/// <summary>
/// A folder with the newest two checkpoints of one process: <c>state.1</c>, the newest, and <c>state.2</c>. Whenever the process is killed,
/// one of them at least is complete.
/// </summary>
/// <remarks>
/// A checkpoint is written to <c>state.tmp</c> and to the disk, and then renamed; before that, <c>state.1</c> becomes <c>state.2</c>. A
/// power failure may undo renames, which leaves an older checkpoint: that is right too.
/// </remarks>
public sealed class CheckpointFolder : IDisposable
{
    private const int BufferSize = 1 << 16; // bytes

    private readonly FileStream _lock;

    private CheckpointFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>The folder.</summary>
    public string Path { get; }

    private string Newest => System.IO.Path.Combine(Path, "state.1");

    private string Previous => System.IO.Path.Combine(Path, "state.2");

    private string Temporary => System.IO.Path.Combine(Path, "state.tmp");

    /// <summary>Makes the folder if there is none, and keeps other processes out of it until the process ends, or before.</summary>
    /// <exception cref="CheckpointException">Another process uses it, or it cannot be written.</exception>
    public static CheckpointFolder Open(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            var file = System.IO.Path.Combine(path, "state.lock");
            return new CheckpointFolder(path, CreateFile(file, FileMode.OpenOrCreate));
        }
        catch (IOException e) when (IsInUse(path))
        {
            throw new CheckpointException($"another driftmonitor uses {path}: stop it, or give each process a folder of its own", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"cannot use the folder {path}: {e.Message}", e);
        }
    }

    /// <summary>Reads the newest checkpoint that is complete; files that are damaged are renamed to end in <c>.bad</c>.</summary>
    /// <param name="onBad">Called with what is wrong with a file, in one line.</param>
    /// <returns>Null if there is none.</returns>
    public Checkpoint? Load(Action<string> onBad)
    {
        foreach (var path in new[] { Newest, Previous }.Where(File.Exists))
        {
            try
            {
                return CheckpointFile.Read(path);
            }
            catch (CheckpointException e)
            {
                // One that cannot be read now, or is of another version, may be needed later.
                onBad(e.IsDamaged && TryMoveAway(path) ? $"{e.Message}; it is now {path}.bad" : e.Message);
            }
        }

        return null;
    }

    /// <summary>Writes a checkpoint, which replaces the one before the newest. Not to be called by two threads at a time.</summary>
    /// <returns>The size of the file in bytes.</returns>
    /// <exception cref="CheckpointException">It cannot be written; those that exist are as they were.</exception>
    public long Write(Checkpoint checkpoint)
    {
        try
        {
            long size;
            using (var file = CreateFile(Temporary, FileMode.Create))
            {
                CheckpointFile.Write(file, checkpoint);
                file.Flush(flushToDisk: true);
                size = file.Length;
            }

            if (File.Exists(Newest))
            {
                File.Move(Newest, Previous, overwrite: true);
            }

            File.Move(Temporary, Newest, overwrite: true);
            return size;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            TryDelete(Temporary); // a full disk leaves a part of it
            throw new CheckpointException($"cannot write the checkpoint {Newest}: {e.Message}", e);
        }
    }

    /// <summary>Removes the checkpoints: what they hold belongs to no topic any more.</summary>
    public void Discard()
    {
        TryDelete(Newest);
        TryDelete(Previous);
    }

    /// <summary>Lets other processes use the folder.</summary>
    public void Dispose() => _lock.Dispose();

    // Shared with nobody, and, as it holds what monitors have seen, readable by nobody else.
    private static FileStream CreateFile(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = BufferSize };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    private static bool IsInUse(string path)
    {
        try
        {
            // Whoever holds it shares nothing; one who may not write it may still read it.
            using var file = new FileStream(System.IO.Path.Combine(path, "state.lock"), FileMode.Open, FileAccess.Read, FileShare.None);
            return false;
        }
        catch (IOException e)
        {
            return e is not (FileNotFoundException or DirectoryNotFoundException);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool TryMoveAway(string path)
    {
        try
        {
            File.Move(path, $"{path}.bad", overwrite: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Overwritten next time.
        }
    }
}
