using System.Runtime.InteropServices;

namespace DriftMonitor.Core.Binning;

/// <summary>A sample in ascending order, as its distinct values and how often each occurs.</summary>
internal sealed class SortedValues
{
    private readonly double[] _values; // distinct, ascending
    private readonly long[] _ends; // of each value: how many numbers are up to it

    /// <summary>A sample of counted values.</summary>
    /// <param name="values">Distinct and ascending.</param>
    /// <param name="counts">How often each occurs, at least once.</param>
    public SortedValues(double[] values, ReadOnlySpan<long> counts)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(counts.Length, values.Length);
        _values = values;
        _ends = new long[counts.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            Count += counts[i];
            _ends[i] = Count;
        }
    }

    /// <summary>A sample of single numbers.</summary>
    /// <param name="sorted">In ascending order.</param>
    public static SortedValues Of(ReadOnlySpan<double> sorted)
    {
        var values = new List<double>();
        var counts = new List<long>();
        foreach (var value in sorted)
        {
            if (values.Count > 0 && values[^1] == value)
            {
                counts[^1]++;
            }
            else
            {
                values.Add(value);
                counts.Add(1);
            }
        }

        return new SortedValues([.. values], CollectionsMarshal.AsSpan(counts));
    }

    /// <summary>n, how many numbers there are.</summary>
    public long Count { get; }

    /// <summary>How many distinct values there are.</summary>
    public int Distinct => _values.Length;

    /// <summary>The number at a place, from 0 on.</summary>
    public double this[long place]
    {
        get
        {
            var found = Array.BinarySearch(_ends, place + 1);
            return _values[found >= 0 ? found : ~found];
        }
    }

    /// <summary>The place of the first number of a value, by the value's place among the distinct ones.</summary>
    public long StartOf(int value) => value == 0 ? 0 : _ends[value - 1];

    /// <summary>How often a value occurs.</summary>
    public long CountOf(int value) => _ends[value] - StartOf(value);

    /// <summary>
    /// The quantile i/b of some consecutive numbers, of type 7 (<see cref="NumericBinning.Quantile"/>). Its place is found in whole
    /// numbers: a quantile that is one of the numbers must equal it, as the number would otherwise be in the bin before.
    /// </summary>
    /// <param name="start">The first number's place.</param>
    /// <param name="length">How many they are; at least one.</param>
    /// <param name="i">From 0 to b.</param>
    /// <param name="b">At least 1.</param>
    public double Quantile(long start, long length, long i, long b)
    {
        var (whole, rest) = Int128.DivRem((Int128)(length - 1) * i, b);
        var (j, t) = ((long)whole, (double)rest / b);
        return t == 0 ? this[start + j] : NumericBinning.Mix(this[start + j], this[start + j + 1], t);
    }
}
