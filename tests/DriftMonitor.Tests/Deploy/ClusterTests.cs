using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftMonitor.Commands;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Deploy;

/// <summary>The chart installed into a real API server: admitted, defaulted and stored; nothing runs there.</summary>
public sealed class ClusterTests(ClusterTests.Cluster cluster) : IClassFixture<ClusterTests.Cluster>
{
    [FactRequires(Tool.Cluster, Tool.Helm, Tool.Kubectl)]
    public void The_defaults_install_and_their_pods_are_admitted_under_the_restricted_standard()
    {
        var space = cluster.RestrictedNamespace("defaults");

        Assert.Contains("STATUS: deployed", cluster.Helm("install", "test", Chart.Folder, "--namespace", space).Succeeded());

        cluster.Apply(space, cluster.PodOf(space, "statefulset/test-drift-monitor")).Succeeded();
        cluster.Apply(space, Chart.Render("--namespace", space, "--show-only", "templates/tests/test-connection.yaml")).Succeeded();
    }

    [FactRequires(Tool.Cluster, Tool.Helm, Tool.Kubectl)]
    public void Admission_refuses_a_pod_that_may_run_as_root()
    {
        var space = cluster.RestrictedNamespace("control");
        cluster.Helm("install", "test", Chart.Folder, "--namespace", space, "--set", "podSecurityContext.runAsNonRoot=null").Succeeded();

        var refused = cluster.Apply(space, cluster.PodOf(space, "statefulset/test-drift-monitor"));

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("violates PodSecurity", refused.Errors);
    }

    [FactRequires(Tool.Cluster, Tool.Helm, Tool.Kubectl)]
    public void Every_ci_values_file_installs()
    {
        Assert.All(Chart.CiValues, values =>
        {
            var space = cluster.RestrictedNamespace(Path.GetFileNameWithoutExtension(values));
            cluster.Helm("install", "test", Chart.Folder, "--namespace", space, "--values", values).Succeeded();
        });
    }

