using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftMonitor.Core.Time;
using DriftMonitor.Http;
using DriftMonitor.Tests.Independent;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Documents;

/// <summary>The tutorial, command by command on a real Kafka: what it says that people see is what they see.</summary>
[Collection(Document.Collection)]
public sealed partial class TutorialTests
{
    private static readonly Document Page = new("deploy/docs/tutorial.md");

    [FactRequires(Tool.KafkaNode, Tool.Kcat)]
    [Trait("Document", "generated")]
    public void Every_command_of_the_tutorial_prints_what_the_page_says()
    {
        using var kafka = new KafkaNode().Start();
        using var clone = new Workshop();
        Furnish(clone, kafka.BootstrapServers);
        DriftMonitorProcess? service = null;
        try
        {
            var output = "";
            var seen = 0;
            var shown = Block().Replace(Page.Section("tutorial"), block =>
            {
                var text = block.Groups["text"].Value;
                if (block.Groups["kind"].Value == "sh")
                {
                    if (text.StartsWith("artifacts/driftmonitor run ", StringComparison.Ordinal))
                    {
                        service = DriftMonitorProcess.Start(clone.Folder, text.Split(' ', StringSplitOptions.TrimEntries)[1..]);
                        service.UntilReady();
                    }
                    else
                    {
                        output = Run(clone, text.Replace("make build\n", "", StringComparison.Ordinal)
                            .Replace("localhost:9092", kafka.BootstrapServers, StringComparison.Ordinal)
                            .Replace("localhost:9464", service?.Url.Authority, StringComparison.Ordinal));
                    }

                    return block.Value;
                }

                var actual = block.Groups["log"].Success
                    ? string.Concat(text.TrimEnd('\n').Split('\n').Select(line => Logged(service!, line, ref seen) + "\n"))
                    : output;
                return $"{block.Groups["log"].Value}```text\n{actual}```";
            });
            service!.Signal("INT");
            Assert.Equal(0, service.End().ExitCode);

            Page.SectionIs("tutorial", shown);
        }
        finally
        {
            service?.Dispose();
        }
    }

    [FactOnAllFlights]
    public void The_year_s_alerts_are_those_that_the_page_lists()
    {
        using var clone = new Workshop();
        clone.Write("flights.json", File.ReadAllText(Path.Combine(Repository.Root, "deploy/docs/tutorial/flights.json")));
        foreach (var monitor in (string[])["departure-delay", "carrier", "distance"])
        {
            clone.Run(
                "reference", "build", "--config", "flights.json", "--monitor", monitor, "--from", "2013-04-01T00:00:00Z",
                "--to", "2013-06-01T00:00:00Z", "--file", Workshop.Flights, "--out", $"{monitor}.json").Succeeded();
        }

        var readings = new List<(string Time, double Days)>();
        var alerts = new List<(string From, string To)>();
        var year = FactOnAllFlightsAttribute.Path!;
        var replay = clone.Run("replay", "--config", "flights.json", "--file", year, "--output", "json").Succeeded();
        foreach (var line in replay.Split('\n').Where(line => line.Contains("\"departure-delay\",\"segment\"", StringComparison.Ordinal)))
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
            $"| {DateTimeOffset.Parse(alert.From, CultureInfo.InvariantCulture).UtcDateTime:d MMMM HH:mm} | {Rarest(alert):0} days |"));
        Assert.Equal(YearRow().Matches(Page.Text).Select(row => row.Value), rows);

        double Rarest((string From, string To) alert) => readings
            .Where(reading => string.CompareOrdinal(reading.Time, alert.From) >= 0 && string.CompareOrdinal(reading.Time, alert.To) <= 0)
            .Max(reading => reading.Days);
    }

    // What a clone has after `make build`, and Kafka's own tool where it is started from its libraries.
    private static void Furnish(Workshop clone, string brokers)
    {
        foreach (var folder in (string[])["artifacts", "deploy/docs/tutorial", "bin"])
        {
            Directory.CreateDirectory(clone[folder]);
        }

        File.CreateSymbolicLink(clone["artifacts/driftmonitor"], DriftMonitorProcess.Executable);
        Directory.CreateSymbolicLink(clone["tests"], Path.Combine(Repository.Root, "tests"));
        var configuration = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "deploy/docs/tutorial/flights.json")))!;
        configuration["DriftMonitor"]!["Kafka"]!["BootstrapServers"] = brokers;
        configuration["DriftMonitor"]!["Http"] = new JsonObject { ["Port"] = 0 };
        clone.Write("deploy/docs/tutorial/flights.json", configuration.ToJsonString());
        clone.Write(
            "bin/kafka-topics.sh",
            "#!/bin/sh\nexec java -XX:TieredStopAtLevel=1 -cp \"$KAFKA_HOME/libs/*\" org.apache.kafka.tools.TopicCommand \"$@\"\n");
        Shell.Run("chmod", "+x", clone["bin/kafka-topics.sh"]).Succeeded();
    }

    // The line that the service logs of the same alert at the same event time, from the monitor's name on.
    private static string Logged(DriftMonitorProcess service, string line, ref int seen)
    {
        var (monitor, from) = (line[..line.IndexOf(' ', StringComparison.Ordinal)], seen);
        var change = new Regex($"{Regex.Escape(monitor)} [^\n]*{Regex.Escape(EventTime().Match(line).Value)}[^\n]*(?=\n)");
        service.Until($"the log says {line}", () => change.IsMatch(service.Errors, from));
        var said = change.Match(service.Errors, from);
        seen = said.Index + said.Length;
        return said.Value;
    }

    private static string Run(Workshop clone, string script) =>
        Shell.Run("bash", "-euo", "pipefail", "-c", $"cd '{clone.Folder}' && PATH=\"$PWD/bin:$PATH\" && exec 2>&1\n{script}").Succeeded();

    [GeneratedRegex(@"^\| [0-9]+ [A-Z][a-z]+ [0-9:]{5} \| [0-9]+ days \|", RegexOptions.Multiline)]
    private static partial Regex YearRow();

    [GeneratedRegex("[0-9-]{10}T[0-9:]{8}Z")]
    private static partial Regex EventTime();

    [GeneratedRegex("(?<log><!-- log -->\n)?```(?<kind>sh|text)\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
