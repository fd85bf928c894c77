namespace DriftMonitor.Benchmarks.Counting;

/// <summary>A row of a table: a setting, its cost in each round, and what the formula gives.</summary>
/// <param name="name">The setting, for people.</param>
/// <param name="measure">Measures the cost once.</param>
internal sealed class CostRow(string name, Func<double> measure)
{
    private readonly List<double> _rounds = [];

    /// <summary>The setting, for people.</summary>
    public string Name => name;

    /// <summary>The median of the rounds.</summary>
    public double Median
    {
        get
        {
            var sorted = _rounds.Order().ToList();
            return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
        }
    }

    /// <summary>Measures once without keeping the result: the runtime compiles, and windows fill.</summary>
    public void WarmUp() => measure();

    /// <summary>Measures once.</summary>
    public void Measure() => _rounds.Add(measure());
}
