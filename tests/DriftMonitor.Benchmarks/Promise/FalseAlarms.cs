namespace DriftMonitor.Benchmarks.Promise;

/// <summary>
/// Simulates how often the alarm fires on streams without drift.
/// </summary>
/// <remarks>
/// The first panes of a stream are its reference and its calibration; the live panes follow without a break. The alarms of all promised
/// times judge the same readings. All random numbers derive from the seed, the cell and the number of the stream, so the result of a cell
/// does not depend on which other cells are run.
/// </remarks>
/// <param name="ReferencePanes">R, the number of panes of the reference.</param>
/// <param name="LivePanes">The number of panes after the reference.</param>
/// <param name="Streams">The number of streams of each cell.</param>
/// <param name="Seed">The seed.</param>
internal sealed record FalseAlarms(int ReferencePanes, int LivePanes, int Streams, int Seed)
{
    /// <summary>60 days of hourly panes.</summary>
    public const int UsualReferencePanes = 1440;

    public const double EventsPerPane = 200;

    /// <summary>T/R: references of 6T, 2T and T, then of a fifth and a twentieth of T.</summary>
    public static readonly double[] Promised = [1 / 6.0, 0.5, 1, 5, 20];

    /// <summary>The number of <see cref="Promised"/> times that are not longer than the reference.</summary>
    public const int Within = 3;

    /// <summary>How much alarms per T may exceed 1 by rounding alone.</summary>
    public const double Rounding = 1e-9;

    public static readonly int[] AllBins = [4, 20, 64];

    public static readonly int[][] AllWindows = [[24], [6, 24], [1, 3, 6, 12, 24, 48]];

    public static IEnumerable<Cell> CellsOf(Fluctuation fluctuation, IEnumerable<int[]> allWindows) =>
        from bins in AllBins
        from windows in allWindows
        select new Cell(fluctuation, bins, windows);

    /// <summary>Runs the streams of a cell in parallel.</summary>
    public CellResult Run(Cell cell)
    {
        var (alarms, firing) = (new double[Streams][], new double[Streams][]);
        Parallel.For(0, Streams, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, stream =>
        {
            var live = Run(cell, Seeds.Of($"{Seed}/{cell.Fluctuation.Name}/{cell.Bins}/{string.Join(',', cell.Windows)}/{stream}"));
            alarms[stream] = [.. Promised.Select((ratio, i) => live.Fired[i] * ratio * ReferencePanes / LivePanes)];
            firing[stream] = Array.ConvertAll(live.FiringPanes, panes => (double)panes / LivePanes);
        });
        return new CellResult(cell, alarms, firing, (double)LivePanes / ReferencePanes);
    }

    /// <summary>
    /// The share of streams that would show more than one alarm per T if each had exactly one on average, for Poisson counts: the mean
    /// over the promised times within the reference.
    /// </summary>
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
        var live = new Alarms(scene, ReferencePanes, [.. Promised.Select(ratio => ratio * ReferencePanes)]);
        for (var pane = 0; pane < LivePanes; pane++)
        {
            live.Close(stream.Next(cell.Fluctuation.Volume));
        }

        return live;
    }
}
