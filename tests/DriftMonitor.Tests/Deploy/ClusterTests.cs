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

        cluster.Apply(space, cluster.PodOf(space, "test-drift-monitor")).Succeeded();
        cluster.Apply(space, Chart.Render("--namespace", space, "--show-only", "templates/tests/test-connection.yaml")).Succeeded();
    }

    [FactRequires(Tool.Cluster, Tool.Helm, Tool.Kubectl)]
    public void Admission_refuses_a_pod_that_may_run_as_root()
    {
        var space = cluster.RestrictedNamespace("control");
        cluster.Helm("install", "test", Chart.Folder, "--namespace", space, "--set", "podSecurityContext.runAsNonRoot=null").Succeeded();

        var refused = cluster.Apply(space, cluster.PodOf(space, "test-drift-monitor"));

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
    public void With_the_Prometheus_operator_the_ServiceMonitor_selects_the_service_by_its_labels()
    {
        cluster.Kubectl("apply", "--server-side", "-f", Machine.Find(Tool.OperatorKinds)).Succeeded();
        // Not `kubectl wait`, which fails while a new kind has no conditions. Discovery, which Helm uses, follows a moment later.
        Eventually.Within(TimeSpan.FromSeconds(60), "the API server serves ServiceMonitors", () =>
            cluster.Kubectl(
                "get", "crd", "servicemonitors.monitoring.coreos.com",
                "-o", "jsonpath={.status.conditions[?(@.type=='Established')].status}") is { ExitCode: 0, Output: "True\n" }
            && cluster.Kubectl("api-resources", "--api-group=monitoring.coreos.com", "-o", "name")
                .Output.Contains("servicemonitors.", StringComparison.Ordinal));
        var space = cluster.RestrictedNamespace("operator");

        cluster.Helm("install", "test", Chart.Folder, "--namespace", space, "--set", "serviceMonitor.enabled=true").Succeeded();

        var selected = cluster.Get(space, "servicemonitor/test-drift-monitor")["spec"]!["selector"]!["matchLabels"]!.AsObject();
        var selector = string.Join(',', selected.Select(label => $"{label.Key}={label.Value}"));
        var services = cluster.Kubectl("-n", space, "get", "services", "-o", "name", "-l", selector).Succeeded();
        Assert.Equal("service/test-drift-monitor\n", services);
    }

    [FactRequires(Tool.Cluster, Tool.Helm, Tool.Kubectl)]
    public void An_upgrade_changes_the_configuration_and_the_checksum_of_the_pod()
    {
        var space = cluster.RestrictedNamespace("upgrade");
        cluster.Helm("install", "test", Chart.Folder, "--namespace", space).Succeeded();
        var before = Checksum();

        string[] upgrade = ["upgrade", "test", Chart.Folder, "--namespace", space, "--set", "config.Kafka.BootstrapServers=other:9092"];
        cluster.Helm(upgrade).Succeeded();

        Assert.NotEqual(before, Checksum());
        Assert.Contains("other:9092", cluster.Get(space, "configmap/test-drift-monitor")["data"]!["config.json"]!.GetValue<string>());

        string Checksum()
        {
            var pod = cluster.Get(space, "statefulset/test-drift-monitor")["spec"]!["template"]!;
            return pod["metadata"]!["annotations"]!["checksum/config"]!.GetValue<string>();
        }
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
            .Single(volume => $"{volume!["name"]}" == "state")!;
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
            var template = Path.Combine(old.FullName, "templates", "statefulset.yaml");
            var pod = Regex.Replace(File.ReadAllText(template), @"\n        - name: state\n.*?{{- end }}\n", "\n", RegexOptions.Singleline);
            File.WriteAllText(template, pod + """
                  volumeClaimTemplates:
                    - metadata:
                        name: state
                      spec:
                        accessModes: [ReadWriteOnce]
                        resources:
                          requests:
                            storage: 1Gi

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

        /// <summary>The pod that the controller of a StatefulSet would create; no controller runs here.</summary>
        internal string PodOf(string space, string statefulSet)
        {
            var template = Get(space, $"statefulset/{statefulSet}")["spec"]!["template"]!.AsObject();
            template["apiVersion"] = "v1";
            template["kind"] = "Pod";
            template["metadata"]!["name"] = $"{statefulSet}-0";
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
