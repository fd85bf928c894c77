using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Deploy;

/// <summary>The chart as rendered, without a cluster.</summary>
public sealed class ChartTests
{
    private static readonly string[] WithOperator = ["--api-versions", "monitoring.coreos.com/v1"];

    [FactRequires(Tool.Helm)]
    public void The_chart_passes_a_strict_lint_with_its_defaults_and_with_every_ci_values_file()
    {
        Machine.Run(Tool.Helm, "lint", "--strict", Chart.Folder).Succeeded();
        Assert.All(Chart.CiValues, values => Machine.Run(Tool.Helm, "lint", "--strict", Chart.Folder, "--values", values).Succeeded());
    }

    [FactRequires(Tool.Helm, Tool.Kubeconform, Tool.Schemas)]
    public void Every_rendering_is_valid_by_the_schemas_of_Kubernetes_and_the_Prometheus_operator()
    {
        var schemas = Machine.Find(Tool.Schemas) + "/{{.ResourceKind}}{{.KindSuffix}}.json";
        Assert.All(Chart.CiValues, values =>
        {
            var rendered = Chart.Render(["--values", values, .. WithOperator]);
            Machine.RunOn(rendered, Tool.Kubeconform, "-strict", "-summary", "-schema-location", schemas, "-").Succeeded();
        });
    }

    [FactRequires(Tool.Helm)]
    public void The_pod_requests_no_more_than_the_restricted_standard_allows()
    {
        var pods = Chart.Render("--show-only", "templates/statefulset.yaml")
            + Chart.Render("--show-only", "templates/tests/test-connection.yaml");

        Assert.All(
            [
                "runAsNonRoot: true",
                "type: RuntimeDefault",
                "allowPrivilegeEscalation: false",
                "readOnlyRootFilesystem: true",
                "automountServiceAccountToken: false",
            ],
            needed => Assert.Equal(2, Regex.Count(pods, Regex.Escape(needed))));
        Assert.Equal(2, Regex.Count(pods, @"drop:\s+(- ALL|\[ALL\])"));
        Assert.Contains("runAsUser: 1654", pods);
    }

    [FactRequires(Tool.Helm)]
    public void The_probes_ask_the_metrics_port_for_startup_liveness_and_readiness()
    {
        var pod = Chart.Render("--show-only", "templates/statefulset.yaml");

        foreach (var (probe, path) in new[] { ("startup", "startup"), ("liveness", "live"), ("readiness", "ready") })
        {
            Assert.Matches($@"{probe}Probe:\s+httpGet:\s+path: /healthz/{path}\s+port: metrics\s", pod);
        }
    }

    [FactRequires(Tool.Helm)]
    public void A_misspelt_value_is_refused_and_named()
    {
        (string Typo, string Message)[] cases =
        [
            ("servce.port=1", "'servce'"),
            ("image.repo=x", "'repo'"),
            ("persistence.enable=true", "'enable'"),
            ("workload.kind=DaemonSet", "/workload/kind"),
            ("kafka.sasl.secret=x", "'secret'"),
            ("secrets.token=x", "'token'"), // a folder of the chart's own
            ("podDisruptionBudget.maxUnavailable=2", "/podDisruptionBudget/maxUnavailable"),
            ("livenessProbe.period=3", "'period'"),
            ("serviceMonitor.labels.release=x", "'labels'"),
            ("config.monitors=x", "/config/monitors"), // the program's keys begin with a capital
        ];
        Assert.All(cases, each =>
        {
            var refused = Chart.TryRender("--set", each.Typo);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains(each.Message, refused.Errors);
        });
    }

    [FactRequires(Tool.Helm)]
    public void An_address_that_probes_cannot_reach_is_refused_and_allowed_hosts_need_not_name_the_Service()
    {
        foreach (var address in new[] { "127.0.0.1", "::1", "[::1]" })
        {
            var refused = Chart.TryRender("--set", $"config.Http.Address={address}");
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains($"config.Http.Address is {address.Trim('[', ']')}, where neither the probes", refused.Errors);
        }

        var rendered = Chart.Render("--set", "config.Http.Address=0.0.0.0", "--set", "config.Http.AllowedHosts[0]=drift.example.com");
        using var config = JsonDocument.Parse(Chart.MountedFile(rendered, "config.json"));
        var http = config.RootElement.GetProperty("DriftMonitor").GetProperty("Http");
        Assert.Equal("0.0.0.0", http.GetProperty("Address").GetString());
        Assert.Equal("drift.example.com", http.GetProperty("AllowedHosts")[0].GetString());
        Assert.Contains("--header, \"Host: localhost\"", Chart.Render("--show-only", "templates/tests/test-connection.yaml"));
    }

