using DriftMonitor.Core.Alerts;
using DriftMonitor.Live;
using DriftMonitor.Streaming;
using DriftMonitor.Tests.Kafka;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Logs;

public sealed class AlertFieldsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_change_of_an_alert_has_monitor_segment_and_topic_as_fields_of_their_own(bool isSegmented)
    {
        var (source, lines) = (new ScriptedSource().Partitions(1), new LogLines());
        var rule = new FixedThreshold(0, FireAboveNats: 0.3, ResolveBelowNats: 0.1);
        source.Events(40, 0, """{"x":5,"segment":"a"}""", At("2013-02-09T00:10Z"))
            .Event(0, """{"x":5,"segment":"a"}""", At("2013-02-09T01:10Z"));
        var binding = Watch(segments: isSegmented ? ["a"] : null, rule: rule);
        var pipeline = new Pipeline(source, [binding], TimeProvider.System, TimeSpan.FromHours(1), [new TransitionLog(lines)]);
        while (!source.IsUsedUp)
        {
            pipeline.Step(TimeSpan.Zero);
        }

        var fields = lines.FieldsOf("alerts.changed");
        Assert.Equal(
            ("delay", isSegmented ? "a" : null, "events", "firing", "2013-02-09T01:00:00Z"),
            ($"{fields["monitor"]}", fields.GetValueOrDefault("segment"), $"{fields["topic"]}", $"{fields["state"]}", $"{fields["time"]}"));
    }
}
