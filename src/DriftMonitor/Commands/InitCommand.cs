using System.CommandLine;
using DriftMonitor.Configuration;
using DriftMonitor.Hosting;
using DriftMonitor.Planning;
using DriftMonitor.Proposals;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>init</c>: proposes monitors for the fields of a topic, and writes them with their references.</summary>
internal static class InitCommand
{
    private static readonly TimeSpan PollTimeout = TimeSpan.FromMilliseconds(200);

    /// <summary>Creates the verb.</summary>
    public static Command Create()
    {
        var topic = new Option<string>("--topic", "-t")
        {
            Description = "The topic to look at. With --file it is only named in the configuration.",
            HelpName = "TOPIC",
            Required = true,
        };
        var bootstrap = new Option<string?>("--bootstrap", "-b")
        {
            Description = "Brokers to connect to. Default: DriftMonitor__Kafka__BootstrapServers in the environment, or localhost:9092.",
            HelpName = "HOST:PORT",
        };
        var files = SharedOptions.Files();
        files.Description = "Files to look at instead of the topic: NDJSON or CSV, plain, gzip or zstd; - is standard input.";
        var folder = new Option<string>("--out")
        {
            Description = "The folder to write to, which must be empty or absent.",
            HelpName = "DIR",
            Required = true,
        };
        OptionChecks.RejectEmptyPath(folder);
        var output = SharedOptions.Output();
        var command = new Verb(
            "init",
            "Look at a topic and propose a monitor for each field worth watching: write a configuration, references and a Prometheus file.",
            "driftmonitor init --topic payments --bootstrap kafka:9092 --out payments",
            "driftmonitor init --topic flights --file april.ndjson.gz may.ndjson.gz --out flights")
        { topic, bootstrap, files, folder, output };
        command.SetAction(result => Run(
            result.GetRequiredValue(topic),
            result.GetValue(bootstrap),
            result.GetValue(files) ?? [],
            result.GetRequiredValue(folder),
            result.GetValue(output)));
        return command;
    }

    private static int Run(string topic, string? bootstrap, string[] files, string folder, OutputFormat format)
    {
        if (topic.Length == 0 || NameRules.GetTopicError(topic) is not null)
        {
            throw new UsageException($"--topic {NameRules.GetTopicError(topic) ?? "is empty: name the topic"}");
        }

        if (ReadKafka(bootstrap) is not { } options)
        {
            return ExitCode.Usage;
        }

        using var target = new InitFolder(folder);
        using var interruption = new Interruption();
        var stopping = interruption.Token;
        try
        {
            var read = Read(options, topic, files, interruption);

            // On another thread, which is abandoned on a signal: a long calibration cannot be cancelled.
            var making = Task.Run(() => Propose(read, topic, files, options), CancellationToken.None);
            var proposal = making.WaitAsync(stopping).GetAwaiter().GetResult();
            var report = new InitReport(proposal, topic, files, folder);
            if (proposal.Watched.Any())
            {
                target.Write(proposal);
            }

            report.Write(format);
            return proposal.Watched.Any() ? ExitCode.Good : ExitCode.Failure;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return interruption.Code;
        }
        catch (SourceException e) when (files.Length == 0)
        {
            // There is no configuration yet, so its keys are given as options.
            throw new SourceException(
                e.Message.Replace("the monitor's Topic", "--topic", StringComparison.Ordinal)
                    .Replace("Kafka:BootstrapServers", "--bootstrap", StringComparison.Ordinal),
                e);
        }
    }

    // The cluster as the environment has it, as for the other verbs: credentials are not for the command line.
    private static DriftMonitorOptions? ReadKafka(string? bootstrap)
    {
        const string Section = DriftMonitorOptions.Section;
        var (configuration, _) = ConfigurationFile.Load(ConfigurationFile.ProcessEnvironment);
        var (options, unread) = OptionsReader.Read(configuration!);
        options.Monitors.Clear();
        options.Kafka.BootstrapServers = bootstrap ?? options.Kafka.BootstrapServers;

        // Monitors, and so the whole section, may be missing: they are what is to be found.
        var faults = unread.Concat(OptionsValidation.Validate(options, Needs.Topics))
            .Where(fault => fault.Path is not (Section or $"{Section}:{nameof(DriftMonitorOptions.Monitors)}")).ToList();
        faults.ForEach(fault => Messages.Write(fault.ToString()));
        return faults.Count == 0 ? options : null;
    }

    private static SampleRead Read(DriftMonitorOptions options, string topic, string[] files, Interruption interruption)
    {
        using var log = ProcessLog.OfVerb(options.Logging);
        var logger = log.Of(LogCategory.Kafka);
        using var source = ConfiguredSources.OpenSample(options, topic, files, HeldEvents.MostRecords, logger, interruption.Token);
        var (events, open) = (new HeldEvents(), new HashSet<int>());
        var isCut = false;
        var cursor = new EventCursor(source);
        using var progress = ProgressLine.OnStandardError();
        while (!isCut && cursor.Next(PollTimeout, out var raw) is var signal && signal != SourceSignal.End)
        {
            switch (signal)
            {
                case SourceSignal.Event:
                    isCut = !events.TryAdd(raw);
                    break;
                case SourceSignal.Partitions:
                    open.UnionWith(Enumerable.Range(0, source.Partitions(0)));
                    break;
                case SourceSignal.PartitionEnded:
                    open.Remove(raw.Partition);
                    break;
            }

            progress.Read(events.Count, () => source.FractionRead);
            interruption.Token.ThrowIfCancellationRequested();
        }

        if (interruption.HasComeWithTheEndOf(files))
        {
            throw new OperationCanceledException(interruption.Token);
        }

        if (events.Count == 0)
        {
            throw new SourceException(files.Length > 0
                ? $"{string.Join(", ", files)}: there are no events to look at"
                : $"topic {topic} has no records yet: produce some, or give files with --file");
        }

        FileRemarks.Write(source, hasLosses: false);
        return new SampleRead(events, source is KafkaSource kafka ? kafka.CountSkipped(0) : 0, isCut, open);
    }

    private static Proposal Propose(SampleRead read, string topic, string[] files, DriftMonitorOptions options)
    {
        var proposal = new ProposalBuilder(read, topic, files.Length > 0, options).Build();
        return proposal.Windows.HasHistory ? new InitReferences(read.Events, proposal).Build() : proposal;
    }
}
