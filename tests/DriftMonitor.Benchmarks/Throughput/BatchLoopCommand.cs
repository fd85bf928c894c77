using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>
/// What an event costs in batches and by <c>Consume</c>:
/// <c>batchloop [--events N] [--rounds N] [--size N…] [--set PROPERTY=VALUE…]</c>.
/// </summary>
/// <remarks>
/// A is <c>Consume</c>, B a batch queue. A round is A B B A, each in a process of its own with the same properties, so that a busy machine
/// slows both. Each round gives a ratio; the result is their median. It needs a real Kafka: KAFKA_BOOTSTRAP or KAFKA_HOME.
/// </remarks>
internal static class BatchLoopCommand
{
    private const int Partitions = 8;

    // The service's. With librdkafka's own 100 000 for a partition, a third of the events would be fetched before the measurement starts.
    private const string ShortQueue = "queued.min.messages=10000";

    /// <summary>Measures and prints.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var events = ThroughputCommand.Setting(args, "--events", 3_000_000);
        var rounds = ThroughputCommand.Setting(args, "--rounds", 3);
        string[] sizes = Values(args, "--size") is [_, ..] chosen ? chosen : ["256", "1024", "4096"];
        string[] properties = [BareLoop.NoWait, ShortQueue, .. Values(args, "--set")];
        if (!KafkaNode.CanStart && KafkaNode.ExistingBootstrapServers is null)
        {
            await Console.Error.WriteLineAsync(
                "batchloop needs a real Kafka: set KAFKA_BOOTSTRAP to a broker's address, "
                + "or KAFKA_HOME to an Apache Kafka (and have Java 17)");
            return 2;
        }

        using var node = KafkaNode.ExistingBootstrapServers is null ? new KafkaNode().Start() : null;
        var bootstrap = node?.BootstrapServers ?? KafkaNode.ExistingBootstrapServers!;
        var topic = await Topics.Create(bootstrap, Partitions);
        try
        {
            var bytes = ThroughputCommand.Produce(bootstrap, topic, events, Partitions, CompressionType.Lz4);
            Console.WriteLine(
                $"{events:N0} events of {(double)bytes / events:N0} B over {Partitions} partitions, lz4; "
                + $"{Environment.ProcessorCount} processors; {string.Join(' ', properties)}");
            foreach (var size in sizes)
            {
                List<Cost[]> measured = [];
                while (measured.Count < rounds)
                {
                    measured.Add([Measure(BatchLoop.Bare), Measure(size), Measure(size), Measure(BatchLoop.Bare)]);
                    foreach (var (run, cost) in measured[^1].Index())
                    {
                        Print($"{"ABBA"[run]}{measured.Count}", cost);
                    }
                }

                var ratios = measured.ConvertAll(round => (round[1].CpuTime + round[2].CpuTime) / (round[0].CpuTime + round[3].CpuTime));
                Console.WriteLine(
                    $"size {size}: B/A  processor time an event: median {ThroughputCommand.Median(ratios):N2} "
                    + $"({ratios.Min():N2} to {ratios.Max():N2})");
            }

            return 0;
        }
        finally
        {
            if (node is null)
            {
                using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();
                await admin.DeleteTopicsAsync([topic]);
            }
        }

        Cost Measure(string mode)
        {
            string[] start = [.. ThroughputCommand.Self(), BatchLoop.Verb];
            string[] arguments = [.. start, bootstrap, topic, $"{Partitions}", $"{events}", mode, .. properties];
            using var loop = ThroughputCommand.Start(Environment.ProcessPath!, arguments);
            var result = loop.StandardOutput.ReadToEnd();
            loop.WaitForExit();
            return loop.ExitCode == 0
                ? Cost.Parse(result)
                : throw new InvalidOperationException($"the loop '{mode}' ended with exit code {loop.ExitCode}: {result}");
        }
    }

    // All values that follow a name, up to the next name.
    private static string[] Values(string[] args, string name) =>
        [.. args.SkipWhile(arg => arg != name).Skip(1).TakeWhile(arg => !arg.StartsWith("--", StringComparison.Ordinal))];

    private static void Print(string run, Cost cost) => Console.WriteLine(
        $"{run}  {cost.CpuTime,6:N0} ns of processor time an event  {cost.AllocatedBytes,7:N2} B allocated  "
        + $"{1e9 / cost.ElapsedTime,9:N0} events/s  {cost.BatchSize,5:N0} in a batch");

    // Times in nanoseconds; all but the batch size for an event.
    private sealed record Cost(double CpuTime, double AllocatedBytes, double ElapsedTime, double BatchSize)
    {
        public static Cost Parse(string line)
        {
            var numbers = Array.ConvertAll(line.Trim().Split(' '), text => double.Parse(text, CultureInfo.InvariantCulture));
            return new Cost(numbers[0], numbers[1], numbers[2], numbers[3]);
        }
    }
}