    [FactRequires(Tool.Helm)]
    public void A_chart_without_monitors_is_refused_with_the_remedy_unless_a_ConfigMap_has_them()
    {
        var refused = Chart.TryRender("--set-json", "config.Monitors=[]");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("config.Monitors is empty", refused.Errors);
        Assert.Contains("existingConfigMap", refused.Errors);

        var existing = Chart.Render("--values", Chart.Ci("existing"));
        Assert.Contains("name: drift-monitor-config", existing);
        Assert.DoesNotContain("kind: ConfigMap", existing);
    }

    [FactRequires(Tool.Helm)]
    public void The_configuration_is_mounted_as_the_JSON_that_the_program_reads()
    {
        var rendered = Chart.Render("--values", Chart.Ci("full"));
        using var config = JsonDocument.Parse(Chart.MountedFile(rendered, "config.json"));
        var options = config.RootElement.GetProperty("DriftMonitor");

        Assert.Equal("SASL_SSL", options.GetProperty("Kafka").GetProperty("Properties").GetProperty("security.protocol").GetString());
        Assert.Equal(
            ["departure-delay", "carrier"],
            options.GetProperty("Monitors").EnumerateArray().Select(monitor => monitor.GetProperty("Name").GetString()));
        Assert.Contains("args: [run, --config, /etc/drift-monitor/config.json]", rendered);
        Assert.Contains("containerPort: 8080", rendered);
    }

    [FactRequires(Tool.Helm)]
    public void The_program_accepts_the_configuration_of_every_rendering()
    {
        string[][] renderings = [[], .. Chart.CiValues.Select(values => new[] { "--values", values })];
        var checkedOnes = 0;
        foreach (var rendered in renderings.Select(Chart.Render))
        {
            using var workshop = new Workshop();
            if (Chart.Mount(rendered, workshop) is null)
            {
                continue; // an existing ConfigMap has them
            }

            workshop.Run("check-config", "--config", "config.json").Succeeded();
            checkedOnes++;
        }

        Assert.Equal(renderings.Length - 1, checkedOnes);
    }

    [FactRequires(Tool.Helm)]
    public void A_reference_from_a_mapping_a_text_or_a_file_is_mounted_beside_the_configuration()
    {
        var file = Path.Combine(Chart.Folder, "files", "departure-delay.json");
        var mapping = Chart.MountedFile(Chart.Render("--values", Chart.Ci("minimal")), "amount.json");
        var text = Chart.MountedFile(Chart.Render("--values", Chart.Ci("full")), "carrier.json");
        var fromFile = Chart.MountedFile(Chart.Render("--set-file", $@"references.departure-delay\.json={file}"), "departure-delay.json");

        Assert.Equal([1200000, 3400000, 56000], RegularCounts(mapping)); // not 1.2e+06
        Assert.Equal([58665, 54635, 54173, 48110], RegularCounts(text));
        Assert.Equal(File.ReadAllText(file).Trim(), fromFile);

        static IEnumerable<long> RegularCounts(string reference)
        {
            using var parsed = JsonDocument.Parse(reference);
            return [.. parsed.RootElement.GetProperty("counts").GetProperty("regular").EnumerateArray().Select(count => count.GetInt64())];
        }
    }

    [FactRequires(Tool.Helm)]
    public void The_sample_reference_is_mounted_only_if_a_monitor_uses_it()
    {
        Assert.NotEmpty(Chart.MountedFile(Chart.Render(), "departure-delay.json"));
        Assert.Empty(Chart.MountedFile(Chart.Render("--values", Chart.Ci("minimal")), "departure-delay.json"));
    }

    [FactRequires(Tool.Helm)]
    public void A_reference_that_is_not_JSON_is_refused_and_named()
    {
        var refused = Chart.TryRender("--set", @"references.amount\.json=nonsense");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("amount.json is not a JSON object", refused.Errors);
    }

    [FactRequires(Tool.Helm)]
    public void The_pod_restarts_if_a_reference_changes_and_for_other_changes_of_the_configuration_only_on_request()
    {
        string[] reference = ["--set-json", """references={"x.json":{"format":"driftmonitor.reference/1"}}"""];
        string[] brokers = ["--set", "config.Kafka.BootstrapServers=other:9092"];
        string[] restart = ["--set", "restartOnConfigChange=true"];

        Assert.NotEqual(PodTemplate(), PodTemplate(reference));
        Assert.Equal(PodTemplate(), PodTemplate(brokers));
        Assert.Equal(PodTemplate(), PodTemplate("--set", "service.port=80"));
        Assert.NotEqual(PodTemplate(restart), PodTemplate([.. restart, .. brokers]));

        static string PodTemplate(params string[] options) =>
            Chart.Only(Chart.Render(options), "StatefulSet").Path("spec.template").ToString();
    }

