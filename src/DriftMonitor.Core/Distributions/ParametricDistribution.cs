using DriftMonitor.Core.Binning;

namespace DriftMonitor.Core.Distributions;

/// <summary>A parametric distribution of a number: a family and its parameters, such as Poisson with a mean of 3.</summary>
/// <remarks>
/// Probabilities are computed as logarithms, by sums and integrals that go outwards from the largest term. So the probability exp(−800)
/// of a bin forty standard deviations out does not become 0, although it is below the smallest double, and neither does that of a narrow
/// bin, which would be 0 as a difference of two tails that agree in all digits. The information lost is therefore infinite only if the
/// family makes a value impossible.
/// </remarks>
public sealed class ParametricDistribution
{
    private static readonly Shape[] Shapes =
    [
        new(ParametricFamily.UniformIntegers, "uniform", Integer("first"), Integer("last")),
        new(ParametricFamily.Uniform, "uniform", Finite("lowest"), Finite("highest")),
        new(
            ParametricFamily.Binomial,
            "binomial",
            new Parameter("trials", "a whole number from 1 on", value => IsInteger(value) && value >= 1),
            new Parameter("probability", "from 0 to 1", value => value is >= 0 and <= 1)),
        new(
            ParametricFamily.Poisson,
            "poisson",
            new Parameter("mean", "finite and not negative", value => value is >= 0 and < double.PositiveInfinity)),
        new(ParametricFamily.Geometric, "geometric", ChanceOfSuccess()),
        new(
            ParametricFamily.GeometricFrom,
            "geometric",
            ChanceOfSuccess(),
            new Parameter("first", "0 (failures before the first success) or 1 (trials up to it)", value => value is 0 or 1)),
        new(ParametricFamily.Normal, "normal", Finite("mean"), Positive("standard_deviation")),
        new(ParametricFamily.LogNormal, "log-normal", Finite("log_mean"), Positive("log_standard_deviation")),
        new(ParametricFamily.Exponential, "exponential", Positive("rate")),
        new(ParametricFamily.Gamma, "gamma", Positive("shape"), Positive("rate")),
    ];

    private readonly Shape _shape;
    private readonly double[] _values;

