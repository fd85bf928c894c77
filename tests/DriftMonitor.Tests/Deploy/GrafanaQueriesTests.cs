using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace DriftMonitor.Tests.Deploy;

/// <summary>
/// Every query of deploy/grafana, answered by a real Prometheus that has scraped the demonstration and has history with panes of an hour.
/// </summary>
public sealed partial class GrafanaQueriesTests(WatchedDemo watched) : IClassFixture<WatchedDemo>
{
    // A healthy service has lost nothing, and the demonstration has no checkpoints and a fixed threshold.
    private static readonly string[] MayBeEmpty = ["Age of the newest checkpoint"];

    [FactRequires(Tool.AnyPrometheus)]
    public void Every_panel_of_the_overview_has_data_of_the_demonstration_while_its_alerts_fire()
    {
        var variables = Choose("driftmonitor-overview", watched.At.Firing, []);

        HasData(The("driftmonitor-overview"), variables, watched.At.Firing, empty: MayBeEmpty);

        Assert.Equal(0, Value(watched.At.Calm, 1));
        Assert.Equal(2, Value(watched.At.Firing, 1));
        Assert.Equal(2, Value(watched.At.Firing, 2));
        Assert.Equal(0, Value(watched.At.Firing, 3));
        Assert.Equal(1, Value(watched.At.Firing, 4));
        Assert.Equal([2.0, 2.0], Ask(The("driftmonitor-overview"), 5, variables, watched.At.Firing).Select(state => state.Value));
        var fires = Ask(The("driftmonitor-overview"), 6, variables, watched.At.Firing);
        Assert.Equal(["order-amount", "order-country"], fires.Select(alert => alert["monitor"]).Order());
        Assert.Contains("PL 5.7 % → ", fires.Single(alert => alert["monitor"] == "order-country")["moved"]);
        Assert.Empty(Ask(The("driftmonitor-overview"), 6, variables, watched.At.Calm));
        Assert.All(Ask(The("driftmonitor-overview"), 11, variables, watched.At.Firing), lost => Assert.Equal(0, lost.Value));

        double Value(double time, int panel) => Assert.Single(Ask(The("driftmonitor-overview"), panel, variables, time)).Value;
    }

    [FactRequires(Tool.AnyPrometheus)]
    public void Every_panel_of_a_monitor_has_data_of_the_demonstration()
    {
        var dashboard = The("driftmonitor-monitor");
        var variables = Choose(dashboard.Uid, watched.At.Firing, new() { ["monitor"] = "order-country", ["window"] = "15s" });
        Assert.Equal("1s", variables["pane"]);

        HasData(dashboard, variables, watched.At.Firing, empty: ["Return period B"]);

        AddsUp(dashboard, variables, watched.At.Firing);
        AddsUp(dashboard, new Dictionary<string, string>(variables) { ["pane"] = "1h" }, watched.At.Firing); // without bins of before
        Assert.Equal(0.1, Assert.Single(Ask(dashboard, 1, variables, watched.At.Firing, "C")).Value);
    }

    [FactRequires(Tool.AnyPrometheus)]
    public void Every_panel_of_a_monitor_has_data_between_the_hourly_samples_of_history()
    {
        var dashboard = The("driftmonitor-monitor");
        Dictionary<string, string> choice = new() { ["monitor"] = "departure-delay-rare", ["window"] = "24h" };
        var variables = Choose(dashboard.Uid, WatchedDemo.InTheBlizzard, choice);
        Assert.Equal("3600s", variables["pane"]);

        HasData(dashboard, variables, WatchedDemo.InTheBlizzard, empty: ["Divergence from the reference C"]);

        AddsUp(dashboard, variables, WatchedDemo.InTheBlizzard);
        Assert.Equal(2 * 30 * 86_400, Assert.Single(Ask(dashboard, 2, variables, WatchedDemo.InTheBlizzard, "B")).Value);
    }

