using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests;

/// <summary>README's tutorial, command by command on a real Kafka: what it says that people see is what they see.</summary>
public sealed partial class TutorialTests
{
    [FactRequires(Tool.KafkaNode, Tool.Kcat)]
    public void Every_command_of_the_tutorial_prints_what_the_README_says()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        var tutorial = readme[readme.IndexOf("<!-- tutorial -->", StringComparison.Ordinal)..readme.IndexOf("<!-- /tutorial -->", StringComparison.Ordinal)];
        using var kafka = new KafkaNode().Start();
        using var clone = new Workshop();
        Furnish(clone, kafka.BootstrapServers);
        DriftMonitorProcess? service = null;
        try
        {
            var output = "";
            var seen = 0;
            foreach (Match block in Block().Matches(tutorial))
            {
                var text = block.Groups["text"].Value;
                if (block.Groups["kind"].Value == "sh")
                {
                    if (text.StartsWith("artifacts/driftmonitor run ", StringComparison.Ordinal))
                    {
                        service = DriftMonitorProcess.Start(clone.Folder, text.Split(' ', StringSplitOptions.TrimEntries)[1..]);
                        service.UntilReady();
                        continue;
                    }

                    output = Run(clone, text.Replace("make build\n", "", StringComparison.Ordinal)
                        .Replace("localhost:9092", kafka.BootstrapServers, StringComparison.Ordinal)
                        .Replace("localhost:9464", service?.Url.Authority, StringComparison.Ordinal));
                }
                else if (block.Groups["log"].Success)
                {
                    foreach (var line in text.TrimEnd('\n').Split('\n'))
                    {
                        service!.Until($"the log says {line}", () => service.Errors.IndexOf(line, seen, StringComparison.Ordinal) >= 0);
                        seen = service!.Errors.IndexOf(line, seen, StringComparison.Ordinal) + line.Length;
                    }
                }
                else
                {
                    Assert.Equal(text, output);
                }
            }

            service!.Signal("INT");
            Assert.Equal(0, service.End().ExitCode);
        }
        finally
        {
            service?.Dispose();
        }
    }

    // What a clone has after `make build`, and Kafka's own tool where it is started from its libraries.
    private static void Furnish(Workshop clone, string brokers)
    {
        foreach (var folder in (string[])["artifacts", "deploy/tutorial", "bin"])
        {
            Directory.CreateDirectory(clone[folder]);
        }

        File.CreateSymbolicLink(clone["artifacts/driftmonitor"], DriftMonitorProcess.Executable);
        Directory.CreateSymbolicLink(clone["tests"], Path.Combine(Repository.Root, "tests"));
        var configuration = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "deploy/tutorial/flights.json")))!;
        configuration["DriftMonitor"]!["Kafka"]!["BootstrapServers"] = brokers;
        configuration["DriftMonitor"]!["Http"] = new JsonObject { ["Port"] = 0 };
        clone.Write("deploy/tutorial/flights.json", configuration.ToJsonString());
        clone.Write("bin/kafka-topics.sh", "#!/bin/sh\nexec java -XX:TieredStopAtLevel=1 -cp \"$KAFKA_HOME/libs/*\" org.apache.kafka.tools.TopicCommand \"$@\"\n");
        Shell.Run("chmod", "+x", clone["bin/kafka-topics.sh"]).Succeeded();
    }

    private static string Run(Workshop clone, string script) =>
        Shell.Run("bash", "-euo", "pipefail", "-c", $"cd '{clone.Folder}' && PATH=\"$PWD/bin:$PATH\"\n{script}").Succeeded();

    [GeneratedRegex("(?<log><!-- log -->\n)?```(?<kind>sh|text)\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
