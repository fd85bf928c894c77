namespace DriftMonitor.Core.Binning;

/// <summary>What an event's value is, where its bin is not known yet.</summary>
public enum FieldValueKind : byte
{
    /// <summary>Absent or null.</summary>
    Missing,

    /// <summary>An object or array.</summary>
    Composite,

    /// <summary>A number, of JSON or in a cell of CSV.</summary>
    Number,

    /// <summary>A number in a JSON string.</summary>
    TextNumber,

    /// <summary>Any other string, cell or boolean.</summary>
    Text,
}

/// <summary>An event's value, for bins that are found in the values themselves.</summary>
/// <param name="kind">What it is.</param>
/// <param name="number">The number, if it is one.</param>
/// <param name="label">Its text in UTF-8 as a category; empty if it has none.</param>
public readonly ref struct FieldValue(FieldValueKind kind, double number = 0, ReadOnlySpan<byte> label = default)
{
    /// <summary>What it is.</summary>
    public FieldValueKind Kind => kind;

    /// <summary>The number; 0 where it is none.</summary>
    public double Number => number;

    /// <summary>Its text in UTF-8 as a category: a number's <see cref="NumberLabel"/>. Valid as long as the event.</summary>
    public ReadOnlySpan<byte> Label { get; } = label;

    /// <summary>Whether it has a text; false for one that is not valid Unicode.</summary>
    public bool HasLabel { get; init; } = true;

    /// <summary>Whether it is a number of JSON, which as a category equals other spellings of the number.</summary>
    public bool IsJsonToken { get; init; }

    /// <summary>Whether it is a string of JSON.</summary>
    public bool IsString { get; init; }

    /// <summary>Whether it is a string that is written as a number of JSON.</summary>
    public bool IsJsonNumber { get; init; }

    /// <summary>Whether it is a number with a leading zero, as postal codes have.</summary>
    public bool HasLeadingZero { get; init; }

    /// <summary>A number.</summary>
    public static FieldValue Of(double number) => new(FieldValueKind.Number, number) { HasLabel = false };
}
