using System.CommandLine;
using System.Text;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Hosting;
using DriftMonitor.Live;
using DriftMonitor.Planning;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>demo</c>: a stream of orders on a broker inside this process, which shifts for a minute and then recovers.</summary>
internal static class DemoCommand
{
    // The lines on standard output say what happens.
    private static readonly LoggingOptions Logging = new()
    {
        Levels = new LogLevelOptions { Default = LeastLevel.Error, Kafka = LeastLevel.Warning },
    };

    /// <summary>Makes the verb.</summary>
    public static Command Create()
    {
        var once = new Option<bool>("--once")
        {
            Description = "End when the alerts have fired and resolved: 0, or 1 if they did not. "
                + "This is the default where standard output is no terminal.",
        };
        var speed = new Option<double>("--speed")
        {
            Description = "Seconds of the stream that pass in one second (1 to 60).",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var port = new Option<int>("--port")
        {
            Description = "The port of page and metrics; 0 takes a free one.",
            HelpName = "PORT",
            DefaultValueFactory = _ => new HttpOptions().Port,
        };
        OptionChecks.RequireRange(speed, 1, 60);
        OptionChecks.RequireRange(port, 0, 65_535);
        var command = new Verb("demo", "Show a shift and its alert on a synthetic stream of orders; needs nothing but this program.",
            "driftmonitor demo",
            "driftmonitor demo --once --speed 10")
        { once, speed, port };
        command.SetAction((result, _) =>
            RunAsync(result.GetValue(once) || Console.IsOutputRedirected, result.GetValue(speed), result.GetValue(port)));
        return command;
    }

    private static async Task<int> RunAsync(bool once, double speed, int port)
    {
        Console.OutputEncoding = Encoding.UTF8;
        using var interruption = new Interruption();
        var variables = OtlpVariables.Read(ConfigurationFile.ProcessEnvironment);
        foreach (var warning in variables.Warnings)
        {
            Messages.Write($"warning: {warning}");
        }

        using var telemetry = new ProcessTelemetry(variables, Logging, sent: new LogLevelOptions(), port);
        using var stream = new DemoStream(speed, TimeProvider.System, StampedLines.OnStandardOutput());
        stream.ProduceHistory();
        var plan = stream.Plan();
        var logger = telemetry.Log.Of(LogCategory.Kafka);
        var monitors = plan.Monitors.Select(monitor => monitor with { Reference = ReferenceOf(monitor) }).ToList();

        var watch = new Watch(stream, monitors.Count);
        var settings = new LoopSettings(
            [.. monitors.Select(monitor => monitor.Bind())],
            () => new KafkaSource(ConfiguredSources.LiveSettings(plan.Options, monitors), logger, TimeProvider.System),
            plan.Options.Kafka.IdleAfter.Span,
            watch);
        var http = new HttpOptions { Port = port };
        await using var app = ServiceHost.Build(settings, http, binContributions: true, telemetry);
        await ServiceHost.StartAsync(app, http, "choose another with --port");
        stream.Say($"page and metrics at {ServiceHost.UrlOf(app)}"); // a URL at the end of a line can be clicked and copied
        stream.Say($"orders: {DemoStream.OrdersPerSecond} a second (seed {DemoStream.Seed}, speed {Figures.Configured(speed)})");
        stream.Say($"reference: {monitors[0].Reference!.File!.Reference.Events} orders of the minute before; "
            + $"monitors: {string.Join(", ", monitors.Select(monitor => monitor.Spec.Name))}");

        var loop = app.Services.GetRequiredService<MonitoringLoop>();
        var lifetime = app.Services.GetRequiredService<IHostApplicationLifetime>();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token, lifetime.ApplicationStopping);
        var producing = Task.Factory.StartNew(
            () => stream.Produce(stopping.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.WhenAny(watch.Ended, producing, WhenCancelled(stopping.Token));
        if (!once && !stopping.IsCancellationRequested)
        {
            stream.Say("the demonstration is over; the stream continues until Ctrl-C");
            await Task.WhenAny(producing, WhenCancelled(stopping.Token));
        }

        var hasShown = watch.Ended.IsCompletedSuccessfully;
        var isCutShort = stopping.IsCancellationRequested && !hasShown;
        await stopping.CancelAsync();
        await app.StopAsync();
        await producing;
        return loop.Fault is not null ? ExitCode.Failure
            : isCutShort && interruption.Code != 0 ? interruption.Code
            : hasShown ? ExitCode.Good
            : ExitCode.Failure;

        PlannedReference ReferenceOf(PlannedMonitor monitor) =>
            new(ReferenceKind.File, new ReferenceOptions(), monitor.PseudoCount)
            {
                File = stream.BuildReference(plan.Options, monitor, logger),
            };
    }

    private static Task WhenCancelled(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(cancelled.SetResult);
        return cancelled.Task;
    }

    /// <summary>Reports the alerts, and knows when each has fired and resolved.</summary>
    private sealed class Watch(DemoStream stream, int monitors) : IReportSink
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly HashSet<string> _resolved = [];

        public Task Ended => _ended.Task;

        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
        {
            foreach (var report in reports)
            {
                Say(monitor, report);
            }
        }

        private void Say(MonitorBinding binding, SeriesReport report)
        {
            if (report.Transition is not { } transition)
            {
                return;
            }

            var name = binding.Monitor.Spec.Name;
            switch (transition)
            {
                case { To: AlertState.Firing }:
                    stream.Say($"FIRING    {name}: {Describe()}", report.Time, Emphasis.Alarm);
                    break;
                case { From: AlertState.Firing }:
                    stream.Say($"resolved  {name}: {Describe()}", report.Time, Emphasis.Good);
                    _resolved.Add(name);
                    break;
                default:
                    var emphasis = transition.To == AlertState.Pending ? Emphasis.Warning : Emphasis.None;
                    stream.Say($"{AlertStateNames.Of(transition.To),-9} {name}", report.Time, emphasis);
                    break;
            }

            if (_resolved.Count == monitors)
            {
                _ended.TrySetResult();
            }

            string Describe() => AlertText.Describe(binding.Monitor.Spec, binding.Monitor.Find(report.Segment)!, report);
        }
    }
}