    [FactRequires(Tool.AnyPrometheus)]
    public void Every_panel_of_a_replay_has_data_and_shows_what_the_live_service_showed()
    {
        var dashboard = The("driftmonitor-replay");
        Dictionary<string, string> choice = new() { ["monitor"] = "departure-delay", ["window"] = "24h" };
        var variables = Choose(dashboard.Uid, WatchedDemo.InTheBlizzard, choice);
        Assert.Equal(("blizzard", "3600s"), (variables["replay"], variables["pane"]));

        HasData(dashboard, variables, WatchedDemo.InTheBlizzard, empty: []);

        foreach (var panel in new[] { 1, 2, 3, 4 })
        {
            var replay = Assert.Single(Ask(dashboard, panel, variables, WatchedDemo.InTheBlizzard, "A")).Value;
            Assert.Equal(replay, Assert.Single(Ask(dashboard, panel, variables, WatchedDemo.InTheBlizzard, "B")).Value);
        }

        Assert.Equal(2, Assert.Single(Ask(dashboard, 2, variables, WatchedDemo.InTheBlizzard, "A")).Value);
        Assert.StartsWith("missing ", Ask(dashboard, 5, variables, WatchedDemo.InTheBlizzard)[0]["moved"]);
    }

    [FactRequires(Tool.AnyPrometheus)]
    public void Annotations_are_there_while_an_alert_fires_and_not_before_or_after()
    {
        var monitor = Choose("driftmonitor-monitor", watched.At.Firing, new() { ["monitor"] = "order-country" });
        var replay = Choose("driftmonitor-replay", WatchedDemo.InTheBlizzard, new() { ["monitor"] = "departure-delay" });
        Check(The("driftmonitor-monitor"), monitor, watched.At.Firing, watched.At.Calm);
        Check(The("driftmonitor-replay"), replay, WatchedDemo.InTheBlizzard, WatchedDemo.BeforeTheBlizzard);

        // Two days after the blizzard both have resolved.
        var history = Choose("driftmonitor-monitor", WatchedDemo.InTheBlizzard, new() { ["monitor"] = "departure-delay" });
        Check(The("driftmonitor-monitor"), history, WatchedDemo.InTheBlizzard, WatchedDemo.InTheBlizzard + 2 * 86_400);
        Check(The("driftmonitor-replay"), replay, WatchedDemo.InTheBlizzard, WatchedDemo.InTheBlizzard + 2 * 86_400);

        void Check(Dashboard dashboard, Dictionary<string, string> variables, double firing, double calm)
        {
            foreach (var annotation in dashboard.Annotations)
            {
                var expression = Dashboard.Interpolate(Dashboard.Text(annotation, "expr"), variables);
                var alert = Assert.Single(watched.Query(expression, firing));
                Assert.Equal(1, alert.Value);
                Assert.Contains(" → ", alert["moved"]);
                var shown = $"{annotation["titleFormat"]} {annotation["textFormat"]}";
                Assert.All(Placeholder().Matches(shown), label => Assert.True(
                    label.Groups[1].Value == "segment" || alert[label.Groups[1].Value].Length > 0, $"no {label} in {expression}"));
                Assert.Empty(watched.Query(expression, calm));
            }
        }
    }

    [FactRequires(Tool.AnyPrometheus)]
    public void The_rules_for_Grafana_fire_on_the_shift_with_what_moved_and_otherwise_not()
    {
        var drift = RuleOf("DriftMonitorDriftDetected");
        var fired = watched.Query(drift, watched.At.Firing);
        Assert.Equal(["order-amount", "order-country"], fired.Select(alert => alert["monitor"]).Order());
        Assert.All(fired, alert =>
        {
            Assert.Equal("15s", alert["window"]);
            Assert.Contains(" → ", alert["moved"]);
            Assert.InRange(alert.Value, 0.05, 1);
        });
        Assert.Empty(watched.Query(drift, watched.At.Calm));

        // At a sample of the blizzard, and at one after it.
        Assert.Equal(
            ["", "blizzard"], watched.Query(drift, WatchedDemo.InTheBlizzard - 1800).Select(alert => alert["replay"]).Order());
        Assert.Empty(watched.Query(drift, WatchedDemo.InTheBlizzard - 1800 + 2 * 86_400));

        // The others are about the service, which is healthy.
        Assert.All(Rules().Where(rule => rule.Text("title") != "DriftMonitorDriftDetected"), rule =>
            Assert.Empty(watched.Query(GrafanaFilesTests.ExpressionOf(rule), watched.At.Firing)));
        Assert.Single(watched.Query(RuleOf("DriftMonitorAbsent"), watched.At.Before));

        static string RuleOf(string title) => GrafanaFilesTests.ExpressionOf(Rules().Single(rule => rule.Text("title") == title));
    }

