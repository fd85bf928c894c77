using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>A place in an event that the path of some field goes through, with the steps that lead on from there.</summary>
internal sealed class PathNode
{
    private const int HeadLength = sizeof(ulong);
    private const int MostCompared = 8; // of more names, a table finds the first that may be the one
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15; // 2⁶⁴/φ: Knuth's

    private readonly List<PathNode> _children = [];
    private readonly string? _name;
    private readonly int _index;
    private readonly byte[] _utf8;
    private PathNode[] _named = [];
    private int[] _lengths = []; // of the names, in bytes
    private ulong[] _heads = []; // the names' first 8 bytes, zeros after the end
    private int[] _slots = []; // open addressing: the index of a name, or −1; empty where all names are compared

    private PathNode(string? name, int index)
    {
        (_name, _index) = (name, index);
        _utf8 = name is null ? [] : Encoding.UTF8.GetBytes(name);
    }

    /// <summary>The field at this place, by its index; −1 where there is none.</summary>
    public int Field { get; private set; } = -1;

    /// <summary>Whether some path goes on by a key.</summary>
    public bool HasNames => _named.Length > 0;

    /// <summary>The last element of an array that some path goes on by; −1 where there is none.</summary>
    public int LastIndex { get; private set; } = -1;

    /// <summary>Whether some path goes on from here.</summary>
    public bool IsInner => _children.Count > 0;

    /// <summary>The keys that are expected here.</summary>
    public KeyPrediction Prediction { get; } = new();

    /// <summary>The top of an event.</summary>
    /// <param name="fields">The fields to find; a field's index is its place in the list.</param>
    public static PathNode Root(IReadOnlyList<FieldPath> fields)
    {
        var root = new PathNode(null, -1);
        for (var field = 0; field < fields.Count; field++)
        {
            var node = root;
            foreach (var step in fields[field].Steps)
            {
                node = node.Child(step);
            }

            node.Field = field;
        }

        return root;
    }

    /// <summary>The child of a key without escapes; null where no path goes there.</summary>
    /// <param name="key">The key's first byte.</param>
    /// <param name="length">The key's length.</param>
    /// <param name="available">Bytes that may be read from the key's first byte on.</param>
    public PathNode? Find(ref byte key, int length, nint available)
    {
        // The length and the first bytes rule out nearly every other key.
        var head = available >= HeadLength
            ? Unsafe.ReadUnaligned<ulong>(ref key)
            : HeadOf(MemoryMarshal.CreateReadOnlySpan(ref key, (int)available));
        head &= length >= HeadLength ? ulong.MaxValue : (1UL << (8 * length)) - 1;
        if (_slots.Length > 0)
        {
            for (var slot = SlotOf(head, length); _slots[slot] >= 0; slot = (slot + 1) & (_slots.Length - 1))
            {
                if (Is(_slots[slot], ref key, length, head))
                {
                    return _named[_slots[slot]];
                }
            }

            return null;
        }

        for (var i = 0; i < _lengths.Length; i++)
        {
            if (Is(i, ref key, length, head))
            {
                return _named[i];
            }
        }

        return null;
    }

    /// <summary>The child of a key with escapes; null where no path goes there.</summary>
    /// <param name="key">The key as it is written, without the quotes.</param>
    public PathNode? FindEscaped(ReadOnlySpan<byte> key)
    {
        foreach (var child in _named)
        {
            if (EscapedText.Equals(key, child._utf8))
            {
                return child;
            }
        }

        return null;
    }

    /// <summary>The child of an array's element; null where no path goes there.</summary>
    public PathNode? Find(int element)
    {
        foreach (var child in _children)
        {
            if (child._index == element)
            {
                return child;
            }
        }

        return null;
    }

    /// <summary>Clears the tokens of the fields here and below.</summary>
    public void Clear(FieldToken[] tokens)
    {
        if (Field >= 0)
        {
            tokens[Field] = default;
        }

        foreach (var child in _children)
        {
            child.Clear(tokens);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Is(int name, ref byte key, int length, ulong head) =>
        _lengths[name] == length && _heads[name] == head
        && (length <= HeadLength || MemoryMarshal.CreateReadOnlySpan(ref key, length).SequenceEqual(_named[name]._utf8));

    private int SlotOf(ulong head, int length) =>
        (int)(((head ^ (ulong)length) * Multiplier) >> (64 - BitOperations.Log2((uint)_slots.Length)));

    // At most a quarter is in use. Names that share length and first bytes follow each other; who configures them decides how many do.
    private void FillSlots()
    {
        _slots = new int[(int)BitOperations.RoundUpToPowerOf2((uint)_named.Length) * 4];
        Array.Fill(_slots, -1);
        for (var name = 0; name < _named.Length; name++)
        {
            var slot = SlotOf(_heads[name], _lengths[name]);
            while (_slots[slot] >= 0)
            {
                slot = (slot + 1) & (_slots.Length - 1);
            }

            _slots[slot] = name;
        }
    }

    private PathNode Child(FieldPath.Step step)
    {
        foreach (var child in _children)
        {
            if (step.Name is null ? child._index == step.Index : child._name == step.Name)
            {
                return child;
            }
        }

        var added = new PathNode(step.Name, step.Name is null ? step.Index : -1);
        _children.Add(added);
        LastIndex = Math.Max(LastIndex, added._index);
        _named = [.. _children.Where(child => child._name is not null)];
        _lengths = [.. _named.Select(child => child._utf8.Length)];
        _heads = [.. _named.Select(child => HeadOf(child._utf8))];
        if (_named.Length > MostCompared)
        {
            FillSlots();
        }

        return added;
    }

    private static ulong HeadOf(ReadOnlySpan<byte> text)
    {
        var head = 0UL;
        for (var i = Math.Min(text.Length, HeadLength) - 1; i >= 0; i--)
        {
            head = (head << 8) | text[i];
        }

        return head;
    }
}
