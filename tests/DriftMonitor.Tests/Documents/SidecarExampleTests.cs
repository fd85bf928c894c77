using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using DriftMonitor.Tests.Deploy;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Documents;

/// <summary>The worked example of the sidecar, as deploy/docs/sidecar.md says.</summary>
public sealed partial class SidecarExampleTests
{
    private static readonly Document Page = new("deploy/docs/sidecar.md");

    [FactRequires(Tool.Python)]
    public void Every_command_of_the_page_shows_what_it_says_and_the_drift_fires()
    {
        // The commands are the page's; only the ports are free ones, as other tests run beside this one.
        var modelPort = FreePort();
        var shown = new List<string>();
        DriftMonitorProcess? service = null;
        Process? model = null;
        try
        {
            foreach (Match block in Block().Matches(Page.Section("example")))
            {
                var text = block.Groups["text"].Value;
                if (block.Groups["kind"].Value == "text")
                {
                    Assert.Equal(text.TrimEnd('\n').Split('\n'), shown);
                }
                else if (text.StartsWith("artifacts/driftmonitor run ", StringComparison.Ordinal))
                {
                    service = DriftMonitorProcess.Start(
                        Repository.Root,
                        new Dictionary<string, string> { ["DriftMonitor__Http__Port"] = "0", ["DriftMonitor__Ingest__Port"] = "0" },
                        text.Split(' ', StringSplitOptions.TrimEntries)[1..]);
                    service.UntilReady();
                }
                else if (text.StartsWith("python3 deploy/sidecar/model.py", StringComparison.Ordinal))
                {
                    model = Process.Start(InRoot(text, ("EVENTS_URL", EventsUrl(service!)), ("PORT", $"{modelPort}")));
                    service!.Until("the model server answers", () => Answers(modelPort));
                }
                else
                {
                    shown = [.. text.TrimEnd('\n').Split('\n').Select(command => Run(command, service!, modelPort))];
                }
            }

            service!.Until("each prediction is counted", () =>
                service.Scrape()["driftmonitor_events_total"]["{topic=\"predictions\"}"] == "1300");
            service.Until("the log says so", () => service.Errors.Contains(" score is firing since ", StringComparison.Ordinal));
        }
        finally
        {
            model?.Kill(entireProcessTree: true);
            model?.Dispose();
            service?.Dispose();
        }
    }

    [FactRequires(Tool.Kubeconform, Tool.Schemas)]
    public void The_manifest_of_the_example_is_valid_and_mounts_what_it_runs()
    {
        var schemas = Machine.Find(Tool.Schemas) + "/{{.ResourceKind}}{{.KindSuffix}}.json";
        var manifest = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "sidecar", "deployment.yaml"));

        Machine.RunOn(manifest, Tool.Kubeconform, "-strict", "-summary", "-schema-location", schemas, "-").Succeeded();

        var deployment = Assert.Single(Yaml.Documents(manifest));
        var sidecar = Chart.Container(deployment, "initContainers");
        Assert.Equal("Always", sidecar.Text("restartPolicy"));
        Assert.Equal("/healthz/startup", sidecar.Path("startupProbe.httpGet").Text("path"));
        foreach (var file in FileInManifest().Matches(manifest).Select(match => match.Groups["file"].Value))
        {
            Assert.True(File.Exists(Path.Combine(Repository.Root, "deploy", "sidecar", file)), file);
        }

        using var workshop = new Workshop();
        workshop.Write("config.json", File.ReadAllText(Path.Combine(Repository.Root, "deploy", "sidecar", "config.json")));
        workshop.Run("check-config", "--config", "config.json").Succeeded();
    }

    [FactRequires(Tool.Helm, Tool.Kubeconform, Tool.Schemas)]
    public void A_chart_whose_application_posts_its_events_needs_no_Kafka()
    {
        using var parent = new ParentChart();
        var values = Regex.Match(Page.Section("chart-ingest"), "```yaml\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        File.WriteAllText(Path.Combine(parent.Folder, "values.yaml"), values);

        var rendered = Machine.Run(Tool.Helm, "template", "test", parent.Folder).Succeeded();

        var schemas = Machine.Find(Tool.Schemas) + "/{{.ResourceKind}}{{.KindSuffix}}.json";
        Machine.RunOn(rendered, Tool.Kubeconform, "-strict", "-summary", "-schema-location", schemas, "-").Succeeded();
        var sidecar = Chart.Container(Chart.Only(rendered, "Deployment"), "initContainers");
        Assert.Equal(("Always", true), (sidecar.Text("restartPolicy"), sidecar.Has("startupProbe")));
        using var workshop = new Workshop();
        Assert.NotNull(Chart.Mount(rendered, workshop));
        workshop.Run("check-config", "--config", "config.json").Succeeded();
        Assert.DoesNotContain("BootstrapServers", File.ReadAllText(workshop["config.json"]));
    }

    // The output's only line; of metrics, once it is the expected one or for some seconds: the last pane closes a moment later.
    private static string Run(string command, DriftMonitorProcess service, int modelPort)
    {
        var own = command.Replace("localhost:9464", service.Url.Authority, StringComparison.Ordinal);
        var start = InRoot(own, ("MODEL_URL", $"http://localhost:{modelPort}/predict"));
        if (!command.StartsWith("curl ", StringComparison.Ordinal))
        {
            return Shell.Run("env", [.. Environment(start), "sh", "-c", own]).Succeeded().TrimEnd('\n');
        }

        var asked = Stopwatch.StartNew();
        while (true)
        {
            var line = Shell.Run("sh", "-c", own).Succeeded().TrimEnd('\n');
            if (line.EndsWith(" 1", StringComparison.Ordinal) || asked.Elapsed > TimeSpan.FromSeconds(2))
            {
                return line;
            }
        }
    }

    private static IEnumerable<string> Environment(ProcessStartInfo start) =>
        start.Environment.Where(variable => variable.Key is "MODEL_URL").Select(variable => $"{variable.Key}={variable.Value}")
            .Prepend(Repository.Root).Prepend("-C");

    private static ProcessStartInfo InRoot(string command, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("sh", ["-c", $"exec {command.TrimEnd('\n')}"]) { WorkingDirectory = Repository.Root };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static string EventsUrl(DriftMonitorProcess service) =>
        Regex.Match(service.Errors, "events posted to (http://[^;]+/events)").Groups[1].Value + "?topic=predictions";

    private static bool Answers(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("```(?<kind>sh|text)\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("/etc/predictions/(?<file>[a-z.]+)")]
    private static partial Regex FileInManifest();
}
