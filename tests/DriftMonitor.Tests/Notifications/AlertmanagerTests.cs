using System.Text.Json.Nodes;
using DriftMonitor.Notifications;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Notifications;

public sealed class AlertmanagerTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly Workshop _workshop = new();
    private readonly LogLines _lines = new();

    public void Dispose() => _workshop.Dispose();

    [FactRequires(Tool.Alertmanager)]
    public async Task A_real_Alertmanager_gets_an_alert_keeps_it_once_and_sees_it_resolved()
    {
        using var alertmanager = new AlertmanagerServer(_workshop);
        using var sink = new AlertmanagerSink(
            "alertmanager:test", alertmanager.Url, new Dictionary<string, string> { ["team"] = "data" }, TimeProvider.System, _lines);
        using var stopping = new CancellationTokenSource();
        var running = sink.RunAsync(stopping.Token);

        sink.Set(Alerts.Firing(segment: "EWR"));
        sink.Set(Alerts.Firing(monitor: "distance"));
        Eventually.Within(Soon, "both alerts are active", () => alertmanager.Active().Count == 2);
        sink.Set(Alerts.Firing(segment: "EWR")); // as every half minute

        Eventually.Within(Soon, "it was sent again", () => sink.Tally.Sent >= 2);
        var alert = Assert.Single(alertmanager.Active(), alert => (string)alert["labels"]!["monitor"]! == "delay");
        Assert.Equal(
            """{"alertname":"DriftMonitorDriftDetected","monitor":"delay","segment":"EWR","severity":"warning","team":"data"}""",
            new JsonObject(alert["labels"]!.AsObject().OrderBy(label => label.Key, StringComparer.Ordinal)
                .Select(label => KeyValuePair.Create(label.Key, (JsonNode?)(string)label.Value!))).ToJsonString());
        Assert.Equal("delay, EWR has drifted from its reference", (string)alert["annotations"]!["summary"]!);
        Assert.Equal(Alerts.Firing().Description, (string)alert["annotations"]!["description"]!);
        Assert.Equal("https://drift.example.com/", (string)alert["generatorURL"]!);

        sink.Set(Alerts.Resolved(segment: "EWR"));

        Eventually.Within(Soon, "one is resolved", () => alertmanager.Active().Count == 1);
        Assert.Equal("distance", (string)alertmanager.Active()[0]["labels"]!["monitor"]!);
        await stopping.CancelAsync();
        await running;
        Assert.Equal(0, sink.Tally.Failed);
    }

    [Fact]
    public async Task What_fires_is_sent_every_half_minute_with_an_end_after_which_it_is_resolved_by_itself()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var sink = new AlertmanagerSink("alertmanager:test", receiver.Url, new Dictionary<string, string>(), clock, _lines);
        using var stopping = new CancellationTokenSource();
        sink.Set(Alerts.Firing());
        var running = sink.RunAsync(stopping.Token);

        await ReachAsync(receiver, 2); // the change was noted before it ran
        clock.Advance(TimeSpan.FromSeconds(30));
        await ReachAsync(receiver, 3);
        sink.Set(Alerts.Resolved());
        await ReachAsync(receiver, 4);
        clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(
            ["2026-01-01T00:04:00.000Z", "2026-01-01T00:04:00.000Z", "2026-01-01T00:04:30.000Z", "2026-01-01T00:00:30.000Z"],
            receiver.Requests.Select(request => (string)JsonNode.Parse(request.Body)![0]!["endsAt"]!));
        await stopping.CancelAsync();
        await running;
    }

    [Fact] // X04
    public async Task While_it_takes_nothing_the_log_has_one_line_and_afterwards_nothing_is_missing()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        var clock = new FakeTimeProvider();
        receiver.Otherwise = HttpReceiver.Status(503);
        using var sink = new AlertmanagerSink("alertmanager:test", receiver.Url, new Dictionary<string, string>(), clock, _lines);
        using var stopping = new CancellationTokenSource();
        var running = sink.RunAsync(stopping.Token);
        sink.Set(Alerts.Firing());
        await ReachAsync(receiver, 1);
        sink.Set(Alerts.Resolved());
        await ReachAsync(receiver, 2);
        clock.Advance(TimeSpan.FromSeconds(30));
        await ReachAsync(receiver, 3);
        Eventually.Within(Soon, "three failures are counted", () => sink.Tally.Failed == 3);
        receiver.Otherwise = HttpReceiver.Status(200);

        clock.Advance(TimeSpan.FromSeconds(30));
        Eventually.Within(Soon, "the end has arrived", () => sink.Tally.Sent == 1);

        Assert.Equal("2000-01-01T00:00:00.000Z", (string)JsonNode.Parse(receiver.Requests.Last().Body)![0]!["endsAt"]!);
        Assert.Equal(
            [
                "alertmanager:test does not take alerts (the answer is 503 ServiceUnavailable): they are sent again every 30 seconds",
                "alertmanager:test takes alerts again",
            ],
            _lines.All);
        await stopping.CancelAsync();
        await running;
    }

    private static async Task ReachAsync(HttpReceiver receiver, int requests)
    {
        Eventually.Within(Soon, $"{requests} requests came", () => receiver.Requests.Count >= requests);
        await Task.Delay(50); // until the sender waits again
    }
}
