using DriftMonitor.Benchmarks.Scrapes;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Benchmarks.Memory;

/// <summary>A monitor with segments whose longest window is full, published as the page and the API see it.</summary>
internal static class FullMonitor
{
    private const int Values = 97; // of SegmentedStream

    /// <summary>Feeds a new monitor until it is full.</summary>
    /// <param name="stream">The events.</param>
    /// <param name="segments">How many segments the stream has.</param>
    /// <param name="windows">How many windows.</param>
    /// <param name="bins">Bins, without the special ones.</param>
    /// <param name="panes">The panes of the longest window.</param>
    /// <param name="hasOwnReferences">Whether each series has a reference of its own.</param>
    public static (MonitorBinding Binding, LiveState State, Pipeline Pipeline) Feed(
        SegmentedStream stream, int segments, int windows, int bins, int panes, bool hasOwnReferences)
    {
        var binding = Bind(segments, windows, bins, panes, hasOwnReferences);
        var state = new LiveState([binding], []);
        var pipeline = new Pipeline(stream, [binding], TimeProvider.System, TimeSpan.FromHours(1), [state]);
        while (binding.Monitor.ClosedPanes < panes)
        {
            pipeline.Step(TimeSpan.Zero);
        }

        state.Publish(pipeline, stream);
        return (binding, state, pipeline);
    }

    /// <summary>Makes a monitor.</summary>
    public static MonitorBinding Bind(int segments, int windows, int bins, int panes, bool hasOwnReferences)
    {
        var spec = new MonitorSpec
        {
            Name = "amount-by-segment",
            Pane = new PaneGrid(SegmentedStream.Pane),
            Windows = [.. Enumerable.Range(0, windows).Select(i => Window(panes - i))],
            MinimumEvents = 1,
            MostSegments = segments,
        };
        var binning = new NumericBinning([.. Enumerable.Range(0, bins + 1).Select(edge => edge * (double)Values / bins)]);
        var counts = new long[binning.Count];
        counts.AsSpan(0, bins).Fill(500);
        var whole = new CalibratedReference(new Reference(binning, counts));
        var own = hasOwnReferences ? segments : 0;
        var monitor = new FieldMonitor(spec, whole, Enumerable.Range(0, own).ToDictionary(
            SegmentedStream.SegmentOf, _ => new CalibratedReference(new Reference(binning, counts))));
        return new MonitorBinding(
            monitor, SegmentedStream.Topic, FieldPath.Parse("x"), EventTime: null, FieldPath.Parse("segment"));

        static WindowSpec Window(int panes) => new(panes * SegmentedStream.Pane, $"{panes}m");
    }
}
