using System.Runtime.InteropServices;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>Goes through the elements of an array in a record, each of which is an event.</summary>
/// <remarks>
/// The record has been checked to be well-formed. Nothing is copied: an element's fields are places in the record's bytes.
/// </remarks>
public ref struct ArrayElements
{
    /// <summary>
    /// The largest number of events in a record. It bounds what one record can do: how long it takes, and how many panes it can open.
    /// </summary>
    public const int Most = 65_536;

    private readonly ReadOnlySpan<byte> _record;
    private int _at;

    /// <summary>Before the first element.</summary>
    /// <param name="record">The record's bytes.</param>
    /// <param name="array">The array's place in them: see <see cref="IsArray"/>.</param>
    public ArrayElements(ReadOnlySpan<byte> record, FieldToken array)
    {
        _record = record;
        _at = (int)JsonSyntax.SkipBlanks(ref MemoryMarshal.GetReference(record), array.Start + 1, record.Length);
    }

    /// <summary>The place of the first byte of the element that <see cref="MoveNext"/> moved to.</summary>
    public int Start { get; private set; }

    /// <summary>Whether a field's value is an array.</summary>
    /// <param name="token">The field's place.</param>
    /// <param name="record">The record's bytes.</param>
    public static bool IsArray(FieldToken token, ReadOnlySpan<byte> record) =>
        token.Kind == FieldKind.Composite && record[token.Start] == '[';

    /// <summary>The number of an array's elements.</summary>
    /// <param name="record">The record's bytes.</param>
    /// <param name="array">The array's place in them.</param>
    public static int Count(ReadOnlySpan<byte> record, FieldToken array)
    {
        var elements = new ArrayElements(record, array);
        var count = 0;
        while (elements.MoveNext(decoder: null))
        {
            count++;
        }

        return count;
    }

    /// <summary>Whether an array has more than <see cref="Most"/> elements.</summary>
    /// <param name="record">The record's bytes.</param>
    /// <param name="array">The array's place in them.</param>
    public static bool AreTooMany(ReadOnlySpan<byte> record, FieldToken array)
    {
        if ((record.Length - array.Start) / 2 <= Most)
        {
            return false; // an element takes two bytes, with its comma
        }

        var elements = new ArrayElements(record, array);
        var count = 0;
        while (count <= Most && elements.MoveNext(decoder: null))
        {
            count++;
        }

        return count > Most;
    }

    /// <summary>Moves to the next element.</summary>
    /// <param name="decoder">Locates the element's fields; null to skip it.</param>
    /// <returns>False if there is none.</returns>
    public bool MoveNext(EventDecoder? decoder)
    {
        ref var text = ref MemoryMarshal.GetReference(_record);
        if (_record[_at] == ']')
        {
            return false;
        }

        Start = _at;
        nint behind = decoder?.DecodeElement(_record, _at) ?? (int)JsonSkipper.Skip(ref text, _at, _record.Length, 0);
        behind = JsonSyntax.SkipBlanks(ref text, behind, _record.Length);
        _at = (int)(_record[(int)behind] == ',' ? JsonSyntax.SkipBlanks(ref text, behind + 1, _record.Length) : behind);
        return true;
    }
}
