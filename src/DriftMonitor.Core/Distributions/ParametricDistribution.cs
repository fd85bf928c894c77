using DriftMonitor.Core.Binning;

namespace DriftMonitor.Core.Distributions;

/// <summary>A distribution of a number that a family and its parameters describe, such as Poisson with a mean of 3.</summary>
/// <remarks>
/// Probabilities are computed as logarithms, by sums and integrals that go outwards from the largest term: a bin forty standard deviations out has the probability exp(−800), which is no double and not 0 either, and a narrow
/// bin is no difference of two tails, which would be 0 when they agree in all their digits. So the information lost is infinite only where the family holds something impossible.
/// </remarks>
public sealed class ParametricDistribution
{
    private static readonly Shape[] Shapes =
    [
        new(ParametricFamily.UniformIntegers, "uniform", new Parameter("first", "a whole number", IsWhole), new Parameter("last", "a whole number", IsWhole)),
        new(ParametricFamily.Uniform, "uniform", new Parameter("lowest", "a finite number", double.IsFinite), new Parameter("highest", "a finite number", double.IsFinite)),
        new(ParametricFamily.Binomial, "binomial", new Parameter("trials", "a whole number from 1 on", value => IsWhole(value) && value >= 1), new Parameter("probability", "from 0 to 1", value => value is >= 0 and <= 1)),
        new(ParametricFamily.Poisson, "poisson", new Parameter("mean", "finite and not negative", value => value is >= 0 and < double.PositiveInfinity)),
        new(ParametricFamily.Geometric, "geometric", new Parameter("probability", "above 0 and at most 1", value => value is > 0 and <= 1)),
        new(ParametricFamily.Normal, "normal", new Parameter("mean", "a finite number", double.IsFinite), Positive("standard_deviation")),
        new(ParametricFamily.LogNormal, "log-normal", new Parameter("log_mean", "a finite number", double.IsFinite), Positive("log_standard_deviation")),
        new(ParametricFamily.Exponential, "exponential", Positive("rate")),
        new(ParametricFamily.Gamma, "gamma", Positive("shape"), Positive("rate")),
    ];

    private readonly Shape _shape;
    private readonly double[] _values;

    private ParametricDistribution(Shape shape, double[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!shape.Parameters[i].IsPossible(values[i]))
            {
                throw new ArgumentException(FormattableString.Invariant($"\"{shape.Parameters[i].Name}\" of {shape.Name} is {values[i]}: it must be {shape.Parameters[i].Rule}"));
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
            throw new ArgumentException(FormattableString.Invariant($"uniform from {values[0]} to {values[1]} holds nothing: \"{shape.Parameters[0].Name}\" must be below \"{shape.Parameters[1].Name}\""));
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
    public IEnumerable<KeyValuePair<string, double>> Parameters => _shape.Parameters.Zip(_values, (parameter, value) => KeyValuePair.Create(parameter.Name, value));

    /// <summary>Whether it is one of whole numbers.</summary>
    public bool IsDiscrete => Family is ParametricFamily.UniformIntegers or ParametricFamily.Binomial or ParametricFamily.Poisson or ParametricFamily.Geometric;

    /// <summary>A member of a family.</summary>
    /// <param name="family">The family.</param>
    /// <param name="parameters">Its parameters in the order of the definition: for the gamma distribution shape, then rate.</param>
    /// <exception cref="ArgumentException">Too few or too many parameters, or one that is impossible; the message names it and its rule.</exception>
    public static ParametricDistribution Of(ParametricFamily family, params ReadOnlySpan<double> parameters)
    {
        var shape = Shapes.Single(shape => shape.Family == family);
        return parameters.Length == shape.Parameters.Length
            ? new ParametricDistribution(shape, parameters.ToArray())
            : throw new ArgumentException($"{shape.Name} has {shape.Parameters.Length} parameters ({shape.List}), and {parameters.Length} were given");
    }

    /// <summary>A family's name.</summary>
    public static string NameOf(ParametricFamily family) => Shapes.Single(shape => shape.Family == family).Name;

    /// <summary>A member of a family by names, as they are written.</summary>
    /// <exception cref="ArgumentException">An unknown family; a parameter that is unknown, missing or impossible. The message says what there is instead.</exception>
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
            throw new ArgumentException($"{family} has no parameter \"{unknown}\"{(shapes.Count > 1 ? " beside the others" : "")}: write {lists}");
        }

        var values = shape.Parameters.Select(parameter => parameters.TryGetValue(parameter.Name, out var value)
            ? value
            : throw new ArgumentException($"{family} needs \"{parameter.Name}\": write {lists}"));
        return new ParametricDistribution(shape, [.. values]);
    }

    /// <summary>ln P(from ≤ X &lt; to).</summary>
    /// <param name="from">From here, −∞ for no bound.</param>
    /// <param name="to">Up to here, +∞ for no bound.</param>
    /// <returns>At most 0, within 1e-13 of the true logarithm, relative or absolute, whichever is wider; −∞ where the distribution holds it impossible.</returns>
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
            ParametricFamily.Normal => LogInterval.OfNormal(a, b, from, to),
            ParametricFamily.LogNormal => LogInterval.OfLogNormal(a, b, from, to),
            ParametricFamily.Exponential => LogInterval.OfExponential(a, from, to),
            _ => LogInterval.OfGamma(a, b, from, to),
        });
    }

    /// <summary>ln P(X = value) for families of whole numbers; for the others, of what rounds to it: [value − ½, value + ½).</summary>
    public double LogProbability(long value) => IsDiscrete ? LogProbability(value, value + 1.0) : LogProbability(value - 0.5, value + 0.5);

    /// <summary>ln of each bin's probability, special bins included: the tails are <c>below</c> and <c>above</c>, and nothing is <c>nan</c>, <c>missing</c> or of the wrong type.</summary>
    public double[] LogProbabilities(NumericBinning binning)
    {
        var logs = new double[binning.Count];
        Array.Fill(logs, double.NegativeInfinity);
        var edges = binning.Edges;
        var end = Math.BitIncrement(edges[^1]); // the last bin is closed, which matters for whole numbers
        for (var bin = 0; bin < binning.Regular; bin++)
        {
            logs[bin] = LogProbability(edges[bin], bin == binning.Regular - 1 ? end : edges[bin + 1]);
        }

        logs[binning.Below] = LogProbability(double.NegativeInfinity, edges[0]);
        logs[binning.Above] = LogProbability(end, double.PositiveInfinity);
        return logs;
    }

    /// <summary>The distribution over the bins of a field, special bins included: see <see cref="LogProbabilities"/>.</summary>
    /// <exception cref="ArgumentException">The bins are categories: these are distributions of numbers.</exception>
    public Distribution Over(FieldBinning binning) => binning is NumericBinning numeric
        ? Distribution.FromProbabilities(Array.ConvertAll(LogProbabilities(numeric), Math.Exp))
        : throw new ArgumentException($"{Name} is a distribution of numbers, and the bins are categories");

    private static Parameter Positive(string name) => new(name, "above 0 and finite", value => value is > 0 and < double.PositiveInfinity);

    // Beyond 2⁵³ doubles skip whole numbers.
    private static bool IsWhole(double value) => Math.Abs(value) <= 1L << 53 && Math.Floor(value) == value;

    private sealed record Parameter(string Name, string Rule, Func<double, bool> IsPossible);

    private sealed record Shape(ParametricFamily Family, string Name, params Parameter[] Parameters)
    {
        public string List => string.Join(" and ", Parameters.Select(parameter => $"\"{parameter.Name}\""));
    }
}
