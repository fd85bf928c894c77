using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Tests;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>
/// How fast the service reads a topic, next to a bare Confluent.Kafka loop on the same topic: <c>throughput [--events N] [--rounds N]</c>.
/// </summary>
/// <remarks>
/// A is <c>driftmonitor run</c> with three monitors, B is <see cref="BareLoop"/>, and C is B with <see cref="BareLoop.NoWait"/>. A round is
/// A B C C B A, each in a process of its own, so that other load on the machine affects all alike. The results are the medians of the
/// ratios of each round. Needs Linux and a real Kafka: KAFKA_BOOTSTRAP or KAFKA_HOME.
/// </remarks>
internal static class ThroughputCommand
{
    private const int Partitions = 4;
    private const int ReferenceEvents = 100_000;
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);
    private static readonly (string Name, string Field)[] Monitors =
        [("departure-delay", "dep_delay"), ("carrier", "carrier"), ("distance", "distance")];

    /// <summary>Measures and prints.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var events = Setting(args, "--events", 2_000_000);
        var rounds = Setting(args, "--rounds", 3);
        if (!KafkaNode.CanStart && KafkaNode.ExistingBootstrapServers is null)
        {
            await Console.Error.WriteLineAsync(
                "throughput needs a real Kafka: set KAFKA_BOOTSTRAP to a broker's address, "
                + "or KAFKA_HOME to an Apache Kafka (and install Java 17)");
            return 2;
        }

        using var node = KafkaNode.ExistingBootstrapServers is null ? new KafkaNode().Start() : null;
        var bootstrap = node?.BootstrapServers ?? KafkaNode.ExistingBootstrapServers!;
        var folder = Directory.CreateTempSubdirectory("driftmonitor-throughput-").FullName;
        var topic = await Topics.Create(bootstrap, Partitions);
        try
        {
            var bytes = Produce(bootstrap, topic, events, Partitions);
            var config = Configure(folder, bootstrap, topic);
            Console.WriteLine(
                $"{events:N0} events of {(double)bytes / events:N0} B over {Partitions} partitions; "
                + $"{Monitors.Length} monitors; {Environment.ProcessorCount} processors");
            List<Pace[]> measured = [];
            while (measured.Count < rounds)
            {
                measured.Add(
                [
                    await ServiceAsync(config, events),
                    Loop(bootstrap, topic, events),
                    Loop(bootstrap, topic, events, BareLoop.NoWait),
                    Loop(bootstrap, topic, events, BareLoop.NoWait),
                    Loop(bootstrap, topic, events),
                    await ServiceAsync(config, events),
                ]);
                for (var i = 0; i < measured[^1].Length; i++)
                {
                    Print($"{"ABCCBA"[i]}{measured.Count}", measured[^1][i]);
                }
            }

            Console.WriteLine(
                "A: driftmonitor run, three monitors; B: a Confluent.Kafka loop with its defaults that does nothing with the values; "
                + $"C: B with {BareLoop.NoWait}");
            Compare("A/B", measured, [1, 4]);
            Compare("A/C", measured, [2, 3]);
            Console.WriteLine($"make bench ARGS=\"throughput --events {events} --rounds {rounds}\"");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            if (node is null)
            {
                using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();
                await admin.DeleteTopicsAsync([topic]);
            }
        }
    }

    internal static int Setting(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;

    /// <summary>Fills a topic with flights, in turn over its partitions.</summary>
    /// <returns>The bytes of all values.</returns>
    internal static long Produce(
        string bootstrap,
        string topic,
        int events,
        int partitions,
        CompressionType compression = CompressionType.None)
    {
        var flights = new Flights();
        long bytes = 0;
        using var producer = Topics.Producer(bootstrap, config =>
        {
            config.LingerMs = 50;
            config.CompressionType = compression;
        });
        for (var i = 0; i < events; i++)
        {
            var message = new Message<Null, byte[]?> { Value = flights[i] };
            bytes += message.Value.Length;
            while (true)
            {
                try
                {
                    producer.Produce(new TopicPartition(topic, i % partitions), message);
                    break;
                }
                catch (ProduceException<Null, byte[]?> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
                {
                    producer.Flush(TimeSpan.FromMilliseconds(200));
                }
            }
        }

        producer.Flush(Within);
        return bytes;
    }

    // Typical monitors, with references that `reference build` creates from the first events.
    private static string Configure(string folder, string bootstrap, string topic)
    {
        var path = Path.Combine(folder, "config.json");
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            DriftMonitor = new
            {
                Kafka = new { BootstrapServers = bootstrap, Start = "earliest" },
                Http = new { Port = 0 },
                Monitors = Monitors.Select(monitor => new
                {
                    monitor.Name,
                    Topic = topic,
                    monitor.Field,
                    EventTime = Flights.EventTimeField,
                    Pane = "10s",
                    Windows = new[] { "1m", "5m" },
                    Reference = new { File = $"{monitor.Name}.json" },
                    Alert = new { Window = "1m", FireAbove = 0.1 },
                }),
            },
        }));
        var sample = Path.Combine(folder, "sample.ndjson");
        using (var file = File.Create(sample))
        {
            var flights = new Flights();
            for (var i = 0; i < ReferenceEvents; i++)
            {
                file.Write([.. flights[i], (byte)'\n']);
            }
        }

        foreach (var (name, _) in Monitors)
        {
            var reference = Path.Combine(folder, $"{name}.json");
            using var build = Start(
                Executable,
                ["reference", "build", "--config", path, "--monitor", name, "--out", reference, "--file", sample],
                redirectError: true);
            var errors = build.StandardError.ReadToEnd();
            build.WaitForExit();
            if (build.ExitCode != 0)
            {
                throw new InvalidOperationException($"driftmonitor reference build ended with exit code {build.ExitCode}: {errors}");
            }
        }

        return path;
    }

    private static async Task<Pace> ServiceAsync(string config, int events)
    {
        using var service = Start(Executable, ["run", "--config", config], redirectError: true);
        try
        {
            return await ObserveAsync(service, events);
        }
        finally
        {
            service.Kill();
            await service.WaitForExitAsync();
        }
    }

    private static async Task<Pace> ObserveAsync(Process service, int events)
    {
        var course = new Course(service, events);
        using var deadline = new CancellationTokenSource(Within);
        using var http = new HttpClient { BaseAddress = await AddressAsync(service, deadline.Token) };
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!course.IsOver)
        {
            await pause.WaitForNextTickAsync(deadline.Token);
            var page = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), deadline.Token);
            course.Note(Value(page, "driftmonitor_events_total"));
            if (Value(page, "driftmonitor_events_rejected_total") > 0)
            {
                throw new InvalidOperationException("the service rejected events, so the measurement is not valid");
            }
        }

        return course.Pace();
    }

    private static Pace Loop(string bootstrap, string topic, int events, params string[] properties)
    {
        using var loop = Start(Environment.ProcessPath!, [.. Self(), BareLoop.Verb, bootstrap, topic, $"{events}", .. properties]);
        var course = new Course(loop, events);
        while (!course.IsOver)
        {
            course.Note(long.Parse(loop.StandardOutput.ReadLine() ?? "0", CultureInfo.InvariantCulture));
        }

        var pace = course.Pace();
        loop.StandardInput.Close();
        loop.WaitForExit();
        return pace;
    }

    // The service prints its address on standard error. Later output is not needed but must be read, or the service would block.
    private static async Task<Uri> AddressAsync(Process service, CancellationToken deadline)
    {
        while (await service.StandardError.ReadLineAsync(deadline) is { } line)
        {
            if (line.IndexOf("page and metrics at ", StringComparison.Ordinal) is >= 0 and var at)
            {
                _ = service.StandardError.ReadToEndAsync(deadline);
                return new Uri(line[(at + 20)..].Trim());
            }
        }

        throw new InvalidOperationException("the service did not start");
    }

    internal static Process Start(string program, string[] arguments, bool redirectError = false)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = redirectError,
        };
        return Process.Start(start)!;
    }

    private static string Executable => Path.Combine(Repository.Root, "artifacts", "bin", "DriftMonitor", "release", "driftmonitor");

    // Also works if started by `dotnet program.dll`.
    internal static string[] Self() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(ThroughputCommand).Assembly.Location] : [];

    // The sum of a family's samples in the text format; 0 if there are none.
    private static long Value(string page, string name) => page.Split('\n')
            .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
            .Sum(line => (long)double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private static void Print(string run, Pace pace) => Console.WriteLine(
        $"{run}  {pace.EventsPerSecond,9:N0} events/s  {pace.CpuNanosecondsPerEvent,6:N0} ns of processor time an event  "
        + $"{pace.PeakMegabytes,4:N0} MB");

    private static void Compare(string name, List<Pace[]> measured, int[] others)
    {
        var speed = Ratios(pace => pace.EventsPerSecond);
        var cpu = Ratios(pace => pace.CpuNanosecondsPerEvent);
        Console.WriteLine(
            $"{name}  events a second: median {Median(speed):N2} ({speed.Min():N2} to {speed.Max():N2});  "
            + $"processor time an event: median {Median(cpu):N2} ({cpu.Min():N2} to {cpu.Max():N2})");

        List<double> Ratios(Func<Pace, double> figure) =>
            measured.ConvertAll(round => (figure(round[0]) + figure(round[5])) / others.Sum(other => figure(round[other])));
    }

    internal static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
