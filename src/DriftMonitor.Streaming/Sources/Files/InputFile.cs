using System.IO.Compression;
using DriftMonitor.Streaming.Events;
using ZstdSharp;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>One open input: a file, a pipe or standard input, decompressed if it is gzip or zstd, which its first bytes tell.</summary>
internal sealed class InputFile : IDisposable
{
    private const string StandardInput = "-";

    private readonly Stream _raw; // the bytes before decompression
    private Stream? _content; // null until the first read, which detects the compression

    private InputFile(string path, Stream raw)
    {
        Path = path;
        _raw = raw;
    }

    /// <summary>The path as given.</summary>
    public string Path { get; }

    /// <summary>The name in messages.</summary>
    public string Name => Path == StandardInput ? "standard input" : Path;

    /// <summary>How many bytes of the file on disk have been read; 0 if it cannot seek, such as a pipe.</summary>
    public long Position => _raw.CanSeek ? _raw.Position : 0;

    /// <summary>The length of the file on disk in bytes; 0 if it cannot seek, such as a pipe.</summary>
    public long Length => _raw.CanSeek ? _raw.Length : 0;

    /// <summary>Opens an input.</summary>
    /// <param name="path">The file, or <c>-</c> for standard input.</param>
    /// <param name="standardInput">Opens standard input.</param>
    /// <param name="stopping">Cancels opening and reading an input that may block.</param>
    /// <exception cref="SourceException">The file cannot be opened.</exception>
    public static InputFile Open(string path, Func<Stream> standardInput, CancellationToken stopping)
    {
        try
        {
            return new InputFile(path, MayBlock(path)
                ? new ReadAhead(() => path == StandardInput ? standardInput() : OpenFile(path), stopping)
                : OpenFile(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(path, rowsRead: 0, e);
        }
    }

    /// <summary>Whether reading a path may block because no data arrives: anything but a regular file that is not empty.</summary>
    public static bool MayBlock(string path)
    {
        try
        {
            return path == StandardInput
                || (File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path))
                    is not FileInfo { Exists: true, Length: > 0 };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true; // opening the file reports the error
        }
    }

    /// <summary>The length of all files together, in bytes; null if one has no length, such as standard input or a pipe.</summary>
    public static long? GetTotalLength(IReadOnlyList<string> paths)
    {
        try
        {
            return paths.All(path => path != StandardInput && File.Exists(path)) ? paths.Sum(path => new FileInfo(path).Length) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // opening the file reports the error
        }
    }

    /// <summary>Reads decompressed bytes.</summary>
    /// <param name="buffer">Where to put them: at most as many as there is room.</param>
    /// <param name="rowsRead">How many rows have been read, for error messages.</param>
    /// <returns>How many bytes were read; 0 at the end.</returns>
    /// <exception cref="SourceException">The input cannot be read, or its compressed data is corrupt.</exception>
    public int Read(ArraySegment<byte> buffer, long rowsRead)
    {
        try
        {
            _content ??= Decompress(_raw);
            return _content.Read(buffer.Array!, buffer.Offset, buffer.Count);
        }
        catch (InvalidDataException e)
        {
            throw IsCorrupt("gzip", rowsRead, e);
        }
        catch (Exception e) when (e is ZstdException or EndOfStreamException)
        {
            throw IsCorrupt("zstd", rowsRead, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(Name, rowsRead, e);
        }
    }

    /// <summary>Closes the input.</summary>
    public void Dispose()
    {
        _content?.Dispose();
        _raw.Dispose();
    }

    // No buffer: rows are read in large blocks.
    private static FileStream OpenFile(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);

    private static Stream Decompress(Stream raw)
    {
        // A pipe may return a single byte at a time.
        var start = new byte[4];
        var length = raw.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        var all = new PrefixedStream(start[..length], raw);
        return start switch
        {
            [0x1f, 0x8b, ..] => new GZipStream(all, CompressionMode.Decompress),
            [0x28, 0xb5, 0x2f, 0xfd] => new DecompressionStream(all),
            _ => all,
        };
    }

    private SourceException IsCorrupt(string compression, long rowsRead, Exception cause) =>
        new($"{Name}: the {compression} data is corrupt after line {rowsRead}: check that the file is complete", cause);

    private static SourceException CannotRead(string name, long rowsRead, Exception cause)
    {
        var reason = cause switch
        {
            FileNotFoundException or DirectoryNotFoundException => "there is no such file",
            UnauthorizedAccessException => "it is a folder, or permission is denied",
            _ => cause.Message,
        };
        return new SourceException($"cannot read {name}{(rowsRead > 0 ? $" after line {rowsRead}" : "")}: {reason}", cause);
    }
}
