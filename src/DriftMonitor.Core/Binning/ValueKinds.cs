using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Binning;

/// <summary>How many values there are of each kind: it decides whether a field holds numbers or categories.</summary>
public sealed class ValueKinds
{
    private const double ShareOfNumbers = 0.95; // of strings, from which on they are numbers

    /// <summary>Numbers that are not in JSON strings.</summary>
    public long Numbers { get; set; }

    /// <summary>Strings, booleans, and cells that are no numbers.</summary>
    public long Texts { get; set; }

    /// <summary>JSON strings.</summary>
    public long Strings { get; set; }

    /// <summary>JSON strings that are numbers, in any spelling.</summary>
    public long TextNumbers { get; set; }

    /// <summary>JSON strings that are written as numbers of JSON.</summary>
    public long JsonNumbers { get; set; }

    /// <summary>Cells that are numbers with a leading zero.</summary>
    public long ZerosInCells { get; set; }

    /// <summary>JSON strings that are numbers with a leading zero.</summary>
    public long ZerosInStrings { get; set; }

    /// <summary>
    /// Whether numbers in JSON strings are numbers: at least 95 % of the strings are JSON numbers and none has a leading zero.
    /// </summary>
    public bool ReadsTextNumbers => Strings > 0 && JsonNumbers >= ShareOfNumbers * Strings && ZerosInStrings == 0;

    /// <summary>
    /// Whether the values are numbers rather than categories: more of them are numbers than texts, and no cell has a leading zero.
    /// </summary>
    public bool AreNumbers
    {
        get
        {
            var inText = ReadsTextNumbers ? TextNumbers : 0;
            return Numbers + inText > Texts - inText && ZerosInCells == 0;
        }
    }

    /// <summary>Counts a value.</summary>
    public void Add(in FieldValue value)
    {
        if (value.Kind is FieldValueKind.Missing or FieldValueKind.Composite)
        {
            return;
        }

        Numbers += value.Kind == FieldValueKind.Number ? 1 : 0;
        Texts += value.Kind == FieldValueKind.Number ? 0 : 1;
        Strings += value.IsString ? 1 : 0;
        TextNumbers += value.Kind == FieldValueKind.TextNumber ? 1 : 0;
        JsonNumbers += value.IsJsonNumber ? 1 : 0;
        ZerosInCells += value.HasLeadingZero && !value.IsString ? 1 : 0;
        ZerosInStrings += value.HasLeadingZero && value.IsString ? 1 : 0;
    }

    /// <summary>Forgets all values.</summary>
    public void Clear() => (Numbers, Texts, Strings, TextNumbers, JsonNumbers, ZerosInCells, ZerosInStrings) = (0, 0, 0, 0, 0, 0, 0);

    /// <summary>Adds the values counted elsewhere.</summary>
    public void Add(ValueKinds other)
    {
        Numbers += other.Numbers;
        Texts += other.Texts;
        Strings += other.Strings;
        TextNumbers += other.TextNumbers;
        JsonNumbers += other.JsonNumbers;
        ZerosInCells += other.ZerosInCells;
        ZerosInStrings += other.ZerosInStrings;
    }

    internal void Exchange(StateExchange state)
    {
        (Numbers, Texts, Strings) = (state.Number(Numbers), state.Number(Texts), state.Number(Strings));
        (TextNumbers, JsonNumbers) = (state.Number(TextNumbers), state.Number(JsonNumbers));
        (ZerosInCells, ZerosInStrings) = (state.Number(ZerosInCells), state.Number(ZerosInStrings));
    }
}
