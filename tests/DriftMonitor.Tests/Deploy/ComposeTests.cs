using System.Text.Json;
using System.Text.RegularExpressions;
using DriftMonitor.Tests.Service;
using YamlDotNet.RepresentationModel;

namespace DriftMonitor.Tests.Deploy;

/// <summary>deploy/compose.yaml, checked without a container engine.</summary>
public sealed class ComposeTests
{
    private const long Begin = 1_764_000_000; // 2025-11-24T16:00Z, where a cycle of the stream begins

    private static readonly string Folder = Path.Combine(Repository.Root, "deploy");

    private static readonly YamlNode Compose = Yaml.Load(Path.Combine(Folder, "compose.yaml"));

    // The part of the Compose specification that the file uses: a key that is not here is misspelt, or is to be added.
    private static readonly Dictionary<string, string[]> Keys = new()
    {
        ["compose"] = ["name", "services", "volumes"],
        ["service"] =
        [
            "build", "cap_drop", "depends_on", "entrypoint", "environment", "healthcheck", "image", "ports", "read_only", "restart",
            "security_opt", "stop_grace_period", "volumes",
        ],
        ["build"] = ["context"],
        ["healthcheck"] = ["test", "interval", "timeout", "retries"],
        ["dependency"] = ["condition"],
    };

    private static Dictionary<string, YamlNode> Services => Children(Compose.At("services"));

    [Fact]
    public void Keys_are_those_of_the_Compose_specification()
    {
        Known("compose", Compose);
        foreach (var (name, service) in Services)
        {
            Known("service", service);
            Assert.True(service.Has("image"), name);
            foreach (var part in new[] { "build", "healthcheck" }.Where(service.Has))
            {
                Known(part, service.At(part));
            }

            foreach (var dependency in Dependencies(service).Values.OfType<YamlNode>())
            {
                Known("dependency", dependency);
            }

            Assert.Contains(service.Text("restart"), new[] { "no", "always", "on-failure", "unless-stopped" });
            Assert.All(Children(service.Has("environment") ? service.At("environment") : new YamlMappingNode()), variable =>
                Assert.IsType<YamlScalarNode>(variable.Value));
        }

        static void Known(string kind, YamlNode node) => Assert.Subset(Keys[kind].ToHashSet(), Children(node).Keys.ToHashSet());
    }

    [Fact]
    public void Images_are_pinned_to_a_version_and_the_monitor_s_is_that_which_is_built_here()
    {
        var properties = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props"));
        var version = Regex.Match(properties, "<Version>(.+)</Version>").Groups[1].Value;

        Assert.All(Services.Values, service =>
            Assert.Matches(@"^[a-z0-9/-]+:v?\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?$", service.Text("image")));
        Assert.Equal($"driftmonitor:{version}", Services["driftmonitor"].Text("image"));
        Assert.True(File.Exists(Path.Combine(Folder, Services["driftmonitor"].At("build").Text("context"), "Dockerfile")));
        Assert.Equal(Services["kafka"].Text("image"), Services["producer"].Text("image"));
    }

