using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Benchmarks.Promise;

/// <summary>
/// The figures of the statistics page (deploy/docs/statistics.md) on its assumptions: by how much each fails on streams that
/// violate it.
/// </summary>
internal static class Assumptions
{
    private const int Bins = 20;
    private const double EventsPerPane = FalseAlarms.EventsPerPane;
    private const int ReferencePanes = FalseAlarms.UsualReferencePanes;
    private static readonly PaneGrid Pane = new(TimeSpan.FromHours(1));

    /// <summary>Prints each figure on a line.</summary>
    public static void Print()
    {
        PrintWithin();
        PrintResolving();
        PrintClusters();
        PrintStart();
        PrintExcluded();
        PrintDispersion();
        PrintPaired();
        PrintPredictive();
        PrintChoiceOfThreshold();
    }

    // 1/N − 1/m assumes that the rest of the reference is independent of the window.
    private static void PrintWithin()
    {
        (string Name, int Window, int Panes)[] cases =
        [
            ("independent", 24, 1440),
            ("AR(1), 12 panes", 24, 1440),
            ("AR(1), 12 panes", 24, 480),
            ("AR(1), 48 panes", 24, 1440),
            ("AR(1), 48 panes", 48, 1440),
            ("AR(1), 48 panes", 24, 480),
        ];
        foreach (var (name, window, panes) in cases)
        {
            const int streams = 60;
            var (within, after) = (new double[streams], new double[streams]);
            Parallel.For(0, streams, s =>
            {
                var stream = StreamOf(name, s + 77);
                var course = Course(stream, panes);
                var reference = ReferenceOf(course, window, []);
                within[s] = Calibrator.Measure(SpecOf(window), reference, course)[0].Readings.Average();
                var series = new Series(SpecOf(window), new CalibratedReference(reference));
                var live = Live(series, stream, panes, 2880, 1).Skip(200)
                    .Select(report => report.Readings[0].Measurement?.Z).OfType<double>();
                after[s] = live.Average();
            });
            PrintLine($"z within the reference | {name}, window {window}, reference {panes} | "
                + $"within {within.Average():0.00}, after {after.Average():0.00}, ratio {after.Average() / within.Average():0.00}");
        }
    }

    // A limit that is short for the tail: judged by return periods alone, and also by the median of the readings.
    private static void PrintResolving()
    {
        foreach (var name in new[] { "AR(1), 48 panes", "bursts" })
        {
            foreach (var ratio in new[] { 1 / 6.0, 1 })
            {
                const int streams = 32;
                var limit = ratio * ReferencePanes;
                var gate = new Lock();
                var (stuck, firing, alarms) = (0, new double[2], new double[2]);
                Parallel.For(0, streams, s =>
                {
                    var stream = StreamOf(name, 31 * s + 5);
                    var scene = Scene.Record([24], ReferencePanes, Bins, () => stream.Next(1));
                    var rule = new FalseAlarmRate(limit * 3600, 1, 0);
                    var alerts = new[] { Alert.Initial, Alert.Initial };
                    var series = new Series(scene.Spec, new CalibratedReference(scene.Reference, scene.Calibration));
                    foreach (var report in Live(series, stream, ReferencePanes, 4 * ReferencePanes, 1))
                    {
                        for (var i = 0; i < 2; i++)
                        {
                            var readings = i == 1 ? report.Readings : [.. report.Readings.Select(WithoutMedian)];
                            var before = alerts[i].State;
                            alerts[i] = alerts[i].After(rule.Judge(readings), report.Time, new AlertTiming(TimeSpan.Zero, 24));
                            lock (gate)
                            {
                                alarms[i] += before != AlertState.Firing && alerts[i].State == AlertState.Firing ? ratio / 4 / streams : 0;
                                firing[i] += alerts[i].State == AlertState.Firing ? 1.0 / (4 * ReferencePanes) / streams : 0;
                            }
                        }
                    }

                    lock (gate)
                    {
                        stuck += scene.Calibration[0].ReturnPeriod(0) >= limit / 10 ? 1 : 0;
                    }
                });
                PrintLine(
                    $"resolving | {name}, window 24, T = {ratio:0.00} of the reference | "
                    + $"by return periods alone: {stuck} of {streams} can never resolve, firing {firing[0]:0 %} of the time, "
                    + $"{alarms[0]:0.00} alarms in T; with usual readings {firing[1]:0 %}, {alarms[1]:0.00}");
            }
        }

        static Reading WithoutMedian(Reading reading) =>
            reading with { Measurement = reading.Measurement is { } measurement ? measurement with { IsUsual = false } : null };
    }

