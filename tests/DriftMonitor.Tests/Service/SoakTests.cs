using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using DriftMonitor.Tests.Kafka;
using Xunit.Abstractions;

namespace DriftMonitor.Tests.Service;

/// <summary>
/// The service under steady load for long, while the broker is killed or paused every 30 seconds and clients ask for everything: each event
/// is counted once, and memory, threads and open files do not grow. The oracle is what was written, and the broker's own offsets.
/// </summary>
[Collection(RealKafkaTests.Name)]
public sealed class SoakTests(RealKafka kafka, ITestOutputHelper log) : IDisposable
{
    private const int Partitions = 4;
    private const int Values = 4; // the bins of the reference
    private const int EventsPerSecond = 1000;
    private const int MalformedOneIn = 1000;
    private const int LiveSegments = 20;
    private const int MaxSegments = 200;
    private const int SampledOneIn = 10; // scrapes
    private const double MiB = 1 << 20;
    private const double MostGrowth = 1; // MiB in ten minutes
    private const int ShortestJudged = 30; // minutes
    private const string Minutes = "DRIFTMONITOR_SOAK_MINUTES";
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(5);

    private readonly Workshop _workshop = new();
    private readonly long[] _sent = new long[Values];
    private long _malformed;

    public void Dispose() => _workshop.Dispose();

    [FactRequires(Tool.KafkaNode)] // the long form, shortened
    public async Task Under_load_and_faults_of_the_broker_each_event_is_counted_once() =>
        await Soak(TimeSpan.FromSeconds(12), faultEvery: TimeSpan.FromSeconds(5));

    [FactRequires(Tool.KafkaNode)] // the twin without a fault
    public async Task Under_load_each_event_is_counted_once() => await Soak(TimeSpan.FromSeconds(5), faultEvery: TimeSpan.MaxValue);

    /// <summary>An hour, or DRIFTMONITOR_SOAK_MINUTES: <c>make soak</c>.</summary>
    [SoakFact(Tool.KafkaNode)] // L01
    [Trait("Length", "soak")]
    public async Task Under_load_and_faults_for_an_hour_each_event_is_counted_once_and_memory_does_not_grow()
    {
        var set = Environment.GetEnvironmentVariable(Minutes);
        var minutes = set is { Length: > 0 } ? double.Parse(set, CultureInfo.InvariantCulture) : 60;
        var samples = await Soak(TimeSpan.FromMinutes(minutes), faultEvery: TimeSpan.FromSeconds(30));

        // The first quarter is for warming up: histories, series and the runtime's compiler fill.
        Sample[] warm = [.. samples.Where(sample => sample.At > TimeSpan.FromMinutes(minutes / 4))];
        var growth = SlopePerTenMinutes(warm);
        var part = Math.Max(1, warm.Length / 5);
        var (first, last) = (Median(warm[..part]), Median(warm[^part..]));
        log.WriteLine(
            $"after {minutes / 4:0.#} minutes of warm-up: resident memory {growth:+0.00;-0.00} MB in 10 minutes, "
            + $"{warm.Min(sample => sample.Resident):0.0} to {warm.Max(sample => sample.Resident):0.0} MB; "
            + $"threads {first.Threads}, at the end {last.Threads}; open files {first.Files}, at the end {last.Files}");
        Assert.True(
            growth < MostGrowth || minutes < ShortestJudged, // otherwise all of it is warm-up
            $"resident memory grows by {growth:0.00} MB in 10 minutes");
        Assert.InRange(last.Threads, 1, first.Threads + 2); // the runtime's pool may have one or two more
        Assert.InRange(last.Files, 1, first.Files + 8); // connections of clients
    }

