using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftMonitor.Commands;
using DriftMonitor.Configuration;
using Json.Schema;

namespace DriftMonitor.Tests.Planning;

/// <summary>The JSON Schema and the strict reader agree on the shape of a configuration.</summary>
/// <remarks>
/// The schema describes the documented form. The reader accepts other spellings too, because environment variables are text, and because
/// .NET's configuration keys are case-insensitive: keys and choices in any case, and single values as text or as what the text says
/// (<c>"9464"</c> for <c>9464</c>, <c>7</c> for <c>"7"</c>). So a configuration is brought into the documented form, and then:
/// <list type="bullet">
/// <item>Whatever the schema refuses, <c>check-config</c> refuses with a fault at the same path. (A required key that is misspelt is two
/// errors for the schema, but one for the reader, at the misspelt key.)</item>
/// <item>Whatever the schema accepts, the reader accepts. What else <c>check-config</c> refuses are rules that no schema expresses:
/// <see cref="A_rule_that_no_schema_expresses_is_checked_by_check_config_only"/> lists them. A key that is written twice is one more:
/// a schema sees only one of the two.</item>
/// </list>
/// </remarks>
public sealed partial class SchemaTests
{
    /// <summary>A configuration with every key, except those of the other kinds of references.</summary>
    private const string Full = """
        { "$schema": "drift-monitor.schema.json", "DriftMonitor": {
            "Kafka": { "BootstrapServers": "b:9092", "Start": "earliest", "Group": "g", "IdleAfter": "30s", "MaxEventBytes": 1000,
              "Properties": { "security.protocol": "SSL", "fetch.min.bytes": 2, "check.crcs": true } },
            "Http": { "Port": 0 },
            "Metrics": { "BinContributions": true },
            "Monitors": [
              { "Name": "a", "Topic": "t", "Field": "dep_delay", "EventTime": "time", "SegmentBy": "origin", "MaxSegments": 5,
                "Windows": ["6h", "24h"], "Pane": "1h", "AllowedLateness": "1h", "MaxAhead": "2m", "MinimumEvents": 10,
                "PseudoCount": 0.25, "Measures": ["js", "renyi:0.5"], "Reference": { "Kind": "file", "File": "departure-delay.json" },
                "Alert": { "FalseAlarmEvery": "30d", "MinimumDivergence": 0, "Hold": "1h" } },
              { "Name": "b", "Topic": "t", "Field": "x", "Windows": ["6h"], "Pane": "1h",
                "Reference": { "Kind": "inline", "Edges": [0, 1, 2.5], "Probabilities": [0.25, 0.75] },
                "Alert": { "Measure": "kl", "Window": "6h", "FireAbove": 0.3, "ResolveBelow": 0.1 } },
              { "Name": "c", "Topic": "t", "Field": "x", "Windows": ["6h"], "Pane": "1h",
                "Reference": { "Kind": "parametric", "Family": "normal", "Parameters": { "mean": 5, "standard_deviation": "2.5" },
                  "Edges": [0, 1] } },
              { "Name": "d", "Topic": "t", "Field": "x", "Windows": ["6h"], "Pane": "1h",
                "Reference": { "Kind": "first", "Over": "7d", "File": "d.json", "Categories": ["x", "y"] } },
              { "Name": "e", "Topic": "t", "Field": "x", "Windows": ["6h"], "Pane": "1h",
                "Reference": { "Kind": "first", "Events": 1000, "File": "e.json", "Edges": [0, 1] } },
              { "Name": "f", "Topic": "t", "Field": "x", "Windows": ["6h"], "Pane": "1h",
                "Reference": { "Kind": "topic", "Topic": "u", "Field": "y", "CalibrateOver": "7d", "Edges": [0, 1] } } ] } }
        """;

    private static readonly string[] OtherValues =
    [
        "null", "true", "0", "-1", "1.5", "[]", "[1]", "[null]", "{}", "{\"a\":1}",
        "\"true\"", "\"7\"", "\"x\"", "\"\"", "\"5m\"", "\"kl\"",
    ];

    private static readonly JsonObject SchemaNode = OptionsSchema.ToJson();
    private static readonly JsonSchema Schema = JsonSchema.FromText(OptionsSchema.Text);

    [Fact]
    public void The_schema_is_valid_by_the_draft_that_it_names()
    {
        Assert.Equal("http://json-schema.org/draft-07/schema#", (string?)SchemaNode["$schema"]);
        Assert.Equal(MetaSchemas.Draft7Id, new Uri((string)SchemaNode["$schema"]!));
        Assert.True(MetaSchemas.Draft7.Evaluate(JsonSerializer.SerializeToElement(SchemaNode)).IsValid);
    }