    // An alert can fire twice in a cluster: it resolves after the shortest window, but a cluster ends after the longest.
    private static void PrintClusters()
    {
        foreach (var name in new[] { "AR(1), 12 panes", "AR(1), 48 panes", "season with AR(1), 12 panes", "bursts" })
        {
            const int streams = 16;
            var gate = new Lock();
            var (alarms, clusters) = (0, 0);
            Parallel.For(0, streams, s =>
            {
                var stream = StreamOf(name, 31 * s + 5);
                var scene = Scene.Record([1, 48], ReferencePanes, Bins, () => stream.Next(1));
                var rule = new FalseAlarmRate(ReferencePanes / 6.0 * 3600, 1, 0);
                var (alert, pane, last, fired, met) = (Alert.Initial, 0, int.MinValue / 2, 0, 0);
                var series = new Series(scene.Spec, new CalibratedReference(scene.Reference, scene.Calibration));
                foreach (var report in Live(series, stream, ReferencePanes, 4 * ReferencePanes, 1))
                {
                    var verdict = rule.Judge(report.Readings);
                    var before = alert.State;
                    alert = alert.After(verdict, report.Time, new AlertTiming(TimeSpan.Zero, 1));
                    fired += before != AlertState.Firing && alert.State == AlertState.Firing ? 1 : 0;
                    met += verdict == Verdict.High && pane - last > 48 ? 1 : 0;
                    last = verdict == Verdict.High ? pane : last;
                    pane++;
                }

                lock (gate)
                {
                    (alarms, clusters) = (alarms + fired, clusters + met);
                }
            });
            PrintLine($"alarms beside clusters | {name}, windows of 1 and 48, T a sixth of the reference | "
                + $"{alarms} alarms, {clusters} clusters of high panes");
        }
    }

    // The volume is not corrected until the longest window is full.
    private static void PrintStart()
    {
        foreach (var (bins, windows) in new (int, int[])[] { (20, [6, 24]), (64, [1, 3, 6, 12, 24, 48]) })
        {
            const int streams = 16;
            var gate = new Lock();
            var (early, all) = (0, 0);
            Parallel.For(0, streams, s =>
            {
                var fluctuation = Fluctuation.All.First(row => row.Name == "season with AR(1), 3 × volume");
                var stream = new PaneStream(fluctuation, bins, EventsPerPane, new Random(1000 * s + bins + windows.Length));
                var scene = Scene.Record(windows, ReferencePanes, bins, () => stream.Next(1));
                var alarms = new Alarms(scene, ReferencePanes, [20.0 * ReferencePanes]);
                var first = 0;
                for (var pane = 0; pane < 4 * ReferencePanes; pane++)
                {
                    alarms.Close(stream.Next(3));
                    first = pane == windows.Max() - 2 ? alarms.Fired[0] : first;
                }

                lock (gate)
                {
                    (early, all) = (early + first, all + alarms.Fired[0]);
                }
            });
            PrintLine(
                $"start | season with AR(1), 3 × volume, K {bins}, windows of {string.Join(", ", windows)}, T 20 times the reference | "
                + $"{early} alarms in the first {windows.Max() - 1} panes, "
                + $"{all - early} in the {4 * ReferencePanes - windows.Max() + 1} after them");
        }
    }

    // Excluded panes count as observed time.
    private static void PrintExcluded()
    {
        const int streams = 20;
        const int panes = 2 * ReferencePanes;
        var (logs, rate) = (new double[2], 0.0);
        for (var s = 0; s < streams; s++)
        {
            var course = Course(StreamOf("AR(1), 12 panes", s), panes);
            var half = course.Select((counts, pane) => pane is >= panes / 4 and < 3 * panes / 4 ? null : counts).ToArray();
            var spec = SpecOf(6, 24);
            var whole = Calibrator.Calibrate(spec, ReferenceOf(course, 24, []), course);
            var middle = new Period(Pane.Start(panes / 4), Pane.Start(3 * panes / 4));
            var excluded = Calibrator.Calibrate(spec, ReferenceOf(half, 24, [middle]), half);
            rate += excluded[0].Tail.RatePerPane / whole[0].Tail.RatePerPane / streams;
            for (var w = 0; w < 2; w++)
            {
                var z = 1.5 * whole[w].Tail.Threshold;
                logs[w] += Math.Log(excluded[w].ReturnPeriod(z) / whole[w].ReturnPeriod(z)) / streams;
            }
        }

        PrintLine($"excluded | AR(1), 12 panes, half of {panes} panes excluded | rate × {rate:0.00}, "
            + $"return period × {Math.Exp(logs[0]):0.00} (window 6), × {Math.Exp(logs[1]):0.00} (24)");
    }

    // Bursts, and windows that are long for their reference.
    private static void PrintDispersion()
    {
        foreach (var panes in new[] { 1440, 2400, 4800 })
        {
            const int streams = 60;
            var measured = 0;
            Parallel.For(0, streams, s =>
            {
                var stream = StreamOf("bursts", s + 9);
                var kind = Scene.Record([48], panes, Bins, () => stream.Next(1)).Calibration[0].Kind;
                Interlocked.Add(ref measured, kind == CalibrationKind.Measured ? 1 : 0);
            });
            PrintLine($"dispersion | bursts, window 48, reference {panes} | "
                + $"{streams - measured} of {streams} references have too few clusters for a tail");
        }
    }