    private async Task<List<Sample>> Soak(TimeSpan length, TimeSpan faultEvery)
    {
        var seed = RandomNumberGenerator.GetInt32(1_000_000_000);
        log.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var topic = await Topics.Create(kafka.BootstrapServers, Partitions);
        Configure(topic, length);
        using var service = _workshop.Start("run", "--config", "config.json");
        service.UntilReady();

        using var stopping = new CancellationTokenSource(length);
        var started = Stopwatch.StartNew();
        var load = Task.Factory.StartNew(() => Load(topic, started, stopping.Token), TaskCreationOptions.LongRunning);
        var watch = Task.Factory.StartNew(() => Watch(service, started, stopping.Token), TaskCreationOptions.LongRunning);
        var (kills, pauses) = await Disturb(random, faultEvery, started, stopping.Token);
        await load;
        var samples = await watch;

        Close(topic);
        var written = End(topic);
        var read = written;
        Assert.Equal(_sent.Sum() + _malformed + Partitions, written);
        service.Until("all is read", () => (read = Read(service, topic)) >= written);
        service.UntilReady();
        service.Until("all panes have closed", () => Counts(service).Sum() >= _sent.Sum());
        var counted = Counts(service);
        var segments = Monitor(service, "segments");
        var (unknown, dropped) = ((long)segments["unknown_segment_events"]!, (long)segments["dropped_events"]!);
        log.WriteLine(
            $"{kills} kills and {pauses} pauses of the broker in {started.Elapsed.TotalMinutes:0.0} minutes; "
            + $"{samples.Count * SampledOneIn} scrapes; events in {_sent.Sum()}, counted {counted.Sum()}, "
            + $"lost {_sent.Zip(counted, (one, other) => Math.Max(0, one - other)).Sum()}, "
            + $"duplicated {_sent.Zip(counted, (one, other) => Math.Max(0, other - one)).Sum()}; malformed {_malformed}");
        Assert.Equal(_sent, counted);
        Assert.Equal(written, read);
        Assert.Equal(_sent.Sum() + Partitions, unknown + dropped); // the reference has no segments
        var page = service.Scrape();
        Assert.Equal(
            [$"{{monitor=\"\",reason=\"malformed\",topic=\"{topic}\"}} {_malformed}"],
            page["driftmonitor_events_rejected_total"].Where(sample => sample.Value != "0")
                .Select(sample => $"{sample.Key} {sample.Value}"));
        Assert.All(page["driftmonitor_events_lost_total"], sample => Assert.Equal("0", sample.Value));
        Assert.DoesNotContain("bug", service.Errors);
        service.Signal("TERM");
        Assert.Equal(0, service.End().ExitCode);
        return samples;
    }

