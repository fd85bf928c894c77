using System.Globalization;

namespace DriftMonitor.Wording;

/// <summary>Numbers as people read them, on the page, in tables and in sentences.</summary>
internal static class Figures
{
    /// <summary>A figure to four decimals, or to three digits where it is smaller; ∞ where it is infinite.</summary>
    public static string Of(double value) =>
        double.IsInfinity(value) ? value > 0 ? "∞" : "-∞"
        : value != 0 && Math.Abs(value) < 0.0005 ? value.ToString("0.00e-0", CultureInfo.InvariantCulture)
        : value.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>A figure with its sign.</summary>
    public static string Signed(double value) => value == 0 ? "0" : value > 0 ? $"+{Of(value)}" : Of(value);

    /// <summary>
    /// A divergence of a window in nats: 1.388, 0.0098, 23.1. Three decimals are enough to compare windows; a small noise needs a fourth.
    /// </summary>
    public static string Nats(double nats) => nats switch
    {
        0 => "0",
        < 0.00005 => "<0.0001",
        < 0.00995 => nats.ToString("0.0000", CultureInfo.InvariantCulture),
        < 10 => nats.ToString("0.000", CultureInfo.InvariantCulture),
        _ => nats.ToString("0.0", CultureInfo.InvariantCulture),
    };

    /// <summary>A configured number, with the digits that it was written with.</summary>
    public static string Configured(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A share: 12.5 %. Only an exact 0 is shown as 0 %, and only an exact 1 as 100.0 %.</summary>
    public static string Percent(double share) => share switch
    {
        0 => "0 %",
        < 0.0005 => "<0.1 %",
        >= 0.9995 and < 1 => ">99.9 %",
        _ => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %",
    };

    /// <summary>A share of a whole with many small parts, such as words: 1.234 %. Only an exact 0 is shown as 0 %.</summary>
    public static string SmallPercent(double share) => share switch
    {
        0 => "0 %",
        < 0.000005 => "<0.001 %",
        _ => (share * 100).ToString("0.000", CultureInfo.InvariantCulture) + " %",
    };

    /// <summary>A tick of an axis: four digits, or a whole number of up to seven.</summary>
    public static string Tick(double value) =>
        value.ToString(Math.Abs(value) is >= 1e4 and < 1e7 ? "0" : "G4", CultureInfo.InvariantCulture);

    /// <summary>Nats converted to a unit.</summary>
    public static double In(InformationUnit unit, double nats) => unit == InformationUnit.Bits ? nats / Math.Log(2) : nats;

    /// <summary>The unit's name.</summary>
    public static string Name(InformationUnit unit) => unit == InformationUnit.Bits ? "bits" : "nats";

    /// <summary>
    /// An amount of information for a sentence: <c>0.5004 nats (0.7219 bits)</c>, or only <c>0.7219 bits</c> where that is the unit.
    /// </summary>
    public static string Amount(InformationUnit unit, double nats)
    {
        var bits = $"{Of(In(InformationUnit.Bits, nats))} bits";
        return unit == InformationUnit.Bits ? bits : $"{Of(nats)} nats ({bits})";
    }
}
