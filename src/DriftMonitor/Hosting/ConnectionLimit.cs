using Microsoft.AspNetCore.Connections;

namespace DriftMonitor.Hosting;

/// <summary>
/// Limits how many connections clients may hold, so that they leave file descriptors and memory to the source: a process without free
/// descriptors cannot even start a thread.
/// </summary>
/// <remarks>
/// At the limit, the connection that has been without a request for longest is closed for the next one. Where each has a request, the next
/// one waits. The log says so when it begins, and again after at least a minute.
/// </remarks>
/// <param name="most">The most connections, at least 1.</param>
/// <param name="logger">Where to log.</param>
/// <param name="clock">For the age of connections and of the last log line.</param>
/// <param name="name">What the log calls the port.</param>
internal sealed partial class ConnectionLimit(int most, ILogger logger, TimeProvider clock, string name = "HTTP port")
{
    private const int Usual = 256; // Prometheus, probes and some browsers need about ten
    private const int Fewest = 8;
    private static readonly TimeSpan LogEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, OpenConnection> _open = [];
    private TaskCompletionSource _change = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _closed;
    private long? _logged;

    /// <summary>The limit for a process: 256, or a quarter of the files that it may open.</summary>
    public static int For(int? openFiles) => openFiles is { } files ? Math.Clamp(files / 4, Fewest, Usual) : Usual;

    /// <summary>Waits until there is room for a further connection, and makes it if it must.</summary>
    public async Task WaitForRoomAsync(CancellationToken stopping)
    {
        while (true)
        {
            OpenConnection? idle;
            Task change;
            lock (_lock)
            {
                if (_open.Count < most)
                {
                    return;
                }

                change = _change.Task;
                idle = _open.Values.Any(open => open.IsClosing)
                    ? null
                    : _open.Values.Where(open => open.Requests == 0).MinBy(open => open.Used);
                if (idle is not null)
                {
                    idle.IsClosing = true;
                    LogClosed();
                }
            }

            idle?.Connection.Abort();
            await change.WaitAsync(stopping);
        }
    }

    /// <summary>Takes note of an accepted connection.</summary>
    public void Open(ConnectionContext connection)
    {
        lock (_lock)
        {
            _open[connection.ConnectionId] = new OpenConnection(connection) { Used = clock.GetTimestamp() };
        }
    }

    /// <summary>Serves an accepted connection until it ends.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            await next(connection);
        }
        finally
        {
            lock (_lock)
            {
                _open.Remove(connection.ConnectionId);
                Change();
            }
        }
    }

    /// <summary>Answers a request of a connection that is being served.</summary>
    public async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        Use(context.Connection.Id, requests: 1);
        try
        {
            await next(context);
        }
        finally
        {
            Use(context.Connection.Id, requests: -1);
        }
    }

    private void Use(string connection, int requests)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(connection, out var open))
            {
                open.Requests += requests;
                open.Used = clock.GetTimestamp();
                if (_open.Count >= most)
                {
                    Change();
                }
            }
        }
    }

    private void Change()
    {
        _change.SetResult();
        _change = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private void LogClosed()
    {
        _closed++;
        if (_logged is null || clock.GetElapsedTime(_logged.Value) >= LogEvery)
        {
            _logged = clock.GetTimestamp();
            LogClosed(most, _closed);
            _closed = 0;
        }
    }

    [LoggerMessage(
        EventName = "http.connections_closed", Level = LogLevel.Warning,
        Message = "The {Port} has {Most} open connections, as many as it serves, so {Closed} without a request {Were} closed: "
            + "which clients keep them open?")]
    private partial void LogClosed(string port, int most, long closed, string were);

    private void LogClosed(int most, long closed) => LogClosed(name, most, closed, closed == 1 ? "was" : "were");

    private sealed class OpenConnection(ConnectionContext connection)
    {
        public ConnectionContext Connection => connection;

        public int Requests { get; set; }

        public long Used { get; set; }

        public bool IsClosing { get; set; }
    }
}
