using DriftMonitor.Configuration;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>Warns where little supports the promised rate of false alarms.</summary>
/// <remarks>
/// The rate is read from the tail of the reference's own readings. The further it reaches beyond what the reference has seen,
/// the more it depends on the assumed shape of the tail.
/// </remarks>
internal static class PromiseWarning
{
    private const string AlarmsMoreOften = "a real stream varies more, so false alarms will be more frequent";

    private const string Extrapolates = "the promise depends on the assumed shape of the tail";

    /// <summary>What to warn of; null if the calibration supports the promise.</summary>
    /// <param name="monitor">The monitor.</param>
    /// <param name="planned">Its reference.</param>
    /// <param name="every">The promise: its <c>FalseAlarmEvery</c>.</param>
    /// <param name="series">Number of series that share the promise.</param>
    public static string? Find(MonitorOptions monitor, PlannedReference planned, Duration every, int series)
    {
        if (planned.Truth is not null)
        {
            return "is based on simulated independent events, because a given distribution has no history to learn from: "
                + $"{AlarmsMoreOften}; build a reference from events";
        }

        return planned.CalibratesItself || planned.File is null
            ? FindForLearned(monitor, planned, every, series)
            : FindForFile(monitor, planned.File, every, series);
    }

    private static string? FindForLearned(MonitorOptions monitor, PlannedReference planned, Duration every, int series)
    {
        var learned = planned.CalibratesItself
            ? new Duration(planned.CalibrateOver(monitor.Pane!.Value.Span))
            : monitor.Reference.Over ?? monitor.Reference.LearnOver;
        return learned is { } over && every.Span.TotalDays * series / over.Span.TotalDays is > MonitorPlan.MostReach and var reach
            ? FormattableString.Invariant(
                $"is {every}, shared by {series} series, which is {reach:0} times the {over} of the monitor's own calibration: ")
                + (planned.Kind == ReferenceKind.SoFar
                    ? $"{Extrapolates} until the reference has grown; learn over a longer time"
                    : $"{Extrapolates}; calibrate over a longer time")
            : null;
    }

    private static string? FindForFile(MonitorOptions monitor, ReferenceFile reference, Duration every, int series)
    {
        var calibrations = ReferencePlanning.CalibrationsOf(monitor, reference)
            .SelectMany(series => monitor.Windows.Select(window =>
                (series.Segment, Window: window, Calibration: PlannedReference.Find(series.Calibration, window.Span))))
            .ToList();
        var simulated = calibrations.FindAll(window => window.Calibration is null or { Kind: CalibrationKind.Independent });
        if (simulated is [var (segment, window, first), ..])
        {
            var others = simulated.Select(other => other.Segment).Distinct().Count() - 1;
            var which = segment is null ? ""
                : others > 0 ? FormattableString.Invariant($" for the segment {Phrases.Quote(segment)} and {others} others")
                : $" for the segment {Phrases.Quote(segment)}";
            var why = first is null || reference.Reference.Period is null
                ? "contains no history to learn from"
                : $"is too short to calibrate the window {window}";
            return $"is based on simulated independent events{which}, because {monitor.Reference.File} {why}: {AlarmsMoreOften}; "
                + $"build the reference from {(first is null ? "events" : "a longer period")}";
        }

        var (_, shortest, calibration) = calibrations.MinBy(window => window.Calibration!.SpanPanes);
        var days = (calibration!.SpanPanes * monitor.Pane!.Value.Span).TotalDays;
        var reach = every.Span.TotalDays * series / days;
        var unit = Math.Abs(days - 1) < 0.05 ? "day" : "days";
        return reach > MonitorPlan.MostReach
            ? FormattableString.Invariant($"is {every}, shared by {series} series, which is {reach:0} times the {days:0.#} {unit} ")
                + $"of the calibration of the window {shortest}: {Extrapolates}; build the reference from a longer period"
            : null;
    }
}
