using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using DriftMonitor.Benchmarks.Throughput;

namespace DriftMonitor.Benchmarks.Scrapes;

/// <summary>
/// What a scrape of <c>/metrics</c> costs the service, and the memory that many segments take:
/// <c>scrapes [--scrapes N] [--memory SEGMENTS] [--panes N]</c>.
/// </summary>
/// <remarks>
/// The service runs in a process of its own and reads from memory, so it needs no broker. Each scrape is as Prometheus makes it:
/// OpenMetrics, compressed. The processor time of the loop without events is measured beside it and subtracted. The last figure has events
/// without end, and shows how long the loop took over its slowest batch with and without scrapes. <c>--memory</c> measures memory instead;
/// an environment variable such as <c>DOTNET_GCHeapHardLimit</c> applies to the service.
/// </remarks>
internal static class ScrapesCommand
{
    private const int SamplesPerSegment = 36;
    private const int WarmUp = 5;
    private static readonly TimeSpan BetweenScrapes = TimeSpan.FromMilliseconds(400); // the exporter keeps a page for 300 ms
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(4);

    /// <summary>Measures and prints.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var scrapes = ThroughputCommand.Setting(args, "--scrapes", 20);
        var panes = ThroughputCommand.Setting(args, "--panes", 30);
        var segments = ThroughputCommand.Setting(args, "--memory", 0);
        if (segments > 0)
        {
            await MeasureMemoryAsync(segments, panes);
            return 0;
        }

        foreach (var samples in new[] { 10_000, 100_000 })
        {
            await MeasureScrapesAsync(samples / SamplesPerSegment + 1, panes, scrapes);
        }

