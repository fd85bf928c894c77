using System.Text.Json.Nodes;
using DriftMonitor.Commands;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Tests.Planning;

/// <summary>The verb check-config.</summary>
public sealed class CheckConfigTests
{
    [Fact]
    public void A_good_configuration_is_printed_with_its_defaults()
    {
        using var configuration = new Configuration(Configuration.Good);

        var (code, output, error) = Check(configuration);

        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith(
            $"{configuration.Path} is valid. Monitors: 1. Effective configuration, including defaults:\n",
            output,
            StringComparison.Ordinal);
        var options = JsonNode.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..])!["DriftMonitor"]!;
        Assert.Equal("24h", (string?)options["Monitors"]![0]!["Windows"]![1]);
        Assert.Equal("window", (string?)options["Kafka"]!["Start"]);
        Assert.Equal("5m", (string?)options["Monitors"]![0]!["MaxAhead"]);
    }

    [Fact]
    public void The_printed_configuration_can_be_loaded_again()
    {
        using var configuration = new Configuration(Configuration.Good
            .Replace("\"Pane\"", "\"Alert\": { \"Window\": \"6h\", \"FireAbove\": 1e-3 }, \"Pane\"", StringComparison.Ordinal));
        var printed = EffectiveOptions.ToJson(configuration.Plan().Options).ToJsonString();

        using var again = new Configuration(printed);

        Assert.Empty(again.Faults());
        Assert.Equal(printed, EffectiveOptions.ToJson(again.Plan().Options).ToJsonString());
    }

    [Fact]
    public void Faults_go_to_standard_error_and_the_code_is_2()
    {
        using var configuration = new Configuration(Configuration.Good.Replace("\"Pane\"", "\"Pan\"", StringComparison.Ordinal));

        Assert.Equal((2, "", "DriftMonitor:Monitors:0:Pan is not a known key: did you mean Pane?\n"), Check(configuration));
    }

    [Fact]
    public void A_fault_is_one_line_for_any_text_in_the_configuration()
    {
        using var configuration = new Configuration(Configuration.Good.Replace("\"1h\"", "\"1\\n\\u001b[2Jh\"", StringComparison.Ordinal));

        Assert.Equal(
            (2, "", "DriftMonitor:Monitors:0:Pane is \"1  [2Jh\": write a duration such as 10s, 5m, 6h or 30d\n"),
            Check(configuration));
    }

    [Fact]
    public void The_JSON_output_is_one_object_for_good_and_bad_configurations()
    {
        using var good = new Configuration(Configuration.Good);
        using var bad = new Configuration(Configuration.Good.Replace("\"1h\"", "\"1\"", StringComparison.Ordinal));

        var valid = JsonNode.Parse(Check(good, isJson: true).Output)!;
        var invalid = JsonNode.Parse(Check(bad, isJson: true).Output)!;

        Assert.Equal((true, 0), ((bool)valid["valid"]!, valid["faults"]!.AsArray().Count));
        Assert.Equal("flights", (string?)valid["config"]!["DriftMonitor"]!["Monitors"]![0]!["Topic"]);
        Assert.Equal((false, "DriftMonitor:Monitors:0:Pane"), ((bool)invalid["valid"]!, (string?)invalid["faults"]![0]!["path"]));
        Assert.Null(invalid["config"]);
    }

    [Theory] // X06
    [InlineData("sasl.password")]
    [InlineData("ssl.key.password")]
    [InlineData("ssl.keystore.password")]
    [InlineData("ssl.key.pem")]
    [InlineData("sasl.oauthbearer.client.secret")]
    [InlineData("sasl.oauthbearer.config")]
    public void A_secret_of_the_file_or_the_environment_is_never_printed(string property)
    {
        using var fromFile = new Configuration(Configuration.Good
            .Replace(
                "\"Monitors\"",
                $"\"Kafka\": {{ \"Properties\": {{ \"{property}\": \"hunter2\" }} }}, \"Monitors\"",
                StringComparison.Ordinal));
        using var fromEnvironment = new Configuration(Configuration.Good);
        using var faulty = new Configuration(Configuration.Good.Replace("\"1h\"", "\"1\"", StringComparison.Ordinal));
        var variable = ($"DriftMonitor__Kafka__Properties__{property}", "hunter2");

        foreach (var isJson in new[] { false, true })
        {
            var printed = Check(fromFile, isJson);
            Assert.Contains($"\"{property}\": \"***\"", printed.Output, StringComparison.Ordinal);
            foreach (var (_, output, error) in new[] { printed, Check(fromEnvironment, isJson, variable), Check(faulty, isJson, variable) })
            {
                Assert.DoesNotContain("hunter2", output + error, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("sasl.jaas.config")]
    [InlineData("SASL.Password")]
    [InlineData("sasl.passwrod")]
    [InlineData("my.pass")]
    public void The_value_of_a_property_that_does_not_exist_is_never_printed(string property)
    {
        using var fromFile = new Configuration(Configuration.Good
            .Replace(
                "\"Monitors\"",
                $"\"Kafka\": {{ \"Properties\": {{ \"{property}\": \"hunter2\" }} }}, \"Monitors\"",
                StringComparison.Ordinal));
        using var fromEnvironment = new Configuration(Configuration.Good);
        var variable = ($"DriftMonitor__Kafka__Properties__{property}", "hunter2");

        foreach (var isJson in new[] { false, true })
        {
            foreach (var (_, output, error) in new[] { Check(fromFile, isJson), Check(fromEnvironment, isJson, variable) })
            {
                Assert.Contains($"DriftMonitor:Kafka:Properties:{property}", output + error, StringComparison.Ordinal);
                Assert.DoesNotContain("hunter2", output + error, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("https.proxy", "http://user:hunter2@proxy:3128", true)]
    [InlineData("ssl.pem", "-----BEGIN PRIVATE KEY-----\nhunter2", true)]
    [InlineData("security.protocol", "SASL_SSL", false)]
    [InlineData("ssl.ca.location", "/etc/ssl/ca.pem", false)]
    [InlineData("ssl.key.location", "/etc/ssl/client.key", false)] // a file's name
    [InlineData("ssl.key.location", "-----BEGIN PRIVATE KEY-----\nhunter2", true)]
    [InlineData("sasl.oauthbearer.assertion.private.key.file", "client.key", false)]
    [InlineData("enable.sasl.oauthbearer.unsecure.jwt", "true", false)]
    [InlineData("BootstrapServers", "kafka:9092,other:9092", false)]
    public void A_secret_is_recognised_by_its_value_too(string key, string value, bool isSecret) =>
        Assert.Equal(isSecret, Secrets.IsSecret(key, value));

    [Fact]
    public void The_published_schema_is_the_one_of_the_options()
    {
        var path = Path.Combine(Repository.Root, "deploy", "drift-monitor.schema.json");
        using var output = new StringWriter();

        Assert.Equal(0, CheckConfigCommand.Create().Parse(["--schema"]).Invoke(new() { Output = output }));

        // If the options are right: make screens
        Assert.Equal(File.ReadAllText(path), output.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("--config")]
    [InlineData("--config a --output yaml")]
    public void A_missing_file_option_or_an_unknown_format_is_a_usage_error(string arguments) =>
        Assert.NotEmpty(CheckConfigCommand.Create().Parse(arguments).Errors);

    private static (int Code, string Output, string Error) Check(
        Configuration configuration, bool isJson = false, params (string Name, string Value)[] environment)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var variables = environment.Select(variable => KeyValuePair.Create(variable.Name, (string?)variable.Value));
        var code = CheckConfigCommand.Run(configuration.Path, isJson, variables, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
