using System.Net;
using DriftMonitor.Http;
using DriftMonitor.Live;
using DriftMonitor.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Tests.Http;

/// <summary>The HTTP surface over a scene, on a free port.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client = new();

    private Site(Func<Live.Snapshot> current, Func<Live.Snapshot> judged, int? largeBytes, SiteOptions? options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        if (options?.Guard is { } guard)
        {
            _app.Use(next => context => guard.AnswerAsync(context, next));
        }

        _app.MapDriftMonitor(
            current,
            () => SinceLastTurn,
            () => Health.Judge(judged(), SinceLastTurn, Now),
            new BuildInfo("1.2.3", "c82bf81"),
            options?.Clock ?? TimeProvider.System,
            options?.MostStreams ?? LiveEndpoint.MostStreams,
            largeBytes ?? ApiEndpoints.LargeBytes);
    }

    /// <summary>Judges the readiness, with an <c>IdleAfter</c> of 30 seconds.</summary>
    public ServiceHealth Health { get; } = new(TimeSpan.FromSeconds(30));

    /// <summary>The time at which it judges.</summary>
    public TimeSpan Now { get; set; }

    /// <summary>The time since the last turn of the loop.</summary>
    public TimeSpan SinceLastTurn { get; set; }

    public static Task<Site> StartAsync(Scene scene, int? largeBytes = null, SiteOptions? options = null) =>
        StartAsync(new Site(() => scene.State.Current, () => scene.State.Current, largeBytes, options));

    /// <summary>Starts a site that calls the function for the snapshot of each answer, and judges the readiness of the last one.</summary>
    public static Task<Site> StartAsync(Func<Live.Snapshot> current, int? largeBytes = null)
    {
        Live.Snapshot? last = null;
        return StartAsync(new Site(() => last = current(), () => last ?? current(), largeBytes, options: null));
    }

    private static async Task<Site> StartAsync(Site site)
    {
        await site._app.StartAsync();
        site._client.BaseAddress = new Uri(site._app.Urls.Single());
        return site;
    }

    public Uri Address => _client.BaseAddress!;

    public Task<HttpResponseMessage> GetAsync(string path) => _client.GetAsync(path);

    /// <summary>The answer as soon as its headers are there.</summary>
    public Task<HttpResponseMessage> BeginAsync(string path) => _client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);

    /// <summary>Stops the host, which waits for answers that are under way.</summary>
    public Task StopAsync() => _app.StopAsync();

    public Task<HttpResponseMessage> HeadAsync(string path) => _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

    public async Task<string> ReadAsync(string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await GetAsync(path);
        Assert.Equal(expected, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }
}
