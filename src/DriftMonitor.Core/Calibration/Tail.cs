using System.Buffers;
using System.Globalization;
using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Calibration;

/// <summary>How peaks are transformed: the larger the power λ of the Box-Cox family, the lighter the tail.</summary>
public enum TailTransform
{
    /// <summary>g(z) = z, λ = 1: an exponential tail.</summary>
    Identity,

    /// <summary>g(z) = 2√z, λ = ½: a Weibull tail, heavier.</summary>
    Sqrt,

    /// <summary>g(z) = ln z, λ = 0: a Pareto tail, the heaviest.</summary>
    Log,
}

/// <summary>One shape of a tail: its weight, and the mean of its transformed exceedances.</summary>
/// <param name="Transform">How peaks are transformed.</param>
/// <param name="Weight">Its share of the shapes' likelihood.</param>
/// <param name="Scale">b, the mean of g(peak) − g(u).</param>
public sealed record TailShape(TailTransform Transform, double Weight, double Scale);

/// <summary>
/// The tail of a reference's own readings: how often they rise above a threshold, and how far. It gives the return period of any reading.
/// </summary>
/// <remarks>
/// Peaks over threshold with runs declustering (Coles, An Introduction to Statistical Modeling of Extreme Values, 2001, chapters 4 and 5).
/// Three shapes with one parameter each are weighted by their likelihood, because a few clusters are not enough to fit a shape. The
/// probability of more than y is the predictive (1 + y/(n b))⁻ⁿ of an exponential sample of n, which includes the uncertainty of its
/// scale.
/// </remarks>
public sealed record Tail
{
    /// <summary>A tail needs at least so many readings.</summary>
    public const int FewestReadings = 8;

    private const int ManyClusters = 40;

    private static readonly double[] UpperLevels = [0.9995, 0.999, 0.998, 0.995, 0.99, 0.98];
    private static readonly double[] LowerLevels = [0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3];
    private static readonly double[] Ascending = [.. UpperLevels.Concat(LowerLevels).Order()];

    /// <summary>
    /// The levels that are tried as the threshold, in this order, each with the clusters that must lie above it.
    /// </summary>
    /// <remarks>
    /// A level above 95 % needs many clusters: the tail of a χ² falls more steeply further out, so shapes fitted at 95 % overstate it, but
    /// only many peaks show that. Few clusters are better than none, because the predictive distribution accounts for their number.
    /// </remarks>
    public static IReadOnlyList<(double Level, int Clusters)> Ladder { get; } =
    [
        .. UpperLevels.Select(level => (level, ManyClusters)),
        .. new[] { 8, 4, 2 }.SelectMany(clusters => LowerLevels.Select(level => (level, clusters))),
    ];

    /// <summary>The share of readings at or below the threshold.</summary>
    public required double Level { get; init; }

    /// <summary>u, the quantile of the readings at <see cref="Level"/>.</summary>
    public required double Threshold { get; init; }

    /// <summary>n, how often the readings rose above u.</summary>
    public required int Clusters { get; init; }

    /// <summary>The panes that were examined, with or without a reading, without the excluded ones.</summary>
    public required int Panes { get; init; }

    /// <summary>r = (n + 1) / panes: clusters a pane.</summary>
    public required double RatePerPane { get; init; }

    /// <summary>The shapes, light to heavy.</summary>
    public required IReadOnlyList<TailShape> Shapes { get; init; }

    /// <summary>The readings' quantiles from 0 (the least) to <see cref="Level"/>, ascending.</summary>
    public required IReadOnlyList<(double Level, double Value)> Quantiles { get; init; }

    /// <summary>
    /// The largest stored quantile of a level of at most 50 %: the median of the readings, or the threshold where its level is lower. An
    /// alert of any limit can resolve at such a reading.
    /// </summary>
    public double UsualReading
    {
        get
        {
            var usual = Quantiles[0].Value;
            foreach (var (level, value) in Quantiles)
            {
                usual = level <= 0.5 ? value : usual;
            }

            return usual;
        }
    }

    /// <summary>
    /// Checks a tail that was read from elsewhere.
    /// </summary>
    /// <returns>What is wrong, such as <c>quantiles do not ascend</c>; null for a valid tail.</returns>
    public string? GetError() =>
        Shapes.Count == 0 ? "shapes is empty"
        : Quantiles.Count == 0 ? "quantiles is empty"
        : !(Threshold > 0) && Shapes.Any(shape => shape.Transform != TailTransform.Identity)
            ? $"threshold is {Threshold.ToString(CultureInfo.InvariantCulture)}, and the shapes sqrt and log need one above 0"
        : !(Math.Abs(Shapes.Sum(shape => shape.Weight) - 1) <= 1e-3) ? "shapes have weights that do not sum to 1"
        : !AreAscending(Quantiles) ? "quantiles do not ascend"
        : null;

