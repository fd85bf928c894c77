using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace DriftMonitor.Configuration;

/// <summary>A key of a configuration as it was written, with all below it, before it is read against the options.</summary>
/// <remarks>
/// .NET's own configuration searches all of its keys for the children of one, so that a thousand monitors would take a thousand times the
/// time of one for each of their keys.
/// </remarks>
internal sealed class WrittenConfiguration
{
    private readonly Dictionary<string, WrittenConfiguration> _children = new(StringComparer.OrdinalIgnoreCase);

    private WrittenConfiguration(string key, string path) => (Key, Path) = (key, path);

    /// <summary>The last part of the path.</summary>
    public string Key { get; }

    /// <summary>The keys from the root, joined by colons; empty for the root.</summary>
    public string Path { get; }

    /// <summary>The value in the environment, or else in the file; null for a JSON null, and where there is none.</summary>
    public string? Value { get; private set; }

    /// <summary>
    /// The JSON kind in the file. The value alone cannot tell <c>{}</c>, <c>[]</c> and <c>""</c> apart.
    /// </summary>
    public JsonValueKind KindInFile { get; private set; }

    /// <summary>What is below the key, in order; entries of a list by their number.</summary>
    public IEnumerable<WrittenConfiguration> Children =>
        _children.Values.OrderBy(child => child.Key, ConfigurationKeyComparer.Instance);

    /// <summary>Whether anything is below the key.</summary>
    public bool HasChildren => _children.Count > 0;

    /// <summary>Whether the key is a JSON null, or does not exist.</summary>
    public bool IsNull => Value is null && !HasChildren;

    /// <summary>A root without keys.</summary>
    public static WrittenConfiguration Empty() => new("", "");

    /// <summary>The child of a name, in any case; null if there is none.</summary>
    public WrittenConfiguration? Find(string key) => _children.GetValueOrDefault(key);

    /// <summary>Adds a child, or replaces its value.</summary>
    public WrittenConfiguration Add(string key, string? value, JsonValueKind kind)
    {
        var child = FindOrAdd(key);
        (child.Value, child.KindInFile) = (value, kind);
        return child;
    }

    /// <summary>Sets the value of a path below this key, as the environment does.</summary>
    public void Override(string path, string? value)
    {
        var at = this;
        foreach (var key in path.Split(ConfigurationPath.KeyDelimiter))
        {
            at = at.FindOrAdd(key);
        }

        at.Value = value;
    }

    /// <summary>Removes a child with all below it.</summary>
    public void Remove(string key) => _children.Remove(key);

    private WrittenConfiguration FindOrAdd(string key)
    {
        if (!_children.TryGetValue(key, out var child))
        {
            child = _children[key] = new WrittenConfiguration(key, Path.Length == 0 ? key : ConfigurationPath.Combine(Path, key));
        }

        return child;
    }
}
