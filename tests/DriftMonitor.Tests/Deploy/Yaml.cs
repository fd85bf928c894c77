using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace DriftMonitor.Tests.Deploy;

/// <summary>Reads what tests ask of a YAML file; a key that is missing fails the test.</summary>
internal static class Yaml
{
    /// <summary>The only document of a file. A key that is twice in a mapping is an error.</summary>
    public static YamlNode Load(string path)
    {
        var stream = new YamlStream();
        using var reader = new StreamReader(path);
        stream.Load(reader);
        return Assert.Single(stream.Documents).RootNode;
    }

    /// <summary>The documents of a text, without the empty ones.</summary>
    public static IReadOnlyList<YamlNode> Documents(string text)
    {
        var stream = new YamlStream();
        using var reader = new StringReader(text);
        stream.Load(reader);
        return [.. stream.Documents.Select(document => document.RootNode).Where(node => node is YamlMappingNode)];
    }

    /// <summary>The value at a path of keys and, in lists, of numbers, such as <c>spec.rules.0.host</c>.</summary>
    public static YamlNode Path(this YamlNode node, string path) => path.Split('.').Aggregate(node, (at, step) =>
        at is YamlSequenceNode list ? list[int.Parse(step, CultureInfo.InvariantCulture)] : at.At(step));

    /// <summary>A mapping of texts.</summary>
    public static IReadOnlyDictionary<string, string> Texts(this YamlNode node) => ((YamlMappingNode)node).Children
        .ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => ((YamlScalarNode)pair.Value).Value!);

    public static bool Has(this YamlNode node, string key) => ((YamlMappingNode)node).Children.ContainsKey(key);

    public static YamlNode At(this YamlNode node, string key)
    {
        Assert.True(node.Has(key), $"no key {key} at {node.Start}");
        return node[key];
    }

    public static string Text(this YamlNode node, string key) => ((YamlScalarNode)node.At(key)).Value!;

    public static IReadOnlyList<YamlNode> Items(this YamlNode node, string key) => [.. (YamlSequenceNode)node.At(key)];
}
