using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Distributions;

/// <summary>Numbers with their shares: a sample, or a distribution over numbers.</summary>
public sealed class WeightedValues
{
    private readonly double[] _values;
    private readonly double[] _shares;

    private WeightedValues(double[] values, double[] shares)
    {
        _values = values;
        _shares = shares;
        Mean = Average(value => value);
        AreWhole = Array.TrueForAll(values, value => Math.Abs(value) <= 1L << 53 && Math.Floor(value) == value);
    }

    /// <summary>The values, each once, ascending; none without a share.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>The share of each value: above 0, together 1.</summary>
    public ReadOnlySpan<double> Shares => _shares;

    /// <summary>The mean.</summary>
    public double Mean { get; }

    /// <summary>Whether every value is a whole number, up to 2⁵³ in magnitude.</summary>
    public bool AreWhole { get; }

    /// <summary>The least value.</summary>
    public double Least => _values[0];

    /// <summary>The largest value.</summary>
    public double Most => _values[^1];

    /// <summary>The values of a sample, each counting the same.</summary>
    /// <exception cref="ArgumentException">No value, or one that is not finite.</exception>
    public static WeightedValues OfSample(IEnumerable<double> sample) => Of(sample.Select(value => KeyValuePair.Create(value, 1.0)));

    /// <summary>Values with weights, which are divided by their sum.</summary>
    /// <exception cref="ArgumentException">No value with a weight, a value that is not finite, or a weight that is negative or not finite.</exception>
    public static WeightedValues Of(IEnumerable<KeyValuePair<double, double>> weights)
    {
        var sums = new SortedDictionary<double, double>();
        foreach (var (value, weight) in weights)
        {
            if (!double.IsFinite(value) || !(weight >= 0) || double.IsPositiveInfinity(weight))
            {
                throw new ArgumentException(FormattableString.Invariant($"the value {value} has the weight {weight}: values are finite, weights finite and not negative"));
            }

            if (weight > 0)
            {
                sums[value] = sums.GetValueOrDefault(value) + weight;
            }
        }

        var total = sums.Values.Sum();
        return total > 0
            ? new WeightedValues([.. sums.Keys], [.. sums.Values.Select(weight => weight / total)])
            : throw new ArgumentException("there is no value");
    }

    /// <summary>The mean of a function of the values.</summary>
    public double Average(Func<double, double> of)
    {
        var sum = new CompensatedSum();
        for (var i = 0; i < _values.Length; i++)
        {
            sum.Add(_shares[i] * of(_values[i]));
        }

        return sum.Value;
    }
}
