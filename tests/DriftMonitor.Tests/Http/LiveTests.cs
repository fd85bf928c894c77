using System.Net;
using DriftMonitor.Http;
using DriftMonitor.Tests.Kafka;
using Microsoft.Extensions.Time.Testing;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Http;

/// <summary>The events that tell an open page to fetch itself again.</summary>
public sealed class LiveTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task An_event_comes_at_once_then_with_new_readings_and_otherwise_every_five_seconds()
    {
        var scene = Drifted();
        await using var site = await StartAsync(scene);
        using var stream = await Stream.OpenAsync(site);
        Assert.Equal("readings", await stream.NextAsync());

        scene.Source.Event(0, """{"x":5}""", At("2013-02-09T01:40Z")); // its pane does not close
        scene.Play();
        var before = _clock.GetUtcNow();
        Assert.Equal("progress", Advance(stream.NextAsync()));
        Assert.True(_clock.GetUtcNow() - before >= LiveEndpoint.ProgressEvery);

        scene.Source.Event(0, """{"x":5}""", At("2013-02-09T02:30Z"));
        scene.Play();
        Assert.Equal("readings", Advance(stream.NextAsync()));
        Assert.Equal("progress", Advance(stream.NextAsync()));
    }

    [Fact]
    public async Task It_is_a_stream_of_events_that_no_proxy_keeps()
    {
        await using var site = await StartAsync(Drifted());

        using var answer = await site.BeginAsync("/live");

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal("no", answer.Headers.GetValues("X-Accel-Buffering").Single());
    }

    [Fact]
    public async Task Streams_beyond_the_limit_are_refused_until_one_ends()
    {
        await using var site = await StartAsync(Drifted(), most: 2);
        using var first = await Stream.OpenAsync(site);
        using var second = await Stream.OpenAsync(site);

        using var refused = await site.BeginAsync("/live");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);

        first.Dispose();
        Eventually.Within(TimeSpan.FromSeconds(30), "a place is free", () =>
        {
            _clock.Advance(LiveEndpoint.LookEvery);
            using var again = site.BeginAsync("/live").GetAwaiter().GetResult();
            return again.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task All_streams_end_when_the_service_stops()
    {
        await using var site = await StartAsync(Drifted());
        using var first = await Stream.OpenAsync(site);
        using var second = await Stream.OpenAsync(site);
        Assert.Equal(("readings", "readings"), (await first.NextAsync(), await second.NextAsync()));

        await site.StopAsync().WaitAsync(TimeSpan.FromSeconds(20)); // a host waits half a minute for answers that are under way

        Assert.Equal((null, null), (await first.NextAsync(), await second.NextAsync()));
    }

    [Fact]
    public async Task A_stream_ends_after_ten_minutes_so_that_the_client_has_to_show_its_token_again()
    {
        await using var site = await StartAsync(Drifted());
        using var stream = await Stream.OpenAsync(site);
        var events = 0;

        while (await stream.NextAsync() is not null)
        {
            events++;
            _clock.Advance(TimeSpan.FromMinutes(1));
            var next = stream.Peek();
            Eventually.Within(TimeSpan.FromSeconds(30), "an event or the end", () =>
            {
                if (!next.IsCompleted)
                {
                    _clock.Advance(LiveEndpoint.LookEvery);
                }

                return next.IsCompleted;
            });
        }

        Assert.InRange(events, 5, 11); // one at the start, and at most one a minute
    }

    private Task<Site> StartAsync(Scene scene, int most = LiveEndpoint.MostStreams)
    {
        scene.Play();
        return Site.StartAsync(scene, options: new SiteOptions { Clock = _clock, MostStreams = most });
    }

    // Moves the clock until the event is there: the stream may not have begun to wait yet.
    private string? Advance(Task<string?> next)
    {
        Eventually.Within(TimeSpan.FromSeconds(30), "an event", () =>
        {
            _clock.Advance(LiveEndpoint.LookEvery);
            return next.IsCompleted;
        });
        return next.GetAwaiter().GetResult();
    }

    /// <summary>An open stream of events.</summary>
    private sealed class Stream(HttpResponseMessage answer, StreamReader lines) : IDisposable
    {
        private Task<string?>? _next;

        public static async Task<Stream> OpenAsync(Site site)
        {
            var answer = await site.BeginAsync("/live");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return new Stream(answer, new StreamReader(await answer.Content.ReadAsStreamAsync()));
        }

        /// <summary>The data of the next event; null at the end.</summary>
        public Task<string?> NextAsync()
        {
            var next = Peek();
            _next = null;
            return next;
        }

        /// <summary>The next event, which stays the next.</summary>
        public Task<string?> Peek() => _next ??= ReadAsync();

        public void Dispose()
        {
            lines.Dispose();
            answer.Dispose();
        }

        private async Task<string?> ReadAsync()
        {
            const string Data = "data: ";
            string? line;
            do
            {
                line = await lines.ReadLineAsync();
            }
            while (line is not null && !line.StartsWith(Data, StringComparison.Ordinal));
            return line?[Data.Length..];
        }
    }
}
