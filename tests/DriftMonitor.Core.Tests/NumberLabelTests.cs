using System.Globalization;
using System.Numerics;
using DriftMonitor.Core.Binning;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

public sealed class NumberLabelTests
{
    [Theory]
    [InlineData("17", "17")]
    [InlineData("17.0", "17")]
    [InlineData("1.7e1", "17")]
    [InlineData("+17", "17")]
    [InlineData("17.", "17")]
    [InlineData(".5", "0.5")]
    [InlineData("-0.50", "-0.5")]
    [InlineData("1.10", "1.1")]
    [InlineData("0", "0")]
    [InlineData("-0.0", "0")]
    [InlineData("0e999999999999", "0")]
    [InlineData("9007199254740993", "9007199254740993")] // no double
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("0.30000000000000004", "0.30000000000000004")]
    [InlineData("1E6", "1000000")]
    [InlineData("1e21", "1000000000000000000000")]
    [InlineData("1e22", "1e22")]
    [InlineData("10000000000000000000000", "1e22")]
    [InlineData("-12.5e30", "-1.25e31")]
    [InlineData("0.000001", "0.000001")]
    [InlineData("0.0000001", "1e-7")]
    [InlineData("15e-8", "1.5e-7")]
    [InlineData("1e400", "1e400")]
    [InlineData("007", null)]
    [InlineData("-00.5", null)]
    [InlineData("", null)]
    [InlineData("-", null)]
    [InlineData(".", null)]
    [InlineData("1e", null)]
    [InlineData("1.2.3", null)]
    [InlineData(" 1", null)]
    [InlineData("NaN", null)]
    [InlineData("1e99999999999", null)]
    public void Equal_numbers_have_one_label_and_no_digit_is_lost(string number, string? label) =>
        Assert.Equal(label, NumberLabel.Of(number));

    [Property(MaxTest = 1000)]
    public Property The_label_depends_on_the_value_alone_and_has_that_value() => Prop.ForAll(
        (from digits in ArbMap.Default.GeneratorFor<long>().Where(digits => digits != 0)
         from exponent in Gen.Choose(-40, 40)
         from zeros in Gen.Choose(0, 30)
         select (digits, exponent, zeros)).ToArbitrary(),
        number =>
        {
            var (digits, exponent, zeros) = number;
            var label = NumberLabel.Of(string.Create(CultureInfo.InvariantCulture, $"{digits}e{exponent}"))!;
            var other = string.Create(CultureInfo.InvariantCulture, $"{digits}{new string('0', zeros)}E{exponent - zeros}");
            return NumberLabel.Of(other) == label && NumberLabel.Of(label) == label
                && Value(label) == Value(string.Create(CultureInfo.InvariantCulture, $"{digits}e{exponent}"));
        });

    // × 10^100
    private static BigInteger Value(string number)
    {
        var parts = number.Split('e');
        var exponent = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        var point = parts[0].IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : parts[0].Length - point - 1;
        var digits = BigInteger.Parse(parts[0].Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        return digits * BigInteger.Pow(10, 100 + exponent - decimals);
    }
}
