using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Distributions;

/// <summary>Numbers with their weights: a sample, or a discrete distribution.</summary>
public sealed class WeightedValues
{
    private readonly double[] _values;
    private readonly double[] _shares;

    private WeightedValues(double[] values, double[] shares, double size)
    {
        _values = values;
        _shares = shares;
        Size = size;
        Mean = Average(value => value);
        AreIntegers = Array.TrueForAll(values, value => Math.Abs(value) <= 1L << 53 && Math.Floor(value) == value);
    }

    /// <summary>The distinct values with a positive share, in ascending order.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>The share of each value: above 0; their sum is 1.</summary>
    public ReadOnlySpan<double> Shares => _shares;

    /// <summary>n, the number of values that the shares were counted from; +∞ where it is unknown.</summary>
    public double Size { get; }

    /// <summary>The mean.</summary>
    public double Mean { get; }

    /// <summary>Whether all values are integers of magnitude at most 2⁵³.</summary>
    public bool AreIntegers { get; }

    /// <summary>The smallest value.</summary>
    public double Minimum => _values[0];

    /// <summary>The largest value.</summary>
    public double Maximum => _values[^1];

    /// <summary>Creates the values of a sample, all with the same weight.</summary>
    /// <param name="sample">At least one value, all finite, in any order.</param>
    /// <exception cref="ArgumentException">There is no value, or one is not finite.</exception>
    public static WeightedValues FromSample(IEnumerable<double> sample) =>
        FromCounts(sample.Select(value => KeyValuePair.Create(value, 1.0)));

    /// <summary>Creates values that were counted: as <see cref="FromWeights"/>, and their number is the sum of the counts.</summary>
    /// <inheritdoc cref="FromWeights"/>
    public static WeightedValues FromCounts(IEnumerable<KeyValuePair<double, double>> weights) => From(weights, sum => sum);

    /// <summary>
    /// Creates values with weights, from a number of values that is unknown. The weights are divided by their sum; the weights of equal
    /// values are added.
    /// </summary>
    /// <param name="weights">Pairs of a finite value and its weight, not negative; at least one weight is above 0.</param>
    /// <exception cref="ArgumentException">
    /// No value has a positive weight, a value is not finite, or a weight is negative or not finite.
    /// </exception>
    public static WeightedValues FromWeights(IEnumerable<KeyValuePair<double, double>> weights) =>
        From(weights, _ => double.PositiveInfinity);

    /// <summary>The weighted mean of a function of the values.</summary>
    public double Average(Func<double, double> function)
    {
        var sum = new CompensatedSum();
        for (var i = 0; i < _values.Length; i++)
        {
            sum.Add(_shares[i] * function(_values[i]));
        }

        return sum.Value;
    }

    private static WeightedValues From(IEnumerable<KeyValuePair<double, double>> weights, Func<double, double> sizeOf)
    {
        var sums = new SortedDictionary<double, double>();
        foreach (var (value, weight) in weights)
        {
            if (!double.IsFinite(value) || !(weight >= 0) || double.IsPositiveInfinity(weight))
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"the value {value} has the weight {weight}: values are finite, weights finite and not negative"));
            }

            if (weight > 0)
            {
                sums[value] = sums.GetValueOrDefault(value) + weight;
            }
        }

        var total = sums.Values.Sum();
        return total > 0
            ? new WeightedValues([.. sums.Keys], [.. sums.Values.Select(weight => weight / total)], sizeOf(total))
            : throw new ArgumentException("there is no value");
    }
}
