using DriftMonitor.Core.Binning;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// What stands for the bin of a derived value where the reference finds the bins in the values themselves: besides
/// <see cref="PartitionFold.DependsOnHistory"/>, what is known of the value.
/// </summary>
public static class DerivedCode
{
    /// <summary>Absent or null.</summary>
    public const int Missing = -2;

    /// <summary>Of another type than the derivation needs.</summary>
    public const int WrongType = -3;

    /// <summary>The number beside it.</summary>
    public const int Number = -4;

    /// <summary>The category <c>true</c>.</summary>
    public const int True = -5;

    /// <summary>The category <c>false</c>.</summary>
    public const int False = -6;

    /// <summary>The value.</summary>
    /// <param name="code">What is known of it.</param>
    /// <param name="number">The number, if it is one.</param>
    internal static FieldValue ValueOf(int code, double number) => code switch
    {
        Missing => new FieldValue(FieldValueKind.Missing),
        WrongType => new FieldValue(FieldValueKind.Composite),
        Number => FieldValue.Of(number),
        True => new FieldValue(FieldValueKind.Text, label: "true"u8),
        False => new FieldValue(FieldValueKind.Text, label: "false"u8),
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "is no code of a value"),
    };
}
