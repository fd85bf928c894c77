using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Benchmarks.Promise;

/// <summary>Simulates how often the alarm fires on a stream without drift that switches between three accepted regimes.</summary>
/// <remarks>
/// In regime k, what a <see cref="PaneStream"/> gives for bin i is counted in bin i + kK/3: the regimes have other shares and one
/// fluctuation. The reference holds a stretch of each regime, and the live stream changes to the next one after as many panes, so each
/// change is in its windows. An alarm of a longer time is also one of a shorter one.
/// </remarks>
/// <param name="RegimePanes">The panes of each stretch.</param>
/// <param name="LivePanes">The number of panes after the reference.</param>
/// <param name="Streams">The number of streams of each cell.</param>
/// <param name="Seed">The seed.</param>
internal sealed record RegimeAlarms(int RegimePanes, int LivePanes, int Streams, int Seed)
{
    /// <summary>K of the streams.</summary>
    public const int Bins = 20;

    /// <summary>How many regimes there are.</summary>
    public const int Count = 3;

    /// <summary>T, divided by the length of the reference, which is that of the stretches of all regimes.</summary>
    public static readonly double[] Promised = [1 / 6.0, 0.5, 1, 5];

    /// <summary>The names of the streams.</summary>
    public static readonly string[] Rows = ["independent", "AR(1), 12 panes"];

    /// <summary>Alarms per T, for each T.</summary>
    public Estimate[] Run(Fluctuation fluctuation, int[] windows)
    {
        var alarms = new Alarms[Streams];
        var cell = $"{Seed}/regimes/{fluctuation.Name}/{string.Join(',', windows)}";
        Parallel.For(0, Streams, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, stream =>
            alarms[stream] = Run(fluctuation, windows, Seeds.Of($"{cell}/{stream}")));
        var reference = Count * RegimePanes;
        return
        [
            .. Promised.Select((ratio, i) => Estimate.Of(
                Array.ConvertAll(alarms, live => live.Fired[i] * ratio * reference / LivePanes),
                exposure: Streams * LivePanes / (ratio * reference))),
        ];
    }

    private Alarms Run(Fluctuation fluctuation, int[] windows, int seed)
    {
        var spec = Scene.SpecOf(windows);
        var binning = new CategoricalBinning([.. Enumerable.Range(0, Bins).Select(bin => $"v{bin}")]);
        var stream = new PaneStream(fluctuation, Bins, FalseAlarms.EventsPerPane, new Random(seed));
        var courses = new RegimeCourse[Count];
        for (var regime = 0; regime < Count; regime++)
        {
            var panes = new long[]?[RegimePanes];
            for (var pane = 0; pane < RegimePanes; pane++)
            {
                panes[pane] = Next(regime);
            }

            var from = spec.Pane.Start(regime * RegimePanes);
            var period = new Period(from, from + RegimePanes * spec.Pane.Length);
            var reference = Reference.FromPanes(
                binning, panes, period, [], Reference.DefaultPseudoCount, spec.Pane, spec.WindowPanes[spec.LongestWindow]);
            courses[regime] = new RegimeCourse($"regime {regime}", reference, panes);
        }

        var (regimes, calibration) = RegimeCalibrator.Calibrate(spec, courses);
        var series = new Series(spec, new NearestRegime(regimes, windows.Length), new GivenCalibration(calibration));
        var first = Count * RegimePanes;
        var alarms = new Alarms(spec, series, first, [.. Promised.Select(ratio => ratio * first)]);
        for (var pane = 0; pane < LivePanes; pane++)
        {
            alarms.Close(Next(pane / RegimePanes % Count));
        }

        return alarms;

        long[] Next(int regime)
        {
            var counts = new long[binning.Count];
            foreach (var (bin, count) in stream.Next(volume: 1).Index())
            {
                counts[(bin + regime * Bins / Count) % Bins] = count;
            }

            return counts;
        }
    }
}
