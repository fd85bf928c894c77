using System.Globalization;

namespace DriftMonitor.Wording;

/// <summary>The unit of information that people want to see; JSON always tells its own.</summary>
internal enum InformationUnit
{
    /// <summary>By natural logarithms.</summary>
    Nats,

    /// <summary>By logarithms to base 2: 1 nat is 1.4427 bits.</summary>
    Bits,
}

/// <summary>Figures as the workbench's verbs show them.</summary>
internal static class Figures
{
    /// <summary>A figure to four decimals, or to three digits where it is smaller; ∞ where it is infinite.</summary>
    public static string Of(double value) =>
        double.IsInfinity(value) ? value > 0 ? "∞" : "-∞"
        : value != 0 && Math.Abs(value) < 0.0005 ? value.ToString("0.00e-0", CultureInfo.InvariantCulture)
        : value.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>A figure with its sign.</summary>
    public static string Signed(double value) => value == 0 ? "0" : value > 0 ? $"+{Of(value)}" : Of(value);

    /// <summary>A share: 12.5 %; 0 % and 100.0 % are none and all.</summary>
    public static string Percent(double share) => share switch
    {
        0 => "0 %",
        < 0.0005 => "<0.1 %",
        >= 0.9995 and < 1 => ">99.9 %",
        _ => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %",
    };

    /// <summary>Nats in a unit.</summary>
    public static double In(InformationUnit unit, double nats) => unit == InformationUnit.Bits ? nats / Math.Log(2) : nats;

    /// <summary>The unit's name.</summary>
    public static string Name(InformationUnit unit) => unit == InformationUnit.Bits ? "bits" : "nats";

    /// <summary>An amount of information for a sentence: <c>0.5004 nats (0.7219 bits)</c>, or <c>0.7219 bits</c> alone where that is the unit.</summary>
    public static string Amount(InformationUnit unit, double nats)
    {
        var bits = $"{Of(In(InformationUnit.Bits, nats))} bits";
        return unit == InformationUnit.Bits ? bits : $"{Of(nats)} nats ({bits})";
    }
}