    [FactRequires(Tool.AnyPrometheus)]
    public void The_rule_for_Prometheus_fires_on_the_shift_with_its_numbers_and_what_moved()
    {
        _ = watched.At;
        var alerts = watched.Alerts().Where(alert => $"{alert["labels"]!["alertname"]}" == "DriftMonitorDriftDetected").ToList();

        // Kept for five minutes: they have resolved.
        Assert.Equal(["order-amount", "order-country"], alerts.Select(alert => $"{alert["labels"]!["monitor"]}").Order());
        Assert.All(alerts, alert => Assert.Matches(
            @"^Monitor order-\w+: KL 0\.\d{3} nats over 15s \(noise 0\.00\d+, [23]\d{3} events\)(, which the reference shows [^.]+)?\. "
                + @"Moved most when it began to fire: .+ → .+ nats\)\. The page of localhost:\d+ shows all bins\.$",
            $"{alert["annotations"]!["description"]}"));
        Assert.DoesNotContain(watched.Alerts(), alert => $"{alert["state"]}" == "firing"
            && $"{alert["labels"]!["alertname"]}" != "DriftMonitorDriftDetected");
    }

    private static IReadOnlyList<YamlNode> Rules() =>
    [
        .. Yaml.Load(Path.Combine(Repository.Root, "deploy", "grafana", "provisioning", "alerting", "rules.yaml"))
            .Items("groups").SelectMany(group => group.Items("rules")),
    ];

    private static Dashboard The(string uid) => Dashboard.All.Single(dashboard => dashboard.Uid == uid);

    // Contributions sum to the divergence, and probabilities to 1; and so do the divergence's terms of both.
    private void AddsUp(Dashboard dashboard, Dictionary<string, string> variables, double time)
    {
        var divergence = Ask(dashboard, 1, variables, time, "A").Single(series => series["window"] == variables["window"]).Value;
        Assert.InRange(divergence, 0.1, 5);
        Assert.Equal(divergence, Ask(dashboard, 4, variables, time).Sum(bin => bin.Value), 9);
        var bins = Ask(dashboard, 5, variables, time).GroupBy(bin => bin["bin"])
            .Select(bin => (
                P: bin.Single(one => one["distribution"] == "current").Value,
                Q: bin.Single(one => one["distribution"] == "reference").Value))
            .ToList();
        Assert.Equal(1, bins.Sum(bin => bin.P), 9);
        Assert.Equal(1, bins.Sum(bin => bin.Q), 9);
        Assert.Equal(divergence, bins.Sum(bin => bin.P > 0 ? bin.P * Math.Log(bin.P / bin.Q) : 0), 9);
    }

    private IReadOnlyList<WatchedDemo.Sample> Ask(
        Dashboard dashboard, int panel, Dictionary<string, string> variables, double time, string query = "A")
    {
        var target = Dashboard.Items(dashboard.Panels.Single(one => one["id"]!.GetValue<int>() == panel), "targets")
            .Single(one => Dashboard.Text(one, "refId") == query);
        return watched.Query(Dashboard.Interpolate(Dashboard.Text(target, "expr"), variables), time);
    }

