using System.Text.Json.Nodes;
using DriftMonitor.Notifications;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Notifications;

public sealed class NotificationJsonTests
{
    [Fact]
    public void A_notification_has_all_that_a_reading_has_and_says_what_to_do_with_it() => Assert.Equal(
        """
        {"id":"33c0b1d4.firing","alert":"33c0b1d4","state":"firing","title":"FIRING delay, EWR: drift since 2013-02-09T01:00:00Z",
        "description":"KL 0.412 nats over 24h (noise 0.0098, 748 events); moved most: missing 4.8 % → 69.5 % (1.211 nats)",
        "monitor":"delay","segment":"EWR","topic":"events","field":"x","since":"2013-02-09T01:00:00Z","time":"2013-02-09T01:00:00Z",
        "window":"24h","events":748,"kl_nats":0.412,"noise_nats":0.0098,"excess_nats":0.4022,"return_period_s":37756800,
        "moved":[{"bin":"missing","reference_share":0.048,"share":0.695,"moved_nats":1.211},
        {"bin":"[0, 10)","reference_share":0.5,"share":0.1,"moved_nats":0.2}],"page":"https://drift.example.com/"}
        """.ReplaceLineEndings(""),
        System.Text.Encoding.UTF8.GetString(NotificationJson.Write(Alerts.Firing(segment: "EWR")))
            .Replace(Alerts.Firing(segment: "EWR").AlertId, "33c0b1d4", StringComparison.Ordinal));

    [Property]
    public Property What_was_written_is_read_back() => Prop.ForAll(
        (from isFiring in Gen.Elements(true, false)
         from n in Gen.Choose(-500_000, 500_000)
         from segment in Gen.Elements(null, "", "EWR", "\"\\\n", "東京", "<b>")
         from nats in Gen.Choose(0, int.MaxValue)
         from isKnown in Gen.Elements(true, false)
         select (isFiring, n, segment, nats, isKnown)).ToArbitrary(),
        given =>
        {
            var alert = given.isFiring ? Alerts.Firing(given.n, segment: given.segment) : Alerts.Resolved(given.n, segment: given.segment);
            alert = alert with
            {
                KlNats = given.isKnown ? given.nats / 3.0 : null,
                ReturnPeriodSeconds = given.isKnown ? alert.ReturnPeriodSeconds : null,
                Unavailable = given.isKnown ? null : "too_few_events",
                Page = given.isKnown ? alert.Page : null,
            };

            var read = NotificationJson.Read(JsonNode.Parse(NotificationJson.Write(alert)));

            Assert.Equal(alert with { Moved = [] }, read with { Moved = [] });
            Assert.Equal(alert.Moved, read.Moved);
        });

    [Fact]
    public void The_key_is_that_of_the_alert_and_of_nothing_else()
    {
        var alert = Alerts.Firing(segment: "a");

        Assert.Equal(alert.Id, (alert with { KlNats = 1, Description = "x", Time = alert.Time + TimeSpan.FromHours(1) }).Id);
        string[] others =
        [
            Alerts.Firing(1, segment: "a").Id, Alerts.Firing(segment: "b").Id, Alerts.Firing(monitor: "a", segment: "a").Id,
            Alerts.Resolved(segment: "a").Id,
        ];
        Assert.Equal(5, others.Append(alert.Id).Distinct().Count());
        Assert.Equal(alert.AlertId, Alerts.Resolved(segment: "a").AlertId);
    }
}