    // Events at a steady rate, with the time at which they are written; segments and keys come and go.
    private void Load(string topic, Stopwatch started, CancellationToken stopping)
    {
        using var producer = Topics.Producer(kafka.BootstrapServers, config => config.CompressionType = CompressionType.Lz4);
        for (long i = 0; !stopping.IsCancellationRequested; i++)
        {
            if (i * 1000 / EventsPerSecond is var due && due > started.ElapsedMilliseconds)
            {
                stopping.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(due - started.ElapsedMilliseconds + 10));
            }

            var segment = i / EventsPerSecond + i % LiveSegments; // a new one every second
            var key = i % 10 == 0 ? "known" : $"user-{i:D10}";
            if (i % MalformedOneIn == 0)
            {
                producer.Send(topic, (int)(i % Partitions), "{");
                _malformed++;
            }
            else
            {
                producer.Send(topic, (int)(i / 3 % Partitions), $$"""{"x":{{i % Values}},"segment":"s{{segment}}","key":"{{key}}"}""");
                _sent[i % Values]++;
            }
        }

        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(120)));
    }

    // An event in each partition that lets all panes before it close.
    private void Close(string topic)
    {
        using var producer = Topics.Producer(kafka.BootstrapServers);
        for (var partition = 0; partition < Partitions; partition++)
        {
            var time = TimeProvider.System.GetUtcNow() + Lateness + TimeSpan.FromSeconds(2);
            producer.Send(topic, partition, """{"x":null,"segment":"last"}""", time);
        }

        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(60)));
    }

    private async Task<(int Kills, int Pauses)> Disturb(
        Random random, TimeSpan faultEvery, Stopwatch started, CancellationToken stopping)
    {
        var (kills, pauses) = (0, 0);
        while (faultEvery != TimeSpan.MaxValue && await Waits(faultEvery * (kills + pauses + 1) - started.Elapsed, stopping))
        {
            if ((kills + pauses) % 2 == 0)
            {
                kafka.Node.Kill();
                await Waits(faultEvery * 0.1 * random.NextDouble(), CancellationToken.None);
                kafka.Node.Start();
                kills++;
            }
            else
            {
                kafka.Node.Pause();
                await Waits(faultEvery * 0.4 * random.NextDouble(), CancellationToken.None);
                kafka.Node.Resume();
                pauses++;
            }
        }

        await Waits(Timeout.InfiniteTimeSpan, stopping);
        return (kills, pauses);
    }

    // False if it was asked to stop meanwhile. The load is real, so its pauses are too.
    private static async Task<bool> Waits(TimeSpan pause, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(pause < TimeSpan.Zero && pause != Timeout.InfiniteTimeSpan ? TimeSpan.Zero : pause, stopping);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // Scrapes every half second, every tenth time all else that the port offers; and the use of resources every five seconds.
    private List<Sample> Watch(DriftMonitorProcess service, Stopwatch started, CancellationToken stopping)
    {
        var samples = new List<Sample>();
        using var process = Process.GetProcessById(service.Id);
        for (var i = 0; !stopping.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(500)); i++)
        {
            Assert.Equal(200, service.Get("/healthz/live").Status); // whatever the broker does
            var page = service.Scrape();
            Assert.NotEmpty(page["driftmonitor_events_total"]);
            Assert.InRange(page["driftmonitor_series"].Single(sample => sample.Key.Contains("segments")).Value.Length, 1, 3);
            if (i % SampledOneIn == 0)
            {
                Assert.All(["/", "/api/monitors", "/healthz/startup"], path => Assert.Equal(200, service.Get(path).Status));
                process.Refresh();
                samples.Add(new Sample(started.Elapsed, process.WorkingSet64 / MiB, process.Threads.Count, process.HandleCount));
                if (i % (12 * SampledOneIn) == 0)
                {
                    log.WriteLine($"{samples[^1]}; heap {Sum(page, "dotnet_gc_last_collection_heap_size_bytes") / MiB:0.0} MB, "
                        + $"committed {Sum(page, "dotnet_gc_last_collection_memory_committed_size_bytes") / MiB:0.0} MB");
                }
            }
        }

        return samples;
    }

    private static double Sum(Scraped page, string name) =>
        page.Text.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    // Least squares.
    private static double SlopePerTenMinutes(Sample[] samples)
    {
        var time = samples.Average(sample => sample.At.TotalMinutes / 10);
        var resident = samples.Average(sample => sample.Resident);
        return samples.Sum(sample => (sample.At.TotalMinutes / 10 - time) * (sample.Resident - resident))
            / samples.Sum(sample => Math.Pow(sample.At.TotalMinutes / 10 - time, 2));
    }

    private static (int Threads, int Files) Median(Sample[] samples) => (
        samples.Select(sample => sample.Threads).Order().ElementAt(samples.Length / 2),
        samples.Select(sample => sample.Files).Order().ElementAt(samples.Length / 2));

    // One window that holds all events; one whose segments come and go; one of categories that are all different.
    private void Configure(string topic, TimeSpan length)
    {
        var all = Monitor("all", new JsonArray("10s", $"{(int)length.TotalMinutes + 60}m"));
        var segments = Monitor("segments", new JsonArray("10s", "1m"));
        segments["SegmentBy"] = "segment";
        segments["MaxSegments"] = MaxSegments;
        var keys = Monitor("keys", new JsonArray("10s", "1m"));
        keys["Field"] = "key";
        keys["Reference"] = JsonNode.Parse("""{"Kind":"inline","Categories":["known","other"],"Probabilities":[0.5,0.5]}""");
        _workshop.Configure(kafka.BootstrapServers, all, segments, keys);
        _workshop.Replace("config.json", "\"Http\":", "\"Checkpoint\":{\"Directory\":\"state\",\"Every\":\"5s\"},\"Http\":");

        JsonObject Monitor(string name, JsonArray windows)
        {
            var monitor = _workshop.Numbers(topic, name);
            monitor["Windows"] = windows;
            monitor["AllowedLateness"] = $"{Lateness.TotalSeconds}s";
            monitor.Remove("Alert");
            return monitor;
        }
    }

    private static JsonNode Monitor(DriftMonitorProcess service, string name) =>
        service.Monitors()["monitors"]!.AsArray().Single(each => $"{each!["name"]}" == name)!;

    private static long[] Counts(DriftMonitorProcess service) =>
    [
        .. Monitor(service, "all")["series"]![0]!["windows"]![1]!["bins"]!.AsArray().Take(Values).Select(bin => (long)bin!["count"]!),
    ];

    private static long Read(DriftMonitorProcess service, string topic) =>
        long.Parse(service.Scrape()["driftmonitor_events_total"][$"{{topic=\"{topic}\"}}"], CultureInfo.InvariantCulture);

    // As the broker has it.
    private long End(string topic)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(
            new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = topic }).Build();
        return Enumerable.Range(0, Partitions).Sum(partition =>
            consumer.QueryWatermarkOffsets(new TopicPartition(topic, partition), TimeSpan.FromSeconds(20)).High.Value);
    }

    private sealed record Sample(TimeSpan At, double Resident, int Threads, int Files)
    {
        public override string ToString() =>
            $"{At.TotalMinutes,5:0.0} minutes: resident {Resident:0.0} MB, {Threads} threads, {Files} open files";
    }
}
