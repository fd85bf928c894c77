using System.Text.RegularExpressions;
using DriftMonitor.Tests.Documents;
using DriftMonitor.Tests.Service;
using YamlDotNet.RepresentationModel;

namespace DriftMonitor.Tests.Deploy;

/// <summary>What the chart makes on request besides the pod, and what of the cluster the pod uses.</summary>
[Collection(Document.Collection)]
public sealed class ChartObjectsTests
{
    private const string Operator = "monitoring.coreos.com/v1";

    private static readonly Lazy<string> Full = new(() => Chart.Render("--values", Chart.Ci("full"), "--api-versions", Operator));

    [Fact]
    [Trait("Document", "generated")]
    public void The_rules_and_dashboards_of_the_chart_are_those_of_deploy()
    {
        var deploy = Path.Combine(Repository.Root, "deploy");
        var dashboards = Directory.GetFiles(Path.Combine(deploy, "grafana", "dashboards"));
        var copies = dashboards.ToDictionary(file => Path.Combine(Chart.Folder, "files", "dashboards", Path.GetFileName(file)));
        copies.Add(Path.Combine(Chart.Folder, "files", "rules.yml"), Path.Combine(deploy, "prometheus", "rules.yml"));
        if (Environment.GetEnvironmentVariable("DRIFTMONITOR_UPDATE") == "1")
        {
            foreach (var (copy, original) in copies)
            {
                File.Copy(original, copy, overwrite: true);
            }
        }

        Assert.All(copies, pair => Assert.True(
            File.Exists(pair.Key) && File.ReadAllText(pair.Key) == File.ReadAllText(pair.Value),
            $"{pair.Key} is behind {pair.Value}: make screens"));
        Assert.Equal(dashboards.Length, Directory.GetFiles(Path.Combine(Chart.Folder, "files", "dashboards")).Length);
    }

