using System.Text.Json.Nodes;
using Confluent.Kafka;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Tests.Service;
using DriftMonitor.Wording;

namespace DriftMonitor.Tests.Logs;

/// <summary>The log of the service as a process.</summary>
public sealed class LogServiceTests : IDisposable
{
    private const string Topic = "numbers";
    private const string Secret = "hunter2";

    private readonly FaultyBroker _broker = new();
    private readonly Workshop _workshop = new();

    [Fact]
    public void Each_line_is_an_object_with_the_fields_of_its_event_and_never_a_payload()
    {
        _broker.CreateTopic(Topic, 2);
        using (var producer = Topics.Producer(_broker.BootstrapServers))
        {
            producer.Send(Topic, 1, """{"segment":"a\nb","x":1}""", Topics.Minute(0));
            producer.Send(Topic, 1, Secret, Topics.Minute(0)); // no JSON
            for (var second = 0; second < 60; second++)
            {
                producer.Send(Topic, 1, $$"""{"segment":"a\n\u001b[2Jb","x":1,"note":"{{Secret}}"}""", Topics.Minute(0).AddSeconds(second));
                producer.Send(Topic, 0, $$"""{"segment":"other","x":{{second % 4}}}""", Topics.Minute(0).AddSeconds(second));
            }

            producer.Flush(TimeSpan.FromSeconds(60));
        }

        var numbers = _workshop.Numbers(Topic);
        numbers["SegmentBy"] = "segment";
        numbers["MinimumEvents"] = 5;
        Configure(numbers);
        var environment = new Dictionary<string, string> { ["DriftMonitor__Logging__Format"] = "json" };
        using var service = DriftMonitorProcess.Start(_workshop.Folder, environment, "run", "--config", "config.json");
        service.Until("the rejected event is logged", () => service.Errors.Contains("events.rejected", StringComparison.Ordinal));
        service.Signal("TERM");
        var ended = service.End(TimeSpan.FromSeconds(15));

        Assert.Equal(0, ended.ExitCode);
        var lines = ended.Errors.TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        Assert.All(lines, line => Assert.Equal(
            ["timestamp", "level", "category", "event", "message"], line.Select(key => key.Key).Take(5)));
        Assert.All(lines, line => Assert.Matches("^20[0-9-]{8}T[0-9:]{8}[.][0-9]{3}Z$", $"{line["timestamp"]}"));
        Assert.All(lines, line => Assert.StartsWith(
            LogCategory.All.Single(category => category.Name == $"{line["category"]}").Prefix, $"{line["event"]}",
            StringComparison.Ordinal));
        var rejected = Assert.Single(lines, line => $"{line["event"]}" == "events.rejected");
        Assert.Equal(
            ("warning", Topic, 1, 1, "malformed"),
            ($"{rejected["level"]}", $"{rejected["topic"]}", (int)rejected["partition"]!, (int)rejected["offset"]!,
                $"{rejected["reason"]}"));
        Assert.Contains(lines, line => $"{line["event"]}" == "service.started");
        Assert.Contains(lines, line => $"{line["event"]}" == "service.stopped");
        Assert.DoesNotContain(Secret, ended.Errors);
    }

    [Fact]
    public void The_level_of_a_category_and_the_format_change_with_the_configuration_while_the_service_runs()
    {
        _workshop.Configure("127.0.0.1:1", _workshop.Numbers(Topic)); // nobody answers there, which librdkafka says again and again
        using var service = DriftMonitorProcess.Start(_workshop.Folder, "run", "--config", "config.json");
        service.Until("trouble is logged", () => service.Errors.Contains(" warn  no broker answers", StringComparison.Ordinal));
        Assert.DoesNotContain("librdkafka: ", service.Errors);

        _workshop.Replace("config.json", "\"Http\"", "\"Logging\":{\"Levels\":{\"Kafka\":\"debug\"},\"Format\":\"json\"},\"Http\"");

        service.Until("librdkafka's messages are there", () =>
            service.Errors.Contains("\"level\":\"debug\",\"category\":\"Kafka\",\"event\":\"kafka.library_", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _broker.Dispose();
        _workshop.Dispose();
    }

    private void Configure(JsonObject monitor) => _workshop.Configure(_broker.BootstrapServers, monitor);
}
