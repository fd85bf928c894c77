using System.Globalization;
using System.Text;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Terminal;

/// <summary>Standard input, output and error as the process was given them: open or closed, and with somebody at the other end or not.</summary>
internal static class StandardStreams
{
    private const int CloseOnExec = 0x80000; // O_CLOEXEC of Linux
    private const int BrokenPipe = 32; // EPIPE

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>From now on <see cref="Console.Out"/> says what it could not write, and <see cref="Console.Error"/> gives up without a word: what a verb comes to does not depend on whether somebody can be told.</summary>
    public static void TakeOver()
    {
        Console.SetOut(WriterTo(Output(Console.OpenStandardOutput)));
        Console.SetError(WriterTo(new Guarded(IsClosed(2) ? Stream.Null : Console.OpenStandardError(), _ => { })));
    }

    /// <summary>Standard input.</summary>
    /// <exception cref="IOException">It is closed.</exception>
    public static Stream Input() => IsClosed(0) ? throw new IOException("it is closed") : Console.OpenStandardInput();

    /// <summary>Standard output for more than a page, which somebody may stop reading: <see cref="IsReaderGone"/> knows that failure. <see cref="Console.Out"/> does not tell it.</summary>
    public static Stream EndingWithItsReader() => Output(() =>
    {
        if (!Console.IsOutputRedirected || OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        // The console's stream takes a broken pipe for success. A file's own would keep a position of its own and leave the process's alone, so that whoever writes next writes over it: pipes have none.
        var stream = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    });

    /// <summary>Whether writing failed because nobody reads any more.</summary>
    public static bool IsReaderGone(IOException failure) => failure.HResult == BrokenPipe;

    private static Guarded Output(Func<Stream> open) => new(
        IsClosed(1) ? new Closed() : open(),
        failure => throw new IOException($"cannot write standard output: {failure.Message}", failure.HResult));

    private static StreamWriter WriterTo(Stream stream) => new(stream, Utf8, bufferSize: 1024) { AutoFlush = true };

    // What the process was given outlived its start, and so is not closed by the next one's. Where one of the three was closed, the runtime's own first file has taken its number: that one is.
    private static bool IsClosed(int number)
    {
        try
        {
            var flags = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{number}")).First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (Convert.ToInt64(flags["flags:".Length..].Trim(), 8) & CloseOnExec) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return false; // not Linux: a closed one then fails where it is used
        }
    }

    /// <summary>A stream to write to, which leaves its failures to somebody else.</summary>
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
