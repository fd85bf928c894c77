using System.Text.RegularExpressions;
using DriftMonitor.Metrics;
using YamlDotNet.RepresentationModel;

namespace DriftMonitor.Tests.Deploy;

/// <summary>The files of deploy/grafana, without a Grafana: what can be told from their text.</summary>
public sealed partial class GrafanaFilesTests
{
    private static readonly string Provisioning = Path.Combine(Repository.Root, "deploy", "grafana", "provisioning");

    private static IReadOnlyList<YamlNode> ManagedRules =>
        [.. Yaml.Load(Path.Combine(Provisioning, "alerting", "rules.yaml")).Items("groups").SelectMany(group => group.Items("rules"))];

    [Fact]
    public void Dashboards_have_the_fields_that_Grafana_requires_and_no_id_of_another_installation()
    {
        Assert.Equal(
            ["driftmonitor-monitor", "driftmonitor-overview", "driftmonitor-replay"], Dashboard.All.Select(dashboard => dashboard.Uid));
        Assert.All(Dashboard.All, dashboard =>
        {
            var json = dashboard.Json;
            Assert.Null(json["id"]);
            Assert.InRange(dashboard.Uid.Length, 1, 40);
            Assert.StartsWith("DriftMonitor: ", Dashboard.Text(json, "title"));
            Assert.NotEmpty(Dashboard.Text(json, "description"));
            Assert.InRange(json["schemaVersion"]!.GetValue<int>(), 39, 42);
            Assert.True(json["version"]!.GetValue<int>() > 0);
            Assert.Equal("now", Dashboard.Text(json["time"]!, "to"));
            Assert.Contains("driftmonitor", json["tags"]!.AsArray().Select(tag => tag!.GetValue<string>()));
            var source = dashboard.Variables[0];
            Assert.Equal(
                ("datasource", "datasource", "prometheus"),
                (Dashboard.Text(source, "name"), Dashboard.Text(source, "type"), Dashboard.Text(source, "query")));
        });
    }

    [Fact]
    public void Panels_have_ids_of_their_own_a_description_and_a_place_that_no_other_takes()
    {
        Assert.All(Dashboard.All, dashboard =>
        {
            Assert.Distinct(dashboard.Panels.Select(panel => panel["id"]!.GetValue<int>()));
            var taken = new HashSet<(int X, int Y)>();
            foreach (var panel in dashboard.Panels)
            {
                Assert.NotEmpty(Dashboard.Text(panel, "title"));
                Assert.EndsWith(".", Dashboard.Text(panel, "description"));
                Assert.NotNull(panel["fieldConfig"]!["defaults"]);
                Assert.NotNull(panel["fieldConfig"]!["overrides"]);
                Assert.NotNull(panel["options"]);
                var place = panel["gridPos"]!;
                var (x, y) = (place["x"]!.GetValue<int>(), place["y"]!.GetValue<int>());
                var (width, height) = (place["w"]!.GetValue<int>(), place["h"]!.GetValue<int>());
                Assert.InRange(x + width, width, 24);
                for (var cell = 0; cell < width * height; cell++)
                {
                    Assert.True(taken.Add((x + cell % width, y + cell / width)), $"{dashboard}: panel {panel["id"]} overlaps another");
                }

                var targets = Dashboard.Items(panel, "targets");
                Assert.NotEmpty(targets);
                Assert.Distinct(targets.Select(target => Dashboard.Text(target, "refId")));
                Assert.All(targets, target => Assert.True(
                    target["instant"]?.GetValue<bool>() is true ^ target["range"]?.GetValue<bool>() is true, $"{dashboard}: {target}"));
            }
        });
    }

    [Fact]
    public void Every_query_goes_to_the_data_source_that_the_reader_has_chosen()
    {
        Assert.All(Dashboard.All, dashboard =>
            Assert.All(dashboard.Panels.Concat(dashboard.Annotations).Concat(dashboard.Variables.Skip(1)), node => Assert.Equal(
                ("prometheus", "${datasource}"),
                (Dashboard.Text(node["datasource"]!, "type"), Dashboard.Text(node["datasource"]!, "uid")))));
    }

    // A value that is not a variable would be the name of somebody's monitor or job.
    [Fact]
    public void Queries_name_no_monitor_topic_job_or_instance()
    {
        var values = Dashboard.All.SelectMany(dashboard => dashboard.Expressions).SelectMany(expression => Matcher().Matches(expression))
            .Select(match => (Label: match.Groups["label"].Value, Value: match.Groups["value"].Value)).ToList();

        Assert.InRange(values.Count, 100, 1000);
        Assert.All(values, matcher => Assert.True(
            matcher.Value.StartsWith('$') || matcher is { Label: "replay", Value: "" } or { Label: "state", Value: "pending" or "firing" },
            $"{matcher}"));
    }

