using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using DriftMonitor.Live;

namespace DriftMonitor.Http;

/// <summary><c>/live</c>: server-sent events that tell the page when to fetch itself again.</summary>
/// <remarks>
/// An event has no content but its kind: <c>readings</c> at the start, and when readings, alerts or the state of the source have changed;
/// otherwise <c>progress</c> every five seconds, for counts and health. A stream holds one connection and one small message: the next one
/// is made when the client has taken the last, and Kestrel disconnects a client that does not. Streams end with the host, and after ten
/// minutes, so that a token that is no longer good is refused; browsers connect again by themselves.
/// </remarks>
/// <param name="current">Gives the newest snapshot; called from any thread.</param>
/// <param name="clock">The clock.</param>
/// <param name="most">How many streams may be open at the same time.</param>
/// <param name="stopping">Ends all streams.</param>
internal sealed class LiveEndpoint(Func<Snapshot> current, TimeProvider clock, int most, CancellationToken stopping)
{
    /// <summary>The most streams, unless the process may open few files: a quarter of the connections.</summary>
    public const int MostStreams = 64;

    /// <summary>How often a stream looks for something new.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>The time between two events where there are no new readings.</summary>
    public static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(5);

    /// <summary>How long a stream lasts.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private int _open;

    /// <summary>How many streams are open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Sends events until the client leaves or the host stops; 503 if there are too many streams.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            await DriftMonitorEndpoints.SendAsync(context, StatusCodes.Status200OK, "text/event-stream", default);
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _open) > most)
            {
                await RefuseAsync(context);
                return;
            }

            using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
            context.Response.Headers["X-Accel-Buffering"] = "no"; // nginx
            await TypedResults.ServerSentEvents(WatchAsync(ended.Token)).ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async IAsyncEnumerable<SseItem<string>> WatchAsync([EnumeratorCancellation] CancellationToken ended)
    {
        var started = clock.GetTimestamp();
        var (sent, shown) = (started, current());
        yield return new SseItem<string>("readings") { ReconnectionInterval = ProgressEvery };
        while (clock.GetElapsedTime(started) < Longest)
        {
            await Task.Delay(LookEvery, clock, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested)
            {
                yield break;
            }

            var newest = current();
            var hasNews = HasNews(shown, newest);
            if (hasNews || clock.GetElapsedTime(sent) >= ProgressEvery)
            {
                (sent, shown) = (clock.GetTimestamp(), newest);
                yield return new SseItem<string>(hasNews ? "readings" : "progress");
            }
        }
    }

    private static bool HasNews(Snapshot before, Snapshot now) =>
        before.Trouble != now.Trouble
        || before.IsCaughtUp != now.IsCaughtUp
        || before.Alerts != now.Alerts
        || before.Monitors.Count != now.Monitors.Count
        || before.Monitors.Zip(now.Monitors).Any(monitor => monitor.First.Series != monitor.Second.Series); // one list until a pane closes

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "60";
        return DriftMonitorEndpoints.SendAsync(
            context,
            StatusCodes.Status503ServiceUnavailable,
            "text/plain; charset=utf-8",
            "too many pages are open: this one asks every two seconds instead\n"u8.ToArray());
    }
}
