using System.Net;
using DriftMonitor.Configuration;
using DriftMonitor.Http;
using DriftMonitor.Live;
using DriftMonitor.Streaming.Sources.Ingest;
using DriftMonitor.Wording;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DriftMonitor.Hosting;

/// <summary>
/// The port to which events are posted, with limits of its own: whatever clients do there, metrics and probes are served beside it.
/// </summary>
/// <remarks>
/// It is stopped before the loop, which then counts what has been accepted. Requests are refused from then on, and those whose body is
/// still coming are ended.
/// </remarks>
internal sealed class IngestHost : IHostedService, IAsyncDisposable
{
    /// <summary>How long a body may take to arrive.</summary>
    internal static readonly TimeSpan BodyWithin = TimeSpan.FromSeconds(30);

    private const int MostConnections = 64;
    private const int MostFraming = 8; // bytes that Kestrel counts for a byte that is a chunk of its own

    private readonly IngestOptions _options;
    private readonly IngestBuffer _buffer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly WebApplication _app;

    /// <summary>Makes a host that is ready to start.</summary>
    /// <param name="options">Where to listen, and the limits.</param>
    /// <param name="http">Who may ask.</param>
    /// <param name="buffer">Takes the events.</param>
    /// <param name="tally">Counts requests.</param>
    /// <param name="log">The log.</param>
    /// <param name="clock">For the time that a body may take.</param>
    public IngestHost(
        IngestOptions options, HttpOptions http, IngestBuffer buffer, IngestTally tally, ProcessLog log, TimeProvider clock)
    {
        (_options, _buffer) = (options, buffer);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "driftmonitor-ingest" });
        builder.Configuration.Sources.Clear();
        builder.Services.AddSingleton<IHostLifetime, OuterLifetime>();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            SetLimits(server.Limits, options);
            var limit = server.ApplicationServices.GetRequiredService<ConnectionLimit>();
            ServiceHost.Listen(
                server, options.Address, options.Port, listen => listen.Use(next => connection => limit.ServeAsync(connection, next)));
        });
        builder.Services.AddSingleton(_ => new ConnectionLimit(
            Math.Min(MostConnections, ConnectionLimit.For(OpenFileLimit.Current)),
            log.Of(LogCategory.Http),
            TimeProvider.System,
            "port of Ingest"));
        builder.Services.AddSingleton<IConnectionListenerFactory, LimitedListenerFactory>();
        log.Serve(builder.Services);
        _app = builder.Build();
        var limit = _app.Services.GetRequiredService<ConnectionLimit>();
        _app.Use(next => context => limit.AnswerAsync(context, next));
        _app.UseHostFilter(http.AllowedHosts);
        if (http.TokenFile is { } file)
        {
            var guard = new TokenGuard(file, TimeProvider.System);
            _app.Use(next => async context =>
            {
                await guard.AnswerAsync(context, next);
                if (context.Response.StatusCode == StatusCodes.Status401Unauthorized)
                {
                    tally.Refuse(IngestRefusal.Unauthorized, "they did not bring the token of DriftMonitor:Http:TokenFile");
                }
            });
        }

        var endpoint = new IngestEndpoint(buffer, tally, options.MaxBodyBytes, BodyWithin, clock, _stopping.Token);
        _app.MapPost(IngestEndpoint.Path, endpoint.AnswerAsync);
        _app.Map(IngestEndpoint.Path, context =>
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            return DriftMonitorEndpoints.SendAsync(
                context,
                StatusCodes.Status405MethodNotAllowed,
                "text/plain; charset=utf-8",
                "events are posted here: use POST\n"u8.ToArray());
        });
        _app.MapFallback(context => DriftMonitorEndpoints.SendAsync(
            context, StatusCodes.Status404NotFound, "text/plain; charset=utf-8", "post events to /events?topic=NAME\n"u8.ToArray()));
    }

    /// <summary>The address to post to, once the host has started.</summary>
    public string Url => ServiceHost.UrlOf(_app) + IngestEndpoint.Path;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => ServiceHost.StartAsync(
        _app, _options.Address, _options.Port, "DriftMonitor:Ingest", "set DriftMonitor:Ingest:Port to another");

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _buffer.Close();
        await _stopping.CancelAsync();
        await _app.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    // Clients send small bodies soon; one that does not is disconnected.
    private static void SetLimits(KestrelServerLimits limits, IngestOptions options)
    {
        limits.MaxRequestBodySize = MostFraming * (options.MaxBodyBytes + 1L); // the endpoint has the exact limit
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1 << 10, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 1 << 10, gracePeriod: TimeSpan.FromSeconds(10));
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);
    }

    // Signals are those of the host that this one is a part of.
    private sealed class OuterLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