    [Fact]
    public void Every_variable_is_defined_before_it_is_used_and_every_one_is_used()
    {
        Assert.All(Dashboard.All, dashboard =>
        {
            var defined = new List<string>();
            foreach (var variable in dashboard.Variables)
            {
                Assert.All(
                    Dashboard.Referenced(Dashboard.QueryOf(variable) ?? ""), name => Assert.Contains(name, defined));
                defined.Add(Dashboard.Text(variable, "name"));
            }

            var text = File.ReadAllText(dashboard.File);
            Assert.Equal(defined.Order(), Dashboard.Referenced(text).Distinct().Order());
        });
    }

    // History has one sample a pane, and Prometheus forgets a sample after five minutes. But what is scraped must not outlive its end: bins
    // come and go, and so do alerts. So a query looks back unless its series is scraped. The overview is of what is scraped.
    [Fact]
    public void Queries_of_readings_look_back_a_pane_where_history_is_shown()
    {
        string[] families =
        [
            .. SeriesMetrics.Of([], binContributions: true).Select(metric => metric.Family),
            .. SeriesMetrics.OfMonitors.Select(metric => metric.Family),
        ];
        foreach (var dashboard in Dashboard.All.Where(dashboard => dashboard.Uid != "driftmonitor-overview"))
        {
            var expressions = dashboard.Panels.SelectMany(panel => Dashboard.Items(panel, "targets")).Concat(dashboard.Annotations)
                .Select(query => Dashboard.Text(query, "expr")).ToList();
            foreach (var expression in expressions)
            {
                var selectors = Selector().Matches(expression);
                Assert.All(selectors, selector => Assert.Contains(selector.Groups["metric"].Value, families));
                var lookingBack = selectors.Where(selector => selector.Groups["range"].Value is "[$pane]" or "[$__range]")
                    .Select(selector => selector.Groups["series"].Value).ToList();
                Assert.NotEmpty(lookingBack);

                // A pane may be shorter than the interval of scrapes.
                var plain = selectors.Where(selector => selector.Groups["range"].Length == 0)
                    .Select(selector => selector.Groups["series"].Value).ToList();
                Assert.All(lookingBack, series => Assert.True(
                    plain.Contains(series) || series.Contains("replay=\"$replay\"", StringComparison.Ordinal), $"{dashboard}: {series}"));
                Assert.All(selectors.Where(selector => selector.Groups["range"].Length == 0), selector => Assert.True(
                    selector.Groups["guard"].Length > 0 || lookingBack.Contains(selector.Groups["series"].Value),
                    $"{dashboard}: {selector.Value} does not look back in {expression}"));
                Assert.All(Unguarded().Matches(expression), selector => Assert.True(
                    selector.Groups["metric"].Value is "driftmonitor_alert_threshold_nats" or "driftmonitor_alert_return_period_seconds",
                    $"{dashboard}: {selector.Value} outlives what is scraped in {expression}"));
            }

            Assert.InRange(expressions.Count, 6, 30);
        }
    }

    [Fact]
    public void Annotations_have_the_same_query_for_older_and_newer_versions_of_Grafana() =>
        Assert.All(Dashboard.All.SelectMany(dashboard => dashboard.Annotations), annotation =>
        {
            Assert.Equal(Dashboard.Text(annotation, "expr"), Dashboard.Text(annotation["target"]!, "expr"));
            Assert.Equal(Dashboard.Text(annotation, "step"), Dashboard.Text(annotation["target"]!, "interval"));
        });

    [Fact]
    public void Links_to_dashboards_lead_to_one_that_exists_with_variables_that_it_has()
    {
        string[] texts =
        [
            File.ReadAllText(Path.Combine(Repository.Root, "deploy", "prometheus", "rules.yml")),
            .. Dashboard.All.Select(dashboard => File.ReadAllText(dashboard.File)),
        ];
        var links = texts.SelectMany(text => Link().Matches(text)).ToList();

        Assert.InRange(links.Count, 14, 100);
        Assert.All(links, link =>
        {
            var target = Assert.Single(Dashboard.All, dashboard => dashboard.Uid == link.Groups["uid"].Value);
            var variables = target.Variables.Select(variable => Dashboard.Text(variable, "name"));
            Assert.All(Parameter().Matches(link.Value), parameter => Assert.Contains(parameter.Groups["name"].Value, variables));
        });
    }

