using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using DriftMonitor.Tests;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>
/// What an event costs the service, next to loops that only read the same topic:
/// <c>throughput [--events N] [--rounds N] [--shapes N] [--preload LIBRARY]</c>.
/// </summary>
/// <remarks>
/// A round runs the contenders in order and then in reverse, each in a process of its own, so that other load on the machine affects all
/// alike. Each round gives the ratios of the service to the others; the result is their median. <c>--preload</c> gives all of them another
/// allocator. Needs Linux, a published executable, and a real Kafka: KAFKA_BOOTSTRAP or KAFKA_HOME.
/// </remarks>
internal static class ThroughputCommand
{
    internal const int Partitions = 8;
    private const int ReferenceEvents = 100_000;
    private const string Service = "driftmonitor run, three monitors";

    // As the service sets it: KafkaClientFactory.
    internal static readonly string[] QueueSettings =
        ["queued.max.messages.kbytes=16384", "queued.min.messages=10000", "fetch.queue.backoff.ms=10", "fetch.max.bytes=8388608"];
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);
    private static readonly (string Name, string Field)[] Monitors =
        [("departure-delay", "dep_delay"), ("carrier", "carrier"), ("distance", "distance")];
    private static readonly (string Name, string? Verb, string[] Properties)[] Contenders =
    [
        (Service, null, []),
        ("Consume loop, defaults", ReadingLoop.Consume, []),
        ("Consume loop, the service's queue settings", ReadingLoop.Consume, QueueSettings),
        ("batch queue, the service's queue settings", ReadingLoop.Batches, QueueSettings),
    ];

    /// <summary>Measures and prints.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var events = Setting(args, "--events", 5_000_000);
        var rounds = Setting(args, "--rounds", 5);
        var shapes = FlightShape.All[..Setting(args, "--shapes", FlightShape.All.Length)];
        var preload = Array.IndexOf(args, "--preload") is >= 0 and var at ? args[at + 1] : null;
        if (!KafkaNode.CanStart && KafkaNode.ExistingBootstrapServers is null)
        {
            await Console.Error.WriteLineAsync(
                "throughput needs a real Kafka: set KAFKA_BOOTSTRAP to a broker's address, "
                + "or KAFKA_HOME to an Apache Kafka (and install Java 17)");
            return 2;
        }

        using var node = KafkaNode.ExistingBootstrapServers is null ? new KafkaNode().Start() : null;
        var bootstrap = node?.BootstrapServers ?? KafkaNode.ExistingBootstrapServers!;
        Console.WriteLine(
            $"{events:N0} events over {Partitions} partitions, lz4; {Environment.ProcessorCount} processors; {rounds} rounds; "
            + $"medians, of the service (min to max){(preload is null ? "" : "; " + Path.GetFileName(preload))}");
        Console.WriteLine();
        foreach (var shape in shapes)
        {
            await CompareAsync(bootstrap, shape, events, rounds, preload);
        }

        return 0;
    }

    private static async Task CompareAsync(string bootstrap, FlightShape shape, int events, int rounds, string? preload)
    {
        var folder = Directory.CreateTempSubdirectory("driftmonitor-throughput-").FullName;
        var topic = await Topics.Create(bootstrap, Partitions);
        try
        {
            var flights = new Flights(shape);
            var bytes = Produce(bootstrap, topic, flights, events);
            var config = Configure(folder, bootstrap, topic, flights);
            var costs = Array.ConvertAll(Contenders, _ => new List<(Cost First, Cost Second)>());
            for (var round = 0; round < rounds; round++)
            {
                var first = new Cost[Contenders.Length];
                for (var i = 0; i < Contenders.Length; i++)
                {
                    first[i] = await MeasureAsync(i);
                }

                for (var i = Contenders.Length - 1; i >= 0; i--)
                {
                    costs[i].Add((first[i], await MeasureAsync(i)));
                }
            }

            Print($"{shape} ({(double)bytes / events:N0} B)", costs);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();
            await admin.DeleteTopicsAsync([topic]);
        }

        Task<Cost> MeasureAsync(int contender) => Contenders[contender].Verb is { } verb
            ? Task.FromResult(Loop([verb, bootstrap, topic, $"{events}", .. Contenders[contender].Properties], events, preload))
            : ServiceAsync(Path.Combine(folder, "config.json"), events, preload);
    }

    private static void Print(string shape, List<(Cost First, Cost Second)>[] costs)
    {
        Console.WriteLine($"{shape}:");
        Console.WriteLine();
        Console.WriteLine(
            "| | ns an event, start included | steady | the service's × of it, start included | steady | events/s | B allocated | MB |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        for (var i = 0; i < costs.Length; i++)
        {
            Console.WriteLine(
                $"| {Contenders[i].Name} | {Middle(i, cost => cost.Whole):N0} | {Middle(i, cost => cost.Steady):N0} | "
                + $"{(i == 0 ? "" : Ratio(i, cost => cost.Whole))} | {(i == 0 ? "" : Ratio(i, cost => cost.Steady))} | "
                + $"{Middle(i, cost => cost.EventsPerSecond):N0} | {Middle(i, cost => cost.AllocatedBytes):N0} | "
                + $"{Middle(i, cost => cost.PeakMegabytes):N0} |");
        }

        Console.WriteLine();

        double Middle(int i, Func<Cost, double> figure) =>
            Median([.. costs[i].SelectMany(pair => new[] { figure(pair.First), figure(pair.Second) })]);

        string Ratio(int i, Func<Cost, double> figure)
        {
            List<double> ratios =
            [
                .. costs[0].Zip(costs[i], (own, other) =>
                    (figure(own.First) + figure(own.Second)) / (figure(other.First) + figure(other.Second))),
            ];
            return $"{Median(ratios):N2} ({ratios.Min():N2} to {ratios.Max():N2})";
        }
    }

    internal static int Setting(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;

    // Fills a topic with flights, in turn over its partitions, and returns the bytes of all values.
    internal static long Produce(string bootstrap, string topic, Flights flights, int events)
    {
        long bytes = 0;
        using var producer = Topics.Producer(bootstrap, config =>
        {
            config.LingerMs = 50;
            config.CompressionType = CompressionType.Lz4;
        });
        for (var i = 0; i < events; i++)
        {
            var message = new Message<Null, byte[]?> { Value = flights[i] };
            bytes += message.Value.Length;
            while (true)
            {
                try
                {
                    producer.Produce(new TopicPartition(topic, i % Partitions), message);
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
    internal static string Configure(
        string folder, string bootstrap, string topic, Flights flights, string pane = "10s", string window = "1m", string longWindow = "5m")
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
                    Pane = pane,
                    Windows = new[] { window, longWindow },
                    Reference = new { File = $"{monitor.Name}.json" },
                    Alert = new { Window = window, FireAbove = 0.1 },
                }),
            },
        }));
        var sample = Path.Combine(folder, "sample.ndjson");
        using (var file = File.Create(sample))
        {
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
                preload: null,
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

    private static async Task<Cost> ServiceAsync(string config, int events, string? preload)
    {
        using var service = Start(Executable, ["run", "--config", config], preload, redirectError: true);
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

    private static async Task<Cost> ObserveAsync(Process service, int events)
    {
        var course = new Course(service, events);
        using var deadline = new CancellationTokenSource(Within);
        using var http = new HttpClient { BaseAddress = await AddressAsync(service, deadline.Token) };
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(200)); // scrapes cost the service something too
        while (!course.IsOver)
        {
            await pause.WaitForNextTickAsync(deadline.Token);
            var page = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), deadline.Token);
            course.Note(Value(page, "driftmonitor_events_total"), Value(page, "dotnet_gc_heap_total_allocated_bytes_total"));
            if (Value(page, "driftmonitor_events_rejected_total") > 0)
            {
                throw new InvalidOperationException("the service rejected events, so the measurement is not valid");
            }
        }

        return course.Cost();
    }

    private static Cost Loop(string[] arguments, int events, string? preload)
    {
        using var loop = Start(Environment.ProcessPath!, [.. Self(), .. arguments], preload);
        var course = new Course(loop, events);
        while (!course.IsOver)
        {
            var figures = (loop.StandardOutput.ReadLine() ?? "0 0").Split(' ');
            course.Note(long.Parse(figures[0], CultureInfo.InvariantCulture), double.Parse(figures[1], CultureInfo.InvariantCulture));
        }

        var cost = course.Cost();
        loop.StandardInput.Close();
        loop.WaitForExit();
        return cost;
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

    private static Process Start(string program, string[] arguments, string? preload, bool redirectError = false)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = redirectError,
        };
        if (preload is not null)
        {
            start.Environment["LD_PRELOAD"] = preload;
        }

        return Process.Start(start)!;
    }

    // What `make publish` has made: compiled ahead of time, as in the image.
    internal static string Executable => Path.Combine(Repository.Root, "artifacts", "publish", "driftmonitor");

    // Also works if started by `dotnet program.dll`.
    internal static string[] Self() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(ThroughputCommand).Assembly.Location] : [];

    // The sum of a family's samples in the text format; 0 if there are none.
    private static long Value(string page, string name) => page.Split('\n')
            .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
            .Sum(line => (long)double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    internal static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
