using DriftMonitor.Core.Readings;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Calibration;

/// <summary>Works out how readings fluctuate, while nothing is wrong, that are taken from the nearest of several regimes.</summary>
/// <remarks>
/// The periods of all regimes are replayed one after another, in a circle, and each reading takes the least z, as a monitor does: so the
/// choice is in the tail. Windows are not emptied between two periods: those that hold events of two regimes are in the tail too, as often
/// as the circle has changes. The promise is then kept on a stream that changes its regime once in the length of a period.
/// </remarks>
public static class RegimeCalibrator
{
    /// <summary>Calibrates each window of a monitor.</summary>
    /// <param name="spec">The monitor's panes, windows and minimum of events.</param>
    /// <param name="courses">The regimes in the same bins, in order of time; at least two.</param>
    /// <returns>
    /// The regimes with their factors ρ, and a calibration for each window, in which ρ is 1: it is in the z of each regime already.
    /// </returns>
    public static (IReadOnlyList<Regime> Regimes, IReadOnlyList<WindowCalibration> Calibration) Calibrate(
        ReadingSpec spec, IReadOnlyList<RegimeCourse> courses)
    {
        List<Regime> regimes =
        [
            .. courses.Select(course => new Regime(
                course.Name,
                course.Reference,
                [.. Calibrator.Measure(spec, course.Reference, course.Panes).Select(window => window.WithinFactor)])),
        ];
        List<(long Pane, long[]? Counts, bool IsExcluded)> circle = [.. courses.SelectMany(course => PanesOf(spec, course))];
        var readings = Replay(spec, regimes, circle);
        return (regimes, Calibrator.Calibrate(
            spec, regimes[0].Reference, readings, [.. circle.Select(pane => pane.IsExcluded)],
            reading => spec.Pane.End(circle[reading].Pane),
            changes: courses.Count));
    }

    /// <summary>The least z at each pane's end of the circle, for each window; NaN where there is no reading.</summary>
    private static double[][] Replay(
        ReadingSpec spec, List<Regime> regimes, List<(long Pane, long[]? Counts, bool IsExcluded)> circle)
    {
        var reader = new WindowReader(spec with { Measures = [] }, new NearestRegime(regimes, spec.Windows.Count));
        var readings = spec.Windows.Select(_ => new double[circle.Count]).ToArray();
        var before = Math.Min(circle.Count, spec.WindowPanes.Max()); // fill the windows
        for (var place = -before; place < circle.Count; place++)
        {
            var (pane, counts, isExcluded) = circle[(place + circle.Count) % circle.Count];
            for (var bin = 0; bin < counts?.Length; bin++)
            {
                reader.Add(pane, bin, counts[bin]);
            }

            reader.Close(pane);
            if (place < 0)
            {
                continue;
            }

            foreach (var (window, reading) in reader.Read(spec.Pane.End(pane), meanEvents: null).Index())
            {
                readings[window][place] = isExcluded ? double.NaN : reading.Measurement?.Z ?? double.NaN;
            }
        }

        return readings;
    }

    private static IEnumerable<(long Pane, long[]? Counts, bool IsExcluded)> PanesOf(ReadingSpec spec, RegimeCourse course)
    {
        var first = spec.Pane.PaneOf(course.Reference.Period!.Value.From);
        return course.Panes.Select((counts, place) =>
        {
            var pane = new Period(spec.Pane.Start(first + place), spec.Pane.End(first + place));
            return (first + place, counts, course.Reference.Excluded.Any(excluded => excluded.Overlaps(pane)));
        });
    }
}
