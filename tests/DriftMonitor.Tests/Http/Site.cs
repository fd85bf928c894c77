using System.Net;
using DriftMonitor.Http;
using DriftMonitor.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Tests.Http;

/// <summary>The HTTP surface over a scene, on a free port.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client = new();

    private Site(Scene scene)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapDriftMonitor(() => scene.State.Current, () => SinceLastTurn, new BuildInfo("1.2.3", "c82bf81"));
    }

    /// <summary>How long ago the loop came round.</summary>
    public TimeSpan SinceLastTurn { get; set; }

    public static async Task<Site> StartAsync(Scene scene)
    {
        var site = new Site(scene);
        await site._app.StartAsync();
        site._client.BaseAddress = new Uri(site._app.Urls.Single());
        return site;
    }

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
