using System.Buffers;
using Microsoft.IO;

namespace DriftMonitor.Http;

/// <summary>
/// Sends large bodies, each rendered once for all who ask for it at the same time, and in pieces, so that the memory they take does not
/// grow with the number of clients or with their patience.
/// </summary>
/// <remarks>
/// A client that reads slowly holds a body that newer ones have replaced. Once such bodies take <see cref="MostBytes"/>, no further one is
/// rendered: a client gets the newest one if it is not older than <see cref="OldestReused"/>, or else 503. Bodies are rendered one after
/// another, so that clients that ask for different ones at the same time take one processor and one body more than that. Each endpoint has
/// an instance of its own: who holds up one does not hold up the others.
/// </remarks>
/// <param name="clock">For the age of bodies.</param>
/// <param name="mostBytes">In place of <see cref="MostBytes"/>.</param>
internal sealed class SharedBodies(TimeProvider clock, long mostBytes = SharedBodies.MostBytes) : IDisposable
{
    /// <summary>While the bodies that are being sent take more than this, no further one is rendered.</summary>
    public const long MostBytes = 64 << 20;

    /// <summary>The greatest age of a body that is sent because a newer one cannot be rendered.</summary>
    public static readonly TimeSpan OldestReused = TimeSpan.FromSeconds(10);

    /// <summary>How long a client waits for its turn to have a body rendered before it gets 503.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private const int PieceBytes = 1 << 16; // as much as Kestrel buffers for a connection
    private const int MostAttempts = 3;
    private static readonly BodyHead Failed = new(StatusCodes.Status500InternalServerError, "");
    private static readonly BodyHead Refused = new(StatusCodes.Status503ServiceUnavailable, "");
    private static readonly RecyclableMemoryStreamManager Memory =
        new(new RecyclableMemoryStreamManager.Options { MaximumSmallPoolFreeBytes = MostBytes / 2 });

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(initialCount: 1);
    private readonly Dictionary<string, SharedBody> _newest = [];
    private long _bytes; // of bodies that have been rendered and are being sent

    /// <summary>For one endpoint, until the host has stopped.</summary>
    public static SharedBodies Create(IServiceProvider services, TimeProvider clock)
    {
        var bodies = new SharedBodies(clock);
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopped.Register(bodies.Dispose);
        return bodies;
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

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
                await RefuseAsync(context);
                return;
            }

            try
            {
                var head = isOurs ? await RenderAsync(context, body, render) : await body.Head;
                if (head == Refused && (isOurs || attempt == MostAttempts))
                {
                    await RefuseAsync(context);
                    return;
                }

                // Somebody else's rendering may fail because that client has gone, or waited for too long.
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

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "5";
        return DriftMonitorEndpoints.SendAsync(
            context,
            StatusCodes.Status503ServiceUnavailable,
            "text/plain; charset=utf-8",
            "too many clients ask for large responses or read them slowly: try again in 5 seconds\n"u8.ToArray());
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

    private async ValueTask<BodyHead> RenderAsync(
        HttpContext context, SharedBody body, Func<RecyclableMemoryStream, ValueTask<BodyHead>> render)
    {
        var hasTurn = false;
        var head = Failed;
        try
        {
            hasTurn = await _turn.WaitAsync(LongestWait, context.RequestAborted);
            head = hasTurn && HasRoom() ? await render(body.Content) : Refused;
        }
        finally
        {
            lock (_lock)
            {
                _bytes += body.Content.Length;
                body.Bytes = body.Content.Length;
            }

            body.Complete(head);
            if (hasTurn)
            {
                _turn.Release();
            }
        }

        return head;
    }

    private bool HasRoom()
    {
        lock (_lock)
        {
            return _bytes < mostBytes;
        }
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
