using System.Numerics;
using DriftMonitor.Core.Numerics;
using FsCheck;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

public sealed class FixedPointTests
{
    [Fact]
    public void The_logarithm_is_within_2_to_the_minus_58_of_a_hundred_digit_one()
    {
        var numbers = Enumerable.Range(1, 2000).Select(n => (ulong)n)
            .Concat(Enumerable.Range(0, 64).Select(bit => 1UL << bit).SelectMany(n => new[] { n, n - 1, n + 1, n * 3 / 2 }))
            .Concat([ulong.MaxValue, 0xB504_F333_F9DE_6484, 0xB504_F333_F9DE_6483])
            .Where(n => n > 0);
        foreach (var n in numbers)
        {
            var error = (BigInteger)FixedPoint.Log(n) - (ExactLog(n) >> 64);
            Assert.True(BigInteger.Abs(error) <= 1 << 6, $"ln {n} is off by {error} · 2⁻⁶⁴");
        }
    }

    [Property]
    public bool The_logarithm_of_a_double_is_that_of_the_fraction_it_is(NormalFloat value)
    {
        var x = Math.Abs(value.Get);
        return x == 0 || Math.Abs(FixedPoint.ToDouble(FixedPoint.Log(x)) - Math.Log(x)) <= 4e-16 * Math.Max(1, Math.Abs(Math.Log(x)));
    }

    [Theory]
    [InlineData(5e-324)]
    [InlineData(2.2250738585072014e-308)]
    [InlineData(1e-300)]
    [InlineData(0.1)]
    [InlineData(1.7976931348623157e308)]
    public void The_smallest_and_largest_doubles_have_logarithms(double x) =>
        Assert.Equal(Math.Log(x), FixedPoint.ToDouble(FixedPoint.Log(x)), 1e-13);

    [Fact]
    public void Zero_has_no_logarithm()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => FixedPoint.Log(0UL));
        Assert.Throws<ArgumentOutOfRangeException>(() => FixedPoint.Log(0.0));
        Assert.Throws<ArgumentOutOfRangeException>(() => FixedPoint.Log(double.NaN));
        Assert.Equal(0, FixedPoint.NLogN(0));
    }

    [Fact]
    public void Small_and_large_counts_are_computed_alike()
    {
        foreach (var n in new long[] { 1, 2, 4095, 4096, 4097, 1L << 40 })
        {
            Assert.Equal(n * FixedPoint.Log((ulong)n), FixedPoint.NLogN(n));
        }
    }

    // ln n in Q128, from the series of artanh with big integers: ln n = e ln 2 + 2 artanh((m − 1)/(m + 1)), m = n / 2ᵉ in [1, 2).
    private static BigInteger ExactLog(ulong n)
    {
        var exponent = 63 - BitOperations.LeadingZeroCount(n);
        var (number, power) = ((BigInteger)n, BigInteger.One << exponent);
        return exponent * Artanh(1, 3) * 2 + 2 * Artanh(number - power, number + power);

        static BigInteger Artanh(BigInteger numerator, BigInteger denominator)
        {
            const int guard = 320;
            var z = (numerator << guard) / denominator;
            var square = z * z >> guard;
            var sum = BigInteger.Zero;
            for (var (term, k) = (z, 1); !term.IsZero; (term, k) = (term * square >> guard, k + 2))
            {
                sum += term / k;
            }

            return sum >> (guard - 128);
        }
    }
}
