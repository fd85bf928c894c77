using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Benchmarks.Promise;

/// <summary>Simulates how often the alarm of a reference that grows fires on streams without drift, after its warm-up.</summary>
/// <remarks>
/// An event of bin i has a value that is uniform in [i, i + 1), and the reference finds its bins in the values. The streams are those of
/// <see cref="PaneStream"/>; seeds do not depend on which other rows are run.
/// </remarks>
/// <param name="LearnPanes">The warm-up.</param>
/// <param name="LivePanes">The number of panes after it.</param>
/// <param name="Streams">The number of streams of each cell.</param>
/// <param name="Seed">The seed.</param>
internal sealed record GrowingAlarms(int LearnPanes, int LivePanes, int Streams, int Seed)
{
    /// <summary>K of the streams; as many bins are found.</summary>
    public const int Bins = GrowingReference.Bins;

    /// <summary>T, divided by the warm-up.</summary>
    public static readonly double[] Promised = [1, 3, 6, 30];

    /// <summary>The names of the streams.</summary>
    public static readonly string[] Rows = ["independent", "AR(1), 12 panes", "AR(1), 48 panes"];

    /// <summary>Alarms per T, for each T.</summary>
    public Estimate[] Run(Fluctuation fluctuation, int[] windows)
    {
        var alarms = new Alarms[Streams];
        var cell = $"{Seed}/growing/{fluctuation.Name}/{string.Join(',', windows)}";
        Parallel.For(0, Streams, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, stream =>
            alarms[stream] = Run(fluctuation, windows, Seeds.Of($"{cell}/{stream}")));
        return
        [
            .. Promised.Select((ratio, i) => Estimate.Of(
                Array.ConvertAll(alarms, live => live.Fired[i] * ratio * LearnPanes / LivePanes),
                exposure: Streams * LivePanes / (ratio * LearnPanes))),
        ];
    }

    private Alarms Run(Fluctuation fluctuation, int[] windows, int seed)
    {
        var random = new Random(seed);
        var stream = new PaneStream(fluctuation, Bins, FalseAlarms.EventsPerPane, random);
        var spec = Scene.SpecOf(windows);
        var reference = new GrowingReference(spec, new GrowingRules(LearnPanes));
        var series = new Series(spec, reference, new GrowingCalibration(reference));
        var alarms = new Alarms(spec, series, firstPane: 0, [.. Promised.Select(ratio => ratio * LearnPanes)]);
        for (var pane = 0; pane < LearnPanes + LivePanes; pane++)
        {
            var values = new ValueCounts(reference.Views);
            foreach (var (bin, count) in stream.Next(volume: 1).Index())
            {
                for (var i = 0L; i < count; i++)
                {
                    values.Add(FieldValue.Of(bin + random.NextDouble()));
                }
            }

            alarms.Close(values);
        }

        return alarms;
    }
}