    /// <summary>
    /// The tail of readings that hardly ever rise above 0, such as those of a constant field. It assumes one rise in all the panes that
    /// were examined, so a reading above 0 is rarer than that, and the rarer the higher it is.
    /// </summary>
    /// <param name="panes">The panes that were examined.</param>
    public static Tail Flat(int panes) => new()
    {
        Level = 0.95,
        Threshold = 0,
        Clusters = 1,
        Panes = panes,
        RatePerPane = 1.0 / panes,
        Shapes = [new TailShape(TailTransform.Identity, 1, 1)],
        Quantiles = [(0, 0), (0.95, 0)],
    };

    /// <summary>Fits a tail.</summary>
    /// <param name="readings">
    /// z at each pane's end in order; NaN where there is no reading, which counts as at or below the threshold.
    /// </param>
    /// <param name="gap">w: a cluster ends when more than so many panes pass without an exceedance.</param>
    /// <param name="excludedPanes">How many of the panes are excluded; they have no reading and are not counted as examined.</param>
    /// <returns>Null where no level has enough clusters above it, or there are fewer than <see cref="FewestReadings"/>.</returns>
    public static Tail? Fit(ReadOnlySpan<double> readings, int gap, int excludedPanes = 0) => Fit(readings, gap, excludedPanes, Ladder);

    /// <summary>Fits a tail to the highest peaks alone: as above, with the highest threshold that has a number of clusters.</summary>
    /// <param name="readings">As above.</param>
    /// <param name="gap">As above.</param>
    /// <param name="excludedPanes">As above.</param>
    /// <param name="clusters">The number of clusters, at least 2.</param>
    public static Tail? FitHighest(ReadOnlySpan<double> readings, int gap, int excludedPanes, int clusters) =>
        Fit(readings, gap, excludedPanes, [.. UpperLevels.Concat(LowerLevels).Select(level => (level, clusters))]);

    private static Tail? Fit(ReadOnlySpan<double> readings, int gap, int excludedPanes, IReadOnlyList<(double Level, int Clusters)> ladder)
    {
        var placed = ArrayPool<double>.Shared.Rent(readings.Length);
        try
        {
            return Fit(readings, placed, gap, excludedPanes, ladder);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(placed);
        }
    }

    // `placed` gets the readings that there are.
    private static Tail? Fit(
        ReadOnlySpan<double> readings, double[] placed, int gap, int excludedPanes, IReadOnlyList<(double Level, int Clusters)> ladder)
    {
        var count = 0;
        foreach (var z in readings)
        {
            if (!double.IsNaN(z))
            {
                placed[count++] = z;
            }
        }

        if (count < FewestReadings)
        {
            return null;
        }

        var values = placed.AsSpan(0, count);
        OrderStatistics.Place(values, RanksOf(count));
        foreach (var (level, fewest) in ladder)
        {
            var threshold = Quantile(values, level);
            var peaks = Peaks(readings, threshold, gap);
            if (peaks.Count < fewest)
            {
                continue;
            }

            var quantiles = new List<(double, double)> { (0, values[0]) };
            foreach (var lower in Ascending.TakeWhile(lower => lower <= level))
            {
                quantiles.Add((lower, Quantile(values, lower)));
            }

            var panes = readings.Length - excludedPanes;
            return new Tail
            {
                Level = level,
                Threshold = threshold,
                Clusters = peaks.Count,
                Panes = panes,
                RatePerPane = (peaks.Count + 1) / (double)panes,
                Shapes = FitShapes(peaks, threshold),
                Quantiles = quantiles,
            };
        }

        return null;
    }

    /// <summary>
    /// The peak of each run above a threshold; a run ends when more than <paramref name="gap"/> panes pass without an exceedance.
    /// </summary>
    public static IReadOnlyList<double> Peaks(ReadOnlySpan<double> readings, double threshold, int gap)
    {
        var peaks = new List<double>();
        var last = int.MinValue;
        for (var pane = 0; pane < readings.Length; pane++)
        {
            if (!(readings[pane] > threshold))
            {
                continue;
            }

            if (peaks.Count == 0 || pane - last > gap)
            {
                peaks.Add(readings[pane]);
            }
            else
            {
                peaks[^1] = Math.Max(peaks[^1], readings[pane]);
            }

            last = pane;
        }

        return peaks;
    }