    [Fact]
    public void Ports_are_published_once_and_only_to_this_machine()
    {
        var ports = Services.Values.Where(service => service.Has("ports"))
            .SelectMany(service => service.Items("ports")).Select(port => $"{port}").ToList();

        Assert.All(ports, port => Assert.Matches(@"^127\.0\.0\.1:\d+:\d+$", port));
        Assert.Equal(["29092", "3000", "9090", "9464"], ports.Select(port => port.Split(':')[1]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_mounted_exists_each_at_a_place_of_its_own_and_every_volume_is_used()
    {
        var used = new HashSet<string>();
        foreach (var service in Services.Values.Where(service => service.Has("volumes")))
        {
            var mounts = service.Items("volumes").Select(mount => $"{mount}".Split(':')).ToList();
            Assert.Equal(mounts.Count, mounts.Select(mount => mount[1]).Distinct().Count());
            foreach (var mount in mounts.Where(mount => !mount[0].StartsWith('.')))
            {
                used.Add(mount[0]);
            }

            Assert.All(mounts.Where(mount => mount[0].StartsWith('.')), mount =>
            {
                Assert.True(Path.Exists(Path.Combine(Folder, mount[0])), mount[0]);
                Assert.Equal("ro", mount[2]);
            });
        }

        Assert.Equal(Children(Compose.At("volumes")).Keys.Order(), used.Order());
    }

    [Fact]
    public void Services_wait_for_services_that_there_are_and_that_say_when_they_are_healthy()
    {
        Assert.All(Services.Values.SelectMany(Dependencies), dependency =>
        {
            Assert.True(Services.TryGetValue(dependency.Key, out var awaited), dependency.Key);
            if (dependency.Value is { } node)
            {
                Assert.Equal("service_healthy", node.Text("condition"));
                Assert.True(awaited.Has("healthcheck"), dependency.Key);
            }
        });
    }

    [Fact]
    public void Services_find_each_other_by_their_names()
    {
        var target = Yaml.Load(Path.Combine(Folder, "prometheus", "prometheus.yml")).Path("scrape_configs.0.static_configs.0.targets.0");
        var source = Yaml.Load(Path.Combine(Folder, "grafana", "provisioning", "datasources", "prometheus.yaml")).Path("datasources.0");
        string[] addresses =
        [
            $"{target}", new Uri(source.Text("url")).Authority, Services["producer"].At("environment").Text("BOOTSTRAP_SERVERS"),
            Services["driftmonitor"].At("environment").Text("DriftMonitor__Kafka__BootstrapServers"),
        ];

        Assert.Equal(["driftmonitor:9464", "prometheus:9090", "kafka:9092", "kafka:9092"], addresses);
        Assert.All(addresses, address => Assert.Contains(address.Split(':')[0], Services.Keys));
        Assert.Contains("PLAINTEXT://kafka:9092", Services["kafka"].At("environment").Text("KAFKA_ADVERTISED_LISTENERS"));
    }

    [FactRequires(Tool.Promtool, Tool.NewPromtool)]
    public void Prometheus_accepts_its_files_as_they_are_mounted()
    {
        using var workshop = new Workshop();
        foreach (var mount in Services["prometheus"].Items("volumes").Select(mount => $"{mount}".Split(':')))
        {
            if (mount[0].StartsWith('.'))
            {
                Assert.StartsWith("/etc/prometheus/", mount[1], StringComparison.Ordinal);
                File.Copy(Path.Combine(Folder, mount[0]), workshop[Path.GetFileName(mount[1])]);
            }
        }

        foreach (var promtool in new[] { Tool.Promtool, Tool.NewPromtool })
        {
            Assert.Contains("rules found", Machine.Run(promtool, "check", "config", workshop["prometheus.yml"]).Succeeded());
        }
    }

    [Fact]
    public void Grafana_gets_its_dashboards_where_its_provisioning_looks_for_them()
    {
        var provider = Yaml.Load(Path.Combine(Folder, "grafana", "provisioning", "dashboards", "driftmonitor.yaml")).Path("providers.0");
        var mounts = Services["grafana"].Items("volumes").Select(mount => $"{mount}").ToList();

        Assert.Contains($"./grafana/dashboards:{provider.At("options").Text("path")}:ro", mounts);
        Assert.Contains("./grafana/provisioning:/etc/grafana/provisioning:ro", mounts);
    }

    [Fact]
    public void The_stream_drifts_two_minutes_in_every_six_and_the_monitors_fire_then_and_only_then()
    {
        using var workshop = new Workshop();
        var config = Directory.GetFiles(Path.Combine(Folder, "compose", "driftmonitor"));
        Assert.Equal("config.json", Path.GetFileName(Assert.Single(config))); // which the image's command reads
        workshop.Run("check-config", "--config", config[0]).Succeeded();
        var events = Shell.Run(
            "awk", "-v", $"from={Begin}", "-v", $"to={Begin + (4 * 360)}", "-f", Path.Combine(Folder, "compose", "payments.awk"))
            .Succeeded();

        var replayed = workshop.Run(
            "replay", "--config", config[0], "--file", workshop.Write("payments.ndjson", events), "--output", "json").Succeeded();

        var lines = replayed.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(20 * 4 * 360, lines[^1].GetProperty("events").GetInt32());
        Assert.Empty(lines[^1].GetProperty("rejected").EnumerateObject());
        foreach (var monitor in new[] { "amount", "channel" })
        {
            var alerts = lines
                .Where(line => line.GetProperty("type").ValueEquals("alert") && line.GetProperty("monitor").ValueEquals(monitor))
                .Select(line => (
                    To: line.GetProperty("to").GetString(),
                    Second: line.GetProperty("time").GetDateTimeOffset().ToUnixTimeSeconds() - Begin)).ToList();

            // Fires within a minute after a drift began, and resolves within two after it ended; the last one goes on.
            Assert.Equal(["firing", "inactive", "firing", "inactive", "firing", "inactive", "firing"], alerts.Select(alert => alert.To));
            Assert.All(alerts.Index(), pair =>
            {
                var cycle = 360 * (pair.Index / 2);
                var (from, to) = pair.Index % 2 == 0 ? (cycle + 240, cycle + 300) : (cycle + 360, cycle + 480);
                Assert.InRange(pair.Item.Second, from, to);
            });
        }
    }

    [Fact]
    public void The_producer_makes_the_topic_and_writes_what_has_happened_since_its_last_look()
    {
        using var workshop = new Workshop();
        workshop.Write("clock", $"{Begin}");
        Stub("kafka-topics.sh", "echo \"$@\" > \"$0.arguments\"");
        Stub("kafka-console-producer.sh", "echo \"$@\" > \"$0.arguments\"; head -n 120 > \"$0.lines\"");
        Stub("sleep", "");
        Stub("date", $"now=$(cat '{workshop["clock"]}'); echo $((now + 5)) > '{workshop["clock"]}'; echo $now"); // five seconds a look
        string[] environment = [$"PATH={workshop.Folder}:{Environment.GetEnvironmentVariable("PATH")}", $"KAFKA_TOOLS={workshop.Folder}"];

        Shell.Run(
            "env", [.. environment, "BOOTSTRAP_SERVERS=kafka:9092", "sh", Path.Combine(Folder, "compose", "produce.sh")]).Succeeded();

        Assert.Equal(
            "--bootstrap-server kafka:9092 --create --if-not-exists --topic payments --partitions 1\n",
            File.ReadAllText(workshop["kafka-topics.sh.arguments"]));
        Assert.Equal("--bootstrap-server kafka:9092 --topic payments\n", File.ReadAllText(workshop["kafka-console-producer.sh.arguments"]));
        var times = File.ReadLines(workshop["kafka-console-producer.sh.lines"])
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("time").GetDecimal());
        Assert.Equal(Enumerable.Range(0, 120).Select(index => Begin + (index * 0.05m)), times);

        void Stub(string name, string script) =>
            Shell.Run("chmod", "+x", workshop.Write(name, $"#!/bin/sh\n{script}\n")).Succeeded();
    }

    [Fact]
    public void The_page_on_Compose_names_every_service_and_every_published_port()
    {
        var page = File.ReadAllText(Path.Combine(Folder, "docs", "compose.md"));

        Assert.All(Services, service =>
        {
            Assert.Contains($"| `{service.Key}` |", page);
            Assert.All(service.Value.Has("ports") ? service.Value.Items("ports") : [], port =>
                Assert.Contains($"localhost:{$"{port}".Split(':')[1]}", page));
        });
    }

    private static Dictionary<string, YamlNode> Children(YamlNode node) =>
        ((YamlMappingNode)node).Children.ToDictionary(pair => $"{pair.Key}", pair => pair.Value);

    // What a service waits for; without a condition in the short form.
    private static Dictionary<string, YamlNode?> Dependencies(YamlNode service) =>
        !service.Has("depends_on") ? new Dictionary<string, YamlNode?>()
        : service.At("depends_on") is YamlSequenceNode names ? names.ToDictionary(name => $"{name}", _ => (YamlNode?)null)
        : Children(service.At("depends_on")).ToDictionary(pair => pair.Key, pair => (YamlNode?)pair.Value);
}