        return 0;
    }

    private static async Task MeasureScrapesAsync(int segments, int panes, int scrapes)
    {
        using var service = Start(segments, panes, eventsPerPane: 4);
        using var scraper = await ScraperAsync(service);
        var (lines, bytes) = await ScrapeAsync(scraper);
        await ScrapeAsync(scraper, WarmUp);
        var idle = await DuringAsync(service, () => Task.Delay(Idle));
        var before = Tell(service, ScrapedService.AskCollected);
        var clock = Stopwatch.StartNew();
        List<double> seconds = [];
        var used = await DuringAsync(service, async () => seconds = await ScrapeAsync(scraper, scrapes));
        var wall = clock.Elapsed;
        var after = Tell(service, ScrapedService.AskCollected);
        var share = wall / Idle;
        Console.WriteLine($"{lines:N0} samples of {segments:N0} segments, {bytes / 1e6:N1} MB compressed; {scrapes} scrapes:");
        Console.WriteLine($"  processor time      {(used.CpuSeconds - idle.CpuSeconds * share) / scrapes * 1e3,8:N1} ms a scrape");
        Console.WriteLine($"  response            {ThroughputCommand.Median(seconds) * 1e3,8:N1} ms (median)");
        Console.WriteLine($"  allocated           {(used.AllocatedBytes - idle.AllocatedBytes * share) / scrapes / 1e6,8:N2} MB a scrape");
        Console.WriteLine($"  collector's pauses  {used.PauseSeconds / scrapes * 1e3,8:N2} ms a scrape; {used.FullCollections} full ones");
        Console.WriteLine(
            $"  live heap           {after.HeapBytes / 1e6,8:N1} MB; change {(after.HeapBytes - before.HeapBytes) / 1e3:N0} kB");
        Console.WriteLine(
            $"  loop without events {idle.CpuSeconds / Idle.TotalSeconds * 1e3,8:N1} ms of processor time a second, "
            + $"{idle.AllocatedBytes / Idle.TotalSeconds / 1e6:N2} MB allocated");

        Tell(service, ScrapedService.BeBusy);
        var alone = await DuringAsync(service, () => Task.Delay(wall));
        var busy = await DuringAsync(service, () => ScrapeAsync(scraper, scrapes));
        Console.WriteLine(
            $"  slowest batch       {busy.LongestTurnSeconds * 1e3,8:N1} ms; without scrapes {alone.LongestTurnSeconds * 1e3:N1} ms");
        Stop(service);
    }

    private static async Task MeasureMemoryAsync(int segments, int panes)
    {
        var clock = Stopwatch.StartNew();
        using var service = Start(segments, panes, eventsPerPane: 4);
        using var scraper = await ScraperAsync(service);
        var filled = Tell(service, ScrapedService.Ask);
        Console.WriteLine(
            $"{segments:N0} segments, three windows, 20 bins, {panes} panes in {clock.Elapsed.TotalSeconds:N0} s: "
            + $"{filled.CpuSeconds:N0} s of processor time, {filled.AllocatedBytes / 1e9:N1} GB allocated, "
            + $"{filled.PauseSeconds:N1} s of collector's pauses, {filled.FullCollections} full collections");
        Print("before the first scrape", service);
        for (var i = 1; i <= 3; i++)
        {
            await Task.Delay(BetweenScrapes);
            var start = Tell(service, ScrapedService.Ask);
            var (lines, bytes) = await ScrapeAsync(scraper);
            var end = Tell(service, ScrapedService.Ask);
            Print($"after scrape {i} ({lines:N0} samples, {bytes / 1e6:N0} MB, {end.CpuSeconds - start.CpuSeconds:N1} s)", service);
        }

        Stop(service);
    }

    private static void Print(string moment, Process service)
    {
        var peak = PeakBytes(service);
        var resident = Tell(service, ScrapedService.Ask).ResidentBytes;
        var collected = Tell(service, ScrapedService.AskCollected);
        Console.WriteLine(
            $"  {moment}: {resident / 1e6:N0} MB resident, peak {peak / 1e6:N0} MB; live heap {collected.HeapBytes / 1e6:N0} MB");
    }

    private static Process Start(int segments, int panes, int eventsPerPane)
    {
        string[] arguments = [.. ThroughputCommand.Self(), ScrapedService.Verb, $"{segments}", $"{panes}", $"{eventsPerPane}"];
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment.TryAdd("DOTNET_gcServer", "1"); // as in the service
        return Process.Start(start)!;
    }

    private static void Stop(Process service)
    {
        service.StandardInput.Close();
        service.WaitForExit();
    }

    private static async Task<HttpClient> ScraperAsync(Process service)
    {
        var address = await service.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException("the service did not start");
        var scraper = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromMinutes(5) };
        scraper.DefaultRequestHeaders.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("application/openmetrics-text;version=1.0.0;q=0.5"));
        scraper.DefaultRequestHeaders.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("text/plain;version=0.0.4;q=0.2"));
        scraper.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        return scraper;
    }

    // The time that each took.
    private static async Task<List<double>> ScrapeAsync(HttpClient scraper, int scrapes)
    {
        List<double> seconds = [];
        for (var i = 0; i < scrapes; i++)
        {
            await Task.Delay(BetweenScrapes);
            var start = Stopwatch.GetTimestamp();
            await ScrapeAsync(scraper);
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return seconds;
    }

    private static async Task<(int Samples, long Bytes)> ScrapeAsync(HttpClient scraper)
    {
        using var response = await scraper.GetAsync(new Uri("/metrics", UriKind.Relative));
        response.EnsureSuccessStatusCode();
        var page = await response.Content.ReadAsByteArrayAsync();
        var text = page;
        if (response.Content.Headers.ContentEncoding.Contains("gzip"))
        {
            using var unzipped = new MemoryStream();
            await using var zipped = new GZipStream(new MemoryStream(page), CompressionMode.Decompress);
            await zipped.CopyToAsync(unzipped);
            text = unzipped.ToArray();
        }

        return (SamplesOf(text), page.Length);
    }

    private static int SamplesOf(ReadOnlySpan<byte> page)
    {
        if (!page.EndsWith("# EOF\n"u8))
        {
            throw new InvalidOperationException("the page has no end");
        }

        var samples = 0;
        foreach (var line in page.Split((byte)'\n'))
        {
            samples += !page[line].IsEmpty && page[line][0] != (byte)'#' ? 1 : 0;
        }

        return samples;
    }

    private static async Task<Usage> DuringAsync(Process service, Func<Task> action)
    {
        var before = Tell(service, ScrapedService.Ask);
        await action();
        var after = Tell(service, ScrapedService.Ask);
        return after with
        {
            CpuSeconds = after.CpuSeconds - before.CpuSeconds,
            AllocatedBytes = after.AllocatedBytes - before.AllocatedBytes,
            PauseSeconds = after.PauseSeconds - before.PauseSeconds,
            FullCollections = after.FullCollections - before.FullCollections,
        };
    }

    private static Usage Tell(Process service, string line)
    {
        service.StandardInput.WriteLine(line);
        return Usage.Parse(service.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the service ended"));
    }

    private static long PeakBytes(Process service)
    {
        var line = File.ReadLines($"/proc/{service.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(6).Trim(" \tkB"), CultureInfo.InvariantCulture) * 1024;
    }
}
