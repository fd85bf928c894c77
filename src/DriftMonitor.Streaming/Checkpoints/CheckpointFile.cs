using System.Buffers.Binary;
using System.Security.Cryptography;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Checkpoints;

/// <summary>The format of checkpoint files.</summary>
/// <remarks>
/// <code>
/// 8 bytes   "DMCHKPT" and a line feed
/// 4 bytes   format version, little-endian like all numbers
/// 4 bytes   length of the head
/// …         head: all of <see cref="Checkpoint"/> but the states, whose lengths it has
/// …         the states of the monitors, in their order
/// 32 bytes  SHA-256 of everything before
/// </code>
/// A file is untrusted input: nothing of it is used before its checksum is known to be right.
/// </remarks>
public static class CheckpointFile
{
    /// <summary>The version that is written. All versions from 1 on are read.</summary>
    public const int FormatVersion = StateExchange.CurrentVersion;

    private const int LargestHead = 64 << 20; // bytes

    private static ReadOnlySpan<byte> Magic => "DMCHKPT\n"u8;

    /// <summary>Writes a checkpoint.</summary>
    public static void Write(Stream to, Checkpoint checkpoint)
    {
        var head = new StateSaver();
        Exchange(head, checkpoint, out _);
        if (head.Saved.Length > LargestHead)
        {
            throw new IOException($"it has a head of {head.Saved.Length} bytes: there are too many partitions, monitors and alerts");
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> start = stackalloc byte[Magic.Length + 2 * sizeof(int)];
        Magic.CopyTo(start);
        BinaryPrimitives.WriteInt32LittleEndian(start[Magic.Length..], FormatVersion);
        BinaryPrimitives.WriteInt32LittleEndian(start[(Magic.Length + sizeof(int))..], head.Saved.Length);
        Write(start);
        Write(head.Saved.Span);
        foreach (var monitor in checkpoint.Monitors)
        {
            Write(monitor.State.Span);
        }

        to.Write(hash.GetHashAndReset());

        void Write(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(bytes);
            to.Write(bytes);
        }
    }

    /// <summary>Reads a checkpoint file.</summary>
    /// <exception cref="CheckpointException">It cannot be read, is damaged, or is of another format version.</exception>
    public static Checkpoint Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StateException or OutOfMemoryException)
        {
            throw new CheckpointException($"cannot read the checkpoint {path}: {ReasonOf(e)}", e)
            {
                IsDamaged = e is StateException && !IsOfOtherVersion(path),
            };
        }
    }

    /// <summary>Reads a checkpoint.</summary>
    /// <param name="from">A stream with a length.</param>
    /// <exception cref="StateException">It is damaged, or of another format version.</exception>
    public static Checkpoint Read(Stream from)
    {
        Span<byte> start = stackalloc byte[Magic.Length + 2 * sizeof(int)];
        var size = from.Length - from.Position;
        if (size < start.Length + SHA256.HashSizeInBytes || from.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length)
        {
            throw new StateException("it is not complete");
        }

        if (!start.StartsWith(Magic))
        {
            throw new StateException("it is no checkpoint of driftmonitor");
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(start[Magic.Length..]);
        if (version is < 1 or > FormatVersion)
        {
            throw new StateException($"its format version is {version}, and this program reads those up to {FormatVersion}");
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(start);
        var length = BinaryPrimitives.ReadInt32LittleEndian(start[(Magic.Length + sizeof(int))..]);
        var left = size - start.Length - SHA256.HashSizeInBytes;
        if (length < 0 || length > Math.Min(left, LargestHead))
        {
            throw new StateException("it is damaged: its head has no possible length");
        }

        // The lengths of the states are in the head, which is believed only when the checksum is known to be right.
        var begin = from.Position;
        Digest(from, left, hash);
        Span<byte> checksum = stackalloc byte[SHA256.HashSizeInBytes];
        from.ReadExactly(checksum);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(checksum))
        {
            throw new StateException("it is damaged: its checksum is wrong");
        }

        from.Position = begin;
        var head = new byte[length];
        from.ReadExactly(head);
        var lengths = Array.Empty<long>();
        Checkpoint? checkpoint = null;
        StateLoader.Load(head, version, exchange => checkpoint = Exchange(exchange, null, out lengths));
        left -= length;
        if (lengths.Any(state => state < 0 || state > Math.Min(left, Array.MaxLength)) || lengths.Sum() != left)
        {
            throw new StateException("it is damaged: the lengths of its states are wrong");
        }

        var monitors = checkpoint!.Monitors.Zip(lengths, (monitor, state) =>
        {
            var bytes = new byte[state];
            from.ReadExactly(bytes);
            return monitor with { State = bytes, StateVersion = version };
        });
        return checkpoint with { FormatVersion = version, Monitors = [.. monitors] };
    }

    // Where the message of .NET would give the whole path once more, and no remedy.
    private static string ReasonOf(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException =>
            "there is no such file; the service writes state.1 and state.2 into the folder Checkpoint:Directory",
        UnauthorizedAccessException => "permission is denied; only the user that the service runs as may read it",
        _ => exception.Message,
    };

    private static bool IsOfOtherVersion(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> start = stackalloc byte[Magic.Length + sizeof(int)];
            return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.StartsWith(Magic)
                && BinaryPrimitives.ReadInt32LittleEndian(start[Magic.Length..]) is < 1 or > FormatVersion;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void Digest(Stream from, long length, IncrementalHash hash)
    {
        var buffer = new byte[Math.Min(length, 1 << 16)];
        while (length > 0)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(length, buffer.Length));
            from.ReadExactly(part);
            hash.AppendData(part);
            length -= part.Length;
        }
    }

    private static Checkpoint Exchange(StateExchange exchange, Checkpoint? saved, out long[] lengths)
    {
        var taken = new EventTime(exchange.Number(saved?.Taken.Milliseconds ?? 0));
        var version = saved?.Version ?? "";
        exchange.Text(ref version);
        List<TopicIdentity> topics = [.. saved?.Topics ?? []];
        exchange.List(topics, (ref TopicIdentity topic) =>
        {
            var name = topic?.Topic ?? "";
            exchange.Text(ref name);
            topic = new TopicIdentity(name, Optional(topic?.Cluster), Optional(topic?.Id));
        });
        List<MonitorCheckpoint> monitors = [.. saved?.Monitors ?? []];
        var all = new List<long>();
        exchange.List(monitors, (ref MonitorCheckpoint monitor) =>
        {
            monitor = MonitorCheckpoint.Exchange(exchange, monitor, out var length);
            all.Add(length);
        });
        lengths = [.. all];
        return new Checkpoint(taken, version, topics, monitors);

        string? Optional(string? text)
        {
            if (!exchange.Flag(text is not null))
            {
                return null;
            }

            var present = text ?? "";
            exchange.Text(ref present);
            return present;
        }
    }
}
