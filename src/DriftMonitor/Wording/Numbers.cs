using System.Globalization;

namespace DriftMonitor.Wording;

/// <summary>Numbers as the page shows them: as many digits as a person compares.</summary>
internal static class Numbers
{
    /// <summary>A divergence.</summary>
    public static string Nats(double nats) => nats switch
    {
        0 => "0",
        < 0.0005 => "<0.001",
        < 10 => nats.ToString("0.000", CultureInfo.InvariantCulture),
        _ => nats.ToString("0.0", CultureInfo.InvariantCulture),
    };

    /// <summary>A configured level, as it was written.</summary>
    public static string Level(double nats) => nats.ToString(CultureInfo.InvariantCulture);

    /// <summary>A contribution, with its sign; a true minus, as wide as the plus.</summary>
    public static string Signed(double nats) => nats.ToString("+0.000;−0.000;0", CultureInfo.InvariantCulture);

    /// <summary>A share.</summary>
    public static string Percent(double share) => share switch
    {
        0 => "0 %",
        < 0.0005 => "<0.1 %",
        _ => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %",
    };

    /// <summary>A tick of an axis: four digits, or a whole number of up to seven.</summary>
    public static string Tick(double value) =>
        value.ToString(Math.Abs(value) is >= 1e4 and < 1e7 ? "0" : "G4", CultureInfo.InvariantCulture);

    /// <summary>A text with numbers in it.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
