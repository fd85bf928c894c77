using System.Numerics;

namespace DriftMonitor.Core.Numerics;

/// <summary>
/// Natural logarithms in fixed point with 64 fractional bits (Q64), computed with integers only.
/// </summary>
/// <remarks>
/// Integers give the same sum in any order, so an incremental sum equals a recount bit for bit. No floating-point library is involved,
/// so machines with different processors get the same bits too.
/// <para>
/// ln n = e ln 2 + 2 artanh((y − 1)/(y + 1)) with n = y 2ᵉ and y in [1/√2, √2): |z| ≤ 0.1716, so z² &lt; 0.0295 and 13 terms of
/// the series Σ z²ᵏ⁺¹/(2k+1) leave less than 2⁻⁶⁶. Including the truncation of each step, the error stays below 2⁻⁵⁸
/// (3.5e-18).
/// </para>
/// </remarks>
public static class FixedPoint
{
    /// <summary>1 in Q64, which is 2⁶⁴, as a double: divide a Q64 number by it to get its value.</summary>
    public const double One = 18446744073709551616.0;

    private const ulong Ln2 = 0xB172_17F7_D1CF_79AC; // ln 2 in Q64
    private const ulong Sqrt2 = 0xB504_F333_F9DE_6484; // √2 in Q63
    private const int Terms = 13;

    private static readonly ulong[] Reciprocals = MakeReciprocals(); // 1/(2k+1) in Q64, k = 1 … Terms

    private static readonly Int128[] Small = MakeSmall(4096); // n ln n of the most common counts

    /// <summary>ln n in Q64.</summary>
    /// <param name="n">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is 0.</exception>
    public static Int128 Log(ulong n)
    {
        ArgumentOutOfRangeException.ThrowIfZero(n);
        var exponent = 63 - BitOperations.LeadingZeroCount(n);
        var y = n << (63 - exponent); // Q63, in [1, 2)
        UInt128 numerator, denominator;
        bool negative;
        if (y >= Sqrt2)
        {
            // Half of y is in [1/√2, 1): (y/2 − 1)/(y/2 + 1) = −(2 − y)/(2 + y).
            exponent++;
            numerator = (UInt128.One << 64) - y;
            denominator = (UInt128.One << 64) + y;
            negative = true;
        }
        else
        {
            numerator = y - (1UL << 63);
            denominator = (UInt128)y + (1UL << 63);
            negative = false;
        }

        var z = (ulong)((numerator << 63) / denominator) << 1; // Q64; |z| < 0.172; losing the last bit is within the bound above
        var square = High(z, z);
        var series = 0UL;
        for (var k = Terms - 1; k >= 0; k--)
        {
            series = High(square, series + Reciprocals[k]);
        }

        var artanh = z + High(z, series);
        var mantissa = (Int128)artanh << 1;
        return (Int128)Ln2 * exponent + (negative ? -mantissa : mantissa);
    }

    /// <summary>ln x in Q64 of a double, which is an exact binary fraction.</summary>
    /// <param name="x">Positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">x is 0, negative, infinite or not a number.</exception>
    public static Int128 Log(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x))
        {
            throw new ArgumentOutOfRangeException(nameof(x), x, "the logarithm needs a positive finite number");
        }

        var bits = BitConverter.DoubleToInt64Bits(x);
        var biased = (int)(bits >> 52);
        var fraction = (ulong)bits & 0xF_FFFF_FFFF_FFFF;
        return biased == 0 ? Log(fraction) - (Int128)Ln2 * 1074 : Log(fraction | 1UL << 52) + (Int128)Ln2 * (biased - 1075);
    }

    /// <summary>F[n] = n ln n in Q64; 0 for n = 0.</summary>
    /// <param name="n">From 0 to 2⁵⁰: larger counts could overflow the sums of a window.</param>
    public static Int128 NLogN(long n) => (ulong)n < (ulong)Small.Length ? Small[n] : n * Log((ulong)n);

    /// <summary>Converts a Q64 number to the nearest double.</summary>
    public static double ToDouble(Int128 q64) => (double)q64 / One;

    private static ulong High(ulong a, ulong b) => Math.BigMul(a, b, out _);

    private static ulong[] MakeReciprocals()
    {
        var reciprocals = new ulong[Terms];
        for (var k = 1; k <= Terms; k++)
        {
            reciprocals[k - 1] = (ulong)((UInt128.One << 64) / (ulong)(2 * k + 1));
        }

        return reciprocals;
    }

    private static Int128[] MakeSmall(int count)
    {
        var table = new Int128[count];
        for (var n = 1; n < count; n++)
        {
            table[n] = n * Log((ulong)n);
        }

        return table;
    }
}
