namespace DriftMonitor.Benchmarks.Promise;

/// <summary>One way to watch a kind of stream, several streams of which are simulated.</summary>
internal sealed record Cell(Fluctuation Fluctuation, int Bins, int[] Windows);

/// <summary>A cell's streams: alarms per T of each, by the promised times in the order of <see cref="FalseAlarms.Promised"/>, then the same with the tails as proposed.</summary>
internal sealed record CellResult(Cell Cell, double[][] AlarmsPerT);

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

    public static readonly int[] AllBins = [4, 20, 64];

    public static readonly int[][] AllWindows = [[24], [6, 24], [1, 3, 6, 12, 24, 48]];

    public static IEnumerable<Cell> CellsOf(Fluctuation fluctuation, IEnumerable<int[]> allWindows) =>
        from bins in AllBins
        from windows in allWindows
        select new Cell(fluctuation, bins, windows);

    /// <summary>Runs the streams of a cell, several at a time.</summary>
    public CellResult Run(Cell cell)
    {
        var alarms = new double[Streams][];
        Parallel.For(0, Streams, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, stream => alarms[stream] = Run(cell, SeedOf(cell, stream)));
        return new CellResult(cell, alarms);
    }

    private double[] Run(Cell cell, int seed)
    {
        var stream = new PaneStream(cell.Fluctuation, cell.Bins, EventsPerPane, new Random(seed));
        var scene = Scene.Record(cell.Windows, ReferencePanes, cell.Bins, () => stream.Next(volume: 1));
        var live = new Alarms(scene, ReferencePanes, [.. Promised.Select(ratio => ratio * ReferencePanes)], scene.Proposed());
        for (var pane = 0; pane < LivePanes; pane++)
        {
            live.Close(stream.Next(cell.Fluctuation.Volume));
        }

        return [.. Promised.Concat(Promised).Select((ratio, i) => live.Fired[i] * ratio * ReferencePanes / LivePanes)];
    }

    // A seed for each stream of each cell: FNV-1a over what tells it from others.
    private int SeedOf(Cell cell, int stream)
    {
        var hash = 2166136261u;
        foreach (var c in $"{Seed}/{cell.Fluctuation.Name}/{cell.Bins}/{string.Join(',', cell.Windows)}/{stream}")
        {
            hash = (hash ^ c) * 16777619u;
        }

        return (int)(hash & int.MaxValue);
    }
}

/// <summary>A mean over cells of the mean over their streams, with its sampling error: the streams' own spread.</summary>
internal readonly record struct Estimate(double Mean, double Error)
{
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

        return new Estimate(mean, Math.Sqrt(variance));
    }

    public override string ToString() => $"{Mean:0.00} ± {Error:0.00}";
}