    [FactRequires(Tool.Helm)]
    public void A_ServiceMonitor_is_created_only_on_request_and_if_the_cluster_has_that_kind()
    {
        string[] asked = ["--values", Chart.Ci("full")];
        Assert.DoesNotContain("ServiceMonitor", Chart.Render(WithOperator));
        Assert.DoesNotContain("ServiceMonitor", Chart.Render(asked));
        Assert.Contains("release: kube-prometheus-stack", Chart.Render([.. asked, .. WithOperator]));
    }

    [FactRequires(Tool.Helm)]
    public void State_is_on_a_claimed_volume_on_request_and_in_an_emptyDir_otherwise()
    {
        Assert.Matches(@"- name: drift-monitor-state\s+emptyDir: {}", Chart.Render());
        var claimed = Chart.Render("--set", "persistence.enabled=true");
        Assert.Matches(@"- name: drift-monitor-state\s+persistentVolumeClaim:\s+claimName: test-drift-monitor-state\s", claimed);
        Assert.Matches(@"kind: PersistentVolumeClaim\s+metadata:\s+name: test-drift-monitor-state\s", claimed);
        Assert.Contains("helm.sh/resource-policy: keep", claimed);

        var existing = Chart.Render("--set", "persistence.enabled=true", "--set", "persistence.existingClaim=state-drift-0");
        Assert.Contains("claimName: state-drift-0\n", existing);
        Assert.DoesNotContain("kind: PersistentVolumeClaim", existing);
        Assert.All([Chart.Render(), claimed, existing], rendered => Assert.DoesNotContain("volumeClaimTemplates", rendered));
    }

    [FactRequires(Tool.Helm)]
    public void A_learned_reference_needs_a_writable_volume()
    {
        const string Key = "config.Monitors[0].Reference.File";
        const string Advice = $"write {Key}: /var/lib/drift-monitor/amount.json, and set persistence.enabled to true.";
        const string Persistent = """{"persistence":{"enabled":true}}""";
        const string InNoVolume = "which is in no writable volume, and kind first writes its learned reference there: ";
        const string InConfigFolder =
            "a path in the configuration's folder, which is read-only, and kind first writes its learned reference there: ";
        (string? File, string Values, string? Line)[] cases =
        [
            (null, "{}", $"{Key} is missing, and kind first keeps its learned reference there: {Advice}"),
            ("learned.json", "{}", $"{Key} is \"learned.json\", {InConfigFolder}{Advice}"),
            ("learned.json", Persistent, $"{Key} is \"learned.json\", {InConfigFolder}{Advice}"),
            ("/var/lib/drift-monitor/x.json", "{}",
                "Reference.Kind is first, and its learned reference would be lost with the pod: set persistence.enabled to true."),
            ("/var/lib/drift-monitor/x.json", Persistent, null),
            ("/var/lib/drift-monitor/../x.json", Persistent, InNoVolume),
            ("/data/x.json", Persistent, $"{Key} is \"/data/x.json\", {InNoVolume}{Advice}"),
            ("/data/x.json", """{"extraVolumeMounts":[{"name":"data","mountPath":"/data/"}]}""", null),
            ("/data/x.json", """{"extraVolumeMounts":[{"name":"data","mountPath":"/data","readOnly":true}]}""", InNoVolume),
            ("/database/x.json", """{"extraVolumeMounts":[{"name":"data","mountPath":"/data"}]}""", InNoVolume),
        ];
        Assert.All(cases, each =>
        {
            using var workshop = new Workshop();
            var reference = new JsonObject { ["Kind"] = "first", ["Over"] = "7d", ["Edges"] = new JsonArray(0, 1, 2) };
            if (each.File is { } file)
            {
                reference["File"] = file;
            }

            var values = JsonNode.Parse(each.Values)!.AsObject();
            values["config"] = new JsonObject
            {
                ["Monitors"] = new JsonArray(new JsonObject
                {
                    ["Name"] = "amount",
                    ["Topic"] = "payments",
                    ["Field"] = "amount",
                    ["Windows"] = new JsonArray("15m"),
                    ["Pane"] = "1m",
                    ["Reference"] = reference,
                }),
            };

            var rendered = Chart.TryRender("--values", workshop.Write("values.json", values.ToJsonString()));

            Assert.Equal(each.Line is null, rendered.ExitCode == 0);
            Assert.Contains(each.Line ?? "", rendered.Errors);
        });
    }

    [Fact]
    public void The_chart_deploys_the_version_that_is_built_here()
    {
        var properties = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props"));
        var version = Regex.Match(properties, "<Version>(.+)</Version>").Groups[1].Value;
        Assert.Contains($"appVersion: \"{version}\"\n", Chart.Read("Chart.yaml"));
    }
}
