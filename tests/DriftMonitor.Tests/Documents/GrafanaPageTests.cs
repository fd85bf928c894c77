using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftMonitor.Tests.Notifications;

namespace DriftMonitor.Tests.Documents;

/// <summary>The page about Grafana: what its commands do, with a server in Grafana's place.</summary>
public sealed partial class GrafanaPageTests
{
    private static readonly Document Page = new("deploy/docs/grafana.md");

    [FactRequires(Tool.Jq)]
    public async Task The_command_imports_every_dashboard_with_the_token()
    {
        await using var grafana = await HttpReceiver.StartAsync();
        var script = Fence().Match(Page.Between("## Import the dashboards\n", "\n## ")).Groups["text"].Value;
        Assert.Contains("http://grafana:3000/api/dashboards/db", script);

        Shell.Run("bash", "-euo", "pipefail", "-c",
            $"cd '{Repository.Root}' && GRAFANA_TOKEN=secret\n{script.Replace("http://grafana:3000/api/dashboards/db", $"{grafana.Url}")}")
            .Succeeded();

        string[] files = [.. Directory.GetFiles(Path.Combine(Repository.Root, "deploy/grafana/dashboards")).Order(StringComparer.Ordinal)];
        Assert.Equal(files.Length, grafana.Requests.Count);
        Assert.All(files.Zip(grafana.Requests), pair =>
        {
            var (file, (headers, body)) = pair;
            Assert.Equal("Bearer secret", headers["Authorization"]);
            Assert.Equal("application/json", headers["Content-Type"]);
            var json = JsonNode.Parse(body)!;
            Assert.True((bool)json["overwrite"]!);
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(File.ReadAllText(file)), json["dashboard"]), file);
        });
    }

    [Fact]
    public void The_mounts_of_the_command_are_where_Grafana_and_the_provisioning_look()
    {
        var command = Fence().Match(Page.Between("## Provision everything\n", "\n## ")).Groups["text"].Value;
        var mounts = Mount().Matches(command).ToDictionary(mount => mount.Groups["from"].Value, mount => mount.Groups["to"].Value);

        Assert.Equal("/etc/grafana/provisioning", mounts["deploy/grafana/provisioning"]);
        Assert.Contains(
            $"path: {mounts["deploy/grafana/dashboards"]}\n",
            File.ReadAllText(Path.Combine(Repository.Root, "deploy/grafana/provisioning/dashboards/driftmonitor.yaml")));
        Assert.All(mounts.Keys, folder => Assert.True(Directory.Exists(Path.Combine(Repository.Root, folder)), folder));
        foreach (var file in TableFile().Matches(Page.Text).Select(row => row.Groups["file"].Value))
        {
            Assert.True(File.Exists(Path.Combine(Repository.Root, "deploy/grafana/provisioning", file)), file);
        }
    }

    [GeneratedRegex("```sh\n(?<text>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("-v \"\\$PWD/(?<from>[^:]+):(?<to>[^\"]+)\"")]
    private static partial Regex Mount();

    [GeneratedRegex("^\\| (?<file>[a-z]+/[a-z-]+\\.yaml) \\|", RegexOptions.Multiline)]
    private static partial Regex TableFile();
}