    [FactRequires(Tool.Helm)]
    public void The_PrometheusRule_has_the_rules_of_deploy_with_your_addresses_and_without_disabled_alerts()
    {
        var original = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "prometheus", "rules.yml"))
            .Replace("http://grafana:3000", "https://grafana.example.com", StringComparison.Ordinal)
            .Replace("https://example.com/drift-monitor", "https://git.example.com/drift-monitor/blob/main", StringComparison.Ordinal);
        var expected = Rules(Assert.Single(Yaml.Documents(original)));

        var rules = Rules(Chart.Only(Full.Value, "PrometheusRule").At("spec"));

        Assert.Equal(expected.Count - 1, rules.Count);
        Assert.True(expected.Remove("DriftMonitorReadingsStale"));
        Assert.All(expected, pair =>
        {
            var rule = rules[pair.Key];
            if (rule.Has("alert"))
            {
                var labels = (YamlMappingNode)rule.At("labels");
                Assert.Equal("data", labels.Text("team"));
                Assert.True(labels.Children.Remove("team"));
                var annotations = rule.At("annotations");
                Assert.StartsWith(
                    "https://git.example.com/drift-monitor/blob/main/deploy/docs/",
                    annotations.Text("runbook_url"),
                    StringComparison.Ordinal);
                Assert.StartsWith("https://grafana.example.com/d/", annotations.Text("dashboard_url"), StringComparison.Ordinal);
            }

            Assert.Equal(Sorted(pair.Value), Sorted(rule));
        });

        static string Sorted(YamlNode node) => node is YamlMappingNode map
            ? string.Join('\n', map.Children.Select(pair => $"{pair.Key}: {Sorted(pair.Value)}").Order(StringComparer.Ordinal))
            : $"{node}";

        static Dictionary<string, YamlNode> Rules(YamlNode groups) => groups.Items("groups").SelectMany(group => group.Items("rules"))
            .ToDictionary(rule => rule.Text(rule.Has("alert") ? "alert" : "record"));
    }

    [FactRequires(Tool.Helm, Tool.Promtool)]
    public void Promtool_accepts_the_rendered_rules()
    {
        using var workshop = new Workshop();
        var lines = Full.Value.Split('\n').SkipWhile(line => line != "kind: PrometheusRule").SkipWhile(line => line != "spec:").Skip(1)
            .TakeWhile(line => line != "---");
        var file = workshop.Write("rules.yml", string.Join('\n', lines.Select(line => line.Length > 2 ? line[2..] : "")));

        Assert.Contains("rules found", Machine.Run(Tool.Promtool, "check", "rules", "--lint=all", file).Succeeded());
    }

    [FactRequires(Tool.Helm)]
    public void An_alert_that_is_disabled_but_does_not_exist_is_refused()
    {
        string[] asked = ["--api-versions", Operator, "--set", "prometheusRule.enabled=true"];
        var refused = Chart.TryRender([.. asked, "--set", "prometheusRule.disabledAlerts={DriftMonitorReadingStale}"]);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(
            "prometheusRule.disabledAlerts has DriftMonitorReadingStale, which is no alert of the chart; it has DriftMonitorDriftDetected",
            refused.Errors);
    }

    [FactRequires(Tool.Helm)]
    public void Each_dashboard_is_a_ConfigMap_that_Grafana_s_sidecar_finds_with_the_text_as_it_is()
    {
        var rendered = Chart.Render("--set", "dashboards.enabled=true", "--namespace", "here");
        var maps = Chart.All(rendered, "ConfigMap").Where(map => map.Path("metadata.labels").Has("grafana_dashboard"))
            .ToDictionary(map => map.Path("metadata").Text("name"));

        Assert.Equal(["monitor", "overview", "replay"], maps.Keys.Select(name => name.Split('-')[^1]).Order(StringComparer.Ordinal));
        Assert.All(maps, pair =>
        {
            var (name, map) = pair;
            Assert.Equal("1", map.Path("metadata.labels").Text("grafana_dashboard"));
            Assert.Equal("DriftMonitor", map.Path("metadata.annotations").Text("grafana_folder"));
            Assert.Equal("here", map.Path("metadata").Text("namespace"));
            var (file, text) = Assert.Single(map.At("data").Texts());
            Assert.Equal($"driftmonitor-{name.Split('-')[^1]}.json", file);
            var original = Path.Combine(Repository.Root, "deploy", "grafana", "dashboards", file["driftmonitor-".Length..]);
            Assert.Equal(File.ReadAllText(original).Trim(), text);
        });
        Assert.All(
            Chart.All(Chart.Render("--set", "dashboards.enabled=true", "--set", "dashboards.namespace=grafana"), "ConfigMap"),
            map => Assert.Equal(
                map.Path("metadata.labels").Has("grafana_dashboard"),
                map.Path("metadata").Has("namespace") && map.Path("metadata").Text("namespace") == "grafana"));
    }

    [FactRequires(Tool.Helm)]
    public void Nothing_is_made_unasked_and_the_operator_s_kinds_only_if_the_cluster_has_them()
    {
        string[] always = ["ConfigMap", "Pod", "Service", "ServiceAccount", "StatefulSet"];
        string[] operators = ["PodMonitor", "PrometheusRule", "ServiceMonitor"];
        string[] asked = ["Ingress", "NetworkPolicy", "PersistentVolumeClaim", "PodDisruptionBudget"];

        Assert.Equal(always, Kinds(Chart.Render("--api-versions", Operator)));
        Assert.Equal(always.Concat(asked).Order(StringComparer.Ordinal), Kinds(Chart.Render("--values", Chart.Ci("full"))));
        Assert.Equal(always.Concat(asked).Concat(operators).Order(StringComparer.Ordinal), Kinds(Full.Value));

        static IEnumerable<string> Kinds(string rendered) =>
            Yaml.Documents(rendered).Select(node => node.Text("kind")).Distinct().Order(StringComparer.Ordinal);
    }

    [FactRequires(Tool.Helm)]
    public void Secrets_are_mounted_and_the_program_accepts_what_the_environment_says_of_them()
    {
        var container = Chart.Container(Chart.Only(Full.Value, "StatefulSet"));
        var environment = container.Items("env").ToDictionary(item => item.Text("name"), item => item.Text("value"));
        using var workshop = new Workshop();
        var secrets = Chart.Mount(Full.Value, workshop)!;
        foreach (var file in environment.Values.Where(value => value.StartsWith("/etc/", StringComparison.Ordinal)))
        {
            var folder = Path.GetDirectoryName(file)!;
            Assert.Contains(container.Items("volumeMounts"), mount => mount.Text("mountPath") == folder);
            var stored = file.Replace(Chart.SecretsFolder, secrets, StringComparison.Ordinal);
            Directory.CreateDirectory(Path.GetDirectoryName(stored)!);
            File.WriteAllText(stored, "0123456789abcdef0123456789abcdef");
        }

        var settings = environment.Select(pair =>
            $"{pair.Key}={pair.Value.Replace(Chart.SecretsFolder, secrets, StringComparison.Ordinal)}");

        var effective = Shell.Run(
            "env", [.. settings, DriftMonitorProcess.Executable, "check-config", "--config", workshop["config.json"]]).Succeeded();

        Assert.All(
            [
                "sasl.username", "sasl.password", "ssl.key.password", "ssl.ca.location", "ssl.certificate.location", "ssl.key.location",
                "TokenFile",
            ],
            key => Assert.Contains($"\"{key}\"", effective));
    }

    [FactRequires(Tool.Helm)]
    public void Secrets_that_the_client_would_ignore_are_refused()
    {
        (string[] Settings, string Line)[] cases =
        [
            (["kafka.tls.existingSecret=x"],
                "kafka.tls.existingSecret is set, but config.Kafka.Properties has the security.protocol PLAINTEXT"),
            (["kafka.sasl.existingSecret=x", @"config.Kafka.Properties.security\.protocol=ssl"],
                "kafka.sasl.existingSecret is set, but config.Kafka.Properties has the security.protocol SSL, which has no SASL"),
            (["kafka.sasl.existingSecret=x", @"config.Kafka.Properties.security\.protocol=SASL_SSL"],
                "kafka.sasl.existingSecret is set, but config.Kafka.Properties has no sasl.mechanism"),
            (["token.existingSecret=x", "config.Http.TokenFile=/x"], "token.existingSecret and config.Http.TokenFile are both set"),
        ];
        Assert.All(cases, each =>
        {
            var refused = Chart.TryRender([.. each.Settings.SelectMany(setting => new[] { "--set", setting })]);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains(each.Line, refused.Errors);
        });
    }

    [FactRequires(Tool.Helm)]
    public void Both_monitors_bring_the_token_that_the_service_asks_for()
    {
        foreach (var endpoint in new[]
        {
            Chart.Only(Full.Value, "ServiceMonitor").Path("spec.endpoints.0"),
            Chart.Only(Full.Value, "PodMonitor").Path("spec.podMetricsEndpoints.0"),
        })
        {
            Assert.Equal("Bearer", endpoint.Path("authorization").Text("type"));
            Assert.Equal("drift-token", endpoint.Path("authorization.credentials").Text("name"));
            Assert.Equal("token", endpoint.Path("authorization.credentials").Text("key"));
            Assert.Equal("false", endpoint.Text("honorLabels"));
        }
    }

    [FactRequires(Tool.Helm)]
    public void An_ingress_needs_hosts_that_the_service_accepts()
    {
        Assert.Equal("drift.example.com", Chart.Only(Full.Value, "Ingress").Path("spec.rules.0").Text("host"));
        string[] asked = ["--set", "ingress.enabled=true"];
        Refuses("ingress.hosts is empty", asked);
        asked = [.. asked, "--set", "ingress.hosts={a.example.com}"];
        Chart.Render(asked);
        Refuses("ingress.hosts has a.example.com, which config.Http.AllowedHosts does not have",
            [.. asked, "--set", "config.Http.AllowedHosts={b.example.com,*.a.example.com}"]);
        Chart.Render([.. asked, "--set", "config.Http.AllowedHosts={b.example.com,*.example.com}"]);

        static void Refuses(string line, string[] settings)
        {
            var refused = Chart.TryRender(settings);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains(line, refused.Errors);
        }
    }

    [FactRequires(Tool.Helm)]
    public void A_network_policy_admits_the_port_only_and_restricts_what_the_pod_reaches_only_on_request()
    {
        var policy = Chart.Only(Full.Value, "NetworkPolicy").At("spec");
        Assert.Equal(["Ingress", "Egress"], policy.Items("policyTypes").Select(type => $"{type}"));
        Assert.Equal("metrics", policy.Path("ingress.0.ports.0").Text("port"));
        var tester = Chart.Only(Full.Value, "Pod").Path("metadata.labels").Texts();
        Assert.Contains(policy.Path("ingress.0").Items("from"), peer =>
            peer.Has("podSelector") && peer.Path("podSelector.matchLabels").Texts().All(label => tester[label.Key] == label.Value));
        Assert.Equal(["53", "53"], policy.Path("egress.0").Items("ports").Select(port => port.Text("port")));

        var open = Chart.Only(Chart.Render("--set", "networkPolicy.enabled=true"), "NetworkPolicy").At("spec");
        Assert.Equal(["Ingress"], open.Items("policyTypes").Select(type => $"{type}"));
        Assert.False(open.Path("ingress.0").Has("from"));
    }

    [FactRequires(Tool.Helm)]
    public void A_Deployment_has_the_pod_of_the_StatefulSet_and_never_two_at_a_time()
    {
        var deployment = Chart.Only(Chart.Render("--set", "workload.kind=Deployment"), "Deployment");

        Assert.Equal("Recreate", deployment.Path("spec.strategy").Text("type"));
        Assert.Equal("1", deployment.At("spec").Text("replicas"));
        Assert.Equal(Chart.Only(Chart.Render(), "StatefulSet").Path("spec.template"), deployment.Path("spec.template"));
    }

    [FactRequires(Tool.Helm, Tool.Kubeconform, Tool.Schemas)]
    public void Another_chart_includes_the_sidecar_as_the_page_says_and_the_application_does_not_wait_for_it()
    {
        using var parent = new ParentChart();
        var rendered = Machine.Run(Tool.Helm, "template", "test", parent.Folder).Succeeded();
        var schemas = Machine.Find(Tool.Schemas) + "/{{.ResourceKind}}{{.KindSuffix}}.json";
        Machine.RunOn(rendered, Tool.Kubeconform, "-strict", "-summary", "-schema-location", schemas, "-").Succeeded();

        Assert.Equal(["ConfigMap", "Deployment"], Yaml.Documents(rendered).Select(node => node.Text("kind")).Order(StringComparer.Ordinal));
        var sidecar = Chart.Container(Chart.Only(rendered, "Deployment"), "initContainers");
        Assert.Equal("Always", sidecar.Text("restartPolicy"));
        Assert.False(sidecar.Has("startupProbe") || sidecar.Has("readinessProbe"));
        Assert.Equal("/healthz/live", sidecar.Path("livenessProbe.httpGet").Text("path"));
        Assert.Equal("true", sidecar.At("securityContext").Text("runAsNonRoot"));
        using var workshop = new Workshop();
        Assert.NotNull(Chart.Mount(rendered, workshop));
        workshop.Run("check-config", "--config", "config.json").Succeeded();

        var misspelt = Machine.Run(Tool.Helm, "template", "test", parent.Folder, "--set", "drift-monitor.config.Kafka.Strat=window");
        Assert.NotEqual(0, misspelt.ExitCode);
        Assert.Contains("Strat", misspelt.Errors);

        string[] waiting = ["--set", "drift-monitor.sidecar.startupProbe=true", "--set", "drift-monitor.sidecar.readinessProbe=true"];
        var gate = Machine.Run(Tool.Helm, ["template", "test", parent.Folder, .. waiting]).Succeeded();
        sidecar = Chart.Container(Chart.Only(gate, "Deployment"), "initContainers");
        Assert.True(sidecar.Has("startupProbe") && sidecar.Has("readinessProbe"));
    }

    [FactRequires(Tool.Helm)]
    public void A_sidecar_refuses_what_needs_a_pod_of_the_chart_s_own()
    {
        string[] sidecar = ["--set", "workload.kind=Sidecar"];
        foreach (var key in new[] { "serviceMonitor", "ingress", "networkPolicy", "podDisruptionBudget" })
        {
            var refused = Chart.TryRender([.. sidecar, "--set", "ingress.hosts={a}", "--set", $"{key}.enabled=true"]);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains($"{key}.enabled is true, but with workload.kind Sidecar", refused.Errors);
        }

        var unknown = Chart.TryRender([.. sidecar, "--set", "podMonitor.enabled=true"]);
        Assert.NotEqual(0, unknown.ExitCode);
        Assert.Contains("podMonitor.matchLabels is empty", unknown.Errors);
    }

    [FactRequires(Tool.Helm)]
    public void Containers_volumes_and_the_priority_class_of_the_values_are_in_the_pod()
    {
        var pod = Chart.Only(Full.Value, "StatefulSet").Path("spec.template.spec");

        Assert.Equal("system-cluster-critical", pod.Text("priorityClassName"));
        Assert.Equal(["drift-monitor", "log-shipper"], pod.Items("containers").Select(container => container.Text("name")));
        Assert.Equal(["wait"], pod.Items("initContainers").Select(container => container.Text("name")));
        var volumes = pod.Items("volumes").Select(volume => volume.Text("name")).ToList();
        Assert.Equal(volumes.Distinct(), volumes);
        Assert.All(pod.Items("containers")[0].Items("volumeMounts"), mount => Assert.Contains(mount.Text("name"), volumes));
        Assert.Contains("/references", pod.Items("containers")[0].Items("volumeMounts").Select(mount => mount.Text("mountPath")));
        Assert.DoesNotMatch("password: ", Regex.Replace(Full.Value, "kind: (PodMonitor|ServiceMonitor)", ""));
    }
}
