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

    public static bool Has(this YamlNode node, string key) => ((YamlMappingNode)node).Children.ContainsKey(key);

    public static YamlNode At(this YamlNode node, string key)
    {
        Assert.True(node.Has(key), $"no key {key} at {node.Start}");
        return node[key];
    }

    public static string Text(this YamlNode node, string key) => ((YamlScalarNode)node.At(key)).Value!;

    public static IReadOnlyList<YamlNode> Items(this YamlNode node, string key) => [.. (YamlSequenceNode)node.At(key)];
}
