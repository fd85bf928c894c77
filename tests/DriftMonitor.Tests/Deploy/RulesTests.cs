using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace DriftMonitor.Tests.Deploy;

/// <summary>The Prometheus files, checked by two versions of promtool, because operators run 2.x and 3.x.</summary>
public sealed partial class RulesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "prometheus");

    private static IEnumerable<YamlNode> Rules => Yaml.Load(In("rules.yml")).Items("groups").SelectMany(group => group.Items("rules"));

    private static IReadOnlyList<YamlNode> Alerts => [.. Rules.Where(rule => rule.Has("alert"))];

    [FactRequires(Tool.Promtool)]
    public void Promtool_of_Debian_accepts_the_rules_the_scrape_configuration_and_the_unit_tests() =>
        Judge(Tool.Promtool);

    [FactRequires(Tool.NewPromtool)]
    public void Promtool_of_today_accepts_the_rules_the_scrape_configuration_and_the_unit_tests() =>
        Judge(Tool.NewPromtool);

    [Fact]
    public void Every_alert_has_the_prefix_a_severity_a_summary_a_description_and_two_addresses()
    {
        Assert.NotEmpty(Alerts);
        Assert.All(Alerts, alert =>
        {
            Assert.StartsWith("DriftMonitor", alert.Text("alert"), StringComparison.Ordinal);
            Assert.Contains(alert.At("labels").Text("severity"), new[] { "critical", "warning", "info" });
            var annotations = alert.At("annotations");
            Assert.Matches(@"^[A-Z][^{]+\.$", annotations.Text("summary")); // a static sentence
            Assert.Contains("{{", annotations.Text("description") + (alert.Text("alert") == "DriftMonitorAbsent" ? "{{" : ""));
            Assert.StartsWith("http://grafana:3000/d/driftmonitor-", annotations.Text("dashboard_url"), StringComparison.Ordinal);
            Assert.Equal(
                $"https://example.com/drift-monitor/deploy/docs/alerts.md#{alert.Text("alert").ToLowerInvariant()}",
                annotations.Text("runbook_url"));
        });
    }

    [Fact]
    public void Every_alert_is_in_the_table_for_operators_and_has_a_section_that_says_what_to_do()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "README.md"));
        var sections = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "docs", "alerts.md")).Split("\n## ")[1..]
            .ToDictionary(section => section.Split('\n')[0]);

        Assert.Equal(Alerts.Select(alert => alert.Text("alert")).Order(), sections.Keys.Order());
        Assert.All(Alerts, alert =>
        {
            var name = alert.Text("alert");
            Assert.Contains($"| `{name}` | {alert.At("labels").Text("severity")} |", readme);
            Assert.Contains("**Means:**", sections[name]);
            Assert.Contains("**Look at", sections[name]);
            Assert.Matches(@"\*\*(Do|Look at and do):\*\*", sections[name]);
        });
    }

    [Fact]
    public void Every_alert_has_a_test_in_which_it_fires_and_one_in_which_it_does_not()
    {
        var cases = Yaml.Load(In("rules.test.yml")).Items("tests").Where(test => test.Has("alert_rule_test"))
            .SelectMany(test => test.Items("alert_rule_test"))
            .ToLookup(test => test.Text("alertname"), test => test.Items("exp_alerts").Count > 0);

        Assert.All(Alerts, alert =>
        {
            Assert.Contains(true, cases[alert.Text("alert")]);
            Assert.Contains(false, cases[alert.Text("alert")]);
        });
    }

    [Fact]
    public void Recorded_series_are_named_by_level_metric_and_operation()
    {
        var recorded = Rules.Where(rule => rule.Has("record")).Select(rule => rule.Text("record")).ToList();

        Assert.NotEmpty(recorded);
        Assert.All(recorded, name => Assert.Matches(RecordedName(), name));
    }

    private static string In(string file) => Path.Combine(Folder, file);

    private static void Judge(Tool promtool)
    {
        Machine.Run(promtool, "check", "rules", "--lint=all", In("rules.yml")).Succeeded();
        Machine.Run(promtool, "check", "config", In("prometheus.yml")).Succeeded();
        Machine.Run(promtool, "test", "rules", In("rules.test.yml")).Succeeded();
    }

    [GeneratedRegex("^[a-z]+(_[a-z]+)*:driftmonitor_[a-z_]+:[a-z0-9_]+$")]
    private static partial Regex RecordedName();
}
