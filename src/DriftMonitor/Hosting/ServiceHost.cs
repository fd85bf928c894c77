using System.Net;
using System.Net.Sockets;
using DriftMonitor.Configuration;
using DriftMonitor.Http;
using DriftMonitor.Live;
using DriftMonitor.Metrics;
using DriftMonitor.Notifications;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Telemetry;
using DriftMonitor.Wording;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DriftMonitor.Hosting;

/// <summary>Composes the process: the loop, and one port for metrics, health, API and page.</summary>
internal static class ServiceHost
{
    /// <summary>Makes a host that is ready to start.</summary>
    /// <param name="settings">What the loop works on.</param>
    /// <param name="http">Where to listen; port 0 takes a free one.</param>
    /// <param name="binContributions">Whether the metrics include the largest bin contributions of each window.</param>
    /// <param name="telemetry">Its log, and where its metrics are sent.</param>
    /// <param name="notifier">Tells of alerts; null for none. Its sinks are among those of the settings.</param>
    /// <param name="alerts">Keeps past alerts; null for nothing.</param>
    /// <param name="histories">Keeps past readings; null for nothing.</param>
    /// <param name="ingest">The port to which events are posted; null for none.</param>
    public static WebApplication Build(
        LoopSettings settings, HttpOptions http, bool binContributions, ProcessTelemetry telemetry, Notifier? notifier = null,
        AlertFile? alerts = null, HistoryFile? histories = null, IngestHost? ingest = null)
    {
        // The slim builder reads no appsettings.json and no environment variables of its own: our configuration is the only one.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "driftmonitor" });
        builder.Configuration.Sources.Clear();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            SetLimits(server.Limits);
            var limit = server.ApplicationServices.GetRequiredService<ConnectionLimit>();
            Listen(server, http.Address, http.Port, listen => listen.Use(next => connection => limit.ServeAsync(connection, next)));
        });
        builder.Services.AddSingleton(_ => new ConnectionLimit(
            ConnectionLimit.For(OpenFileLimit.Current), telemetry.Log.Of(LogCategory.Http), TimeProvider.System));
        builder.Services.AddSingleton<IConnectionListenerFactory, LimitedListenerFactory>(); // Kestrel takes the one that comes last
        telemetry.Log.Serve(builder.Services);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(settings);
        if (notifier is not null)
        {
            builder.Services.AddHostedService(_ => notifier); // before the loop: it is stopped after it
        }

        if (alerts is not null)
        {
            builder.Services.AddHostedService(_ => alerts);
        }

        if (histories is not null)
        {
            builder.Services.AddHostedService(_ => histories);
        }

        if (telemetry.Metrics is { } collector)
        {
            builder.Services.AddHostedService(services => new PushedMetrics(
                () => services.GetRequiredService<MonitoringLoop>().State.Current, collector, TimeProvider.System, BuildInfo.Current,
                binContributions));
        }

        builder.Services.AddSingleton<MonitoringLoop>();
        builder.Services.AddHostedService(services => services.GetRequiredService<MonitoringLoop>());
        if (ingest is not null)
        {
            builder.Services.AddHostedService(_ => ingest); // after the loop: it is stopped before it, which then counts what has come
        }

        builder.Services.AddSingleton(services => WatchOf(services.GetRequiredService<MonitoringLoop>(), settings.IdleAfter, services));
        builder.Services.AddHostedService(services => services.GetRequiredService<HealthWatch>());
        var build = BuildInfo.Current;
        builder.Services.AddMetricsCompression();
        builder.Services.AddSingleton(services => new RenewedMetrics(
            () => services.GetRequiredService<MonitoringLoop>().State.Current, TimeProvider.System, build, binContributions));
        var app = builder.Build();
        var loop = app.Services.GetRequiredService<MonitoringLoop>();
        alerts?.Follow(() => loop.State.Current.Alerts);
        histories?.Follow(() => loop.State.Current.Monitors);
        var limit = app.Services.GetRequiredService<ConnectionLimit>();
        app.Use(next => context => limit.AnswerAsync(context, next));
        app.UseHostFilter(http.AllowedHosts);
        if (http.TokenFile is { } file)
        {
            var guard = new TokenGuard(file, TimeProvider.System);
            app.Use(next => context => guard.AnswerAsync(context, next));
        }

        app.MapMetrics(app.Services.GetRequiredService<RenewedMetrics>(), TimeProvider.System);
        var health = app.Services.GetRequiredService<HealthWatch>();
        app.MapDriftMonitor(
            () => loop.State.Current, () => loop.SinceLastTurn, health.Judge, build, TimeProvider.System,
            Math.Min(LiveEndpoint.MostStreams, ConnectionLimit.For(OpenFileLimit.Current) / 4));
        return app;
    }

    private static HealthWatch WatchOf(MonitoringLoop loop, TimeSpan idleAfter, IServiceProvider services) => new(
        () => loop.State.Current,
        () => loop.SinceLastTurn,
        idleAfter,
        services.GetRequiredService<ILoggerFactory>().CreateLogger(LogCategory.Health),
        services.GetRequiredService<TimeProvider>());

    /// <summary>The URL of a started host on its own machine.</summary>
    public static string UrlOf(WebApplication app) =>
        app.Urls.First().Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal);

    /// <summary>Listens on an address, or, without one, on all.</summary>
    public static void Listen(KestrelServerOptions server, string? written, int port, Action<ListenOptions> configure)
    {
        if (written is not null && HttpRules.ParseAddress(written) is { } address && !address.Equals(IPAddress.IPv6Any))
        {
            server.Listen(address, port, configure);
        }
        else
        {
            server.ListenAnyIP(port, configure); // on a machine without IPv6, those of IPv4
        }
    }

    // What a client may cost: nothing is sent to us, and a client that doesn't read, or doesn't ask, is disconnected.
    private static void SetLimits(KestrelServerLimits limits)
    {
        limits.MaxRequestBodySize = 0;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(75); // longer than a usual scrape interval
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 1 << 14, gracePeriod: TimeSpan.FromSeconds(10));
    }

    /// <summary>Starts a host.</summary>
    /// <param name="app">The host.</param>
    /// <param name="http">Where it was to listen.</param>
    /// <param name="remedy">How to choose another port.</param>
    /// <exception cref="SourceException">Address or port cannot be used; the message is one line.</exception>
    public static Task StartAsync(WebApplication app, HttpOptions http, string remedy) =>
        StartAsync(app, http.Address, http.Port, "DriftMonitor:Http", remedy);

    /// <summary>Starts a host of a section of the configuration.</summary>
    /// <param name="app">The host.</param>
    /// <param name="address">The address on which it was to listen; null for all.</param>
    /// <param name="port">The port.</param>
    /// <param name="section">The section.</param>
    /// <param name="remedy">How to choose another port.</param>
    /// <exception cref="SourceException">Address or port cannot be used; the message is one line.</exception>
    public static async Task StartAsync(WebApplication app, string? address, int port, string section, string remedy)
    {
        try
        {
            await app.StartAsync();
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new SourceException($"port {port} is taken: stop what uses it, or {remedy}", e);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
        {
            throw new SourceException(
                $"{address} is not an address of this machine ({e.Message}): set {section}:Address to one, or "
                + (section == "DriftMonitor:Http" ? "remove it to listen on all interfaces" : "to [::] for all interfaces"),
                e);
        }
        catch (SocketException e)
        {
            throw new SourceException($"port {port} cannot be used ({e.Message}): {remedy}", e);
        }
    }
}
