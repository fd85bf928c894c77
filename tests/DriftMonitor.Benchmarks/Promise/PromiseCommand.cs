using System.Diagnostics;
using System.Globalization;

namespace DriftMonitor.Benchmarks.Promise;

/// <summary>
/// Simulates the promised rate of false alarms: alarms per T on streams without drift, and the delay on streams with drift, as Markdown on
/// stdout.
/// </summary>
internal static class PromiseCommand
{
    private const string Usage = """
        promise: alarms per T without drift, and delays with it, as Markdown
          --quick               few streams and references, a minute or two
          --seed N              another seed
          --only alarms|growing|regimes|delays  only one of the tables
          --only assumptions    instead of the tables, by how much each assumption fails on streams that violate it
          --rows TEXT           only rows whose names contain the text
          --windows N,N         only these windows
          --reference PANES     another length of the reference
          --streams N           streams per cell
          --delays-t PANES      another T for the delays
        """;

    public static int Run(string[] args)
    {
        var quick = false;
        var seed = 20261122;
        var only = "";
        var rows = "";
        int[][] windows = FalseAlarms.AllWindows;
        var reference = FalseAlarms.UsualReferencePanes;
        var streams = 16;
        var delaysT = 43_200;
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--quick":
                    (quick, streams) = (true, 3);
                    continue;
                case "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out seed):
                case "--streams" when int.TryParse(value, CultureInfo.InvariantCulture, out streams):
                case "--reference" when int.TryParse(value, CultureInfo.InvariantCulture, out reference):
                case "--delays-t" when int.TryParse(value, CultureInfo.InvariantCulture, out delaysT):
                    break;
                case "--only" when value is "alarms" or "growing" or "regimes" or "delays" or "assumptions":
                    only = value;
                    break;
                case "--rows":
                    rows = value;
                    break;
                case "--windows":
                    windows = [[.. value.Split(',').Select(panes => int.Parse(panes, CultureInfo.InvariantCulture))]];
                    break;
                default:
                    Console.Error.WriteLine($"unknown or incomplete: {args[i]}\n{Usage}");
                    return 2;
            }

