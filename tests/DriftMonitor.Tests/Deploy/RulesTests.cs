namespace DriftMonitor.Tests.Deploy;

/// <summary>The Prometheus files, checked by two versions of promtool, because operators run 2.x and 3.x.</summary>
public sealed class RulesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "prometheus");

    [FactRequires(Tool.Promtool)]
    public void Promtool_of_Debian_accepts_the_rules_the_scrape_configuration_and_the_unit_tests() =>
        Judge(Tool.Promtool);

    [FactRequires(Tool.NewPromtool)]
    public void Promtool_of_today_accepts_the_rules_the_scrape_configuration_and_the_unit_tests() =>
        Judge(Tool.NewPromtool);

    [Fact]
    public void Every_alert_has_the_prefix_a_severity_a_summary_and_a_description()
    {
        var alerts = File.ReadAllText(In("rules.yml")).Split("- alert: ")[1..];

        Assert.NotEmpty(alerts);
        Assert.All(alerts, alert =>
        {
            Assert.StartsWith("DriftMonitor", alert, StringComparison.Ordinal);
            Assert.Matches(@"\n +severity: (critical|warning|info)\n", alert);
            Assert.Matches(@"\n +summary: [^{\n]+\.\n", alert); // a static sentence
            Assert.Matches(@"\n +description: >-\n", alert);
        });
    }

    [Fact]
    public void Every_alert_is_in_the_table_for_operators_and_in_the_unit_tests()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "README.md"));
        var tests = File.ReadAllText(In("rules.test.yml"));

        var alerts = File.ReadAllLines(In("rules.yml")).Where(line => line.Contains("- alert: "));
        foreach (var name in alerts.Select(line => line.Split(": ")[1]))
        {
            Assert.Contains($"| `{name}` |", readme);
            Assert.Contains($"alertname: {name}", tests);
        }
    }

    private static string In(string file) => Path.Combine(Folder, file);

    private static void Judge(Tool promtool)
    {
        Machine.Run(promtool, "check", "rules", In("rules.yml")).Succeeded();
        Machine.Run(promtool, "check", "config", In("prometheus.yml")).Succeeded();
        Machine.Run(promtool, "test", "rules", In("rules.test.yml")).Succeeded();
    }
}
