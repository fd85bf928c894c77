using System.CommandLine;
using System.Runtime.InteropServices;
using DriftMonitor.Hosting;
using DriftMonitor.Live;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Commands;

/// <summary><c>run</c>: the service.</summary>
internal static class RunCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create()
    {
        var config = SharedOptions.Config();
        var command = new Verb("run", "Run the service: read the monitors' topics, serve /metrics, /healthz, /api/monitors and the page.",
            "driftmonitor run --config flights.json",
            "DriftMonitor__Kafka__BootstrapServers=kafka:9092 driftmonitor run --config flights.json")
        { config };
        command.SetAction((result, _) => RunAsync(result.GetRequiredValue(config)));
        return command;
    }

    private static async Task<int> RunAsync(string path)
    {
        if (PlanLoader.Load(path, Needs.Service) is not { } plan)
        {
            return ExitCode.Usage;
        }

        var options = plan.Options;
        using var logging = LoggerFactory.Create(builder => ServiceHost.ConfigureLogging(builder, LogLevel.Information));
        var logger = logging.CreateLogger("DriftMonitor.Kafka");
        var references = logging.CreateLogger("DriftMonitor");
        var growing = new GrowingReferences(plan.Monitors, TimeProvider.System, references);
        var kafka = ConfiguredSources.LiveSettings(options, plan.Monitors); // once: values read from files outlive a source
        var settings = new LoopSettings(
            [.. plan.Monitors.Select(monitor => monitor.Bind())],
            () => new KafkaSource(kafka, logger, TimeProvider.System),
            options.Kafka.IdleAfter.Span,
            new LearnedReferences(plan.Monitors, references),
            growing)
        {
            OnEnd = growing.SaveAll,
            Workers = options.WorkersForTopics,
            Rebind = () => [.. plan.Monitors.Select(monitor => monitor.Bind())],
        };
        await using var app = ServiceHost.Build(settings, options.Http, options.Metrics.BinContributions);
        await ServiceHost.StartAsync(app, options.Http, "set DriftMonitor:Http:Port to another");
        using var interruption = new Interruption(); // only to know the signal: the host stops the service
        var log = new ServiceLog(app);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            log.LogHangUp();
        });
        log.LogStart(plan);
        app.Lifetime.ApplicationStopping.Register(() => log.LogStop(interruption.Signal));
        await app.WaitForShutdownAsync();
        log.LogEnd();
        return app.Services.GetRequiredService<MonitoringLoop>().Fault is null ? ExitCode.Good : ExitCode.Failure;
    }
}
