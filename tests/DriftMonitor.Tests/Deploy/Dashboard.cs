using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace DriftMonitor.Tests.Deploy;

/// <summary>A dashboard of deploy/grafana, and what Grafana makes of its variables.</summary>
internal sealed partial class Dashboard
{
    private Dashboard(string file) => (File, Json) = (file, JsonNode.Parse(System.IO.File.ReadAllText(file))!);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Dashboard> All { get; } =
    [
        .. Directory.GetFiles(Path.Combine(Repository.Root, "deploy", "grafana", "dashboards"), "*.json").Order(StringComparer.Ordinal)
            .Select(file => new Dashboard(file)),
    ];

    public string File { get; }

    public JsonNode Json { get; }

    public string Uid => Text(Json, "uid");

    public IReadOnlyList<JsonNode> Panels => Items(Json, "panels");

    public IReadOnlyList<JsonNode> Variables => Items(Json["templating"]!, "list");

    public IReadOnlyList<JsonNode> Annotations => Items(Json["annotations"]!, "list");

    /// <summary>The query of a variable; null for the choice of the data source.</summary>
    public static string? QueryOf(JsonNode variable) => variable["query"] is JsonObject query ? Text(query, "query") : null;

    /// <summary>Every PromQL expression: of panels, annotations and variables.</summary>
    public IEnumerable<string> Expressions =>
    [
        .. Panels.SelectMany(panel => Items(panel, "targets")).Select(target => Text(target, "expr")),
        .. Annotations.Select(annotation => Text(annotation, "expr")),
        .. Variables.Select(QueryOf).OfType<string>(),
    ];

    /// <summary>The names of the variables that a text refers to, other than Grafana's own and the data of a table's row.</summary>
    public static IEnumerable<string> Referenced(string text) => Reference().Matches(text)
        .Select(match => match.Groups["name"].Value).Where(name => !name.StartsWith("__", StringComparison.Ordinal));

    /// <summary>A text with the values of variables in it.</summary>
    public static string Interpolate(string text, IReadOnlyDictionary<string, string> values) => Reference().Replace(
        text, match => values.TryGetValue(match.Groups["name"].Value, out var value) ? value : match.Value);

    public static string Text(JsonNode node, string key) =>
        node[key]?.GetValue<string>() ?? throw new InvalidOperationException($"no {key} in {node}");

    public static IReadOnlyList<JsonNode> Items(JsonNode node, string key) =>
        node[key] is JsonArray items ? [.. items.Select(item => item!)] : throw new InvalidOperationException($"no {key} in {node}");

    public override string ToString() => Path.GetFileName(File);

    [GeneratedRegex(@"\$\{(?<name>\w+)(:\w+)?\}|\$(?<name>\w+)")]
    private static partial Regex Reference();
}
