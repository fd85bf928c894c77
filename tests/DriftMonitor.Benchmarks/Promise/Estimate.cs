namespace DriftMonitor.Benchmarks.Promise;

/// <summary>An estimate of alarms per T with its standard error.</summary>
/// <param name="Mean">The mean over cells of the mean over their streams.</param>
/// <param name="Error">Its standard error, from the spread of the streams.</param>
/// <param name="MostOfNone">If no alarm was seen, the upper bound of the mean with 95 % confidence.</param>
internal readonly record struct Estimate(double Mean, double Error, double MostOfNone)
{
    /// <summary>
    /// The rule of three: if no event was seen, the rate is below 3 / exposure with 95 % confidence, as e⁻³ = 0.05. It assumes
    /// independent events at a constant rate. (The spread of zeros would give an error of 0.) Hanley and Lippman-Hand, If nothing goes
    /// wrong, is everything all right?, JAMA 249 (1983) 1743–1745.
    /// </summary>
    public const double RuleOfThree = 3;

    /// <summary>
    /// Estimates over the promised times with index from <paramref name="from"/> to before <paramref name="to"/>. The alarms of a stream
    /// at several promised times are not independent, so a stream counts with their mean.
    /// </summary>
    public static Estimate Of(IReadOnlyList<CellResult> cells, int from, int to)
    {
        var mean = 0.0;
        var variance = 0.0;
        foreach (var cell in cells)
        {
            var values = Array.ConvertAll(cell.AlarmsPerT, stream => stream[from..to].Average());
            var average = values.Average();
            mean += average / cells.Count;
            var varianceOfMean = values.Sum(value => (value - average) * (value - average)) / (values.Length - 1) / values.Length;
            variance += varianceOfMean / cells.Count / cells.Count;
        }

        // Each stream was watched for live / T promised times. An alarm of a longer time is also an alarm of a shorter one, so a stream
        // without any alarm has one exposure, not several.
        var references = cells.Sum(cell => cell.AlarmsPerT.Length * cell.LiveOverReference);
        var times = Enumerable.Range(from, to - from).Average(i => FalseAlarms.Promised[i]);
        return new Estimate(mean, Math.Sqrt(variance), RuleOfThree * times / references);
    }

    /// <summary>
    /// Estimates from independent values. The error comes from their spread, but is at least that of a Poisson count, as the spread of a
    /// few small counts can be 0.
    /// </summary>
    /// <param name="values">Alarms per T.</param>
    /// <param name="exposure">The total number of T in which they were counted.</param>
    public static Estimate Of(double[] values, double exposure)
    {
        var mean = values.Average();
        var variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1) / values.Length;
        return new Estimate(mean, Math.Sqrt(Math.Max(variance, mean / exposure)), RuleOfThree / exposure);
    }

    // The bound by the rule of three if no alarm was seen, rounded up.
    private static string None(double most) => $"< {Math.Ceiling(100 * most) / 100:0.00}";

    public override string ToString() => Mean == 0 ? None(MostOfNone)
        : Mean < 0.005 ? $"{Mean:0.0000} ± {Error:0.0000}"
        : $"{Mean:0.00} ± {Error:0.00}";
}
