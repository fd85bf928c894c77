using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>A stream that a thread of its own opens and reads ahead. A pipe may be silent for ever, and neither opening nor reading it can be called off: whoever has waited enough leaves the thread behind.</summary>
internal sealed class ReadAhead : OneWayStream
{
    private const int Chunk = 64 * 1024; // as much as a pipe holds
    private const int MostAhead = 2;

    private readonly BlockingCollection<byte[]> _chunks = new(MostAhead);
    private readonly CancellationToken _stopping;
    private ExceptionDispatchInfo? _fault;
    private ReadOnlyMemory<byte> _chunk;

    /// <summary>Begins to open and to read.</summary>
    /// <param name="open">Opens the stream, which the thread disposes of.</param>
    /// <param name="stopping">Ends every wait: <see cref="Read(byte[], int, int)"/> then throws <see cref="OperationCanceledException"/>.</param>
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
                _fault?.Throw();
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
            _chunks.CompleteAdding(); // and not disposed of, as the thread may still have it
        }

        base.Dispose(disposing);
    }

    private void ReadToEnd(Func<Stream> open)
    {
        try
        {
            using var stream = open();
            var buffer = new byte[Chunk];
            while (!_chunks.IsAddingCompleted && stream.Read(buffer) is var read and > 0)
            {
                _chunks.Add(buffer[..read]);
            }
        }
        catch (Exception e)
        {
            _fault = ExceptionDispatchInfo.Capture(e); // the reader's to deal with, whatever it is; nobody's where the reader has gone
        }
        finally
        {
            _chunks.CompleteAdding();
        }
    }
}
