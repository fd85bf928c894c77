using System.Text;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;

namespace DriftMonitor.Wording;

/// <summary>The sentence that explains a change of an alert: the divergence, from how many events, and which bins moved.</summary>
internal static class AlertText
{
    private const int NamedBins = 3;

    /// <summary>
    /// For example: <c>KL 0.412 nats over 24h (noise 0.0098, 748 events); moved most: missing 4.8 % → 69.5 % (1.211 nats), …</c>
    /// </summary>
    public static string Describe(MonitorSpec spec, Series series, SeriesReport report)
    {
        var window = DecidingWindow(spec, report.Readings);
        var reading = report.Readings[window];
        if (reading.Measurement is not { } measurement)
        {
            return $"no reading over {reading.Window.Label} ({UnavailableNames.Of(reading.Unavailable)})";
        }

        var text = new StringBuilder();
        text.Append($"KL {Figures.Nats(measurement.KlNats)} nats over {reading.Window.Label} ");
        text.Append($"(noise {Figures.Nats(measurement.NoiseNats)}, {Phrases.Count(reading.Events, "event")}); ");
        if (spec.Rule is FalseAlarmRate && series.Calibration?[window] is { } calibration)
        {
            text.Append($"{DescribeReturnPeriod(measurement.ShownReturnPeriodSeconds!.Value, calibration, spec)}; ");
        }

        text.Append($"moved most: {DescribeMoved(series.Histogram(window))}");
        return text.ToString();
    }

    /// <summary>The bins that moved most: <c>missing 4.8 % → 69.5 % (1.211 nats), …</c>; empty where there is no reference.</summary>
    public static string DescribeMoved(WindowHistogram histogram) =>
        string.Join(", ", histogram.MovedMost(NamedBins).Select(bin =>
            $"{histogram.Binning.Label(bin.Bin)} {Figures.Percent(bin.ReferenceShare)} → {Figures.Percent(bin.Share)} "
                + $"({Figures.Nats(bin.MovedNats)} nats)"));

    /// <summary>A series' name for people: <c>departure-delay</c>, or <c>departure-delay, EWR</c>.</summary>
    public static string NameOf(FieldMonitor monitor, string segment) =>
        monitor.IsSegmented ? $"{monitor.Spec.Name}, {NameOf(segment)}" : monitor.Spec.Name;

    /// <summary>A segment's name for people.</summary>
    public static string NameOf(string segment) => segment.Length == 0 ? "no segment" : segment;

    /// <summary>The window that decides on a monitor's alert; the longest where the monitor has no alert.</summary>
    public static int DecidingWindow(MonitorSpec spec, IReadOnlyList<Reading> readings) =>
        spec.Rule?.DecidingWindow(readings) ?? spec.LongestWindow;

    /// <summary>For example: <c>the reference shows such a reading once in 437 days (calibrated on 61 days)</c>.</summary>
    public static string DescribeReturnPeriod(double seconds, WindowCalibration calibration, MonitorSpec spec)
    {
        var period = seconds >= Measurement.MostReturnPeriodSeconds ? "at most once in 1000 years" : $"once in {Phrases.Duration(seconds)}";
        var basis = calibration.Kind == CalibrationKind.Independent
            ? "for independent events"
            : $"calibrated on {Phrases.Duration((calibration.SpanPanes * spec.Pane.Length).TotalSeconds)}";
        return $"the reference shows such a reading {period} ({basis})";
    }
}