            i++;
        }

        var clock = Stopwatch.StartNew();
        if (only == "assumptions")
        {
            Assumptions.Print();
            Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds:0} s");
            return 0;
        }

        if (only is "" or "alarms")
        {
            var chosen = Fluctuation.All.Where(row => row.Name.Contains(rows, StringComparison.Ordinal)).ToList();
            var livePanes = (quick || reference > FalseAlarms.UsualReferencePanes ? 1 : 4) * reference;
            PrintFalseAlarms(new FalseAlarms(reference, livePanes, streams, seed), chosen, windows, clock);
        }

        if (only is "" or "growing")
        {
            var livePanes = (quick ? 1 : 4) * FalseAlarms.UsualReferencePanes;
            PrintGrowing(new GrowingAlarms(LearnPanes: 240, livePanes, streams, seed), windows, clock);
        }

        if (only is "" or "regimes")
        {
            var livePanes = (quick ? 2 : 4) * FalseAlarms.UsualReferencePanes;
            PrintRegimes(new RegimeAlarms(FalseAlarms.UsualReferencePanes / RegimeAlarms.Count, livePanes, streams, seed), windows, clock);
        }

        if (only is "" or "delays")
        {
            Delays.Print(quick, delaysT, seed, clock);
        }

        Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds:0} s");
        return 0;
    }

    private static void PrintFalseAlarms(FalseAlarms alarms, IReadOnlyList<Fluctuation> rows, int[][] windows, Stopwatch clock)
    {
        const string Columns =
            "reference 6T | 2T | T | within: mean | its cells | streams above 1 | time firing | T/5 | T/20 "
            + "|\n|---|---|---|---|---|---|---|---|---|---|";
        Console.WriteLine(
            $"Alarms per T without drift, at most 1 promised (seed {alarms.Seed}; a reference of {alarms.ReferencePanes} panes; "
            + $"{FalseAlarms.EventsPerPane} events a pane; K {string.Join(", ", FalseAlarms.AllBins)}; "
            + $"windows of {string.Join(" | ", windows.Select(list => string.Join(", ", list)))} panes; "
            + $"{alarms.Streams} streams of {alarms.LivePanes} panes a cell; "
            + "<: no alarm was seen, bound of 95 % by the rule of three; "
            + $"of streams whose true rate is 1, {alarms.AboveByChance():0 %} would be above 1 by chance):");
        Console.WriteLine();
        Console.WriteLine($"| stream | {Columns}");
        var all = new List<CellResult>();
        foreach (var row in rows)
        {
            var cells = FalseAlarms.CellsOf(row, windows).Select(alarms.Run).ToList();
            all.AddRange(cells);
            Console.WriteLine(Line(row.Name, cells));
            Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s  {row.Name}");
        }

        Console.WriteLine(Line("**all**", all));
        Console.WriteLine();
        Console.WriteLine($"| all of these by K and windows | {Columns}");
        foreach (var group in all.GroupBy(cell => $"K {cell.Cell.Bins}, windows of {string.Join(", ", cell.Cell.Windows)}"))
        {
            Console.WriteLine(Line(group.Key, [.. group]));
        }

        Console.WriteLine();
    }

    private static void PrintGrowing(GrowingAlarms alarms, int[][] windows, Stopwatch clock)
    {
        Console.WriteLine(
            $"Alarms per T without drift of a reference that grows, at most 1 promised (seed {alarms.Seed}; "
            + $"W = {alarms.LearnPanes} panes of warm-up, {alarms.Streams} streams of {alarms.LivePanes} panes after it; "
            + $"{FalseAlarms.EventsPerPane} events a pane; K {GrowingAlarms.Bins}):");
        Console.WriteLine();
        var times = GrowingAlarms.Promised.Select(ratio => $"T = {ratio:0} W");
        Console.WriteLine($"| stream | windows in panes | {string.Join(" | ", times)} |");
        Console.WriteLine($"|---|---|{string.Concat(GrowingAlarms.Promised.Select(_ => "---|"))}");
        foreach (var name in GrowingAlarms.Rows)
        {
            var row = Fluctuation.All.Single(row => row.Name == name);
            foreach (var list in windows)
            {
                Console.WriteLine($"| {name} | {string.Join(", ", list)} | {string.Join(" | ", alarms.Run(row, list))} |");
            }

            Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s  {name}, a reference that grows");
        }

        Console.WriteLine();
    }

    private static void PrintRegimes(RegimeAlarms alarms, int[][] windows, Stopwatch clock)
    {
        Console.WriteLine(
            $"Alarms per T without drift of a stream that switches between {RegimeAlarms.Count} accepted regimes, at most 1 promised "
            + $"(seed {alarms.Seed}; R = {RegimeAlarms.Count * alarms.RegimePanes} panes of reference, "
            + $"a change every {alarms.RegimePanes} panes, {alarms.Streams} streams of {alarms.LivePanes} panes; "
            + $"{FalseAlarms.EventsPerPane} events a pane; K {RegimeAlarms.Bins}):");
        Console.WriteLine();
        var times = RegimeAlarms.Promised.Select(ratio => ratio < 1 ? $"T = R/{1 / ratio:0}" : $"T = {ratio:0} R");
        Console.WriteLine($"| stream | windows in panes | {string.Join(" | ", times)} |");
        Console.WriteLine($"|---|---|{string.Concat(RegimeAlarms.Promised.Select(_ => "---|"))}");
        foreach (var name in RegimeAlarms.Rows)
        {
            var row = Fluctuation.All.Single(row => row.Name == name);
            foreach (var list in windows)
            {
                Console.WriteLine($"| {name} | {string.Join(", ", list)} | {string.Join(" | ", alarms.Run(row, list))} |");
            }

            Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s  {name}, regimes");
        }

        Console.WriteLine();
    }

    private static string Line(string name, IReadOnlyList<CellResult> cells)
    {
        var times = FalseAlarms.Promised.Length;
        var byTime = Enumerable.Range(0, times).Select(i => Estimate.Of(cells, i, i + 1)).ToArray();
        var means = cells
            .SelectMany(cell => Enumerable.Range(0, FalseAlarms.Within).Select(i => cell.AlarmsPerT.Average(stream => stream[i]))).ToList();
        var above = cells.Average(cell => cell.AlarmsPerT.Average(ShareAboveOne));
        return $"| {name} | {string.Join(" | ", byTime.Take(FalseAlarms.Within))} | {Estimate.Of(cells, 0, FalseAlarms.Within)} "
            + $"| {means.Min():0.0}–{means.Max():0.0} | {above:0 %} | {cells.Average(cell => cell.FiringWithin):0 %} "
            + $"| {string.Join(" | ", byTime[FalseAlarms.Within..])} |";

        static double ShareAboveOne(double[] stream) =>
            stream[..FalseAlarms.Within].Count(alarms => alarms > 1 + FalseAlarms.Rounding) / (double)FalseAlarms.Within;
    }
}
