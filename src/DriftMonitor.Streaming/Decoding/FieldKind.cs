namespace DriftMonitor.Streaming.Decoding;

/// <summary>The type of a field's value in an event.</summary>
public enum FieldKind : byte
{
    /// <summary>There is no value, or it is null.</summary>
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