    [Fact]
    public void The_rules_for_Grafana_are_those_for_Prometheus()
    {
        var rules = Yaml.Load(Path.Combine(Repository.Root, "deploy", "prometheus", "rules.yml"))
            .Items("groups").SelectMany(group => group.Items("rules")).ToList();
        var recorded = rules.Where(rule => rule.Has("record")).ToDictionary(rule => rule.Text("record"), rule => rule.Text("expr"));
        var alerts = rules.Where(rule => rule.Has("alert")).ToDictionary(rule => rule.Text("alert"));

        Assert.Equal(alerts.Keys, ManagedRules.Select(rule => rule.Text("title")));
        Assert.Distinct(ManagedRules.Select(rule => rule.Text("uid")));
        Assert.All(ManagedRules, rule =>
        {
            var alert = alerts[rule.Text("title")];
            Assert.Equal(alert.Has("for") ? alert.Text("for") : "0s", rule.Text("for"));
            Assert.Equal(alert.Has("keep_firing_for"), rule.Has("keepFiringFor"));
            Assert.Equal(alert.At("labels").Text("severity"), rule.At("labels").Text("severity"));
            Assert.Equal(alert.At("annotations").Text("summary"), rule.At("annotations").Text("summary"));
            Assert.Equal(alert.At("annotations").Text("runbook_url"), rule.At("annotations").Text("runbook_url"));
            if (rule.Text("title") != "DriftMonitorDriftDetected") // its bins are a label, as Grafana's templates cannot query
            {
                // Grafana's Prometheus may not have the recorded series.
                var expression = recorded.Aggregate(
                    alert.Text("expr"), (text, record) => text.Replace(record.Key, $"({record.Value})", StringComparison.Ordinal));
                Assert.Equal(expression, ExpressionOf(rule));
            }
        });
    }

    [Fact]
    public void The_rules_for_Grafana_have_a_query_a_reduction_and_a_threshold_and_go_to_what_is_provisioned()
    {
        var source = Yaml.Load(Path.Combine(Provisioning, "datasources", "prometheus.yaml")).Items("datasources").Single().Text("uid");
        var contact = Yaml.Load(Path.Combine(Provisioning, "alerting", "contact-points.yaml")).Items("contactPoints").Single();
        Assert.NotEmpty(contact.Items("receivers"));
        Assert.All(ManagedRules, rule =>
        {
            var data = rule.Items("data");
            Assert.Equal(["A", "B", "C"], data.Select(query => query.Text("refId")));
            Assert.Equal([source, "__expr__", "__expr__"], data.Select(query => query.Text("datasourceUid")));
            Assert.All(data, query => Assert.Equal(query.Text("refId"), query.At("model").Text("refId")));
            Assert.All(data, query => Assert.True(query.At("relativeTimeRange").Has("from")));
            var (reduction, threshold) = (data[1].At("model"), data[2].At("model"));
            Assert.Equal(
                ("reduce", "A", "last"), (reduction.Text("type"), reduction.Text("expression"), reduction.Text("reducer")));
            Assert.Equal(("threshold", "B"), (threshold.Text("type"), threshold.Text("expression")));
            Assert.Equal("C", rule.Text("condition"));
            Assert.Equal(contact.Text("name"), rule.At("notification_settings").Text("receiver"));
            Assert.Equal(("OK", "Error"), (rule.Text("noDataState"), rule.Text("execErrState"))); // the queries say what is absent
            var dashboard = Assert.Single(Dashboard.All, dashboard => dashboard.Uid == rule.Text("dashboardUid"));
            Assert.Contains(rule.Text("panelId"), dashboard.Panels.Select(panel => $"{panel["id"]}"));
        });
    }

    // Grafana replaces $NAME in these files by an environment variable, and which forms of it depends on the version.
    [Fact]
    public void Provisioning_files_have_no_dollar_sign() =>
        Assert.All(Directory.GetFiles(Provisioning, "*.yaml", SearchOption.AllDirectories), file =>
        {
            Assert.Equal("1", Yaml.Load(file).Text("apiVersion"));
            Assert.DoesNotContain('$', File.ReadAllText(file));
        });

    internal static string ExpressionOf(YamlNode rule) => rule.Items("data")[0].At("model").Text("expr");

    [GeneratedRegex(@"(?<label>\w+)(=~|!~|!=|=)""(?<value>[^""]*)""")]
    private static partial Regex Matcher();

    [GeneratedRegex(
        @"(?<guard>unless on \(\) )?(?<series>(?<metric>driftmonitor_\w+)(\{[^}]*\})?)(?<range>\[[^\]]*\])?")]
    private static partial Regex Selector();

    // A look-back of something that is also taken as it is scraped, but does not give way to it. Limits of alerts never end.
    [GeneratedRegex(
        @" or last_over_time\((?<metric>driftmonitor_\w+)\{[^}]*\}\[\$pane\]\)(?! unless on \(\) driftmonitor_reading_available\{)")]
    private static partial Regex Unguarded();

    [GeneratedRegex(@"/d/(?<uid>driftmonitor-\w+)[^\s""]*")]
    private static partial Regex Link();

    [GeneratedRegex(@"[?&]var-(?<name>\w+)=")]
    private static partial Regex Parameter();
}
