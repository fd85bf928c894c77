namespace DriftMonitor.Streaming.Decoding;

/// <summary>What stands at a field's place in an event.</summary>
public enum FieldKind : byte
{
    /// <summary>Nothing, or null.</summary>
    Missing,

    /// <summary>A JSON string.</summary>
    Text,

    /// <summary>A JSON number.</summary>
    Number,

    /// <summary>A JSON <c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>A JSON object or array.</summary>
    Composite,

    /// <summary>A CSV cell that is not empty.</summary>
    Cell,
}

/// <summary>Where a field's text stands in the event's bytes, without quotes; nothing is copied.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="IsEscaped">Whether escapes stand in it: backslashes in JSON, doubled quotes in CSV.</param>
/// <param name="Start">The first byte.</param>
/// <param name="Length">The number of bytes.</param>
public readonly record struct FieldToken(FieldKind Kind, bool IsEscaped, int Start, int Length)
{
    /// <summary>The value of a JSON number; an infinity beyond the range of doubles.</summary>
    public double Number { get; init; }

    /// <summary>The field's bytes in the event's.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> value) => value.Slice(Start, Length);
}
