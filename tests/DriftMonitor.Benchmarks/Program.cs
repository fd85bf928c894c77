using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using DriftMonitor.Benchmarks.Checkpoints;
using DriftMonitor.Benchmarks.Counting;
using DriftMonitor.Benchmarks.Memory;
using DriftMonitor.Benchmarks.Promise;
using DriftMonitor.Benchmarks.Scrapes;
using DriftMonitor.Benchmarks.Throughput;
using DriftMonitor.Tests;

// `throughput` measures the service with a broker, `replay` a replay of a month, `scrapes` what /metrics costs, `counting` how the cost of
// an event grows, `promise` simulates alarms, `memory` what a series takes, `checkpoints` what a checkpoint costs. All other arguments are
// for BenchmarkDotNet, such as --filter '*Decoding*'.
switch (args)
{
    case ["throughput", .. var settings]:
        return await ThroughputCommand.RunAsync(settings);
    case [ReadingLoop.Consume or ReadingLoop.Batches, ..]:
        return ReadingLoop.Run(args);
    case ["replay", .. var settings]:
        return await ReplayCommand.RunAsync(settings);
    case ["promise", .. var settings]:
        return PromiseCommand.Run(settings);
    case ["counting", .. var settings]:
        return CountingCommand.Run(settings);
    case ["memory"]:
        return MemoryCommand.Run();
    case ["checkpoints"]:
        return CheckpointsCommand.Run();
    case ["scrapes", .. var settings]:
        return await ScrapesCommand.RunAsync(settings);
    case [ScrapedService.Verb, .. var settings]:
        return await ScrapedService.RunAsync(settings);
    default:
        // In this process, as BenchmarkDotNet would not find the program that it builds in the repository's artifacts folder.
        var config = DefaultConfig.Instance
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .WithArtifactsPath(Path.Combine(Repository.Root, "artifacts", "benchmarks"));
        BenchmarkSwitcher.FromAssembly(typeof(ThroughputCommand).Assembly).Run(args, config);
        return 0;
}
