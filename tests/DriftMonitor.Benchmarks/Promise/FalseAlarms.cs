namespace DriftMonitor.Benchmarks.Promise;

/// <summary>One way to watch a kind of stream, several streams of which are simulated.</summary>
internal sealed record Cell(Fluctuation Fluctuation, int Bins, int[] Windows);

/// <summary>What the streams of a cell showed.</summary>
/// <param name="Cell">How they were watched.</param>
/// <param name="AlarmsPerT">Of each stream, by the promised times in the order of <see cref="FalseAlarms.Promised"/>, then the same with the tails as proposed.</param>
/// <param name="Firing">Of each stream, the share of its live panes at whose end the alarm was firing, in the same order.</param>
/// <param name="LiveOverReference">The live panes of a stream over those of its reference.</param>
internal sealed record CellResult(Cell Cell, double[][] AlarmsPerT, double[][] Firing, double LiveOverReference)
{
    /// <summary>The share of time in which the alarm was firing: the mean over the streams and the promised times within the reference. The number of alarms alone would praise one that never ends.</summary>
    public double FiringWithin => Firing.Average(stream => stream[..FalseAlarms.Within].Average());
}

/// <summary>
/// How often the alarm fires on streams without drift.
/// </summary>
/// <remarks>
/// A stream runs for the reference's panes, is calibrated on them, and goes on without a break. The alarms of all promised times judge the same readings. Everything is drawn from the seed, the cell and the
/// stream's number, so a cell has the same figures whichever others run.
/// </remarks>
/// <param name="ReferencePanes">R.</param>
/// <param name="LivePanes">Panes after the reference.</param>
/// <param name="Streams">Streams of each cell.</param>
/// <param name="Seed">What all is drawn from.</param>
internal sealed record FalseAlarms(int ReferencePanes, int LivePanes, int Streams, int Seed)
{
    /// <summary>60 days of hourly panes.</summary>
    public const int UsualReferencePanes = 1440;

    public const double EventsPerPane = 200;

    /// <summary>T over R: references of 6T, 2T and T, then of a fifth and a twentieth of T.</summary>
    public static readonly double[] Promised = [1 / 6.0, 0.5, 1, 5, 20];

    /// <summary>So many of <see cref="Promised"/> lie within the reference.</summary>
    public const int Within = 3;

    /// <summary>What alarms per T may be above 1 by rounding alone.</summary>
    public const double Rounding = 1e-9;

    public static readonly int[] AllBins = [4, 20, 64];

    public static readonly int[][] AllWindows = [[24], [6, 24], [1, 3, 6, 12, 24, 48]];

    public static IEnumerable<Cell> CellsOf(Fluctuation fluctuation, IEnumerable<int[]> allWindows) =>
        from bins in AllBins
        from windows in allWindows
        select new Cell(fluctuation, bins, windows);

    /// <summary>Runs the streams of a cell, several at a time.</summary>
    public CellResult Run(Cell cell)
    {
        var (alarms, firing) = (new double[Streams][], new double[Streams][]);
        Parallel.For(0, Streams, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, stream =>
        {
            var live = Run(cell, Seeds.Of($"{Seed}/{cell.Fluctuation.Name}/{cell.Bins}/{string.Join(',', cell.Windows)}/{stream}"));
            alarms[stream] = [.. Promised.Concat(Promised).Select((ratio, i) => live.Fired[i] * ratio * ReferencePanes / LivePanes)];
            firing[stream] = Array.ConvertAll(live.FiringPanes, panes => (double)panes / LivePanes);
        });
        return new CellResult(cell, alarms, firing, (double)LivePanes / ReferencePanes);
    }

    /// <summary>The share of streams that would show more than one alarm per T where each has exactly one on average: of a Poisson count, the mean over the promised times within the reference.</summary>
    public double AboveByChance() => Promised.Take(Within).Average(ratio =>
    {
        var expected = LivePanes / (ratio * ReferencePanes);
        var (term, atMost) = (Math.Exp(-expected), 0.0);
        for (var count = 0; count <= expected + Rounding; count++)
        {
            atMost += term;
            term *= expected / (count + 1);
        }

        return 1 - atMost;
    });

    private Alarms Run(Cell cell, int seed)
    {
        var stream = new PaneStream(cell.Fluctuation, cell.Bins, EventsPerPane, new Random(seed));
        var scene = Scene.Record(cell.Windows, ReferencePanes, cell.Bins, () => stream.Next(volume: 1));
        var live = new Alarms(scene, ReferencePanes, [.. Promised.Select(ratio => ratio * ReferencePanes)], scene.Proposed());
        for (var pane = 0; pane < LivePanes; pane++)
        {
            live.Close(stream.Next(cell.Fluctuation.Volume));
        }

        return live;
    }
}

/// <summary>A mean over cells of the mean over their streams, with its sampling error: the streams' own spread.</summary>
/// <param name="Mean">Alarms per T.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="MostOfNone">What the mean may be at most, with 95 % confidence, if no alarm was seen.</param>
internal readonly record struct Estimate(double Mean, double Error, double MostOfNone)
{
    /// <summary>
    /// No event in so much exposure says, with 95 % confidence, that the rate is below 3 / exposure, as e⁻³ = 0.05. It supposes events that come independently at one rate. A spread of zeros would say that the error is none.
    /// Hanley and Lippman-Hand, If nothing goes wrong, is everything all right?, JAMA 249 (1983) 1743–1745.
    /// </summary>
    public const double RuleOfThree = 3;

    /// <summary>Over the promised times from <paramref name="from"/> up to but without <paramref name="to"/>; a stream's alarms at several times are no independent draws, so it counts with their mean.</summary>
    public static Estimate Of(IReadOnlyList<CellResult> cells, int from, int to)
    {
        var mean = 0.0;
        var variance = 0.0;
        foreach (var cell in cells)
        {
            var values = Array.ConvertAll(cell.AlarmsPerT, stream => stream[from..to].Average());
            var average = values.Average();
            mean += average / cells.Count;
            variance += values.Sum(value => (value - average) * (value - average)) / (values.Length - 1) / values.Length / cells.Count / cells.Count;
        }

        // A promised time was watched live / T times by each stream. An alarm of a longer time is one of a shorter time too, so a stream without any has one exposure and not several.
        var references = cells.Sum(cell => cell.AlarmsPerT.Length * cell.LiveOverReference);
        var times = Enumerable.Range(from, to - from).Average(i => FalseAlarms.Promised[i % FalseAlarms.Promised.Length]);
        return new Estimate(mean, Math.Sqrt(variance), RuleOfThree * times / references);
    }

    /// <summary>Of independent values; the error is that of their spread, and at least that of a Poisson count, as the spread of a few small counts can be none.</summary>
    /// <param name="values">Alarms per T.</param>
    /// <param name="exposure">How many T they were counted in together.</param>
    public static Estimate Of(double[] values, double exposure)
    {
        var mean = values.Average();
        var variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1) / values.Length;
        return new Estimate(mean, Math.Sqrt(Math.Max(variance, mean / exposure)), RuleOfThree / exposure);
    }

    /// <summary>The rule of three's bound where nothing was seen, rounded up.</summary>
    private static string None(double most) => $"< {Math.Ceiling(100 * most) / 100:0.00}";

    public override string ToString() => Mean == 0 ? None(MostOfNone) : Mean < 0.005 ? $"{Mean:0.0000} ± {Error:0.0000}" : $"{Mean:0.00} ± {Error:0.00}";
}
