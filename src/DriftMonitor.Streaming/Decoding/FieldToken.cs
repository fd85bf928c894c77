using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>The place of a field's text in the event's bytes, without quotes; nothing is copied.</summary>
/// <param name="Kind">The type of the value.</param>
/// <param name="IsEscaped">
/// Whether the text is not what is written there: it contains backslashes in JSON or doubled quotes in CSV, or it is a JSON number that may
/// not be written as its <see cref="Core.Binning.NumberLabel"/>.
/// </param>
/// <param name="Start">The index of the first byte.</param>
/// <param name="Length">The number of bytes.</param>
public readonly record struct FieldToken(FieldKind Kind, bool IsEscaped, int Start, int Length)
{
    /// <summary>The value of a JSON number; an infinity beyond the range of doubles, or where the token says so.</summary>
    public double Number { get; init; }

    /// <summary>What separates a number's whole part from its fraction, in a cell of CSV.</summary>
    public DecimalMark DecimalMark { get; init; }

    /// <summary>The field's bytes, out of the event's.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> value) => value.Slice(Start, Length);
}
