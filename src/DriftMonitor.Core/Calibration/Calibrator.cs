using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Calibration;

/// <summary>
/// Works out how a reference's own readings fluctuate while nothing is wrong, for each window of a monitor.
/// </summary>
/// <remarks>
/// A reference with a course of its own is replayed, pane by pane, and a tail is fitted to the z at each pane's end. Where there is no
/// course, or only a short one, panes of independent events are simulated from q with a fixed seed, at the reference's volume.
/// </remarks>
public static class Calibrator
{
    /// <summary>
    /// With fewer windows side by side than this, a reference does not show how it fluctuates: independent events are simulated instead.
    /// </summary>
    public const int FewestDisjointWindows = 3;

    private const int MostPeaks = 5;
    private const int FewestSteps = 20_000;
    private const int FewestWindows = 50;
    private const int StepsPerWindow = 128;
    private const int Seed = 1;

    /// <summary>Calibrates each window of a monitor.</summary>
    /// <param name="spec">The monitor's panes, windows and minimum of events.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="course">
    /// The counts of each pane of the reference's period in order, null for a pane without events; null where the reference has no course
    /// of its own.
    /// </param>
    public static IReadOnlyList<WindowCalibration> Calibrate(ReadingSpec spec, Reference reference, IReadOnlyList<long[]?>? course)
    {
        return Calibrate(spec, reference, course is null ? null : Measure(spec, reference, course), course?.Count ?? 0);
    }

    /// <summary>Calibrates each window of a monitor whose reference moves, on a course that is replayed against it.</summary>
    /// <param name="spec">The monitor's panes, windows and minimum of events.</param>
    /// <param name="reference">The reference as a whole.</param>
    /// <param name="moving">What windows are compared with, before its first pane.</param>
    /// <param name="course">As above.</param>
    public static IReadOnlyList<WindowCalibration> Calibrate(
        ReadingSpec spec, Reference reference, WindowReference moving, IReadOnlyList<long[]?> course) =>
        Calibrate(spec, reference, Measure(spec, reference, moving, course), course.Count);

    /// <summary>Calibrates each window on readings that have been taken.</summary>
    /// <param name="spec">The monitor's panes, windows and minimum of events.</param>
    /// <param name="reference">What independent events are simulated from where the readings are too few; its period is theirs.</param>
    /// <param name="measured">
    /// z at each pane's end from the first full window on to the last, for each window; NaN where there is no reading; null where nothing
    /// was measured.
    /// </param>
    /// <param name="panes">The panes of the course.</param>
    internal static IReadOnlyList<WindowCalibration> Calibrate(
        ReadingSpec spec, Reference reference, IReadOnlyList<double[]>? measured, int panes) =>
        [.. Enumerable.Range(0, spec.Windows.Count).Select(w => Of(spec, reference, w, measured?[w], panes))];

    /// <summary>z at each pane's end from the first full window on, for each window; NaN where there is no reading.</summary>
    public static IReadOnlyList<double[]> Measure(ReadingSpec spec, Reference reference, IReadOnlyList<long[]?> course)
    {
        return Measure(spec, reference, new FixedReference(reference), course);
    }

    private static double[][] Measure(ReadingSpec spec, Reference reference, WindowReference against, IReadOnlyList<long[]?> course)
    {
        var reader = new WindowReader(spec with { Measures = [] }, against);
        var first = spec.Pane.PaneOf(reference.Period!.Value.From);
        var lengths = spec.WindowPanes;
        var readings = lengths.Select(length => new double[Math.Max(0, course.Count - length + 1)]).ToArray();
        for (var i = 0; i < course.Count; i++)
        {
            for (var bin = 0; bin < course[i]?.Length; bin++)
            {
                reader.Add(first + i, bin, course[i]![bin]);
            }

            reader.Close(first + i);
            var time = spec.Pane.End(first + i);
            var taken = reader.Read(time, meanEvents: null);
            var isExcluded = reference.Excluded.Any(excluded => excluded.Overlaps(new Period(time - spec.Pane.Length, time)));
            for (var w = 0; w < lengths.Count; w++)
            {
                if (i + 1 >= lengths[w])
                {
                    readings[w][i + 1 - lengths[w]] = isExcluded ? double.NaN : taken[w].Measurement?.Z ?? double.NaN;
                }
            }
        }

        return readings;
    }

