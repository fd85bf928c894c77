using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Alerts;

namespace DriftMonitor.Tests.Deploy;

/// <summary>
/// The schema of the chart's values contains the program's own schema, at <c>config</c>.
/// <c>make screens</c> writes it.
/// </summary>
public sealed class ChartSchemaTests
{
    private const string Unknown = "value must be 'absent, as this key is unknown here. Known keys, case-sensitive:";

    private static readonly JsonSerializerOptions Readable =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    [Trait("Document", "generated")]
    public void The_schema_of_config_in_the_chart_is_that_of_the_program()
    {
        var schema = JsonNode.Parse(Chart.Read("values.schema.json"))!.AsObject();
        var expected = ConfigSchema();
        if (Environment.GetEnvironmentVariable("DRIFTMONITOR_UPDATE") == "1")
        {
            schema["properties"]!["config"] = expected.DeepClone();
            File.WriteAllText(Path.Combine(Chart.Folder, "values.schema.json"), schema.ToJsonString(Readable) + "\n");
        }

        Assert.True(
            JsonNode.DeepEquals(expected, schema["properties"]!["config"]),
            "helm/drift-monitor/values.schema.json is behind the options: make screens");
    }

    [FactRequires(Tool.Helm)]
    public void Lint_and_template_refuse_unknown_keys_and_keys_in_another_case_and_list_the_known_keys()
    {
        (string Setting, string Line)[] cases =
        [
            ("config.kafka.BootstrapServers=x:9092", $"- at '/config/kafka': {Unknown} Kafka, Ingest, Checkpoint, Http, "),
            ("config.Kafka.Strat=window", $"- at '/config/Kafka/Strat': {Unknown} BootstrapServers, Start, "),
            ("config.Monitors[0].Widows=x", $"- at '/config/Monitors/0/Widows': {Unknown} Name, Topic, "),
            ("config.Monitors[0].Alert.FireAbvoe=1", $"- at '/config/Monitors/0/Alert/FireAbvoe': {Unknown} FalseAlarmEvery, "),
            ("config.Kafka.Start=sometime", "- at '/config/Kafka/Start': value must be one of 'window', 'earliest', 'latest'"),
            ("config.Monitors[0].Pane=60", "- at '/config/Monitors/0/Pane': got number, want string"),
            ("config.Http.Port=0", "- at '/config/Http/Port': minimum: got 0, want 1"),
            ("config.Monitors[0].Field=x", "- at '/config/Monitors/0': missing properties 'Name', 'Topic', 'Windows', 'Pane'"),
        ];
        Assert.All(cases, each =>
        {
            var refused = Chart.TryRender("--set", each.Setting);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains(each.Line, refused.Errors);

            var linted = Machine.Run(Tool.Helm, "lint", Chart.Folder, "--set", each.Setting);
            Assert.NotEqual(0, linted.ExitCode);
            Assert.Contains(each.Line, linted.Output);
        });
    }

    /// <summary>The program's schema, as the chart needs it.</summary>
    private static JsonNode ConfigSchema()
    {
        var schema = OptionsSchema.ToJson()["properties"]![DriftMonitorOptions.Section]!.DeepClone().AsObject();
        NameKnownKeys(schema);

        // With existingConfigMap there are no monitors here; without, the templates say what to do about an empty list.
        schema.Remove("required");
        schema["properties"]!["Monitors"]!.AsObject().Remove("minItems");

        // What run needs and other verbs do not: a topic for each monitor, and a port that the Service can name.
        var monitor = schema["properties"]!["Monitors"]!["items"]!;
        monitor["properties"]!["Topic"]!["minLength"] = 1;
        monitor["required"]!.AsArray().Insert(1, "Topic");
        schema["properties"]!["Http"]!["properties"]!["Port"]!["minimum"] = 1;
        return JsonNode.Parse(schema.ToJsonString())!;
    }

    /// <summary>Makes Helm's message for an unknown key list the known keys. Where the schema says <c>false</c>, Helm lists none.</summary>
    private static void NameKnownKeys(JsonNode? node)
    {
        foreach (var child in node switch
        {
            JsonObject json => json.Select(property => property.Value),
            JsonArray list => list,
            _ => [],
        })
        {
            NameKnownKeys(child);
        }

        if (node is JsonObject { } schema && schema["additionalProperties"] is JsonValue)
        {
            var known = schema["properties"]!.AsObject().Select(property => property.Key);
            schema["additionalProperties"] = new JsonObject
            {
                ["const"] = $"absent, as this key is unknown here. Known keys, case-sensitive: {string.Join(", ", known)}",
            };
        }
    }
}
