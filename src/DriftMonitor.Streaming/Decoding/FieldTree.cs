using System.Text.Json;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>Lists the fields that events have: the keys of JSON, nested ones by their paths, and the columns of CSV.</summary>
/// <remarks>
/// For looking at a sample, not for the hot path. Arrays are leaves: the fields in their elements are not listed, unless the record itself
/// is an array, whose elements are then the events. Keys beyond <see cref="MostFields"/> are only counted, so that keys which are values
/// (identifiers, for example) cannot fill the memory.
/// </remarks>
public sealed class FieldTree
{
    /// <summary>The largest number of fields that are listed.</summary>
    public const int MostFields = 500;

    private readonly EventDecoder _decoder = new([]);
    private readonly Node _root = new();
    private readonly List<(string Text, Node Node)> _fields = [];
    private readonly HashSet<string> _repeated = new(StringComparer.Ordinal);
    private int _arrays;
    private int _records;

    /// <summary>The fields, in the order in which they first occurred.</summary>
    public IReadOnlyList<FieldPath> Fields =>
        [.. _fields.Where(each => each.Node.IsLeaf || !each.Node.HasObject).Select(each => FieldPath.Parse(each.Text))];

    /// <summary>Columns whose name occurs twice in a header, so that neither can be read.</summary>
    public IReadOnlyCollection<string> RepeatedColumns => _repeated;

    /// <summary>How often a key was met for which there was no room.</summary>
    public long KeysLeftOut { get; private set; }

    /// <summary>Whether most records are arrays, whose elements are the events.</summary>
    public bool IsOfArrays => 2 * _arrays > _records;

    /// <summary>The path of a key: as it is where that is a path, otherwise quoted.</summary>
    /// <param name="parent">The path of the object that has it; empty for the event itself.</param>
    /// <param name="key">The key.</param>
    public static string Join(string parent, string key)
    {
        var isPlain = key.Length > 0 && key.AsSpan().IndexOfAny('.', '[', '"') < 0 && DerivedField.FunctionIn(key) is null;
        return !isPlain
            ? $"{parent}[\"{key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"]"
            : parent.Length == 0 ? key
            : $"{parent}.{key}";
    }

    /// <summary>Adds the fields of a record; one that cannot be read adds none.</summary>
    public void Add(in RawEvent raw)
    {
        if (_decoder.Decode(raw) != Rejection.None)
        {
            return;
        }

        _records++;
        if (raw.Header is { } header)
        {
            AddColumns(header);
            return;
        }

        var json = raw.Value[(raw.Value[0] <= 1 ? SchemaFrame.LengthIn(raw.Value) : 0)..];
        json = json.StartsWith("\uFEFF"u8) ? json[3..] : json;
        try
        {
            AddJson(new Utf8JsonReader(WithoutNumberNames(json)));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A key that is no text (an unpaired surrogate). The event counts, but no path can name the key.
        }
    }

    private void AddColumns(CsvHeader header)
    {
        foreach (var column in header.Columns.Where(column => column.Length > 0))
        {
            if (header.Columns.Count(other => other == column) > 1)
            {
                _repeated.Add(column);
            }
            else if (Find(_root, "", column) is { } node)
            {
                node.IsLeaf = true;
            }
        }
    }

    private void AddJson(Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            _arrays++;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                AddEvent(ref reader);
            }
        }
        else
        {
            AddEvent(ref reader);
        }
    }

    private void AddEvent(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            AddObject(ref reader, _root, "");
        }
        else
        {
            reader.Skip();
        }
    }

    private void AddObject(ref Utf8JsonReader reader, Node parent, string path)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var node = Find(parent, path, reader.GetString()!);
            reader.Read();
            if (node is null)
            {
                reader.Skip();
                continue;
            }

            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    node.HasObject = true;
                    AddObject(ref reader, node, node.Path);
                    break;
                case JsonTokenType.StartArray:
                    node.IsLeaf = true;
                    reader.Skip();
                    break;
                case JsonTokenType.Null:
                    break;
                default:
                    node.IsLeaf = true;
                    break;
            }
        }
    }

    private Node? Find(Node parent, string path, string key)
    {
        if (parent.Children.TryGetValue(key, out var node))
        {
            return node;
        }

        if (_fields.Count == MostFields)
        {
            KeysLeftOut++;
            return null;
        }

        node = new Node { Path = Join(path, key) };
        parent.Children.Add(key, node);
        _fields.Add((node.Path, node));
        return node;
    }

    // NaN, Infinity and -Infinity outside of strings, which our decoder reads as numbers and .NET's reader refuses, become zeros.
    private static ReadOnlySpan<byte> WithoutNumberNames(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("NaN"u8) < 0 && json.IndexOf("Infinity"u8) < 0)
        {
            return json;
        }

        var copy = json.ToArray();
        var isInString = false;
        for (var at = 0; at < copy.Length; at++)
        {
            if (copy[at] == '"')
            {
                isInString = !isInString;
            }
            else if (copy[at] == '\\')
            {
                at++;
            }
            else if (!isInString && copy[at] is (byte)'N' or (byte)'I')
            {
                var length = copy[at] == 'N' ? "NaN".Length : "Infinity".Length;
                "0.000000"u8[..length].CopyTo(copy.AsSpan(at));
                at += length - 1;
            }
        }

        return copy;
    }

    private sealed class Node
    {
        public Dictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public string Path { get; init; } = "";

        /// <summary>Whether a value was met that is no object and not null.</summary>
        public bool IsLeaf { get; set; }

        public bool HasObject { get; set; }
    }
}