    [Fact]
    public void A_good_configuration_and_what_check_config_prints_of_it_are_accepted_by_both()
    {
        foreach (var text in new[] { Full, Configuration.Good })
        {
            using var configuration = new Configuration(text);
            Assert.Empty(configuration.Faults());
            Assert.Empty(SchemaErrors(JsonNode.Parse(text)));
            Assert.Empty(SchemaErrors(EffectiveOptions.ToJson(configuration.Plan().Options)));
        }
    }

    [Theory]

    // Accepted by both, in the documented form and in other spellings.
    [InlineData("\"Http\"", "\"hTTP\"", null)]
    [InlineData("\"earliest\"", "\"Earliest\"", null)]
    [InlineData("\"Port\": 0", "\"Port\": \"0\"", null)]
    [InlineData("\"BinContributions\": true", "\"BinContributions\": \"True\"", null)]
    [InlineData("\"Group\": \"g\"", "\"Group\": 7", null)]
    [InlineData("\"Group\": \"g\"", "\"Group\": true", null)]
    [InlineData("\"MaxEventBytes\": 1000", "\"MaxEventBytes\": 1e3", null)]
    [InlineData("\"MaxEventBytes\": 1000", "\"MaxEventBytes\": 1000.0", null)]
    [InlineData("\"Kafka\": {", "\"Kafka\": null, \"$other\": {", "DriftMonitor:$other")]
    [InlineData("\"Http\": { \"Port\": 0 }", "\"Http\": null", null)]
    [InlineData("\"EventTime\": \"time\"", "\"EventTime\": null", null)]
    [InlineData("\"Start\": \"earliest\"", "\"Start\": null", null)]
    [InlineData("\"check.crcs\": true", "\"check.crcs\": null", null)]
    [InlineData("\"drift-monitor.schema.json\"", "7", null)]
    [InlineData("\"$schema\"", "\"$Schema\"", null)]
    [InlineData("[\"js\", \"renyi:0.5\"]", "[]", null)]

    // Unknown keys.
    [InlineData("\"Group\"", "\"Grop\"", "DriftMonitor:Kafka:Grop")]
    [InlineData("\"Group\": \"g\"", "\"Colour\": null", "DriftMonitor:Kafka:Colour")]
    [InlineData("\"Group\": \"g\"", "\"\": 1", "DriftMonitor:Kafka:")]
    [InlineData("\"Http\"", "\"Kafka:Group\": \"g\", \"Http\"", "DriftMonitor:Kafka:Group")]
    [InlineData("\"DriftMonitor\"", "\"Drift\": {}, \"DriftMonitor\"", "Drift")]
    [InlineData("\"Pane\": \"1h\", \"AllowedLateness\"", "\"Pnae\": \"1h\", \"AllowedLateness\"", "DriftMonitor:Monitors:0:Pnae")]

    // Missing keys.
    [InlineData("\"Name\": \"a\", ", "", "DriftMonitor:Monitors:0:Name")]
    [InlineData("\"Name\": \"a\"", "\"Name\": null", "DriftMonitor:Monitors:0:Name")]
    [InlineData("\"Name\": \"a\"", "\"Name\": \"\"", "DriftMonitor:Monitors:0:Name")]
    [InlineData("\"Windows\": [\"6h\", \"24h\"], \"Pane\": \"1h\", ", "\"Windows\": [\"6h\", \"24h\"], ", "DriftMonitor:Monitors:0:Pane")]
    [InlineData("\"Windows\": [\"6h\", \"24h\"]", "\"Windows\": []", "DriftMonitor:Monitors:0:Windows")]

