using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests;

/// <summary>Windows from which events were lost before they could be read give no reading: it would be a wrong number.</summary>
public sealed class LostEventsTests
{
    [Fact]
    public void A_window_is_incomplete_as_long_as_it_touches_panes_that_lost_events() // E08
    {
        var (reports, _) = Play(isLost: true);

        // Lost between 00:30 and 02:10. The windows have one pane and two.
        Assert.Equal(
            [
                "01:00 incomplete incomplete", "02:00 incomplete incomplete", "03:00 incomplete incomplete", "04:00 none incomplete",
                "05:00 none none", "06:00 none none", "07:00 none none",
            ],
            reports);
    }

    [Fact]
    public void Without_a_loss_the_same_windows_have_readings()
    {
        var (reports, _) = Play(isLost: false);

        Assert.Equal(
            [
                "01:00 none incomplete", "02:00 few none", "03:00 none none", "04:00 none none", "05:00 none none", "06:00 none none",
                "07:00 none none",
            ],
            reports);
    }

    [Fact]
    public void A_monitor_that_is_loaded_from_a_checkpoint_still_knows_of_the_loss()
    {
        var (_, monitor) = Play(isLost: true, untilHour: 4);
        var loaded = Watch().Monitor;

        loaded.Load(monitor.Save());

        Assert.Equal("04:00 none incomplete", TextOf(Assert.Single(loaded.LastReports)));
    }

    private static (List<string> Reports, FieldMonitor Monitor) Play(bool isLost, int untilHour = 7)
    {
        var source = new ScriptedSource().Partitions(2);
        source.Events(3, 0, """{"x":5}""", At("2013-02-09T00:30Z")).Events(3, 1, """{"x":5}""", At("2013-02-09T00:40Z"));
        if (isLost)
        {
            source.Lost(0);
        }

        for (var hour = 2; hour < untilHour; hour++)
        {
            source.Event(1, """{"x":5}""", At($"2013-02-09T0{hour}:05Z")).Event(0, """{"x":5}""", At($"2013-02-09T0{hour}:10Z"));
        }

        var end = At($"2013-02-09T0{untilHour}:00Z");
        source.Event(0, """{"x":5}""", end).Event(1, """{"x":5}""", end);
        var binding = Watch();
        var sink = new Collected();
        var pipeline = new Pipeline(source, [binding], TimeProvider.System, TimeSpan.MaxValue, [sink]);
        while (!source.IsUsedUp)
        {
            pipeline.Step(TimeSpan.Zero);
        }

        return (sink.Reports, binding.Monitor);
    }

    private static string TextOf(SeriesReport report) => $"{report.Time.ToDateTimeOffset():HH:mm} " + string.Join(
        ' ', report.Readings.Select(reading => reading.Unavailable switch
        {
            Unavailable.None => "none",
            Unavailable.WindowIncomplete => "incomplete",
            Unavailable.TooFewEvents => "few",
            _ => "other",
        }));

    private sealed class Collected : IReportSink
    {
        public List<string> Reports { get; } = [];

        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports) => Reports.AddRange(reports.Select(TextOf));
    }
}
