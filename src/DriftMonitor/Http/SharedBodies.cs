using System.Buffers;
using Microsoft.IO;

namespace DriftMonitor.Http;

/// <summary>
/// Sends large bodies, each rendered once for all who ask for it at the same time, and in pieces, so that the memory they take does not
/// grow with the number of clients or with their patience.
/// </summary>
/// <remarks>
/// A client that reads slowly holds a body that newer ones have replaced. Once such bodies take <see cref="MostBytes"/>, no further one is
/// rendered: a client gets the newest one if it is not older than <see cref="OldestReused"/>, or else 503.
/// </remarks>
/// <param name="clock">For the age of bodies.</param>
/// <param name="mostBytes">In place of <see cref="MostBytes"/>.</param>
internal sealed class SharedBodies(TimeProvider clock, long mostBytes = SharedBodies.MostBytes)
{
    /// <summary>While the bodies that are being sent take more than this, no further one is rendered.</summary>
    public const long MostBytes = 64 << 20;

    /// <summary>The greatest age of a body that is sent because a newer one cannot be rendered.</summary>
    public static readonly TimeSpan OldestReused = TimeSpan.FromSeconds(10);

    private const int PieceBytes = 1 << 16; // as much as Kestrel buffers for a connection
    private const int MostAttempts = 3;
    private static readonly RecyclableMemoryStreamManager Memory =
        new(new RecyclableMemoryStreamManager.Options { MaximumSmallPoolFreeBytes = MostBytes / 2 });

    private readonly Lock _lock = new();
    private readonly Dictionary<string, SharedBody> _newest = [];
    private long _bytes; // of bodies that have been rendered and are being sent

    /// <summary>Sends a body: the one that is being rendered for somebody else, one of the same version, or a new one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="key">What is asked for, and in which form.</param>
    /// <param name="version">What it is rendered from; null where each rendering differs.</param>
    /// <param name="render">Writes the body, and returns status and content type.</param>
    public async Task SendAsync(HttpContext context, string key, object? version, Func<RecyclableMemoryStream, ValueTask<BodyHead>> render)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (Rent(key, version, out var isOurs) is not { } body)
            {
                context.Response.Headers.RetryAfter = "5";
                await DriftMonitorEndpoints.SendAsync(
                    context,
                    StatusCodes.Status503ServiceUnavailable,
                    "text/plain; charset=utf-8",
                    "too many clients read large responses slowly: try again in 5 seconds\n"u8.ToArray());
                return;
            }

            try
            {
                var head = isOurs ? await RenderAsync(body, render) : await body.Head;

                // Somebody else's rendering may fail because that client has gone.
                if (isOurs || head.Status < StatusCodes.Status400BadRequest || attempt == MostAttempts)
                {
                    await SendAsync(context, head, body.Content);
                    return;
                }
            }
            finally
            {
                Return(key, body);
            }
        }
    }

    private static async Task SendAsync(HttpContext context, BodyHead head, RecyclableMemoryStream content)
    {
        DriftMonitorEndpoints.Begin(context, head.Status, head.ContentType, content.Length);
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        // Kestrel copies what it is given at once, all of it, before it waits for the client.
        foreach (var block in content.GetReadOnlySequence())
        {
            for (var start = 0; start < block.Length; start += PieceBytes)
            {
                var piece = block.Slice(start, Math.Min(PieceBytes, block.Length - start));
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }
        }
    }

    private async ValueTask<BodyHead> RenderAsync(SharedBody body, Func<RecyclableMemoryStream, ValueTask<BodyHead>> render)
    {
        BodyHead head;
        try
        {
            head = await render(body.Content);
        }
        catch
        {
            body.Complete(new BodyHead(StatusCodes.Status500InternalServerError, ""));
            throw;
        }

        lock (_lock)
        {
            _bytes += body.Content.Length;
            body.Bytes = body.Content.Length;
        }

        body.Complete(head);
        return head;
    }

    private SharedBody? Rent(string key, object? version, out bool isOurs)
    {
        isOurs = false;
        lock (_lock)
        {
            var newest = _newest.GetValueOrDefault(key);
            if (newest is not null && (!newest.Head.IsCompleted || (version is not null && newest.Version == version)))
            {
                newest.Users++;
                return newest;
            }

            if (_bytes >= mostBytes)
            {
                if (newest is null || clock.GetElapsedTime(newest.Rendered) > OldestReused)
                {
                    return null;
                }

                newest.Users++;
                return newest;
            }

            isOurs = true;
            return _newest[key] = new SharedBody(Memory.GetStream(), version, clock.GetTimestamp()) { Users = 1 };
        }
    }

    private void Return(string key, SharedBody body)
    {
        lock (_lock)
        {
            if (--body.Users > 0)
            {
                return;
            }

            _bytes -= body.Bytes;
            if (_newest.GetValueOrDefault(key) == body)
            {
                _newest.Remove(key);
            }
        }

        body.Content.Dispose();
    }

    /// <summary>A body with those who are sending it.</summary>
    private sealed class SharedBody(RecyclableMemoryStream content, object? version, long rendered)
    {
        private readonly TaskCompletionSource<BodyHead> _head = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public RecyclableMemoryStream Content => content;

        public object? Version => version;

        public long Rendered => rendered;

        public Task<BodyHead> Head => _head.Task;

        public int Users { get; set; }

        public long Bytes { get; set; }

        public void Complete(BodyHead head) => _head.SetResult(head);
    }
}
