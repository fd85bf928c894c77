using System.Text.RegularExpressions;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Documents;

/// <summary>The page on sent and received, command by command on a real Kafka.</summary>
[Collection(Document.Collection)]
public sealed partial class ChannelPageTests
{
    private static readonly Document Page = new("deploy/docs/applications/channel.md");

    [FactRequires(Tool.KafkaNode, Tool.Kcat)]
    [Trait("Document", "generated")]
    public void Every_command_of_the_page_prints_what_the_page_says()
    {
        using var kafka = new KafkaNode().Start();
        using var clone = new Workshop();
        foreach (var folder in (string[])["artifacts", "deploy/docs/applications/channel", "bin"])
        {
            Directory.CreateDirectory(clone[folder]);
        }

        File.CreateSymbolicLink(clone["artifacts/driftmonitor"], DriftMonitorProcess.Executable);
        foreach (var file in (string[])["channel.awk", "channel.json"])
        {
            var path = $"deploy/docs/applications/channel/{file}";
            clone.Write(path, File.ReadAllText(Path.Combine(Repository.Root, path))
                .Replace("localhost:9092", kafka.BootstrapServers, StringComparison.Ordinal));
        }

        clone.Write(
            "bin/kafka-topics.sh",
            "#!/bin/sh\nexec java -XX:TieredStopAtLevel=1 -cp \"$KAFKA_HOME/libs/*\" org.apache.kafka.tools.TopicCommand \"$@\"\n");
        Shell.Run("chmod", "+x", clone["bin/kafka-topics.sh"]).Succeeded();
        var runtime = DriftMonitorProcess.StartInfo("bash", [], ".").Environment["DOTNET_ROOT"];

        var shown = Screen().Replace(Page.Section("channel"), screen =>
        {
            var script = screen.Groups["script"].Value.Replace("make build\n", "", StringComparison.Ordinal)
                .Replace("localhost:9092", kafka.BootstrapServers, StringComparison.Ordinal);
            var setting = $"cd '{clone.Folder}' && unset COLUMNS && PATH=\"$PWD/bin:$PATH\" && export DOTNET_ROOT='{runtime}'";
            var output = Shell.Run("bash", "-euo", "pipefail", "-c", $"{setting} && exec 2>&1\n{script}").Succeeded();
            return $"{screen.Groups["command"].Value}```text\n{output}```";
        });

        Page.SectionIs("channel", shown);
    }

    [GeneratedRegex("(?<command>```sh\n(?<script>.*?)```\n\n)```text\n.*?```", RegexOptions.Singleline)]
    private static partial Regex Screen();
}