    /// <summary>τ(z): the average number of panes in which a reading as high as z occurs once while nothing is wrong.</summary>
    /// <returns>At least about the time between clusters times the level's complement; +∞ where z is infinite.</returns>
    public double ReturnPeriod(double z)
    {
        double above;
        if (z > Threshold)
        {
            above = 0;
            foreach (var shape in Shapes)
            {
                var y = G(shape.Transform, z) - G(shape.Transform, Threshold);
                above += shape.Weight * Math.Pow(1 + y / (Clusters * shape.Scale), -Clusters);
            }

            return 1 / above / RatePerPane;
        }

        above = 1;
        for (var i = 1; i < Quantiles.Count && z > Quantiles[0].Value; i++)
        {
            var (high, value) = Quantiles[i];
            if (z <= value)
            {
                var (low, floor) = Quantiles[i - 1];
                above = 1 - (low + (high - low) * (z - floor) / (value - floor));
                break;
            }
        }

        return (1 - Level) / above / RatePerPane;
    }

    // The order statistics that the least value and the quantiles of all levels need.
    private static int[] RanksOf(int count) =>
    [
        0,
        .. Ascending.Select(level => (int)Math.Floor((count - 1) * level))
            .SelectMany(rank => new[] { rank, Math.Min(rank + 1, count - 1) }).Order(),
    ];

    private static bool AreAscending(IReadOnlyList<(double Level, double Value)> quantiles) =>
        quantiles.Zip(quantiles.Skip(1)).All(pair => pair.First.Level < pair.Second.Level && pair.First.Value <= pair.Second.Value);

    /// <summary>The quantile of ascending values, linear between order statistics (type 7).</summary>
    private static double Quantile(ReadOnlySpan<double> sorted, double level) => Binning.NumericBinning.Quantile(sorted, level);

    private static List<TailShape> FitShapes(IReadOnlyList<double> peaks, double threshold)
    {
        var n = peaks.Count;
        var shapes = new List<(TailTransform Transform, double LogLikelihood, double Scale)>();
        var sumOfLogs = threshold > 0 ? peaks.Sum(Math.Log) : 0;
        foreach (var transform in Enum.GetValues<TailTransform>())
        {
            if (transform == TailTransform.Identity || threshold > 0)
            {
                var scale = peaks.Sum(peak => G(transform, peak) - G(transform, threshold)) / n;
                if (!(scale > 0))
                {
                    continue; // the peaks are so close to u that this transform rounds them to it
                }

                var lambda = transform switch { TailTransform.Identity => 1, TailTransform.Sqrt => 0.5, _ => 0 };
                shapes.Add((transform, -n * Math.Log(scale) - n + (lambda - 1) * sumOfLogs, scale));
            }
        }

        var most = shapes.Max(shape => shape.LogLikelihood);
        var total = shapes.Sum(shape => Math.Exp(shape.LogLikelihood - most));
        return [.. shapes.Select(shape => new TailShape(shape.Transform, Math.Exp(shape.LogLikelihood - most) / total, shape.Scale))];
    }

    private static double G(TailTransform transform, double z) => transform switch
    {
        TailTransform.Identity => z,
        TailTransform.Sqrt => 2 * Math.Sqrt(z),
        _ => Math.Log(z),
    };

    /// <summary>Saves a tail, or loads it.</summary>
    internal static Tail Exchange(StateExchange state, Tail? tail)
    {
        List<TailShape> shapes = [.. tail?.Shapes ?? []];
        List<(double Level, double Value)> quantiles = [.. tail?.Quantiles ?? []];
        var exchanged = new Tail
        {
            Level = state.Number(tail?.Level ?? 0),
            Threshold = state.Number(tail?.Threshold ?? 0),
            Clusters = (int)state.Number((long)(tail?.Clusters ?? 0)),
            Panes = (int)state.Number((long)(tail?.Panes ?? 0)),
            RatePerPane = state.Number(tail?.RatePerPane ?? 0),
            Shapes = shapes,
            Quantiles = quantiles,
        };
        state.List(shapes, (ref TailShape shape) => shape = new TailShape(
            (TailTransform)state.Number((long)(shape?.Transform ?? 0)), state.Number(shape?.Weight ?? 0), state.Number(shape?.Scale ?? 0)));
        state.List(quantiles, (ref (double Level, double Value) quantile) =>
            quantile = (state.Number(quantile.Level), state.Number(quantile.Value)));
        return exchanged.GetError() is { } error ? throw new StateException($"a calibration's {error}") : exchanged;
    }
}