    // As Grafana asks: tables and numbers at the end of the time range, curves over all of it.
    private void HasData(Dashboard dashboard, Dictionary<string, string> variables, double time, IReadOnlyList<string> empty)
    {
        foreach (var panel in dashboard.Panels)
        {
            foreach (var target in Dashboard.Items(panel, "targets"))
            {
                var name = Dashboard.Text(panel, "title");
                var query = Dashboard.Text(target, "refId");
                var expression = Dashboard.Interpolate(Dashboard.Text(target, "expr"), variables);
                var samples = target["instant"]?.GetValue<bool>() is true
                    ? watched.Query(expression, time)
                    : [.. watched.Range(expression, time - 60, time, 1).Select(sample => sample.Sample)];
                if (empty.Contains(name) || empty.Contains($"{name} {query}"))
                {
                    Assert.True(samples.Count == 0, $"{dashboard}: {name} has data, but is named as empty");
                    continue;
                }

                Assert.True(samples.Count > 0, $"{dashboard}: {name} {query} has no data: {expression}");
                Assert.All(samples, sample => Assert.True(double.IsFinite(sample.Value), $"{name}: {sample.Value}"));
                Assert.All(LabelsShownBy(panel, target), label => Assert.True(
                    samples.Any(sample => sample[label].Length > 0), $"{dashboard}: {name} {query} has no label {label}: {expression}"));
            }
        }
    }

    // Monitors without segments have an empty one, and that is no label in Prometheus. An empty reason is a reading.
    private static IEnumerable<string> LabelsShownBy(JsonNode panel, JsonNode target)
    {
        var columns = panel["transformations"]?.AsArray().SelectMany(transformation => (transformation!["options"]!.AsObject() switch
        {
            { } options when options["indexByName"] is JsonObject named => named.Select(column => column.Key),
            { } options => [$"{options["rowField"]}", $"{options["columnField"]}"],
        }).ToList());
        return Placeholder().Matches($"{target["legendFormat"]}").Select(label => label.Groups[1].Value)
            .Concat(columns ?? []).Where(label => label is not ("segment" or "reason"));
    }

    // In the order of the dashboard, each with the values of those before. A choice must be among the values on offer.
    private Dictionary<string, string> Choose(string uid, double time, Dictionary<string, string> choice)
    {
        var seconds = CultureInfo.InvariantCulture;
        Dictionary<string, string> values = new() { ["datasource"] = "prometheus", ["__rate_interval"] = "5s", ["__range"] = "1d" };
        foreach (var variable in The(uid).Variables.Skip(1))
        {
            var name = Dashboard.Text(variable, "name");
            var query = Dashboard.Interpolate(Dashboard.QueryOf(variable)!, values);
            var offered = LabelValues().Match(query) is { Success: true } labels
                ? watched.LabelValues(labels.Groups["match"].Value, labels.Groups["label"].Value, time - 300, time)
                : [.. watched.Query(QueryResult().Match(query).Groups["query"].Value, time)
                    .Select(sample => "{" + string.Join(",", sample.Labels.Select(label => $"{label.Key}=\"{label.Value}\""))
                        + string.Create(seconds, $"}} {sample.Value} {time * 1000}"))
                    .Select(text => Regex.Match(text, Dashboard.Text(variable, "regex").Trim('/')).Groups[1].Value)];
            if (variable["includeAll"]?.GetValue<bool>() is true)
            {
                values[name] = Dashboard.Text(variable, "allValue");
                Assert.NotEmpty(offered);
            }
            else if (choice.TryGetValue(name, out var chosen))
            {
                Assert.Contains(chosen, offered);
                values[name] = chosen;
            }
            else
            {
                values[name] = offered.Count > 0 ? offered[0] : "";
            }
        }

        return values;
    }

    [GeneratedRegex(@"\{\{\s*(\w+)\s*\}\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^label_values\((?<match>.+), (?<label>\w+)\)$")]
    private static partial Regex LabelValues();

    [GeneratedRegex(@"^query_result\((?<query>.+)\)$")]
    private static partial Regex QueryResult();
}