    [FactRequires(Tool.Cluster, Tool.Helm, Tool.Kubectl, Tool.OperatorKinds)]
    public void With_the_Prometheus_operator_everything_installs_and_its_objects_select_the_service_and_the_pod_by_their_labels()
    {
        cluster.Kubectl("apply", "--server-side", "-f", Machine.Find(Tool.OperatorKinds)).Succeeded();
        // Not `kubectl wait`, which fails while a new kind has no conditions. Discovery, which Helm uses, follows a moment later.
        Eventually.Within(TimeSpan.FromSeconds(60), "the API server serves the operator's kinds", () =>
        {
            var served = cluster.Kubectl("api-resources", "--api-group=monitoring.coreos.com", "-o", "name").Output;
            return new[] { "servicemonitors.", "podmonitors.", "prometheusrules." }
                .All(kind => served.Contains(kind, StringComparison.Ordinal));
        });
        var space = cluster.RestrictedNamespace("operator");

        cluster.Helm("install", "test", Chart.Folder, "--namespace", space, "--values", Chart.Ci("full")).Succeeded();

        const string Name = "flights-drift";
        Assert.Equal($"service/{Name}\n", Selected("services", $"servicemonitor/{Name}", "matchLabels"));
        cluster.Apply(space, cluster.PodOf(space, $"statefulset/{Name}")).Succeeded();
        foreach (var (selecting, labels) in new[]
        {
            ($"podmonitor/{Name}", "matchLabels"),
            ($"poddisruptionbudget/{Name}", "matchLabels"),
            ($"service/{Name}", null),
        })
        {
            Assert.Equal($"pod/{Name}-0\n", Selected("pods", selecting, labels));
        }

        var admitted = cluster.Get(space, $"networkpolicy/{Name}")["spec"]!["podSelector"]!["matchLabels"]!;
        Assert.Equal($"pod/{Name}-0\n", Labelled("pods", admitted));
        Assert.NotEmpty(cluster.Get(space, $"prometheusrule/{Name}")["spec"]!["groups"]!.AsArray());
        Assert.Equal(3, cluster.Kubectl("-n", space, "get", "configmaps", "-l", "grafana_dashboard=1", "-o", "name")
            .Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        string Selected(string kind, string selecting, string? labels)
        {
            var selector = cluster.Get(space, selecting)["spec"]!["selector"]!;
            return Labelled(kind, labels is null ? selector : selector[labels]!);
        }

        string Labelled(string kind, JsonNode labels) => cluster.Kubectl(
            "-n", space, "get", kind, "-o", "name",
            "-l", string.Join(',', labels.AsObject().Select(label => $"{label.Key}={label.Value}"))).Succeeded();
    }

    [FactRequires(Tool.Cluster, Tool.Helm, Tool.Kubectl)]
    public void An_upgrade_makes_a_StatefulSet_a_Deployment_and_back_on_the_same_claim()
    {
        var space = cluster.RestrictedNamespace("kind");
        Use("install", "StatefulSet");
        var claim = Claim();

        Use("upgrade", "Deployment");
        Assert.Equal(["deployment.apps/test-drift-monitor"], Workloads());
        cluster.Apply(space, cluster.PodOf(space, "deployment/test-drift-monitor")).Succeeded();
        Use("upgrade", "StatefulSet");
        Assert.Equal(["statefulset.apps/test-drift-monitor"], Workloads());
        Assert.Equal(claim, Claim());

        void Use(string verb, string kind) => cluster.Helm(
            verb, "test", Chart.Folder, "--namespace", space, "--set", "persistence.enabled=true", "--set", $"workload.kind={kind}")
            .Succeeded();

        string Claim() => $"{cluster.Get(space, "persistentvolumeclaim/test-drift-monitor-state")["metadata"]!["uid"]}";

        // What is being deleted waits for the garbage collector, which does not run here.
        IEnumerable<string> Workloads() => JsonNode.Parse(
                cluster.Kubectl("-n", space, "get", "statefulsets,deployments", "-o", "json").Succeeded())!["items"]!.AsArray()
            .Where(item => item!["metadata"]!["deletionTimestamp"] is null)
            .Select(item => $"{item!["kind"]}".ToLowerInvariant() + $".apps/{item["metadata"]!["name"]}");
    }

    [FactRequires(Tool.Cluster, Tool.Helm, Tool.Kubectl)]
    public void A_chart_that_includes_the_sidecar_installs_and_its_pod_is_admitted_under_the_restricted_standard()
    {
        var space = cluster.RestrictedNamespace("sidecar");
        using var parent = new ParentChart();

        cluster.Helm("install", "test", parent.Folder, "--namespace", space).Succeeded();

        cluster.Apply(space, cluster.PodOf(space, "deployment/test-payments")).Succeeded();
        var sidecar = Assert.Single(cluster.Get(space, "pod/test-payments-0")["spec"]!["initContainers"]!.AsArray())!;
        Assert.Equal("Always", $"{sidecar["restartPolicy"]}");
        Assert.NotNull(cluster.Get(space, "configmap/test-drift-monitor")["data"]!["payment-amount.json"]);
    }

    [FactRequires(Tool.Cluster, Tool.Helm, Tool.Kubectl)]
    public void An_upgrade_changes_the_mounted_configuration_and_leaves_the_pod_as_it_is()
    {
        var space = cluster.RestrictedNamespace("upgrade");
        cluster.Helm("install", "test", Chart.Folder, "--namespace", space).Succeeded();
        var before = Generation();

        string[] upgrade = ["upgrade", "test", Chart.Folder, "--namespace", space, "--set", "config.Kafka.BootstrapServers=other:9092"];
        cluster.Helm(upgrade).Succeeded();

        Assert.Equal(before, Generation());
        Assert.Contains("other:9092", cluster.Get(space, "configmap/test-drift-monitor")["data"]!["config.json"]!.GetValue<string>());
        cluster.Helm([.. upgrade, "--set", "restartOnConfigChange=true"]).Succeeded();
        Assert.NotEqual(before, Generation());

        string Generation() => $"{cluster.Get(space, "statefulset/test-drift-monitor")["metadata"]!["generation"]}";
    }

    [FactRequires(Tool.Cluster, Tool.Helm, Tool.Kubectl)]
    public void Upgrades_can_switch_persistence_on_and_off_and_the_claim_is_kept()
    {
        var space = cluster.RestrictedNamespace("persistence");
        cluster.Helm("install", "test", Chart.Folder, "--namespace", space).Succeeded();
        Assert.NotNull(StateVolume()["emptyDir"]);
        var statefulSet = Uid("statefulset/test-drift-monitor");

        Switch("true");
        Assert.Equal("test-drift-monitor-state", $"{StateVolume()["persistentVolumeClaim"]!["claimName"]}");
        var claim = Uid("persistentvolumeclaim/test-drift-monitor-state");

        Switch("false");
        Assert.NotNull(StateVolume()["emptyDir"]);
        Assert.Equal(claim, Uid("persistentvolumeclaim/test-drift-monitor-state"));

        Switch("true");
        cluster.Helm("uninstall", "test", "--namespace", space).Succeeded();
        cluster.Helm("install", "test", Chart.Folder, "--namespace", space, "--set", "persistence.enabled=true").Succeeded();
        Assert.Equal(claim, Uid("persistentvolumeclaim/test-drift-monitor-state"));

        void Switch(string enabled)
        {
            cluster.Helm("upgrade", "test", Chart.Folder, "--namespace", space, "--set", $"persistence.enabled={enabled}").Succeeded();
            Assert.Equal(statefulSet, Uid("statefulset/test-drift-monitor"));
        }

        string Uid(string name) => $"{cluster.Get(space, name)["metadata"]!["uid"]}";

        JsonNode StateVolume() => cluster.Get(space, "statefulset/test-drift-monitor")["spec"]!["template"]!["spec"]!["volumes"]!.AsArray()
            .Single(volume => $"{volume!["name"]}" == "drift-monitor-state")!;
    }

    [FactRequires(Tool.Cluster, Tool.Helm, Tool.Kubectl)]
    public void A_release_of_chart_0_1_with_a_volumeClaimTemplate_can_be_upgraded_as_the_README_says()
    {
        var space = cluster.RestrictedNamespace("migration");
        var old = Directory.CreateTempSubdirectory("driftmonitor-chart-");
        try
        {
            Shell.Run("cp", "-r", Chart.Folder + "/.", old.FullName).Succeeded();
            File.Delete(Path.Combine(old.FullName, "templates", "persistentvolumeclaim.yaml"));
            Edit("_pod.tpl", text => Regex.Replace(
                text, @"\n- name: drift-monitor-state\n.*?{{- end }}\n", "\n", RegexOptions.Singleline)
                .Replace("name: drift-monitor-state\n", "name: state\n", StringComparison.Ordinal));
            Edit("statefulset.yaml", text => text.TrimEnd()[..^"{{- end }}".Length] + """
                  volumeClaimTemplates:
                    - metadata:
                        name: state
                      spec:
                        accessModes: [ReadWriteOnce]
                        resources:
                          requests:
                            storage: 1Gi
                {{- end }}

                """.ReplaceLineEndings("\n"));
            cluster.Helm("install", "test", old.FullName, "--namespace", space, "--set", "persistence.enabled=true").Succeeded();
        }
        finally
        {
            old.Delete(recursive: true);
        }

        string[] upgrade = [
            "upgrade", "test", Chart.Folder, "--namespace", space, "--set", "persistence.enabled=true",
            "--set", "persistence.existingClaim=state-test-drift-monitor-0"];
        var refused = cluster.Helm(upgrade);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(
            "run `kubectl -n migration delete statefulset test-drift-monitor --cascade=orphan` once, "
            + "and upgrade with persistence.existingClaim=state-test-drift-monitor-0",
            refused.Errors);

        cluster.Kubectl("-n", space, "delete", "statefulset", "test-drift-monitor", "--cascade=orphan", "--wait=false").Succeeded();
        // The garbage collector, which does not run here, would complete the deletion.
        string[] patch = ["--type=merge", "-p", """{"metadata":{"finalizers":null}}"""];
        cluster.Kubectl(["-n", space, "patch", "statefulset", "test-drift-monitor", .. patch]).Succeeded();
        cluster.Helm(upgrade).Succeeded();

        void Edit(string template, Func<string, string> edit)
        {
            var file = Path.Combine(old.FullName, "templates", template);
            var text = File.ReadAllText(file);
            var edited = edit(text);
            Assert.NotEqual(text, edited);
            File.WriteAllText(file, edited);
        }
    }

    /// <summary>An API server with its etcd, started by the first test that needs it.</summary>
    public sealed class Cluster : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-cluster-");
        private readonly Lazy<string> _kubeconfig;

        public Cluster() => _kubeconfig = new(() =>
            Machine.Run(Tool.Cluster, "start", _folder.FullName, $"{ThreeFreePorts()}").Succeeded().Trim());

        internal Finished Kubectl(params string[] arguments) =>
            Machine.Run(Tool.Kubectl, ["--kubeconfig", _kubeconfig.Value, .. arguments]);

        internal Finished Helm(params string[] arguments) => Machine.Run(Tool.Helm, [.. arguments, "--kubeconfig", _kubeconfig.Value]);

        internal Finished Apply(string space, string manifest) =>
            Machine.RunOn(manifest, Tool.Kubectl, "--kubeconfig", _kubeconfig.Value, "-n", space, "create", "-f", "-");

        internal JsonNode Get(string space, string name) => JsonNode.Parse(Kubectl("-n", space, "get", name, "-o", "json").Succeeded())!;

        internal string RestrictedNamespace(string name)
        {
            Kubectl("create", "namespace", name).Succeeded();
            Kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted").Succeeded();
            return name;
        }

        /// <summary>The pod that the controller of a workload would create; no controller runs here.</summary>
        internal string PodOf(string space, string workload)
        {
            var template = Get(space, workload)["spec"]!["template"]!.AsObject();
            template["apiVersion"] = "v1";
            template["kind"] = "Pod";
            template["metadata"]!["name"] = $"{workload.Split('/')[1]}-0";
            return template.ToJsonString();
        }

        public void Dispose()
        {
            if (File.Exists(Path.Combine(_folder.FullName, "pids"))) // also after a start that failed half-way
            {
                Machine.Run(Tool.Cluster, "stop", _folder.FullName);
            }

            _folder.Delete(recursive: true);
        }

        private static int ThreeFreePorts()
        {
            // Below the range from which the system takes ports for outgoing connections.
            for (var first = 20000 + (Environment.ProcessId % 4000 * 3); ; first += 3)
            {
                try
                {
                    for (var port = first; port < first + 3; port++)
                    {
                        using var listener = new TcpListener(IPAddress.Loopback, port);
                        listener.Start();
                    }

                    return first;
                }
                catch (SocketException)
                {
                    // One is in use: try the next three.
                }
            }
        }
    }
}