    // Types.
    [InlineData("\"Http\": { \"Port\": 0 }", "\"Http\": []", "DriftMonitor:Http")]
    [InlineData("\"Http\": { \"Port\": 0 }", "\"Http\": \"\"", "DriftMonitor:Http")]
    [InlineData("\"Http\": { \"Port\": 0 }", "\"Http\": 1", "DriftMonitor:Http")]
    [InlineData("\"Group\": \"g\"", "\"Group\": {}", "DriftMonitor:Kafka:Group")]
    [InlineData("\"Group\": \"g\"", "\"Group\": []", "DriftMonitor:Kafka:Group")]
    [InlineData("\"Group\": \"g\"", "\"Group\": [1]", "DriftMonitor:Kafka:Group")]
    [InlineData("[\"js\", \"renyi:0.5\"]", "{}", "DriftMonitor:Monitors:0:Measures")]
    [InlineData("[\"js\", \"renyi:0.5\"]", "{ \"0\": \"js\" }", "DriftMonitor:Monitors:0:Measures")]
    [InlineData("[\"js\", \"renyi:0.5\"]", "\"\"", "DriftMonitor:Monitors:0:Measures")]
    [InlineData("[\"js\", \"renyi:0.5\"]", "\"js\"", "DriftMonitor:Monitors:0:Measures")]
    [InlineData("[\"js\", \"renyi:0.5\"]", "[null]", "DriftMonitor:Monitors:0:Measures:0")]
    [InlineData("[\"x\", \"y\"]", "[\"x\", null]", "DriftMonitor:Monitors:3:Reference:Categories:1")]
    [InlineData("[\"x\", \"y\"]", "[\"x\", []]", "DriftMonitor:Monitors:3:Reference:Categories:1")]
    [InlineData("[0, 1, 2.5]", "[0, true, 2.5]", "DriftMonitor:Monitors:1:Reference:Edges:1")]
    [InlineData("\"fetch.min.bytes\": 2", "\"fetch.min.bytes\": {}", "DriftMonitor:Kafka:Properties:fetch.min.bytes")]
    [InlineData("\"fetch.min.bytes\": 2", "\"fetch.min.bytes\": { \"a\": 1 }", "DriftMonitor:Kafka:Properties:fetch.min.bytes")]
    [InlineData("{ \"mean\": 5, \"standard_deviation\": \"2.5\" }", "[5]", "DriftMonitor:Monitors:2:Reference:Parameters")]
    [InlineData("{ \"mean\": 5, \"standard_deviation\": \"2.5\" }", "\"\"", "DriftMonitor:Monitors:2:Reference:Parameters")]
    [InlineData("\"BinContributions\": true", "\"BinContributions\": 1", "DriftMonitor:Metrics:BinContributions")]
    [InlineData("\"MinimumEvents\": 10", "\"MinimumEvents\": 1.5", "DriftMonitor:Monitors:0:MinimumEvents")]

    // Values.
    [InlineData("\"earliest\"", "\"newest\"", "DriftMonitor:Kafka:Start")]
    [InlineData("\"earliest\"", "1", "DriftMonitor:Kafka:Start")]
    [InlineData("\"30s\"", "\"30\"", "DriftMonitor:Kafka:IdleAfter")]
    [InlineData("\"30s\"", "30", "DriftMonitor:Kafka:IdleAfter")]
    [InlineData("\"30s\"", "\"\"", "DriftMonitor:Kafka:IdleAfter")]
    [InlineData("\"Port\": 0", "\"Port\": 65536", "DriftMonitor:Http:Port")]
    [InlineData("\"PseudoCount\": 0.25", "\"PseudoCount\": 0", "DriftMonitor:Monitors:0:PseudoCount")]
    [InlineData("\"PseudoCount\": 0.25", "\"PseudoCount\": \"NaN\"", "DriftMonitor:Monitors:0:PseudoCount")]
    [InlineData("[0.25, 0.75]", "[-0.25, 1.25]", "DriftMonitor:Monitors:1:Reference:Probabilities:0")]
    [InlineData("\"renyi:0.5\"", "\"renyi\"", "DriftMonitor:Monitors:0:Measures:1")]
    public void The_schema_and_the_reader_agree(string good, string slip, string? path)
    {
        Assert.Contains(good, Full, StringComparison.Ordinal);
        var index = Full.IndexOf(good, StringComparison.Ordinal);
        var text = Full[..index] + slip + Full[(index + good.Length)..];

        Agree(text);

        using var configuration = new Configuration(text);
        var faults = configuration.Plan().Faults;
        Assert.True(path is null ? faults.Count == 0 : faults.Any(fault => fault.Path == path), string.Join('\n', faults));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_schema_and_the_reader_agree_on_configurations_with_random_mistakes(int seed)
    {
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < 100; i++)
        {
            var root = JsonNode.Parse(Full)!;
            for (var mistakes = random.Next(1, 4); mistakes > 0; mistakes--)
            {
                Spoil(root, random);
            }

            refused += Agree(root.ToJsonString()) ? 0 : 1;
        }

        Assert.InRange(refused, 50, 99); // both outcomes were tested
    }

