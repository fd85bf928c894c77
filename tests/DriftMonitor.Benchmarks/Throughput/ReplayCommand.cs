using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using DriftMonitor.Tests;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>
/// How fast a month is replayed, with its history written, next to programs that only read the same:
/// <c>replay [--events N] [--rounds N]</c>.
/// </summary>
/// <remarks>
/// The month is in gzip files, one a day, and in a topic. Each contender is a process of its own, timed from its start to its end. A round
/// runs them in order and then in reverse, so that other load on the machine affects all alike; a result is the median of the ratios.
/// Needs Linux with zcat and wc, a published executable, and a real Kafka: KAFKA_BOOTSTRAP or KAFKA_HOME.
/// </remarks>
internal static class ReplayCommand
{
    private const int Days = 30;

    /// <summary>Measures and prints.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var events = ThroughputCommand.Setting(args, "--events", 5_000_000);
        var rounds = ThroughputCommand.Setting(args, "--rounds", 5);
        if (!KafkaNode.CanStart && KafkaNode.ExistingBootstrapServers is null)
        {
            await Console.Error.WriteLineAsync(
                "replay needs a real Kafka: set KAFKA_BOOTSTRAP to a broker's address, "
                + "or KAFKA_HOME to an Apache Kafka (and install Java 17)");
            return 2;
        }

        using var node = KafkaNode.ExistingBootstrapServers is null ? new KafkaNode().Start() : null;
        var bootstrap = node?.BootstrapServers ?? KafkaNode.ExistingBootstrapServers!;
        var folder = Directory.CreateTempSubdirectory("driftmonitor-replay-").FullName;
        try
        {
            var topic = await Topics.Create(bootstrap, ThroughputCommand.Partitions);
            var flights = new Flights(FlightShape.All[0], (double)events / (Days * 86_400));
            var bytes = ThroughputCommand.Produce(bootstrap, topic, flights, events);
            var files = WriteFiles(folder, flights, events);
            var config = ThroughputCommand.Configure(folder, bootstrap, topic, flights, "1h", "6h", "24h");
            var contenders = Contenders(folder, bootstrap, topic, events, files, config);
            Console.WriteLine(
                $"{events:N0} events of {(double)bytes / events:N0} B in {Days} days; {Environment.ProcessorCount} processors; "
                + $"{rounds} rounds; medians (min to max)");
            Console.WriteLine();
            Print(contenders, events, [.. Enumerable.Range(0, rounds).SelectMany(_ => Round(contenders, folder))]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    // Each replay is next to what it is compared with.
    private static (string Name, string Program, string[] Arguments)[] Contenders(
        string folder, string bootstrap, string topic, int events, string[] files, string config)
    {
        string[] replay = ["replay", "--config", config, "--out", Path.Combine(folder, "history")];
        return
        [
            ("replay of the files, --out", ThroughputCommand.Executable, [.. replay, "--file", .. files]),
            ("zcat FILES \\| wc -l", "/bin/sh", ["-c", $"zcat {string.Join(' ', files)} | wc -l"]),
            ("replay of the topic, --out", ThroughputCommand.Executable, replay),
            ("batch queue alone", Environment.ProcessPath!,
                [.. ThroughputCommand.Self(), ReadingLoop.Batches, bootstrap, topic, $"{events}", .. ThroughputCommand.QueueSettings]),
        ];
    }

    private static string[] WriteFiles(string folder, Flights flights, int events)
    {
        var files = new string[Days];
        var perDay = events / Days;
        for (var day = 0; day < Days; day++)
        {
            files[day] = Path.Combine(folder, $"day-{day:00}.ndjson.gz");
            using var file = new GZipStream(File.Create(files[day]), CompressionLevel.Optimal);
            for (var i = day * perDay; i < (day == Days - 1 ? events : (day + 1) * perDay); i++)
            {
                file.Write([.. flights[i], (byte)'\n']);
            }
        }

        return files;
    }

    // Seconds of each contender, twice.
    private static IEnumerable<double[]> Round((string Name, string Program, string[] Arguments)[] contenders, string folder)
    {
        var first = Array.ConvertAll(contenders, contender => Seconds(contender, folder));
        var second = Array.ConvertAll(contenders.Reverse().ToArray(), contender => Seconds(contender, folder));
        Array.Reverse(second);
        return [first, second];
    }

    private static double Seconds((string Name, string Program, string[] Arguments) contender, string folder)
    {
        if (Directory.Exists(Path.Combine(folder, "history")))
        {
            Directory.Delete(Path.Combine(folder, "history"), recursive: true);
        }

        var clock = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(contender.Program, contender.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        process.StandardInput.Close();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? clock.Elapsed.TotalSeconds
            : throw new InvalidOperationException($"{contender.Name} ended with exit code {process.ExitCode}");
    }

    private static void Print((string Name, string Program, string[] Arguments)[] contenders, int events, List<double[]> seconds)
    {
        Console.WriteLine("| | events/s | × of the reader below it |");
        Console.WriteLine("|---|---|---|");
        for (var i = 0; i < contenders.Length; i++)
        {
            var rate = ThroughputCommand.Median(seconds.ConvertAll(run => events / run[i]));
            var ratios = i % 2 == 0 ? seconds.ConvertAll(run => run[i + 1] / run[i]) : [];
            var ratio = ratios.Count == 0 ? "" : string.Create(
                CultureInfo.InvariantCulture, $"{ThroughputCommand.Median(ratios):N2} ({ratios.Min():N2} to {ratios.Max():N2})");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {contenders[i].Name} | {rate:N0} | {ratio} |"));
        }
    }
}