    private ParametricDistribution(Shape shape, double[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var parameter = shape.Parameters[i];
            if (!parameter.IsPossible(values[i]))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"\"{parameter.Name}\" of {shape.Name} is {values[i]}: it must be {parameter.Rule}"));
            }
        }

        var isEmpty = shape.Family switch
        {
            ParametricFamily.UniformIntegers => values[0] > values[1],
            ParametricFamily.Uniform => values[0] >= values[1],
            _ => false,
        };
        if (isEmpty)
        {
            var (first, last) = (shape.Parameters[0].Name, shape.Parameters[1].Name);
            throw new ArgumentException(
                FormattableString.Invariant($"uniform from {values[0]} to {values[1]} is empty: \"{first}\" must be below \"{last}\""));
        }

        _shape = shape;
        _values = values;
    }

    /// <summary>The families' names: <c>uniform</c>, <c>binomial</c>, <c>poisson</c>, …</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Shapes.Select(shape => shape.Name).Distinct()];

    /// <summary>The family.</summary>
    public ParametricFamily Family => _shape.Family;

    /// <summary>The family's name, such as <c>log-normal</c>.</summary>
    public string Name => _shape.Name;

    /// <summary>The parameters with their names, in the order of the family's definition.</summary>
    public IEnumerable<KeyValuePair<string, double>> Parameters =>
        _shape.Parameters.Zip(_values, (parameter, value) => KeyValuePair.Create(parameter.Name, value));

    /// <summary>Whether it is a distribution of integers.</summary>
    public bool IsDiscrete => Family is ParametricFamily.UniformIntegers or ParametricFamily.Binomial or ParametricFamily.Poisson
        or ParametricFamily.Geometric or ParametricFamily.GeometricFrom;

    /// <summary>
    /// How many parameters are estimated when the family is fitted. The <c>first</c> of the geometric family is not: it says what is
    /// counted.
    /// </summary>
    public int FreeParameters => Family == ParametricFamily.GeometricFrom ? 1 : _values.Length;

    /// <summary>Creates a distribution from its family and parameters.</summary>
    /// <param name="family">The family.</param>
    /// <param name="parameters">The parameters in the order of the definition: for the gamma distribution shape, then rate.</param>
    /// <exception cref="ArgumentException">
    /// There are too few or too many parameters, or one is out of range; the message names the parameter and its range.
    /// </exception>
    public static ParametricDistribution Create(ParametricFamily family, params ReadOnlySpan<double> parameters)
    {
        var shape = Shapes.Single(shape => shape.Family == family);
        return parameters.Length == shape.Parameters.Length
            ? new ParametricDistribution(shape, parameters.ToArray())
            : throw new ArgumentException(
                $"{shape.Name} has {shape.Parameters.Length} parameters ({shape.List}), and {parameters.Length} were given");
    }

    /// <summary>Returns the name of a family, such as <c>log-normal</c>.</summary>
    public static string GetName(ParametricFamily family) => Shapes.Single(shape => shape.Family == family).Name;

    /// <summary>Creates a distribution from the names of its family and parameters, as in configurations.</summary>
    /// <param name="family">The name of the family, one of <see cref="Names"/>.</param>
    /// <param name="parameters">The values by parameter name.</param>
    /// <exception cref="ArgumentException">
    /// The family is unknown, or a parameter is unknown, missing or out of range. The message lists the valid names.
    /// </exception>
    public static ParametricDistribution Parse(string family, IReadOnlyDictionary<string, double> parameters)
    {
        var shapes = Shapes.Where(shape => shape.Name == family).ToList();
        if (shapes.Count == 0)
        {
            throw new ArgumentException($"there is no family \"{family}\": there are {string.Join(", ", Names)}");
        }

        var shape = shapes.MaxBy(shape => shape.Parameters.Count(parameter => parameters.ContainsKey(parameter.Name)))!;
        var lists = string.Join(", or ", shapes.Select(shape => shape.List));
        if (parameters.Keys.FirstOrDefault(name => shape.Parameters.All(parameter => parameter.Name != name)) is { } unknown)
        {
            var hint = shapes.Count > 1 ? " beside the others" : ""; // two kinds of uniform and of geometric
            throw new ArgumentException($"{family} has no parameter \"{unknown}\"{hint}: write {lists}");
        }

        var values = shape.Parameters.Select(parameter => parameters.TryGetValue(parameter.Name, out var value)
            ? value
            : throw new ArgumentException($"{family} needs \"{parameter.Name}\": write {lists}"));
        return new ParametricDistribution(shape, [.. values]);
    }

    /// <summary>ln P(from ≤ X &lt; to).</summary>
    /// <param name="from">The lower bound, included; −∞ for no bound.</param>
    /// <param name="to">The upper bound, excluded; +∞ for no bound.</param>
    /// <returns>
    /// At most 0; −∞ if the probability is 0. The error is below 1e-13, relative or absolute, whichever is wider.
    /// </returns>
    public double LogProbability(double from, double to)
    {
        if (!(from < to))
        {
            return double.NegativeInfinity;
        }

        var (a, b) = (_values[0], _values[^1]);
        return Math.Min(0, Family switch
        {
            ParametricFamily.UniformIntegers => LogInterval.OfUniformIntegers(a, b, Math.Ceiling(from), Math.Ceiling(to)),
            ParametricFamily.Uniform => LogInterval.OfUniform(a, b, from, to),
            ParametricFamily.Binomial => LogInterval.OfBinomial(a, b, Math.Ceiling(from), Math.Ceiling(to)),
            ParametricFamily.Poisson => LogInterval.OfPoisson(a, Math.Ceiling(from), Math.Ceiling(to)),
            ParametricFamily.Geometric => LogInterval.OfGeometric(a, Math.Ceiling(from), Math.Ceiling(to)),
            ParametricFamily.GeometricFrom => LogInterval.OfGeometric(a, Math.Ceiling(from) - b, Math.Ceiling(to) - b),
            ParametricFamily.Normal => LogInterval.OfNormal(a, b, from, to),
            ParametricFamily.LogNormal => LogInterval.OfLogNormal(a, b, from, to),
            ParametricFamily.Exponential => LogInterval.OfExponential(a, from, to),
            _ => LogInterval.OfGamma(a, b, from, to),
        });
    }

    /// <summary>
    /// ln P(X = value) of a distribution of integers; otherwise of the numbers that round to it, [value − ½, value + ½).
    /// </summary>
    public double LogProbability(long value) =>
        IsDiscrete ? LogProbability(value, value + 1.0) : LogProbability(value - 0.5, value + 0.5);

    /// <summary>The logarithm of the probability of each bin.</summary>
    /// <param name="binning">The bins.</param>
    /// <returns>
    /// One logarithm for each bin, special bins included: the tails are <c>below</c> and <c>above</c>; <c>nan</c>, <c>missing</c> and
    /// <c>wrong_type</c> have probability 0, so −∞.
    /// </returns>
    public double[] LogProbabilities(NumericBinning binning)
    {
        var logs = new double[binning.Count];
        Array.Fill(logs, double.NegativeInfinity);
        var edges = binning.Edges;
        var end = Math.BitIncrement(edges[^1]); // the last bin is closed, which matters for integers
        for (var bin = 0; bin < binning.Regular; bin++)
        {
            logs[bin] = LogProbability(edges[bin], bin == binning.Regular - 1 ? end : edges[bin + 1]);
        }

        logs[binning.Below] = LogProbability(double.NegativeInfinity, edges[0]);
        logs[binning.Above] = LogProbability(end, double.PositiveInfinity);
        return logs;
    }

    /// <summary>The distribution over the bins of a field, special bins included: see <see cref="LogProbabilities"/>.</summary>
    /// <param name="binning">The bins, which must be numeric.</param>
    /// <exception cref="ArgumentException">The bins are categories.</exception>
    public Distribution ToDistribution(FieldBinning binning) => binning is NumericBinning numeric
        ? Distribution.FromProbabilities(Array.ConvertAll(LogProbabilities(numeric), Math.Exp))
        : throw new ArgumentException($"{Name} is a distribution of numbers, and the bins are categories");

    private static Parameter ChanceOfSuccess() => new("probability", "above 0 and at most 1", value => value is > 0 and <= 1);

    private static Parameter Integer(string name) => new(name, "a whole number", IsInteger);

    private static Parameter Finite(string name) => new(name, "a finite number", double.IsFinite);

    private static Parameter Positive(string name) => new(name, "above 0 and finite", value => value is > 0 and < double.PositiveInfinity);

    // Beyond 2⁵³ not every integer is a double.
    private static bool IsInteger(double value) => Math.Abs(value) <= 1L << 53 && Math.Floor(value) == value;

    private sealed record Parameter(string Name, string Rule, Func<double, bool> IsPossible);

    private sealed record Shape(ParametricFamily Family, string Name, params Parameter[] Parameters)
    {
        public string List => string.Join(" and ", Parameters.Select(parameter => $"\"{parameter.Name}\""));
    }
}