    [Theory]
    [InlineData("\"Pane\": \"1h\", \"AllowedLateness\"", "\"Pane\": \"7m\", \"AllowedLateness\"")] // windows are whole numbers of panes
    [InlineData("\"Pane\": \"1h\", \"AllowedLateness\"", "\"Pane\": \"0h\", \"AllowedLateness\"")] // lengths above 0
    [InlineData("\"IdleAfter\": \"30s\"", "\"IdleAfter\": \"36526d\"")] // at most a hundred years
    [InlineData("\"MinimumEvents\": 10", "\"MinimumEvents\": 1e30")] // at most 64 bits
    [InlineData("\"Name\": \"b\"", "\"Name\": \"a\"")] // unique names
    [InlineData("\"Name\": \"b\"", "\"Name\": \" b\"")] // no space at the ends
    [InlineData("\"Name\": \"b\", \"Topic\": \"t\"", "\"Name\": \"b\"")] // a topic, unless events come from files
    [InlineData("\"Topic\": \"u\"", "\"Topic\": \"^u\"")] // names of topics
    [InlineData("\"EventTime\": \"time\"", "\"EventTime\": \"a..b\"")] // paths of fields
    [InlineData("\"BootstrapServers\": \"b:9092\"", "\"BootstrapServers\": \"b:x\"")] // addresses of brokers
    [InlineData("\"check.crcs\": true", "\"group.id\": \"g\"")] // properties that DriftMonitor sets
    [InlineData("\"FalseAlarmEvery\": \"30d\", ", "")] // one of two keys
    [InlineData("\"Window\": \"6h\"", "\"Window\": \"7h\"")] // a window of the monitor
    [InlineData("\"ResolveBelow\": 0.1", "\"ResolveBelow\": 0.4")] // below FireAbove
    [InlineData("[\"js\", \"renyi:0.5\"]", "[\"js\", \"js\"]")] // each measure once
    [InlineData("\"renyi:0.5\"", "\"renyi:101\"")] // orders up to 100
    [InlineData("\"Kind\": \"inline\", ", "")] // keys that belong to another kind
    [InlineData("[0, 1, 2.5]", "[0, 1, 1]")] // edges increase
    [InlineData("[0.25, 0.75]", "[0.25, 0.25]")] // probabilities have the sum 1
    [InlineData("\"Family\": \"normal\"", "\"Family\": \"cauchy\"")] // families
    [InlineData("\"standard_deviation\": \"2.5\"", "\"standard_deviation\": \"x\"")] // their parameters
    [InlineData("\"departure-delay.json\"", "\"none.json\"")] // files
    [InlineData("\"Group\": \"g\"", "\"Group\": \"\"")] // a name that is not empty
    public void A_rule_that_no_schema_expresses_is_checked_by_check_config_only(string good, string slip)
    {
        var index = Full.IndexOf(good, StringComparison.Ordinal);
        var text = Full[..index] + slip + Full[(index + good.Length)..];
        using var configuration = new Configuration(text);

        Assert.NotEmpty(configuration.Faults());
        Assert.Empty(SchemaErrors(JsonNode.Parse(text)));
    }

    /// <summary>Asserts what the class promises of one configuration.</summary>
    /// <returns>Whether both accept it.</returns>
    private static bool Agree(string text)
    {
        using var configuration = new Configuration(text);
        var faults = configuration.Plan().Faults;
        var errors = SchemaErrors(ToDocumentedForm(JsonNode.Parse(text), SchemaNode));
        foreach (var (path, isMissing) in errors)
        {
            Assert.True(
                faults.Any(fault => IsAt(fault.Path, path) || (isMissing && IsMisspelling(fault, path))),
                $"The schema refuses {path}, and check-config has:\n{string.Join('\n', faults)}\n{text}");
        }

        var (written, fileFaults) = ConfigurationFile.Load(configuration.Path, []);
        Fault[] shapeFaults = [.. fileFaults, .. OptionsReader.Read(written!).Faults];
        Assert.True(
            errors.Count > 0 || shapeFaults.Length == 0,
            $"Only the reader refuses:\n{string.Join<Fault>('\n', shapeFaults)}\n{text}");
        return errors.Count == 0;
    }

    private static bool IsAt(string path, string other) => path.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static bool IsMisspelling(Fault fault, string path)
    {
        var key = path[(path.LastIndexOf(':') + 1)..];
        return IsAt(ParentOf(fault.Path), ParentOf(path)) && fault.Message.EndsWith($"did you mean {key}?", StringComparison.Ordinal);
    }