    private static WindowCalibration Of(ReadingSpec spec, Reference reference, int window, double[]? readings, int panes)
    {
        var length = spec.WindowPanes[window];
        var peaks = readings is null ? [] : LargestPeaks(spec, reference, readings, length, panes);
        if (readings is not null && Tail.Fit(readings, length) is { } tail)
        {
            return new WindowCalibration(CalibrationKind.Measured, tail, 1, peaks) { SpanPanes = tail.Panes };
        }

        var simulated = Simulate(spec, reference, length);
        var known = (readings ?? []).Where(z => !double.IsNaN(z)).ToArray();
        var disjoint = panes / length;
        if (disjoint < FewestDisjointWindows || known.Length == 0)
        {
            return new WindowCalibration(CalibrationKind.Independent, simulated, 1, peaks) { SpanPanes = 0 };
        }

        var freedom = Math.Max(1, reference.OccupiedBins - 1);
        var dispersion = Math.Max(1, known.Average() * (1 + 2 / Math.Sqrt(disjoint * (double)freedom)));
        return new WindowCalibration(CalibrationKind.Dispersion, simulated, dispersion, peaks) { SpanPanes = readings!.Length };
    }

    private static List<CalibrationPeak> LargestPeaks(ReadingSpec spec, Reference reference, double[] readings, int length, int panes)
    {
        // One peak per window length: the readings beside it hold the same events.
        var first = spec.Pane.PaneOf(reference.Period!.Value.From) + panes - readings.Length; // the last reading is at the last pane
        var peaks = new List<(int Pane, double Z)>();
        foreach (var (pane, z) in readings.Index().Where(reading => reading.Item > 0).OrderByDescending(reading => reading.Item))
        {
            if (peaks.TrueForAll(peak => Math.Abs(peak.Pane - pane) > length))
            {
                peaks.Add((pane, z));
                if (peaks.Count == MostPeaks)
                {
                    break;
                }
            }
        }

        return [.. peaks.Select(peak => new CalibrationPeak(spec.Pane.End(first + peak.Pane), peak.Z))];
    }

    // Long windows move by several panes a step: 128 steps per window show its peaks as well as thousands would.
    private static Tail Simulate(ReadingSpec spec, Reference reference, int length)
    {
        var step = Math.Max(1, (length + StepsPerWindow - 1) / StepsPerWindow);
        var slots = (length + step - 1) / step;
        var steps = Math.Max(FewestSteps, FewestWindows * slots);
        var eventsPerStep = step * (reference.EventsPerPane ?? spec.MinimumEvents / (double)spec.WindowPanes.Min());
        var random = new Random(Seed);
        var q = reference.Smoothed.Probabilities;
        var window = new IncrementalKullbackLeibler(reference);
        var ring = new long[slots][];
        var readings = new double[steps];
        for (var t = -slots; t < steps; t++)
        {
            ref var slot = ref ring[(t + slots) % slots];
            slot ??= new long[q.Length];
            for (var bin = 0; bin < q.Length; bin++)
            {
                // Poisson counts bin by bin are independent events at a Poisson total.
                var entering = Chance.Poisson(random, eventsPerStep * q[bin]);
                if (entering != slot[bin])
                {
                    window.Change(bin, entering - slot[bin]);
                    slot[bin] = entering;
                }
            }

            if (t >= 0)
            {
                var occupied = window.OccupiedBins();

                // 1/n* = 1/N: here q is the truth.
                readings[t] = window.Events == 0 ? double.NaN
                    : occupied == 1 ? 0
                    : 2 * window.Events * window.Forward() / (occupied - 1);
            }
        }

        var tail = Tail.Fit(readings, slots) ?? Tail.Flat(steps);
        return tail with
        {
            Panes = tail.Panes * step,
            RatePerPane = tail.RatePerPane / step,
        };
    }
}
