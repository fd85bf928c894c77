using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Tests;

/// <summary>Moments, time spans and monitors in the units that tests use.</summary>
internal static class Times
{
    public static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    public static EventTime At(double minute, double second = 0) => new((long)(minute * 60_000 + second * 1000));

    public static WindowSpec Window(int minutes) => new(Minutes(minutes), $"{minutes}m");

    /// <summary>A reference with two bins, [0, 1) and [1, 2], with equal counts.</summary>
    public static Reference Even { get; } = new(new NumericBinning([0, 1, 2]), [500, 500, 0, 0, 0, 0, 0]);

    public static MonitorSpec Spec(params int[] windows) => new()
    {
        Name = "m",
        Pane = new PaneGrid(Minutes(1)),
        Windows = [.. windows.Select(Window)],
        MinimumEvents = 1,
    };

    /// <summary>A report for each pane: how many close in one step depends on when the watermarks move.</summary>
    public static IEnumerable<SeriesReport> OneByOne(SeriesReport report)
    {
        for (var time = report.Time; time <= (report.Until ?? report.Time); time += Minutes(1))
        {
            yield return report with
            {
                Time = time,
                Until = null,
                Readings = [.. report.Readings.Select(reading => reading with { Time = time })],
            };
        }
    }

    public static MonitorSpec WithThreshold(this MonitorSpec spec, double fire, double resolve, double holdMinutes = 0) =>
        spec with { Rule = new FixedThreshold(0, fire, resolve), Timing = new AlertTiming(Minutes(holdMinutes)) };
}
