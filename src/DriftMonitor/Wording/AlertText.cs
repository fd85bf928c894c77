using System.Globalization;
using System.Text;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Wording;

/// <summary>The sentence that tells a person what an alert saw: how much, out of what, and which bins moved.</summary>
internal static class AlertText
{
    private const int Named = 3;

    /// <summary>For example: <c>KL 0.412 nats over 24h (noise 0.0098, 748 events); moved most: missing 4.8 % → 69.5 % (+1.86 nats), …</c></summary>
    public static string Describe(MonitorSpec spec, Series series, SeriesReport report)
    {
        var window = DecidingWindow(spec, report.Readings);
        var reading = report.Readings[window];
        if (reading.Measurement is not { } measurement)
        {
            return $"no reading over {reading.Window.Label} ({UnavailableNames.Of(reading.Unavailable)})";
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"KL {Short(measurement.KlNats)} nats over {reading.Window.Label} (noise {Short(measurement.NoiseNats)}, {reading.Events} events); ");
        if (spec.Rule is FalseAlarmRate && series.Calibration?[window] is { } calibration)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Return(measurement.ShownReturnPeriodSeconds!.Value, calibration, spec)}; ");
        }

        text.Append("moved most: ");
        var binning = series.ReferenceOf(window)!.Binning;
        var moved = series.Histogram(window).MovedMost(Named);
        text.AppendJoin(", ", moved.Select(bin => string.Create(CultureInfo.InvariantCulture,
            $"{binning.Label(bin.Bin)} {Percent(bin.ReferenceShare)} → {Percent(bin.Share)} ({bin.ContributionNats.ToString("+0.###;-0.###;0", CultureInfo.InvariantCulture)} nats)")));
        return text.ToString();
    }

    /// <summary>A series as a person calls it: <c>departure-delay</c>, or <c>departure-delay, EWR</c>.</summary>
    public static string NameOf(FieldMonitor monitor, string segment) =>
        monitor.IsSegmented ? $"{monitor.Spec.Name}, {NameOf(segment)}" : monitor.Spec.Name;

    /// <summary>The window that decides on a monitor's alert; the longest where there is none.</summary>
    public static int DecidingWindow(MonitorSpec spec, IReadOnlyList<Reading> readings) => spec.Rule?.DecidingWindow(readings) ?? spec.LongestWindow;

    /// <summary>A segment as a person calls it.</summary>
    public static string NameOf(string segment) => segment.Length == 0 ? "no segment" : segment;

    /// <summary>For example: <c>the reference shows such a reading once in 437 days (calibrated on 61)</c>.</summary>
    public static string Return(double seconds, WindowCalibration calibration, MonitorSpec spec)
    {
        var (amount, unit) = InWords(seconds);
        var span = (calibration.SpanPanes * spec.Pane.Length).TotalSeconds;
        var basis = calibration.Kind switch
        {
            CalibrationKind.Independent => "for independent events",
            _ when InWords(span) is var (count, same) && same == unit => $"calibrated on {count}",
            _ => $"calibrated on {InWords(span).Amount} {InWords(span).Unit}",
        };
        return $"the reference shows such a reading once in {amount} {unit} ({basis})";
    }

    /// <summary>A length of time as a person says it: <c>437 days</c>.</summary>
    public static string Period(double seconds)
    {
        var (amount, unit) = InWords(seconds);
        return $"{amount} {unit}";
    }

    private static (string Amount, string Unit) InWords(double seconds) => seconds switch
    {
        >= Measurement.MostReturnPeriodSeconds => ("1000", "years"),
        >= 2 * 365.25 * 86_400 => ((seconds / (365.25 * 86_400)).ToString("0", CultureInfo.InvariantCulture), "years"),
        >= 2 * 86_400 => ((seconds / 86_400).ToString("0", CultureInfo.InvariantCulture), "days"),
        >= 2 * 3600 => ((seconds / 3600).ToString("0", CultureInfo.InvariantCulture), "hours"),
        _ => ((seconds / 60).ToString("0.#", CultureInfo.InvariantCulture), "minutes"),
    };

    private static string Short(double value) => value.ToString(value < 0.01 ? "0.####" : "0.###", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (share * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
