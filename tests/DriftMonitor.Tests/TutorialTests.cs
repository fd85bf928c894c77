using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftMonitor.Tests.Independent;
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

    [FactOnAllFlights]
    public void The_year_s_alerts_are_those_that_the_README_lists()
    {
        using var clone = new Workshop();
        clone.Write("flights.json", File.ReadAllText(Path.Combine(Repository.Root, "deploy/tutorial/flights.json")));
        foreach (var monitor in (string[])["departure-delay", "carrier", "distance"])
        {
            clone.Run(
                "reference", "build", "--config", "flights.json", "--monitor", monitor, "--from", "2013-04-01T00:00:00Z", "--to", "2013-06-01T00:00:00Z", "--file", Workshop.Flights, "--out", $"{monitor}.json").Succeeded();
        }

        var readings = new List<(string Time, double Days)>();
        var alerts = new List<(string From, string To)>();
        foreach (var line in clone.Run("replay", "--config", "flights.json", "--file", FactOnAllFlightsAttribute.Path!, "--output", "json").Succeeded().Split('\n')
            .Where(line => line.Contains("\"departure-delay\",\"segment\"", StringComparison.Ordinal)))
        {
            var json = JsonNode.Parse(line)!;
            var time = json["time"]!.GetValue<string>();
            switch ($"{json["to"]}")
            {
                case "firing":
                    alerts.Add((time, "9"));
                    break;
                case "inactive":
                    alerts[^1] = (alerts[^1].From, time);
                    break;
                default:
                    readings.Add((time, (json["return_period_s"]?.GetValue<double>() ?? 0) / 86_400));
                    break;
            }
        }

        var rows = alerts.Select(alert => string.Create(CultureInfo.InvariantCulture,
            $"| {DateTimeOffset.Parse(alert.From, CultureInfo.InvariantCulture).UtcDateTime:d MMMM HH:mm} | {readings.Where(reading => string.CompareOrdinal(reading.Time, alert.From) >= 0 && string.CompareOrdinal(reading.Time, alert.To) <= 0).Max(reading => reading.Days):0} days |"));
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        Assert.Equal(YearRow().Matches(readme).Select(row => row.Value), rows);
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
        Shell.Run("bash", "-euo", "pipefail", "-c", $"cd '{clone.Folder}' && PATH=\"$PWD/bin:$PATH\" && exec 2>&1\n{script}").Succeeded();

    [GeneratedRegex(@"^\| [0-9]+ [A-Z][a-z]+ [0-9:]{5} \| [0-9]+ days \|", RegexOptions.Multiline)]
    private static partial Regex YearRow();

    [GeneratedRegex("(?<log><!-- log -->\n)?```(?<kind>sh|text)\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
