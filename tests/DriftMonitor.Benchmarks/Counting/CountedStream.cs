using System.Globalization;
using System.Text;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Tests;

namespace DriftMonitor.Benchmarks.Counting;

/// <summary>Monitors as a <see cref="Setting"/> wants them, and events for them.</summary>
internal static class CountedStream
{
    private const int Seed = 1;
    private static readonly EventTime Start = new(1_356_998_400_000); // 2013
    private static readonly TimeSpan Pane = TimeSpan.FromHours(1);

    /// <summary>A pipeline from memory to the monitors, all of whose events are in one open pane.</summary>
    /// <param name="setting">The monitors.</param>
    /// <param name="fields">How many numeric fields an event has.</param>
    /// <param name="events">How many different events there are; a multiple of a batch.</param>
    public static Pipeline Pipeline(Setting setting, int fields, int events)
    {
        var random = new Random(Seed);
        byte[][] values = [.. Enumerable.Range(0, events).Select(i => Event(random, i, setting, fields))];
        MonitorBinding[] monitors =
        [
            .. Enumerable.Range(0, setting.Monitors).Select(field => new MonitorBinding(
                Monitor(setting, $"x{field}"),
                "events",
                FieldPath.Parse($"x{field}"),
                EventTime: null,
                setting.Segments > 0 ? FieldPath.Parse("segment") : null)),
        ];
        return new Pipeline(new MemorySource(values, Start), monitors, TimeProvider.System, TimeSpan.FromHours(1), []);
    }

    /// <summary>A monitor as the setting wants it, before its first event.</summary>
    public static FieldMonitor Monitor(Setting setting, string name)
    {
        var spec = new MonitorSpec
        {
            Name = name,
            Pane = new PaneGrid(Pane),
            Windows = [.. Enumerable.Range(0, setting.Windows).Select(WindowOf)],
            MostSegments = Math.Max(1, setting.Segments),
            MinimumEvents = 1,
            Rule = new FixedThreshold(0, FireAboveNats: 100, ResolveBelowNats: 50),
        };
        var binning = new NumericBinning([.. Enumerable.Range(0, setting.Bins + 1).Select(edge => (double)edge)]);
        var counts = new long[binning.Count];
        counts.AsSpan(0, setting.Bins).Fill(100);
        var reference = new CalibratedReference(new Reference(binning, counts));
        return setting.Segments == 0
            ? new FieldMonitor(spec, reference)
            : new FieldMonitor(spec, reference, Enumerable.Range(0, setting.Segments).ToDictionary(SegmentOf, _ => reference));
    }

    /// <summary>The name of a segment.</summary>
    public static string SegmentOf(int segment) => $"s{segment:D5}";

    /// <summary>The start of a pane.</summary>
    public static EventTime StartOf(int pane) => Start + pane * Pane;

    // 1, 2, 4, … hours
    private static WindowSpec WindowOf(int window) => new(Pane * (1 << window), $"{1 << window}h");

    private static byte[] Event(Random random, int i, Setting setting, int fields)
    {
        // Each segment occurs, in an order that neither the processor nor a cache can predict.
        var segment = setting.Segments == 0 ? 0 : i < setting.Segments ? i * 7919 % setting.Segments : random.Next(setting.Segments);
        var text = new StringBuilder($$"""{"segment":"{{SegmentOf(segment)}}" """);
        for (var field = 0; field < fields; field++)
        {
            text.Append(CultureInfo.InvariantCulture, $",\"x{field}\":{random.NextDouble() * setting.Bins:F2}");
        }

        return Encoding.UTF8.GetBytes(text.Append('}').ToString());
    }
}
