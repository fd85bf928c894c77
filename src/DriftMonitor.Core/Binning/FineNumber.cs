namespace DriftMonitor.Core.Binning;

/// <summary>
/// Fine bins of numbers: the bits of a double without its lowest 41, so that 11 bits of the mantissa stay and a bin is 2⁻¹¹ of its value
/// wide. A coarser level keeps so many bits less.
/// </summary>
/// <remarks>The lowest bit of a bin's key is free: it marks numbers that are written in strings.</remarks>
public static class FineNumber
{
    /// <summary>A series keeps at most so many fine bins. With more, it keeps one bit less of all numbers.</summary>
    public const int MostBins = 16_384;

    /// <summary>The most bits less: then only sign and exponent are left, which are fewer than <see cref="MostBins"/>.</summary>
    public const int MostLevel = 52 - ClearedBits;

    private const int ClearedBits = 41;
    private const long InText = 1;

    /// <summary>The key of the fine bin of a number, at level 0. The two zeros share one, and so does every NaN.</summary>
    public static long KeyOf(double number) =>
        double.IsNaN(number)
            ? BitConverter.DoubleToInt64Bits(double.NaN)
            : Coarsen(WithoutMark(BitConverter.DoubleToInt64Bits(number)), level: 0);

    /// <summary>The key of a fine bin at a coarser level; the mark of strings stays.</summary>
    public static long Coarsen(long key, int level)
    {
        if (double.IsNaN(ValueOf(key)))
        {
            return key;
        }

        var coarse = key & (-1L << (ClearedBits + level) | InText);
        return ValueOf(coarse) == 0 ? coarse & InText : coarse; // not −0
    }

    /// <summary>The number that stands for a fine bin: the one in it that is nearest to 0.</summary>
    public static double ValueOf(long key) => BitConverter.Int64BitsToDouble(key & ~InText);

    /// <summary>The key of the same fine bin for numbers that are written in strings.</summary>
    public static long MarkInText(long key) => key | InText;

    /// <summary>Whether a key is of numbers that are written in strings.</summary>
    public static bool IsInText(long key) => (key & InText) != 0;

    /// <summary>The key of the same fine bin for all numbers.</summary>
    public static long WithoutMark(long key) => key & ~InText;
}
