using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DriftMonitor.Tests.Deploy;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Documents;

/// <summary>The page about the service, command by command: a real Kafka, the chart on a real API server.</summary>
/// <remarks>
/// No container engine runs here. In its place stands a script that knows the engine's options on the page, and no others: it runs the
/// program with the Dockerfile's command, its paths within the mounts, its port and its environment.
/// </remarks>
[Collection(RealKafkaTests.Name)]
public sealed partial class ServicePageTests(RealKafka kafka, ClusterTests.Cluster cluster) : IClassFixture<ClusterTests.Cluster>
{
    private static readonly Document Page = new("deploy/docs/service.md");

    [FactRequires(Tool.Kafka, Tool.Jq, Tool.Cluster, Tool.Helm, Tool.Kubectl)]
    public async Task Every_command_of_the_page_does_what_the_page_says()
    {
        var topic = await Topics.Create(kafka.BootstrapServers, partitions: 2, config: new() { ["retention.ms"] = "-1" });
        Produce(topic);
        using var clone = new Workshop();
        Furnish(clone);
        var port = Ports.Free();

        Run(clone, Here("init"));
        Assert.Contains("is valid", Run(clone, Here("check")));
        var engine = Here("container").Split('\n', 2);
        Run(clone, engine[0]);
        using (var service = DriftMonitorProcess.StartScript(clone.Folder, $"exec bin/{engine[1]}"))
        {
            service.UntilReady();
            service.Until("all eight windows have readings", () =>
                service.Scrape()["driftmonitor_kl_divergence_nats"].Count == 8 && Directory.Exists(clone["state/checkpoints"]));
            var answer = Run(clone, Here("ask")).Split('\n');
            Assert.Equal(8, answer.Count(line => line.StartsWith("driftmonitor_kl", StringComparison.Ordinal)));
            service.Signal("TERM");
            Assert.Equal(0, service.End(TimeSpan.FromSeconds(20)).ExitCode);
        }

        var helm = Here("helm").Split('\n', 2);
        Run(clone, helm[0]);
        cluster.Helm(InFolder(clone, WordsOf(helm[1])[1..])).Succeeded();
        var installed = cluster.Get("monitoring", "configmap/drift-monitor")["data"]!;
        Assert.Equal(
            ["carrier.json", "config.json", "dep_delay.json", "distance.json", "origin.json"],
            installed.AsObject().Select(file => file.Key).Order(StringComparer.Ordinal));
        Assert.Equal(File.ReadAllText(clone["config/carrier.json"]).TrimEnd(), $"{installed["carrier.json"]}".TrimEnd());
        clone.Write("config/config.json", $"{installed["config.json"]}");
        Assert.Contains("is valid", Run(clone, Here("check")));

        // The page's addresses and topic are those of this machine.
        string Here(string name) => Block(name)
            .Replace("make build\n", "", StringComparison.Ordinal)
            .Replace("--topic flights", $"--topic {topic}", StringComparison.Ordinal)
            .Replace("localhost:9092", kafka.BootstrapServers, StringComparison.Ordinal)
            .Replace("kafka:9092", kafka.BootstrapServers, StringComparison.Ordinal)
            .Replace("9464", $"{port}", StringComparison.Ordinal)
            .Replace("$(git rev-parse HEAD)", "HEAD", StringComparison.Ordinal);
    }

    private static string Block(string name) => Fence().Match(Page.Between($"<!-- service: {name} -->\n", "\n## ")).Groups["text"].Value;

    private void Produce(string topic)
    {
        using var producer = Topics.Producer(kafka.BootstrapServers);
        using var lines = new StreamReader(new GZipStream(File.OpenRead(Workshop.Flights), CompressionMode.Decompress), Encoding.UTF8);
        for (var i = 0; lines.ReadLine() is { } line; i++)
        {
            using var flight = JsonDocument.Parse(line);
            producer.Send(topic, i % 2, line, flight.RootElement.GetProperty("time").GetDateTimeOffset());
        }

        producer.Flush(TimeSpan.FromSeconds(60));
    }

    // What a clone has after `make build`, and the engine.
    private static void Furnish(Workshop clone)
    {
        Directory.CreateDirectory(clone["artifacts"]);
        Directory.CreateDirectory(clone["bin"]);
        File.CreateSymbolicLink(clone["artifacts/driftmonitor"], DriftMonitorProcess.Executable);
        Directory.CreateSymbolicLink(clone["helm"], Path.Combine(Repository.Root, "helm"));
        File.CreateSymbolicLink(clone["Dockerfile"], Path.Combine(Repository.Root, "Dockerfile"));
        var command = Regex.Match(File.ReadAllText(clone["Dockerfile"]), @"^CMD (\[.*\])$", RegexOptions.Multiline).Groups[1].Value;
        var arguments = string.Join(' ', JsonSerializer.Deserialize<string[]>(command)!);
        clone.Write("bin/docker", $$"""
            #!/bin/bash
            set -euo pipefail
            unknown() { echo "docker: $1 is unknown here" >&2; exit 64; }
            verb=$1; shift
            if [ "$verb" = build ]; then
                [ "$*" = "-t driftmonitor --build-arg REVISION=HEAD ." ] && [ -f Dockerfile ] || unknown "$*"
                exit 0
            fi
            [ "$verb" = run ] || unknown "$verb"
            config='' state=''
            while [ "$1" != driftmonitor ]; do
                case $1 in
                    --read-only | --rm) shift; continue ;;
                    -p) [ "${2%:*}" = "${2#*:}" ] || unknown "$2"; export DriftMonitor__Http__Port=${2%:*} ;;
                    -v) case $2 in
                            ./*:/etc/drift-monitor:ro) config=$PWD/${2%%:*} ;;
                            *:/var/lib/drift-monitor) state=$PWD/${2%%:*}; mkdir -p "$state" ;;
                            *) unknown "$2" ;;
                        esac ;;
                    -e) export "${2//\/var\/lib\/drift-monitor/$state}" ;;
                    *) unknown "$1" ;;
                esac
                shift 2
            done
            shift
            [ $# -gt 0 ] || set -- {{arguments}}
            exec artifacts/driftmonitor "${@//\/etc\/drift-monitor/$config}"
            """);
        Shell.Run("chmod", "+x", clone["bin/docker"]).Succeeded();
    }

    private static string Run(Workshop clone, string script) =>
        Shell.Run("bash", "-euo", "pipefail", "-c", $"cd '{clone.Folder}' && PATH=\"$PWD/bin:$PATH\" && exec 2>&1\n{script}").Succeeded();

    private static string[] WordsOf(string command) =>
        Shell.Run("bash", "-c", $"printf '%s\\n' {command}").Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // The files of the command, in the clone: Helm runs elsewhere.
    private static string[] InFolder(Workshop clone, string[] words) =>
    [
        .. words.Select(word => File.Exists(clone[word]) || Directory.Exists(clone[word]) ? clone[word]
            : word.Split('=') is [var key, var file] && File.Exists(clone[file]) ? $"{key}={clone[file]}"
            : word),
    ];

    [GeneratedRegex("```sh\n(?<text>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Fence();
}
