using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Tests.Documents;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace DriftMonitor.Tests.Deploy;

/// <summary>
/// The table of values in the chart's README is made from values.yaml, as helm-docs does: <c># --</c> begins a description, and
/// <c># @default --</c> replaces the default.
/// </summary>
[Collection(Document.Collection)]
public sealed class ChartReadmeTests
{
    private static readonly string[] Lines = Chart.Read("values.yaml").Split('\n');

    [Fact]
    [Trait("Document", "generated")]
    public void The_table_of_values_is_that_of_values_yaml()
    {
        var table = new StringBuilder("| Key | Type | Default | Description |\n|---|---|---|---|\n");
        foreach (var (key, node, description, @default) in Values)
        {
            table.Append($"| `{key}` | {TypeOf(node)} | {@default ?? $"`{ToJson(node)}`"} | {description.Replace("|", "\\|")} |\n");
        }

        new Document("helm/drift-monitor/README.md").SectionIs("values", table.ToString());
    }

    [Fact]
    public void Every_value_has_a_description_that_is_a_sentence() =>
        Assert.All(Values, value => Assert.Matches(@"\S\.$|`$", value.Description));

    [Fact]
    public void The_schema_has_the_keys_of_values_yaml_and_no_others()
    {
        var schema = JsonNode.Parse(Chart.Read("values.schema.json"))!;
        schema["properties"]!.AsObject().Remove("global");
        Same("", Yaml.Load(Path.Combine(Chart.Folder, "values.yaml")), schema);

        static void Same(string path, YamlNode node, JsonNode schema)
        {
            if (path == "config" || schema["properties"] is not JsonObject known || node is not YamlMappingNode { Children.Count: > 0 } map)
            {
                return; // the program's own, or free
            }

            var keys = map.Children.ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => pair.Value);
            if (path.Length == 0 || schema["additionalProperties"] is JsonValue)
            {
                var names = known.Select(property => property.Key).Where(name => !IsOptional(path, name));
                Assert.Equal(names.Order(StringComparer.Ordinal), keys.Keys.Order(StringComparer.Ordinal));
            }

            foreach (var (key, value) in keys)
            {
                Same(path.Length == 0 ? key : $"{path}.{key}", value, known[key]!);
            }
        }

        // Settings of Kubernetes that have a default there.
        static bool IsOptional(string path, string name) => path == "resources" && name == "claims";
    }

    /// <summary>The described values, in order. What has a description is described as a whole.</summary>
    private static IEnumerable<(string Key, YamlNode Node, string Description, string? Default)> Values =>
        Under("", Yaml.Load(Path.Combine(Chart.Folder, "values.yaml")));

    private static IEnumerable<(string Key, YamlNode Node, string Description, string? Default)> Under(string path, YamlNode node)
    {
        foreach (var (name, value) in ((YamlMappingNode)node).Children)
        {
            var key = path.Length == 0 ? $"{name}" : $"{path}.{name}";
            var (description, @default) = Comment((int)name.Start.Line);
            if (description.Length == 0 && value is YamlMappingNode { Children.Count: > 0 })
            {
                foreach (var inner in Under(key, value))
                {
                    yield return inner;
                }
            }
            else
            {
                yield return (key, value, description, @default);
            }
        }
    }

    // Of the key in a line, counted from 1: the comment lines directly above it, from the one that begins with `# --` on.
    private static (string Description, string? Default) Comment(int line)
    {
        var above = Lines[..(line - 1)].Reverse().Select(text => text.Trim()).TakeWhile(text => text.StartsWith('#')).Reverse()
            .SkipWhile(text => !text.StartsWith("# -- ", StringComparison.Ordinal)).ToList();
        const string Default = "# @default -- ";
        var given = above.Find(text => text.StartsWith(Default, StringComparison.Ordinal));
        var description = string.Join(' ', above.Where(text => text != given).Select(text => text[2..])).Replace("-- ", "");
        return (description, given?[Default.Length..]);
    }

    private static string TypeOf(YamlNode node) => node switch
    {
        YamlMappingNode => "object",
        YamlSequenceNode => "list",
        _ => ToNode(node)!.GetValueKind() switch
        {
            JsonValueKind.True or JsonValueKind.False => "bool",
            JsonValueKind.Number => "int",
            _ => "string",
        },
    };

    private static string ToJson(YamlNode node) =>
        ToNode(node)!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static JsonNode? ToNode(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create($"{pair.Key}", ToNode(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(ToNode)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } text => text.Value == "true",
        YamlScalarNode { Style: ScalarStyle.Plain } text when int.TryParse(text.Value, out var number) => number,
        _ => $"{node}",
    };
}
