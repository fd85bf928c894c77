using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Benchmarks.Promise;

/// <summary>
/// A monitor with a reference that was recorded from a stream of pane counts and calibrated like that of <c>reference build</c>.
/// </summary>
internal sealed class Scene
{
    private static readonly PaneGrid Pane = new(TimeSpan.FromHours(1));

    private Scene(MonitorSpec spec, Reference reference, IReadOnlyList<WindowCalibration> calibration)
    {
        Spec = spec;
        Reference = reference;
        Calibration = calibration;
    }

    public MonitorSpec Spec { get; }

    public Reference Reference { get; }

    public IReadOnlyList<WindowCalibration> Calibration { get; }

    /// <summary>A monitor without an alert, as <see cref="Alarms"/> judges the readings.</summary>
    public static MonitorSpec SpecOf(IReadOnlyList<int> windows) => new()
    {
        Name = "promise",
        Pane = Pane,
        MinimumEvents = 20, // fewer than the default, as the calibration accounts for the noise of few events
        Windows = [.. windows.Select(panes => new WindowSpec(panes * Pane.Length, $"{panes}h"))],
    };

    /// <summary>Records a reference from the panes 0 to <paramref name="panes"/> of a stream.</summary>
    /// <param name="next">The counts of the next pane.</param>
    public static Scene Record(IReadOnlyList<int> windows, int panes, int bins, Func<long[]> next)
    {
        var spec = SpecOf(windows);
        var binning = BinningOf(bins);
        var course = new long[panes][];
        var counts = new long[binning.Count];
        for (var pane = 0; pane < panes; pane++)
        {
            course[pane] = new long[binning.Count];
            next().CopyTo(course[pane], 0);
            for (var bin = 0; bin < bins; bin++)
            {
                counts[bin] += course[pane][bin];
            }
        }

        var events = Array.ConvertAll(course, pane => pane.Sum());
        var longest = windows.Max();
        var reference = new Reference(binning, counts)
        {
            Period = new Period(Pane.Start(0), Pane.Start(panes)),
            EventsPerPane = events.Average(),
            MeanEvents = panes < longest
                ? null
                : Enumerable.Range(0, panes - longest + 1).Average(first => events.AsSpan(first, longest).ToArray().Sum()),
        };
        return new Scene(spec, reference, Calibrator.Calibrate(spec, reference, course));
    }

    /// <summary>Creates a scene whose reference has only counts.</summary>
    public static Scene OfCounts(IReadOnlyList<int> windows, ReadOnlySpan<long> counts, double eventsPerPane)
    {
        var spec = SpecOf(windows);
        var binning = BinningOf(counts.Length);
        var all = new long[binning.Count];
        counts.CopyTo(all);
        var reference = new Reference(binning, all) { EventsPerPane = eventsPerPane };
        return new Scene(spec, reference, Calibrator.Calibrate(spec, reference, course: null));
    }

    private static CategoricalBinning BinningOf(int bins) => new([.. Enumerable.Range(0, bins).Select(bin => $"v{bin}")]);
}
