using System.Diagnostics.CodeAnalysis;
using System.Text;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>The fields whose values make up an event's segment, and whether its topic's name is the first part.</summary>
/// <remarks>
/// The value of one field is the segment as it stands, and so is the topic if there are no fields. Several are joined by <c>/</c>; a
/// <c>/</c> or <c>\</c> in a value then has a <c>\</c> before it, so that different values never give the same segment.
/// </remarks>
public sealed class SegmentFields : IEquatable<SegmentFields>
{
    private const string TopicText = "(topic)"; // no path of a field

    private readonly FieldPath[] _fields;

    /// <summary>The segment of some fields, at least one, in their order.</summary>
    public SegmentFields(params ReadOnlySpan<FieldPath> fields)
        : this(hasTopic: false, fields)
    {
    }

    private SegmentFields(bool hasTopic, ReadOnlySpan<FieldPath> fields)
    {
        HasTopic = hasTopic;
        _fields = fields.Length > 0 || hasTopic ? fields.ToArray() : throw new ArgumentException("a segment has no fields", nameof(fields));
        string[] parts = [.. hasTopic ? [TopicText] : Array.Empty<string>(), .. _fields.Select(field => field.Text)];
        Text = parts.Length == 1 ? parts[0] : string.Join('/', parts.Select(Escape));
    }

    /// <summary>Whether the name of the event's topic is the first part: for a monitor of a <see cref="TopicPattern"/>.</summary>
    public bool HasTopic { get; }

    /// <summary>The fields.</summary>
    public IReadOnlyList<FieldPath> Fields => _fields;

    /// <summary>The fields' names, joined as their values are.</summary>
    public string Text { get; }

    /// <summary>The fields of a configuration or a reference; null if there are none.</summary>
    public static SegmentFields? Of(IReadOnlyList<string> fields) => Of(hasTopic: false, fields);

    /// <summary>The topic, if it is part of the segment, and the fields of a configuration; null if there is neither.</summary>
    public static SegmentFields? Of(bool hasTopic, IReadOnlyList<string> fields) =>
        fields.Count == 0 && !hasTopic ? null : new SegmentFields(hasTopic, [.. fields.Select(FieldPath.PathOrColumn)]);

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
    public bool Equals(SegmentFields? other) =>
        other is not null && HasTopic == other.HasTopic && _fields.AsSpan().SequenceEqual(other._fields);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SegmentFields);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