    private static string ParentOf(string path) => path[..Math.Max(path.LastIndexOf(':'), 0)];

    /// <summary>The paths that the schema refuses, in the form of a fault's path.</summary>
    private static List<(string Path, bool IsMissing)> SchemaErrors(JsonNode? configuration)
    {
        var instance = JsonSerializer.SerializeToElement(configuration);
        var results = Schema.Evaluate(instance, new EvaluationOptions { OutputFormat = Json.Schema.OutputFormat.List });
        var errors = new List<(string Path, bool IsMissing)>();
        foreach (var result in results.Details ?? [])
        {
            var steps = StepsOf(result.InstanceLocation.ToString());
            foreach (var (keyword, message) in result.Errors ?? new Dictionary<string, string>())
            {
                // The message of "required" names the missing keys of the object.
                errors.AddRange(keyword == "required"
                    ? Quoted().Matches(message).Select(key => (string.Join(':', [.. steps, key.Groups[1].Value]), true))
                    : [(string.Join(':', steps), false)]);
            }
        }

        return errors;
    }

    private static string[] StepsOf(string pointer) =>
    [
        .. pointer.Split('/').Skip(1)
            .Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)),
    ];

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex Quoted();

    /// <summary>
    /// The same configuration with keys and choices in their documented case, and single values in their documented JSON type.
    /// </summary>
    private static JsonNode? ToDocumentedForm(JsonNode? node, JsonNode? schema)
    {
        switch (node)
        {
            case JsonObject map:
                var properties = schema?["properties"] as JsonObject ?? [];
                var documented = new JsonObject();
                foreach (var (key, value) in map)
                {
                    var name = properties.Select(property => property.Key)
                        .FirstOrDefault(name => name.Equals(key, StringComparison.OrdinalIgnoreCase)) ?? key;
                    documented[name] = ToDocumentedForm(value, properties[name] ?? schema?["additionalProperties"] as JsonObject);
                }

                return documented;
            case JsonArray list:
                return new JsonArray([.. list.Select(item => ToDocumentedForm(item, schema?["items"]))]);
            case JsonValue value:
                return ToDocumentedType(value, schema);
            default:
                return null;
        }
    }

    private static JsonNode ToDocumentedType(JsonValue value, JsonNode? schema)
    {
        string?[] types = schema?["type"] is JsonArray several
            ? [.. several.Select(type => (string?)type).Where(type => type is not ("null" or "array"))]
            : [(string?)schema?["type"]];
        if (types is not [var type])
        {
            return value.DeepClone(); // any single value
        }

        if (value.GetValueKind() != JsonValueKind.String)
        {
            return type == "string" ? value.ToJsonString() : value.DeepClone();
        }

        var text = (string)value!;
        return type switch
        {
            "integer" or "number" => ParseNumber(text) is { } number ? number : text,
            "boolean" => bool.TryParse(text, out var flag) ? flag : text,
            _ => (schema?["enum"] as JsonArray)?.Select(choice => (string?)choice)
                .FirstOrDefault(choice => text.Equals(choice, StringComparison.OrdinalIgnoreCase)) ?? text,
        };
    }

    private static double? ParseNumber(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    /// <summary>Deletes or misspells a key, or replaces a value, at a random place.</summary>
    private static void Spoil(JsonNode root, Random random)
    {
        var places = Places(root).ToList();
        var place = places[random.Next(places.Count)];
        switch (place.Parent, random.Next(4))
        {
            case (JsonObject parent, 0):
                parent.Remove(place.GetPropertyName());
                break;
            case (JsonObject parent, 1):
                var key = place.GetPropertyName();
                parent.Remove(key);
                parent[Misspell(key, random)] = place;
                break;
            case (JsonArray parent, 0):
                parent.RemoveAt(place.GetElementIndex());
                break;
            default:
                place.ReplaceWith(JsonNode.Parse(OtherValues[random.Next(OtherValues.Length)]));
                break;
        }
    }

    private static string Misspell(string key, Random random) => random.Next(3) switch
    {
        0 => key + "x",
        1 => key.ToUpperInvariant(),
        _ => key[1..] + key[0],
    };

    private static IEnumerable<JsonNode> Places(JsonNode node) => node switch
    {
        JsonObject map => map.Select(property => property.Value).OfType<JsonNode>().SelectMany(value => Places(value).Prepend(value)),
        JsonArray list => list.OfType<JsonNode>().SelectMany(item => Places(item).Prepend(item)),
        _ => [],
    };
}
