using System.Globalization;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Hosting;
using DriftMonitor.Live;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Benchmarks.Scrapes;

/// <summary>
/// The service with one monitor of many segments, on a stream from memory, in a process of its own. Each segment has a reference, a
/// calibration and an alert of its own, three windows and 20 bins.
/// </summary>
internal static class ScrapedService
{
    /// <summary>The first argument that starts it.</summary>
    public const string Verb = "scraped-service";

    /// <summary>Asks for the usage.</summary>
    public const string Ask = "usage";

    /// <summary>Asks for the usage after a collection of all garbage.</summary>
    public const string AskCollected = "collected";

    /// <summary>Makes events come without end.</summary>
    public const string BeBusy = "busy";

    private const int Bins = 20;
    private static readonly int[] WindowMinutes = [1, 6, 24];

    /// <summary>
    /// Serves until standard input ends: prints its address when all panes have closed, and then answers each line with its usage.
    /// </summary>
    /// <param name="args">Segments, panes, and events of each segment in each pane.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var figures = Array.ConvertAll(args, text => int.Parse(text, CultureInfo.InvariantCulture));
        var stream = new SegmentedStream(figures[0], figures[1], figures[2]);
        var settings = new LoopSettings([MonitorOf(figures[0])], () => stream, TimeSpan.FromHours(1), []);
        var logging = new LoggingOptions { Levels = new LogLevelOptions { Default = LeastLevel.Error } };
        using var telemetry = new ProcessTelemetry(OtlpVariables.Read([]), logging, sent: null, port: 0);
        await using var app = ServiceHost.Build(settings, new HttpOptions { Port = 0 }, binContributions: false, telemetry);
        await app.StartAsync();
        var state = app.Services.GetRequiredService<MonitoringLoop>().State;
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (state.Current.Monitors[0].ClosedPanes < figures[1])
        {
            await pause.WaitForNextTickAsync();
        }

        Console.WriteLine(ServiceHost.UrlOf(app));
        while (Console.ReadLine() is { } line)
        {
            stream.IsBusy |= line == BeBusy;
            Console.WriteLine(Usage.Now(stream, collects: line == AskCollected).ToLine());
        }

        await app.StopAsync();
        return 0;
    }

    private static MonitorBinding MonitorOf(int segments)
    {
        var spec = new MonitorSpec
        {
            Name = "amount-by-segment",
            Pane = new PaneGrid(SegmentedStream.Pane),
            Windows = [.. WindowMinutes.Select(minutes => new WindowSpec(TimeSpan.FromMinutes(minutes), $"{minutes}m"))],
            MinimumEvents = 1,
            MostSegments = segments,
            Rule = new FalseAlarmRate(EverySeconds: 30 * 86_400, segments, MinimumDivergenceNats: 0.01),
        };
        var binning = new NumericBinning([.. Enumerable.Range(0, Bins + 1).Select(edge => edge * 5.0)]);
        var counts = new long[binning.Count];
        counts.AsSpan(0, Bins).Fill(500);
        var whole = new Reference(binning, counts);
        var calibration = Calibrator.Calibrate(spec, whole, course: null);
        var bySegment = Enumerable.Range(0, segments).ToDictionary(
            SegmentedStream.SegmentOf,
            _ => new CalibratedReference(new Reference(binning, counts), [.. calibration.Select(Copy)]));
        var monitor = new FieldMonitor(spec, new CalibratedReference(whole, calibration), bySegment);
        return new MonitorBinding(
            monitor, SegmentedStream.Topic, FieldPath.Parse("x"), EventTime: null, FieldPath.Parse("segment"));
    }

    // As when it is read from a file: each segment has its own.
    private static WindowCalibration Copy(WindowCalibration calibration) => calibration with
    {
        Tail = calibration.Tail with
        {
            Shapes = [.. calibration.Tail.Shapes.Select(shape => shape with { })],
            Quantiles = [.. calibration.Tail.Quantiles],
        },
    };
}
