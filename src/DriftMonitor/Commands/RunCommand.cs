using System.CommandLine;
using System.Runtime.InteropServices;
using DriftMonitor.Configuration;
using DriftMonitor.Hosting;
using DriftMonitor.Live;
using DriftMonitor.Metrics;
using DriftMonitor.Notifications;
using DriftMonitor.Planning;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.Checkpoints;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Wording;

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
        var watch = new ConfigurationWatch(path, TimeProvider.System);
        if (PlanLoader.Load(path, Needs.Service, areWarningsLogged: true) is not { } plan)
        {
            return ExitCode.Usage;
        }

        var variables = OtlpVariables.Read(ConfigurationFile.ProcessEnvironment);
        using var telemetry = new ProcessTelemetry(variables, plan.Options.Logging, sent: null, plan.Options.Http.Port);
        watch.Logger = telemetry.Log.Of(LogCategory.Service);
        if (plan.Options.Logging.Format == LogFormat.Json)
        {
            watch.Warn(plan); // a line that is no JSON would be lost to what reads the log
        }

        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            watch.HangUp();
        });
        using var interruption = new Interruption(); // for signals between two hosts
        MonitorPlan? before = null;
        while (true)
        {
            try
            {
                if (await RunAsync(path, plan, watch, telemetry, interruption) is not { } isGood)
                {
                    // References may have grown until the end.
                    var next = MonitorPlan.Load(path, ConfigurationFile.ProcessEnvironment, Needs.Service);
                    (before, plan) = (plan, next.Faults.Count == 0 ? next : plan);
                    continue;
                }

                return isGood ? ExitCode.Good : ExitCode.Failure;
            }
            catch (Exception e) when (e is SourceException or UsageException && before is not null)
            {
                watch.Fail(e.Message); // a port that is taken, for example
                (plan, before) = (before!, null);
            }
        }
    }

    // Runs until it ends, and returns whether that was well; null if there is another configuration to run.
    private static async Task<bool?> RunAsync(
        string path, MonitorPlan plan, ConfigurationWatch watch, ProcessTelemetry telemetry, Interruption interruption)
    {
        var options = plan.Options;
        var log = telemetry.Log;
        log.Apply(options.Logging);
        var (logger, references) = (log.Of(LogCategory.Kafka), log.Of(LogCategory.References));
        using var folder = OpenFolder(options, path);
        var resumption = new Resumption(
            log.Of(LogCategory.Checkpoints), isPosted: plan.Monitors.All(monitor => monitor.PostedTopics.Count > 0));
        var resumed = resumption.Load(folder, plan.Monitors);
        using var checkpoints = folder is null ? null : new Checkpoints(
            folder,
            plan.Monitors.ToDictionary(monitor => monitor.Spec.Name, MonitorSettings.Of),
            BuildInfo.Current.Version,
            options.Checkpoint.Every.Span,
            resumption.Taken,
            resumption.Unreadable,
            TimeProvider.System,
            log.Of(LogCategory.Checkpoints));
        var alerts = folder is null ? null
            : new AlertFile(Path.Combine(folder.Path, "alerts.json"), TimeProvider.System, log.Of(LogCategory.Alerts));
        var histories = folder is null ? null
            : new HistoryFile(Path.Combine(folder.Path, "history"), TimeProvider.System, log.Of(LogCategory.Checkpoints));
        var growing = new GrowingReferences(plan.Monitors, TimeProvider.System, references);
        var kafka = ConfiguredSources.LiveSettings(options, plan.Monitors); // once: values read from files outlive a source
        var outputs = NotificationSetup.Make(
            options.Notifications, folder?.Path, kafka, TimeProvider.System, log.Of(LogCategory.Notifications), logger);
        var notifier = outputs is null ? null : new Notifier(
            resumed.Bindings, outputs, options.Notifications.PageUrl is { } page ? new Uri(page) : null);
        var sources = new LiveSources(
            kafka, ConfiguredSources.PostedTopics(options, plan.Monitors), options.Ingest, resumed, logger, TimeProvider.System);
        var tally = sources.Buffer is { } buffer
            ? new IngestTally(buffer, log.Of(LogCategory.Events), TimeProvider.System)
            : null;
        var settings = new LoopSettings(
            resumed.Bindings,
            sources.Open,
            options.Kafka.IdleAfter.Span,
            [new LearnedReferences(plan.Monitors, TimeProvider.System, references), growing, .. notifier is null ? [] : new[] { notifier }])
        {
            OnEnd = growing.SaveAll,
            Checkpoints = checkpoints,
            Alerts = AlertEpisodes.OfService(alerts?.Earlier ?? []),
            Histories = histories is null ? null : histories.TakeEarlier,
            Service = () => new ServiceSnapshot(notifier?.Tallies ?? [], watch.Snapshot) { Ingest = tally?.Snapshot },
            Reopen = sources.Reopen,
            Workers = options.WorkersForTopics,
            Rebind = () => [.. PlanAgain(path, plan).Monitors.Select(monitor => monitor.Bind())],
        };
        var ingest = tally is null
            ? null
            : new IngestHost(options.Ingest!, options.Http, sources.Buffer!, tally, log, TimeProvider.System);
        await using var app = ServiceHost.Build(
            settings, options.Http, options.Metrics.BinContributions, telemetry, notifier, alerts, histories, ingest);
        await ServiceHost.StartAsync(app, options.Http, "set DriftMonitor:Http:Port to another");
        using var signals = new Interruption(); // only to know the signal, before the host does, which stops the service
        var serviceLog = new ServiceLog(app);
        serviceLog.LogStart(plan, hasKafka: kafka.Topics.Count > 0, ingest?.Url);
        resumption.Log();
        var isReloading = false;
        app.Lifetime.ApplicationStopping.Register(() => serviceLog.LogStop(
            isReloading ? "another configuration" : signals.Signal is { } signal ? $"{signal} received" : null));
        using var ended = new CancellationTokenSource();
        var shutdown = app.WaitForShutdownAsync();
        using var stop = interruption.Token.Register(app.Lifetime.StopApplication);
        var change = watch.NextAsync(plan, ended.Token);
        if (await Task.WhenAny(shutdown, change) == change)
        {
            await change;
            isReloading = true;
            await app.StopAsync();
        }

        await ended.CancelAsync();
        await shutdown;
        tally?.TellOfLeft();
        serviceLog.LogEnd();
        return app.Services.GetRequiredService<MonitoringLoop>().Fault is not null ? false : isReloading ? null : true;
    }

    // With the files of learned references as they are now. A configuration that has been changed meanwhile is for the next start.
    private static MonitorPlan PlanAgain(string path, MonitorPlan plan)
    {
        var again = MonitorPlan.Load(path, ConfigurationFile.ProcessEnvironment, Needs.Service);
        return again.Faults.Count == 0 && SettingsOf(again).SequenceEqual(SettingsOf(plan)) ? again : plan;

        static IEnumerable<(string, string)> SettingsOf(MonitorPlan plan) =>
            from monitor in plan.Monitors
            from setting in MonitorSettings.Of(monitor).Prepend(new("Name", monitor.Spec.Name))
            select (setting.Key, setting.Value);
    }

    private static CheckpointFolder? OpenFolder(DriftMonitorOptions options, string config)
    {
        if (options.Checkpoint.Directory is not { } directory)
        {
            return null;
        }

        try
        {
            return CheckpointFolder.Open(Path.GetFullPath(directory, Path.GetDirectoryName(Path.GetFullPath(config))!));
        }
        catch (CheckpointException e)
        {
            throw new UsageException($"DriftMonitor:Checkpoint:Directory: {e.Message}");
        }
    }
}
