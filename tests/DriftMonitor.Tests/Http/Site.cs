using System.Net;
using DriftMonitor.Http;
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

    private Site(Func<Live.Snapshot> current, int? largeBytes)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapDriftMonitor(
            current, () => SinceLastTurn, new BuildInfo("1.2.3", "c82bf81"), TimeProvider.System, largeBytes ?? ApiEndpoints.LargeBytes);
    }

    /// <summary>The time since the last turn of the loop.</summary>
    public TimeSpan SinceLastTurn { get; set; }

    public static Task<Site> StartAsync(Scene scene, int? largeBytes = null) => StartAsync(() => scene.State.Current, largeBytes);

    /// <summary>Starts a site that calls the function for the snapshot of each answer.</summary>
    public static async Task<Site> StartAsync(Func<Live.Snapshot> current, int? largeBytes = null)
    {
        var site = new Site(current, largeBytes);
        await site._app.StartAsync();
        site._client.BaseAddress = new Uri(site._app.Urls.Single());
        return site;
    }

    public Uri Address => _client.BaseAddress!;

    public Task<HttpResponseMessage> GetAsync(string path) => _client.GetAsync(path);

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
