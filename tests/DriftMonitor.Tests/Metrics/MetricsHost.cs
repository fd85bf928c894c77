using System.Diagnostics.Metrics;
using System.IO.Compression;
using System.Text;
using DriftMonitor.Http;
using DriftMonitor.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Tests.Metrics;

/// <summary>A host that serves the metrics of snapshots as the service does, on a free port, and a scraper.</summary>
internal sealed class MetricsHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client;

    private MetricsHost(WebApplication app) => (_app, _client) = (app, new HttpClient { BaseAddress = new Uri(app.Urls.Single()) });

    /// <summary>Starts a host that collects the metrics at every scrape.</summary>
    public static async Task<MetricsHost> StartAsync(Func<Live.Snapshot> current)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddMetricsCompression();
        builder.Services.AddSingleton(_ => new RenewedMetrics(
            current,
            TimeProvider.System,
            new BuildInfo("1.2.3", "c82bf81"),
            configure: exporter => exporter.ScrapeResponseCacheDurationMilliseconds = 0));
        var app = builder.Build();
        app.MapMetrics(app.Services.GetRequiredService<RenewedMetrics>(), TimeProvider.System);
        await app.StartAsync();
        return new MetricsHost(app);
    }

    /// <summary>Where the host listens.</summary>
    public Uri Address => _client.BaseAddress!;

    /// <summary>The name that an instrument has in the text format.</summary>
    public static string NameOf(Instrument instrument) =>
        instrument.Name.Replace('.', '_') + (instrument is ObservableCounter<long> ? "_total" : "");

    /// <summary>The lines of our own metrics, without those of the runtime, about some of whose names promtool complains.</summary>
    public static string OursOf(string exposition) =>
        string.Join('\n', exposition.Split('\n').Where(line => line.Contains("driftmonitor_", StringComparison.Ordinal))) + '\n';

    public async Task<string> ScrapeAsync(params (string Name, string Value)[] headers)
    {
        using var response = await GetAsync(headers);
        var body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
        var isZipped = response.Content.Headers.ContentEncoding.Count > 0;
        using var text = new StreamReader(isZipped ? new GZipStream(body, CompressionMode.Decompress) : body, Encoding.UTF8);
        return await text.ReadToEndAsync();
    }

    public async Task<HttpResponseMessage> GetAsync(params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await _client.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }
}
