using System.Numerics;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.State;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

/// <summary>Sums without rounding, against integers of any length.</summary>
public sealed class ExactSumTests
{
    private const int LeastExponent = -1074;

    private static readonly Gen<double> Finite = Gen.OneOf(
        ArbMap.Default.GeneratorFor<NormalFloat>().Select(number => number.Get),
        ArbMap.Default.GeneratorFor<long>().Select(bits => BitConverter.Int64BitsToDouble(bits)).Where(double.IsFinite),
        Gen.Elements(0.0, -0.0, 5e-324, -5e-324, double.MaxValue, double.MinValue, 1e16, 1, -1e16, 0.1, -0.1, 2.2250738585072014e-308));

    [Property(MaxTest = 500)]
    public Property A_mean_is_the_exact_sum_divided_to_the_last_digit_or_two() => Prop.ForAll(Finite.ListOf().ToArbitrary(), terms =>
    {
        var sum = new ExactSum();
        foreach (var term in terms)
        {
            sum.Add(term);
        }

        Assert.Equal(terms.Count, sum.Count);
        Assert.Equal(terms.Count == 0, sum.Mean() is null);
        if (sum.Mean() is { } mean)
        {
            // |mean − sum/n| ≤ 2 ulp, in units of 2⁻¹⁰⁷⁴ and multiplied by n.
            var exact = terms.Aggregate(BigInteger.Zero, (total, term) => total + Integer(term));
            var ulp = Integer(Math.BitIncrement(Math.Abs(mean))) - Integer(Math.Abs(mean));
            Assert.True(BigInteger.Abs(Integer(mean) * terms.Count - exact) <= 2 * ulp * terms.Count, $"{mean} of {terms.Count} terms");
        }
    });

    [Property(MaxTest = 500)]
    public Property Sums_are_the_same_bit_for_bit_in_any_order_and_in_any_parts() => Prop.ForAll(
        (from terms in Finite.ListOf()
         from order in Gen.Shuffle(Enumerable.Range(0, terms.Count).ToArray())
         from parts in Gen.Choose(0, 4).ListOf(terms.Count)
         from removed in Finite.ListOf()
         select (Terms: terms, Order: order, Parts: parts, Removed: removed)).ToArbitrary(),
        given =>
        {
            var whole = new ExactSum();
            var parts = Enumerable.Range(0, 5).Select(_ => new ExactSum()).ToArray();
            foreach (var (place, term) in given.Terms.Index())
            {
                whole.Add(term);
                parts[given.Parts[place]].Add(given.Terms[given.Order[place]]);
            }

            var extra = new ExactSum();
            given.Removed.ToList().ForEach(extra.Add);
            var together = new ExactSum();
            together.Add(extra.Pack());
            foreach (var part in parts)
            {
                together.Add(part.Pack());
            }

            together.Remove(extra.Pack());
            var (one, other) = (whole.Pack(), together.Pack());
            Assert.Equal((one.Count, one.First), (other.Count, other.First));
            Assert.Equal(one.Digits, other.Digits);
            Assert.Equal(whole.Mean(), together.Mean());
        });

    [Fact]
    public void Small_terms_survive_large_ones_and_sums_beyond_the_range_of_doubles_have_a_mean()
    {
        var sum = new ExactSum();
        foreach (var term in new[] { 1e300, 1, double.MaxValue, double.MaxValue, -double.MaxValue, -double.MaxValue, -1e300, 2 })
        {
            sum.Add(term);
        }

        Assert.Equal(3 / 8.0, sum.Mean());
        sum.Clear();
        Assert.Null(sum.Mean());
        sum.Add(double.MaxValue);
        sum.Add(double.MaxValue);
        Assert.Equal(double.MaxValue, sum.Mean());
    }

    [Fact]
    public void A_packed_sum_takes_few_digits_also_where_it_is_negative()
    {
        var sum = new ExactSum();
        sum.Add(-0.75);
        sum.Add(0.25);
        Assert.InRange(sum.Pack().Digits.Length, 1, 3);
        sum.Add(0.5);
        Assert.Equal(0, sum.Mean());
        Assert.Empty(sum.Pack().Digits);
        Assert.Equal(3, sum.Pack().Count);
    }

    [Property(MaxTest = 200)]
    public Property A_sum_is_loaded_as_it_was_saved() => Prop.ForAll(Finite.ListOf().ToArbitrary(), terms =>
    {
        var sum = new ExactSum();
        terms.ToList().ForEach(sum.Add);
        var saver = new StateSaver();
        var packed = PackedSum.Exchange(saver, sum.Pack());
        PackedSum? loaded = null;
        StateLoader.Load(saver.Saved, StateExchange.CurrentVersion, state => loaded = PackedSum.Exchange(state, null));
        Assert.Equal((packed.Count, packed.First), (loaded!.Count, loaded.First));
        Assert.Equal(packed.Digits, loaded.Digits);
    });

    [Theory]
    [InlineData(1, 67, 2)]
    [InlineData(1, -1, 1)]
    [InlineData(-1, 0, 1)]
    public void Digits_without_room_are_refused(long count, int first, int digits)
    {
        var saver = new StateSaver();
        saver.Number(count);
        saver.Number((long)first);
        saver.Numbers([.. Enumerable.Repeat(1L, digits)]);
        Assert.Throws<StateException>(
            () => StateLoader.Load(saver.Saved, StateExchange.CurrentVersion, state => PackedSum.Exchange(state, null)));
    }

    // A finite double in units of 2⁻¹⁰⁷⁴.
    private static BigInteger Integer(double number)
    {
        var bits = BitConverter.DoubleToInt64Bits(Math.Abs(number));
        var (biased, fraction) = ((int)(bits >> 52), bits & 0xF_FFFF_FFFF_FFFF);
        var integer = biased == 0 ? fraction : new BigInteger(fraction | 1L << 52) << (biased - 1075 - LeastExponent);
        return number < 0 ? -integer : integer;
    }
}
