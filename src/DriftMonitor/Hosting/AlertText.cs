using System.Globalization;
using System.Text;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;

namespace DriftMonitor.Hosting;

/// <summary>The sentence that tells a person what an alert saw: how much, out of what, and which bins moved.</summary>
internal static class AlertText
{
    private const int Named = 3;

    /// <summary>For example: <c>KL 0.412 nats over 24h (noise 0.0098, 748 events); moved most: missing 4.8 % → 69.5 % (+1.86 nats), …</c></summary>
    public static string Describe(FieldMonitor monitor, SeriesReport report)
    {
        var window = monitor.Spec.Threshold?.Window ?? 0;
        var reading = report.Readings[window];
        if (reading.Measurement is not { } measurement)
        {
            return $"no reading over {reading.Window.Label} ({UnavailableNames.Of(reading.Unavailable)})";
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"KL {Short(measurement.KlNats)} nats over {reading.Window.Label} (noise {Short(measurement.NoiseNats)}, {reading.Events} events); moved most: ");
        var moved = monitor.Series[0].Histogram(window).MovedMost(monitor.Reference, Named);
        text.AppendJoin(", ", moved.Select(bin => string.Create(CultureInfo.InvariantCulture,
            $"{monitor.Reference.Binning.Label(bin.Bin)} {Percent(bin.ReferenceShare)} → {Percent(bin.Share)} ({bin.ContributionNats.ToString("+0.###;-0.###;0", CultureInfo.InvariantCulture)} nats)")));
        return text.ToString();
    }

    private static string Short(double value) => value.ToString(value < 0.01 ? "0.####" : "0.###", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (share * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}

/// <summary>The reasons for want of a reading, as they stand on the wire.</summary>
internal static class UnavailableNames
{
    /// <summary>The reason's name; empty for none.</summary>
    public static string Of(Unavailable reason) => reason switch
    {
        Unavailable.None => "",
        Unavailable.ReferenceNotReady => "reference_not_ready",
        Unavailable.WindowIncomplete => "window_incomplete",
        Unavailable.TooFewEvents => "too_few_events",
        _ => "untrusted",
    };
}
