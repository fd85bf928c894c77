using System.Text;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Terminal;

/// <summary>Standard input, output and error as the process got them: open or closed, with or without a reader.</summary>
internal static class StandardStreams
{
    private const int CloseOnExec = 0x80000; // O_CLOEXEC of Linux
    private const int BrokenPipe = 32; // EPIPE

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>
    /// From now on a failed write to <see cref="Console.Out"/> throws, and a failed write to <see cref="Console.Error"/> is ignored:
    /// a verb's exit code must not depend on whether its messages can be read.
    /// </summary>
    public static void TakeOver()
    {
        Console.SetOut(WriterTo(Output(Console.OpenStandardOutput)));
        Console.SetError(WriterTo(new Guarded(IsClosed(2) ? Stream.Null : Console.OpenStandardError(), _ => { })));
    }

    /// <summary>Standard input.</summary>
    /// <exception cref="IOException">It is closed.</exception>
    public static Stream Input() => IsClosed(0) ? throw new IOException("it is closed") : Console.OpenStandardInput();

    /// <summary>
    /// Standard output for long outputs, whose reader may stop reading: <see cref="IsReaderGone"/> recognises that failure, which
    /// <see cref="Console.Out"/> does not report.
    /// </summary>
    public static Stream EndingWithItsReader() => Output(OpenPipe);

    /// <summary>
    /// Standard output that may lose its reader: from then on, what is written is dropped. For verbs whose result is elsewhere.
    /// </summary>
    public static Stream OutlivingItsReader() => Output(OpenPipe, isReaderNeeded: false);

    /// <summary>Whether a write failed because the reader has gone.</summary>
    public static bool IsReaderGone(IOException failure) => failure.HResult == BrokenPipe;

    private static Stream OpenPipe()
    {
        if (!Console.IsOutputRedirected || OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        // The console's stream treats a broken pipe as success, so a pipe is opened as a file. A real file is not: a FileStream keeps its
        // own position and does not move the process's, so the next writer would overwrite what we wrote. Pipes have no position.
        var stream = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }

    private static Guarded Output(Func<Stream> open, bool isReaderNeeded = true) => new(
        IsClosed(1) ? new Closed() : open(),
        failure =>
        {
            if (isReaderNeeded || failure.HResult != BrokenPipe)
            {
                throw new IOException($"cannot write standard output: {failure.Message}", failure.HResult);
            }
        });

    private static StreamWriter WriterTo(Stream stream) => new(stream, Utf8, bufferSize: 1024) { AutoFlush = true };

    // Streams that the process inherited are not close-on-exec. Where one of the three was closed, the first file that the runtime opened
    // has its number, and that file is close-on-exec.
    private static bool IsClosed(int number)
    {
        try
        {
            var flags = File.ReadLines($"/proc/self/fdinfo/{number}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (Convert.ToInt64(flags["flags:".Length..].Trim(), 8) & CloseOnExec) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return false; // not Linux: there, a closed stream fails on first use
        }
    }

    /// <summary>A stream to write to, whose failures go to a callback.</summary>
    private sealed class Guarded(Stream stream, Action<Exception> onFailure) : WriteOnly
    {
        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                stream.Write(buffer);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                onFailure(e);
            }
        }
    }

    private sealed class Closed : WriteOnly
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("it is closed");
    }

    private abstract class WriteOnly : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
            // Nothing is kept back.
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
