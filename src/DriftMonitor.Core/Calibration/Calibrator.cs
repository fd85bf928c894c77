using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
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
        Calibrate(spec, reference, Measure(spec, reference, moving, course, thirds: null), course.Count);

    /// <summary>Calibrates each window on readings that have been taken.</summary>
    /// <param name="spec">The monitor's panes, windows and minimum of events.</param>
    /// <param name="reference">
    /// What independent events are simulated from where the readings are too few; its period is that of the readings, in panes.
    /// </param>
    /// <param name="measured">One for each window; null where nothing was measured.</param>
    /// <param name="panes">The panes of the period.</param>
    public static IReadOnlyList<WindowCalibration> Calibrate(
        ReadingSpec spec, Reference reference, IReadOnlyList<MeasuredWindow>? measured, int panes)
    {
        var excluded = measured is null ? [] : ExcludedPanes(spec, reference, panes);
        var lengths = spec.WindowPanes;
        var tails = lengths.Select((length, w) => measured is null ? null : FitTail(measured[w].Readings, length, excluded)).ToArray();
        var simulated = IndependentEvents.Simulate(spec, reference, lengths.Where((_, w) => tails[w] is null));
        return [.. lengths.Select((length, w) => Of(w, length))];

        WindowCalibration Of(int w, int length)
        {
            var peaks = measured is null ? [] : LargestPeaks(spec, reference, measured[w].Readings, length, panes);
            var within = measured?[w].WithinFactor ?? 1;
            return tails[w] is { } tail
                ? new WindowCalibration(CalibrationKind.Measured, tail, 1, peaks) { SpanPanes = tail.Panes, WithinFactor = within }
                : Simulated(reference, measured?[w].Readings ?? [], length, excluded, simulated[length], peaks) with
                {
                    WithinFactor = within,
                };
        }
    }

    /// <summary>Calibrates each window on readings at the ends of panes that need not be of one period.</summary>
    /// <param name="spec">The monitor's panes, windows and minimum of events.</param>
    /// <param name="reference">What independent events are simulated from where the readings are too few.</param>
    /// <param name="readings">z of each window at each of the panes' ends, times ρ; NaN where there is none.</param>
    /// <param name="excluded">Which of the panes are excluded.</param>
    /// <param name="timeOf">The end of a pane.</param>
    /// <param name="changes">
    /// How often the stream changes its regime in these panes. These peaks may be far above the others, so that one tail fits both badly:
    /// where a tail of the highest peaks alone gives the largest one a shorter return period, it is taken.
    /// </param>
    internal static IReadOnlyList<WindowCalibration> Calibrate(
        ReadingSpec spec, Reference reference, double[][] readings, bool[] excluded, Func<int, EventTime> timeOf, int changes)
    {
        var lengths = spec.WindowPanes;
        var tails = lengths.Select((length, w) => Shorter(
            readings[w],
            FitTail(readings[w], length, excluded),
            Tail.FitHighest(readings[w], length, excluded.Count(isExcluded => isExcluded), changes))).ToArray();
        var simulated = IndependentEvents.Simulate(spec, reference, lengths.Where((_, w) => tails[w] is null));
        return
        [
            .. lengths.Select((length, w) =>
            {
                var peaks = LargestPeaks(readings[w], length, timeOf);
                return tails[w] is { } tail
                    ? new WindowCalibration(CalibrationKind.Measured, tail, 1, peaks) { SpanPanes = tail.Panes }
                    : Simulated(reference, readings[w], length, excluded, simulated[length], peaks);
            }),
        ];
    }

    // The tail that gives the largest reading the shorter return period.
    private static Tail? Shorter(double[] readings, Tail? one, Tail? other)
    {
        var largest = readings.Where(z => !double.IsNaN(z)).DefaultIfEmpty().Max();
        return one is null || other is null ? one ?? other
            : other.ReturnPeriod(largest) < one.ReturnPeriod(largest) ? other
            : one;
    }

    /// <summary>z at each pane's end from the first full window on, for each window, and its factor ρ.</summary>
    /// <param name="spec">The monitor's panes, windows and minimum of events.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="course">The counts of each pane of its period in order, null for a pane without events.</param>
    public static IReadOnlyList<MeasuredWindow> Measure(ReadingSpec spec, Reference reference, IReadOnlyList<long[]?> course) =>
        Measure(spec, reference, new FixedReference(reference), course, new CourseThirds(reference, course));

    // A reference that moves has no thirds: ρ is 1.
    private static MeasuredWindow[] Measure(
        ReadingSpec spec, Reference reference, WindowReference against, IReadOnlyList<long[]?> course, CourseThirds? thirds)
    {
        if (reference.Binning is PairBinning)
        {
            throw new ArgumentException("a course has the counts of bins, and windows of pairs have places: see PairBinning.AsCategories");
        }

        var reader = new WindowReader(spec with { Measures = [], HasMean = false, CountsWords = false }, against);
        var first = spec.Pane.PaneOf(reference.Period!.Value.From);
        var excluded = ExcludedPanes(spec, reference, course.Count);
        CourseWindow[] windows = [.. spec.WindowPanes.Select((length, w) => new CourseWindow(w, length, course.Count, thirds))];
        for (var pane = 0; pane < course.Count; pane++)
        {
            for (var bin = 0; bin < course[pane]?.Length; bin++)
            {
                reader.Add(first + pane, bin, course[pane]![bin]);
            }

            reader.Close(first + pane);
            var readings = reader.Read(spec.Pane.End(first + pane), meanEvents: null);
            var volume = reader.VolumeFactor(reference.MeanEvents);
            foreach (var window in windows)
            {
                window.Add(pane, excluded[pane] ? null : readings[window.Index].Measurement, reader.CountsOf(window.Index), volume);
            }
        }

        return Array.ConvertAll(windows, window => window.Result());
    }

    private static bool[] ExcludedPanes(ReadingSpec spec, Reference reference, int panes)
    {
        if (reference.Excluded.Count == 0)
        {
            return new bool[panes];
        }

        var first = spec.Pane.PaneOf(reference.Period!.Value.From);
        return
        [
            .. Enumerable.Range(0, panes).Select(pane => new Period(spec.Pane.Start(first + pane), spec.Pane.End(first + pane)))
                .Select(pane => reference.Excluded.Any(excluded => excluded.Overlaps(pane))),
        ];
    }

    // The last reading is at the last pane.
    private static Tail? FitTail(double[] readings, int length, bool[] excluded) =>
        Tail.Fit(readings, length, excluded.AsSpan(excluded.Length - readings.Length).Count(true));

    private static WindowCalibration Simulated(
        Reference reference, double[] readings, int length, bool[] excluded, Tail tail, List<CalibrationPeak> peaks)
    {
        var known = readings.Where(z => !double.IsNaN(z)).ToArray();
        var disjoint = DisjointWindows(excluded, length);
        if (disjoint < FewestDisjointWindows || known.Length == 0)
        {
            return new WindowCalibration(CalibrationKind.Independent, tail, 1, peaks) { SpanPanes = 0 };
        }

        var freedom = Math.Max(1, reference.OccupiedBins - 1);
        var dispersion = Math.Max(1, known.Average() * (1 + 2 / Math.Sqrt(disjoint * (double)freedom)));
        var watched = readings.Length - excluded.AsSpan(excluded.Length - readings.Length).Count(true);
        return new WindowCalibration(CalibrationKind.Dispersion, tail, dispersion, peaks) { SpanPanes = watched };
    }

    // The windows side by side in the stretches that are not excluded.
    private static int DisjointWindows(bool[] excluded, int length)
    {
        var (windows, stretch) = (0, 0);
        foreach (var isExcluded in excluded)
        {
            stretch = isExcluded ? 0 : stretch + 1;
            if (stretch == length)
            {
                (windows, stretch) = (windows + 1, 0);
            }
        }

        return windows;
    }

    private static List<CalibrationPeak> LargestPeaks(ReadingSpec spec, Reference reference, double[] readings, int length, int panes)
    {
        var first = spec.Pane.PaneOf(reference.Period!.Value.From) + panes - readings.Length; // the last reading is at the last pane
        return LargestPeaks(readings, length, pane => spec.Pane.End(first + pane));
    }

    private static List<CalibrationPeak> LargestPeaks(double[] readings, int length, Func<int, EventTime> timeOf)
    {
        // One peak per window length: the readings beside it hold the same events.
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

        return [.. peaks.Select(peak => new CalibrationPeak(timeOf(peak.Pane), peak.Z))];
    }

    // The readings of one window as its course is replayed, and the sums of ρ.
    private sealed class CourseWindow(int index, int length, int panes, CourseThirds? thirds)
    {
        private readonly double[] _readings = new double[Math.Max(0, panes - length + 1)];
        private readonly bool[] _within = new bool[Math.Max(0, panes - length + 1)];
        private CompensatedSum _plain; // Σz
        private CompensatedSum _apart; // Σz′

        public int Index => index;

        public void Add(int pane, Measurement? measurement, ReadOnlySpan<long> counts, double volume)
        {
            var end = pane + 1;
            if (end < length)
            {
                return;
            }

            _readings[end - length] = measurement?.Z ?? double.NaN;
            if (measurement is not { IsWithin: true } within || thirds is null)
            {
                return;
            }

            _within[end - length] = true;
            if (thirds.ZApart(counts, end - length, end, volume, within.OccupiedBins) is { } apart)
            {
                _plain.Add(within.Z);
                _apart.Add(apart);
            }
        }

        public MeasuredWindow Result()
        {
            var factor = _plain.Value > 0 ? Math.Max(1, _apart.Value / _plain.Value) : 1;
            for (var i = 0; i < _readings.Length; i++)
            {
                _readings[i] *= _within[i] ? factor : 1;
            }

            return new MeasuredWindow(_readings, factor);
        }
    }
}
