using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>A stream that its own thread opens and reads ahead.</summary>
/// <remarks>
/// Opening and reading a pipe may block for ever, and neither can be cancelled. A reader that stops waiting therefore abandons the thread,
/// which runs in the background.
/// </remarks>
internal sealed class ReadAhead : ForwardOnlyStream
{
    private const int ChunkBytes = 64 * 1024; // the capacity of a pipe on Linux
    private const int MaxChunksAhead = 2;

    private readonly BlockingCollection<byte[]> _chunks = new(MaxChunksAhead);
    private readonly CancellationToken _stopping;
    private ExceptionDispatchInfo? _error;
    private ReadOnlyMemory<byte> _chunk;

    /// <summary>Starts to open and to read.</summary>
    /// <param name="open">Opens the stream, which the thread disposes of.</param>
    /// <param name="stopping">
    /// Ends every wait: <see cref="Read(byte[], int, int)"/> then throws <see cref="OperationCanceledException"/>.
    /// </param>
    public ReadAhead(Func<Stream> open, CancellationToken stopping)
    {
        _stopping = stopping;
        new Thread(() => ReadToEnd(open)) { IsBackground = true, Name = "reading a pipe" }.Start();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_chunk.IsEmpty)
        {
            if (!_chunks.TryTake(out var next, Timeout.Infinite, _stopping))
            {
                _error?.Throw();
                return 0;
            }

            _chunk = next;
        }

        var length = Math.Min(count, _chunk.Length);
        _chunk[..length].CopyTo(buffer.AsMemory(offset));
        _chunk = _chunk[length..];
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _chunks.CompleteAdding(); // not disposed of: the thread may still use it
        }

        base.Dispose(disposing);
    }

    private void ReadToEnd(Func<Stream> open)
    {
        try
        {
            using var stream = open();
            var buffer = new byte[ChunkBytes];
            while (!_chunks.IsAddingCompleted && stream.Read(buffer) is var read and > 0)
            {
                _chunks.Add(buffer[..read]);
            }
        }
        catch (Exception e)
        {
            _error = ExceptionDispatchInfo.Capture(e); // Read throws it, whatever it is; after Dispose, nobody needs it
        }
        finally
        {
            _chunks.CompleteAdding();
        }
    }
}
