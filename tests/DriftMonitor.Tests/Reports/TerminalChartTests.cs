using DriftMonitor.Core.Time;
using DriftMonitor.Http;
using DriftMonitor.Live;
using DriftMonitor.Reports;
using DriftMonitor.Terminal;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Reports;

public sealed class TerminalChartTests
{
    private static readonly EventTime Start = At("2013-02-09T00:00Z");

    [Fact]
    public void A_chart_shows_each_reading_in_its_column_the_scale_the_alert_and_round_times()
    {
        double?[] nats = [0.1, 0.1, 0.2, null, 0.1, 0.5, 1, 2, 1.5, 0.5, 0.25, 0.001, 0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1];
        var alert = new AlertEpisode("delay", "", Start + TimeSpan.FromHours(6)) { To = Start + TimeSpan.FromHours(9) };

        string[] expected =
        [
            "delay: KL in nats over 2h",
            "   2.000 ┤              ██",
            "         │              ██▆▆",
            "         │            ▄▄████",
            "         │          ▂▂██████▂▂▂",
            "       0 │▂▂▂▂▄▄  ▂▂███████████▅▅▁▁  ▂▂▂▂▂▂▂▂▂▂▂▂▂",
            "   alert │            ━━━━━━",
            "         └┴────────────────────────┴──────────────",
            "     2013-02-09                  12:00",
        ];
        Assert.Equal(expected, Draw(width: 50, nats, [alert]));
    }

    private static string[] Draw(int width, double?[] nats, AlertEpisode[] alerts)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var chart = new TerminalChart(new Screen(output, width), new Period(Start, Start + TimeSpan.FromHours(nats.Length - 1)));
        chart.Write("delay: KL in nats over 2h", Points(nats), TimeSpan.FromHours(1), alerts);
        chart.WriteAxis();
        return output.ToString().TrimEnd('\n').Split('\n');
    }

    private static IEnumerable<CurvePoint> Points(double?[] nats)
    {
        for (var hour = 0; hour < nats.Length; hour++)
        {
            if (nats[hour] is { } value)
            {
                var time = Start + TimeSpan.FromHours(hour);
                yield return new CurvePoint(time, time, time, value, 0.1);
            }
        }
    }
}
