using System.Text;
using System.Text.Json;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>A node in the tree of the paths of all fields: one step of a path, with the steps that follow it.</summary>
internal sealed class FieldNode
{
    private readonly string? _name;
    private readonly byte[] _utf8Name;
    private readonly int _index; // of an array's element; -1 for a property

    private FieldNode(string? name, int index)
    {
        _name = name;
        _utf8Name = name is null ? [] : Encoding.UTF8.GetBytes(name);
        _index = index;
    }

    /// <summary>The steps that follow.</summary>
    public List<FieldNode> Children { get; } = [];

    /// <summary>The index of the field whose path ends here; −1 for none.</summary>
    public int Field { get; private set; } = -1;

    /// <summary>Whether a property follows on some path.</summary>
    public bool HasNames { get; private set; }

    /// <summary>The last element of an array that follows on some path; −1 for none.</summary>
    public int LastIndex { get; private set; } = -1;

    /// <summary>Creates the root of a tree.</summary>
    /// <param name="fields">The paths; a field's index is its place in the list.</param>
    public static FieldNode CreateTree(IReadOnlyList<FieldPath> fields)
    {
        var root = new FieldNode(null, -1);
        for (var field = 0; field < fields.Count; field++)
        {
            root.Add(fields[field].Steps, field);
        }

        return root;
    }

    /// <summary>The child for the property whose name the reader is at; null if no path leads there.</summary>
    public FieldNode? FindByName(ref Utf8JsonReader reader)
    {
        foreach (var child in Children)
        {
            if (child._index < 0 && IsNamed(ref reader, child._utf8Name))
            {
                return child;
            }
        }

        return null;
    }

    /// <summary>The child for an element of an array; null if no path leads there.</summary>
    public FieldNode? FindByIndex(int index)
    {
        // A loop, because a lambda would be allocated for each element of each event.
        foreach (var child in Children)
        {
            if (child._index == index)
            {
                return child;
            }
        }

        return null;
    }

    private void Add(IReadOnlyList<FieldPath.Step> steps, int field)
    {
        var node = this;
        foreach (var step in steps)
        {
            var next = node.Children.Find(child => child.Matches(step));
            if (next is null)
            {
                node.Children.Add(next = new FieldNode(step.Name, step.Index));
                node.HasNames |= step.Name is not null;
                node.LastIndex = Math.Max(node.LastIndex, next._index);
            }

            node = next;
        }

        node.Field = field;
    }

    private bool Matches(FieldPath.Step step) => step.Name is null ? _index == step.Index : _index < 0 && _name == step.Name;

    private static bool IsNamed(ref Utf8JsonReader reader, byte[] name)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueTextEquals(name);
        }

        try
        {
            return reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false; // an unpaired surrogate such as "\ud800", which no field's name contains
        }
    }
}
