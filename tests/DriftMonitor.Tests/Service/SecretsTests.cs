using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>Secrets of a configuration appear in nothing that leaves the process.</summary>
[Collection(RealKafkaTests.Name)]
public sealed class SecretsTests(RealKafka kafka) : IDisposable
{
    private const string InFile = "secret-in-the-configuration";
    private const string InEnvironment = "secret-in-the-environment";
    private const string InOwnFile = "secret-in-a-file-of-its-own";

    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [TheoryRequires(Tool.KafkaNode)] // X06
    [InlineData("wonderland", true)] // the right password
    [InlineData(InOwnFile, false)]
    public async Task No_output_of_any_kind_has_a_secret_in_it(string password, bool isRight)
    {
        var topic = await Topics.Create(kafka.BootstrapServers, partitions: 1);
        Topics.Fill(kafka.BootstrapServers, topic, partitions: 1, count: 10);
        _workshop.Write("password", password + "\n");
        _workshop.Configure(kafka.Node.SaslBootstrapServers, _workshop.Numbers(topic));
        _workshop.Replace("config.json", "\"fetch.wait.max.ms\":\"50\"", $"""
            "security.protocol":"SASL_PLAINTEXT", "sasl.mechanism":"PLAIN", "sasl.username":"alice", "debug":"all",
            "ssl.keystore.password":"{InFile}"
            """);
        _workshop.Replace("config.json", "\"Start\":", $$"""
            "PropertyFiles":{"sasl.password":"{{_workshop["password"]}}"}, "Start":
            """);
        _workshop.Replace("config.json", "\"Http\":", "\"Checkpoint\":{\"Directory\":\"state\",\"Every\":\"100ms\"},\"Http\":");
        var environment = new Dictionary<string, string> { ["DriftMonitor__Kafka__Properties__ssl.key.password"] = InEnvironment };

        var said = new List<string>();
        using (var service = DriftMonitorProcess.Start(_workshop.Folder, environment, "run", "--config", "config.json"))
        {
            service.Until(
                "it reads, or is refused",
                () => isRight ? File.Exists(_workshop["state/state.1"]) : service.Errors.Contains("refuses the credentials"));
            said.AddRange(new[] { "/", "/metrics", "/api/monitors", "/healthz/ready?verbose", "/healthz/startup", "/healthz/live" }
                .Select(path => service.Get(path).Body));
            service.Signal("TERM");
            var ended = service.End();
            said.AddRange([ended.Output, ended.Errors]);
        }

        Assert.Contains(isRight ? "1 partition" : "refuses the credentials", said[^1]);
        foreach (var format in new[] { "text", "json" })
        {
            using var check = DriftMonitorProcess.Start(
                _workshop.Folder, environment, "check-config", "--config", "config.json", "--output", format);
            var ended = check.End();
            said.AddRange([ended.Succeeded(), ended.Errors]);
            Assert.Contains("***", ended.Output);
        }

        if (isRight)
        {
            said.Add(_workshop.Run("checkpoint", "show", "state/state.1").Succeeded());
            said.Add(File.ReadAllText(_workshop["state/state.1"]));
        }

        Assert.All(said, text => Assert.DoesNotContain("secret-in", text));
        Assert.All(said, text => Assert.DoesNotContain("wonderland", text));
    }
}
