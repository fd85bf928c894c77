using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>The fields whose values make up an event's segment.</summary>
/// <remarks>
/// The value of one field is the segment as it stands. Those of several are joined by <c>/</c>; a <c>/</c> or <c>\</c> in a value then has
/// a <c>\</c> before it, so that different values never give the same segment.
/// </remarks>
public sealed class SegmentFields : IEquatable<SegmentFields>
{
    private readonly FieldPath[] _fields;

    /// <summary>The segment of some fields, at least one, in their order.</summary>
    public SegmentFields(params ReadOnlySpan<FieldPath> fields)
    {
        _fields = fields.Length > 0 ? fields.ToArray() : throw new ArgumentException("a segment has no fields", nameof(fields));
        Text = _fields.Length == 1 ? _fields[0].Text : string.Join('/', _fields.Select(field => Escape(field.Text)));
    }

    /// <summary>The fields.</summary>
    public IReadOnlyList<FieldPath> Fields => _fields;

    /// <summary>The fields' names, joined as their values are.</summary>
    public string Text { get; }

    /// <summary>The fields of a configuration or a reference; null if there are none.</summary>
    public static SegmentFields? Of(IReadOnlyList<string> fields) =>
        fields.Count == 0 ? null : new SegmentFields([.. fields.Select(FieldPath.PathOrColumn)]);

    /// <summary>The segment of one field; null for none.</summary>
    [return: NotNullIfNotNull(nameof(field))]
    public static implicit operator SegmentFields?(FieldPath? field) => field is null ? null : new SegmentFields(field);

    /// <summary>Appends a value of several to a segment.</summary>
    internal static int Append(Span<byte> segment, int length, ReadOnlySpan<byte> value)
    {
        foreach (var each in value)
        {
            if (each is (byte)'/' or (byte)'\\')
            {
                segment[length++] = (byte)'\\';
            }

            segment[length++] = each;
        }

        return length;
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var each in text)
        {
            escaped.Append(each is '/' or '\\' ? "\\" : "").Append(each);
        }

        return escaped.ToString();
    }

    /// <inheritdoc/>
    public bool Equals(SegmentFields? other) => other is not null && _fields.AsSpan().SequenceEqual(other._fields);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SegmentFields);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