    // Two fields of the same events are not two independent samples.
    private static void PrintPaired()
    {
        const int events = 1000;
        const int trials = 2000;
        var random = new Random(1);
        foreach (var equal in new[] { 0, 0.5, 0.9 })
        {
            var sum = 0.0;
            for (var trial = 0; trial < trials; trial++)
            {
                var (p, q) = (new long[Bins], new long[BinningOf().Count]);
                for (var i = 0; i < events; i++)
                {
                    var bin = random.Next(Bins);
                    p[bin]++;
                    q[random.NextDouble() < equal ? bin : random.Next(Bins)]++;
                }

                var window = new IncrementalKullbackLeibler(new Reference(BinningOf(), q));
                for (var bin = 0; bin < Bins; bin++)
                {
                    window.Change(bin, p[bin]);
                }

                sum += window.Forward() / trials;
            }

            PrintLine($"paired | equal in a share of {equal:0.0}, K {Bins}, N {events} | "
                + $"mean D {sum:0.0000} nats, noise {(Bins - 1) / 2.0 * (2.0 / events):0.0000}");
        }
    }

    // How often readings occur whose return period was estimated from eight peaks.
    private static void PrintPredictive()
    {
        const int peaks = 8;
        const int trials = 1_000_000;
        var random = new Random(1);
        foreach (var once in new[] { 100.0, 1000 })
        {
            var (plugIn, predictive) = (0.0, 0.0);
            for (var trial = 0; trial < trials; trial++)
            {
                var mean = 0.0;
                for (var i = 0; i < peaks; i++)
                {
                    mean -= Math.Log(1 - random.NextDouble()) / peaks;
                }

                plugIn += Math.Exp(-mean * Math.Log(once)) * once / trials;
                predictive += Math.Exp(-peaks * mean * (Math.Pow(once, 1.0 / peaks) - 1)) * once / trials;
            }

            PrintLine($"predictive | {peaks} peaks, once in {once} | "
                + $"come {plugIn:0.0} times as often by the estimate, {predictive:0.00} by the predictive");
        }
    }

    // The threshold is chosen from the readings, so the clusters above it are not Poisson.
    private static void PrintChoiceOfThreshold()
    {
        const int trials = 200_000;
        var random = new Random(1);
        foreach (var most in new[] { 12, 24, 48, 96, 160, 320 })
        {
            var (sum, chosen) = (0.0, 0);
            for (var trial = 0; trial < trials; trial++)
            {
                // Each cluster's height is the share of the readings that its peak exceeds.
                var heights = Enumerable.Range(0, (int)Chance.Poisson(random, most)).Select(_ => random.NextDouble()).ToArray();
                foreach (var (level, fewest) in Tail.Ladder)
                {
                    var n = heights.Count(height => height > level);
                    if (n >= fewest)
                    {
                        sum += most * (1 - level) / (n + 1);
                        chosen++;
                        break;
                    }
                }
            }

            PrintLine($"choice of u | {most} clusters above the least reading on average | "
                + $"mean of μ/(n + 1) at the chosen level {sum / chosen:0.00}");
        }
    }

    private static void PrintLine(string line) => Console.WriteLine(line); // the process is culture-invariant

    private static MonitorSpec SpecOf(params int[] windows) => new()
    {
        Name = "assumptions",
        Pane = Pane,
        MinimumEvents = 20,
        Windows = [.. windows.Select(panes => new WindowSpec(panes * Pane.Length, $"{panes}h"))],
    };

    private static PaneStream StreamOf(string name, int seed) =>
        new(Fluctuation.All.First(row => row.Name == name), Bins, EventsPerPane, new Random(seed));

    private static long[]?[] Course(PaneStream stream, int panes)
    {
        var binning = BinningOf();
        var course = new long[]?[panes];
        for (var pane = 0; pane < panes; pane++)
        {
            course[pane] = new long[binning.Count];
            stream.Next(1).CopyTo(course[pane]!, 0);
        }

        return course;
    }

    private static Reference ReferenceOf(long[]?[] course, int longest, IReadOnlyList<Period> excluded) =>
        Reference.FromPanes(
            BinningOf(),
            course,
            new Period(Pane.Start(0), Pane.Start(course.Length)),
            excluded,
            Reference.DefaultPseudoCount,
            Pane,
            longest);

    private static CategoricalBinning BinningOf() => new([.. Enumerable.Range(0, Bins).Select(bin => $"v{bin}")]);

    private static IEnumerable<SeriesReport> Live(Series series, PaneStream stream, int first, int panes, double volume)
    {
        for (var pane = 0; pane < panes; pane++)
        {
            var counts = stream.Next(volume);
            for (var bin = 0; bin < counts.Length; bin++)
            {
                if (counts[bin] > 0)
                {
                    series.Add(first + pane, bin, counts[bin]);
                }
            }

            yield return series.Close(first + pane);
        }
    }
}
