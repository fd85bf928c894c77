namespace DriftMonitor.Tests.Deploy;

/// <summary>The Prometheus files, judged by every promtool at hand: operators run 2.x and 3.x.</summary>
public sealed class RulesTests
{
    private static readonly string Folder = Path.Combine(Tools.Root, "deploy", "prometheus");

    [RequiresTool("promtool")]
    public void The_alerting_rules_are_well_formed() => EveryPromtool("check", "rules", In("rules.yml"));

    [RequiresTool("promtool")]
    public void The_scrape_configuration_is_well_formed_and_finds_its_rules() => EveryPromtool("check", "config", In("prometheus.yml"));

    [RequiresTool("promtool")]
    public void The_alerts_fire_and_resolve_as_their_unit_tests_say() => EveryPromtool("test", "rules", In("rules.test.yml"));

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
        var readme = File.ReadAllText(Path.Combine(Tools.Root, "deploy", "README.md"));
        var tests = File.ReadAllText(In("rules.test.yml"));

        foreach (var name in File.ReadAllLines(In("rules.yml")).Where(line => line.Contains("- alert: ")).Select(line => line.Split(": ")[1]))
        {
            Assert.Contains($"| `{name}` |", readme);
            Assert.Contains($"alertname: {name}", tests);
        }
    }

    private static string In(string file) => Path.Combine(Folder, file);

    private static void EveryPromtool(params string[] arguments) =>
        Assert.All(Tools.All("promtool"), promtool => Shell.Run(promtool, arguments).Succeeded());
}
