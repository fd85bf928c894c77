using System.Diagnostics;
using System.Globalization;

namespace DriftMonitor.Benchmarks.Promise;

/// <summary>The proof of the promise: alarms per T on streams without drift, and the delay on streams with it, as Markdown on stdout.</summary>
internal static class PromiseCommand
{
    private const string Usage = "promise [--quick] [--higher-thresholds] [--seed N] [--streams N] [--rows TEXT] [--only alarms|delays] [--delay-promise PANES]";

    public static int Run(string[] args)
    {
        var (seed, streams, rows, only, livePanes, quick, promised, proposed) = (20261122, 16, "", "", 4 * FalseAlarms.ReferencePanes, false, 43_200.0, false);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--quick":
                    (streams, livePanes, quick) = (4, FalseAlarms.ReferencePanes, true);
                    break;
                case "--higher-thresholds":
                    proposed = true;
                    break;
                case "--seed" when i + 1 < args.Length:
                    seed = int.Parse(args[++i], CultureInfo.InvariantCulture);
                    break;
                case "--streams" when i + 1 < args.Length:
                    streams = int.Parse(args[++i], CultureInfo.InvariantCulture);
                    break;
                case "--rows" when i + 1 < args.Length:
                    rows = args[++i];
                    break;
                case "--only" when i + 1 < args.Length:
                    only = args[++i];
                    break;
                case "--delay-promise" when i + 1 < args.Length:
                    promised = double.Parse(args[++i], CultureInfo.InvariantCulture);
                    break;
                default:
                    Console.Error.WriteLine($"unknown argument {args[i]}; {Usage}");
                    return 2;
            }
        }

        var clock = Stopwatch.StartNew();
        if (only != "delays")
        {
            TellFalseAlarms([.. Fluctuation.All.Where(row => row.Name.Contains(rows, StringComparison.Ordinal))], streams, livePanes, seed, proposed, clock);
        }

        if (only != "alarms")
        {
            Delays.Tell(quick, promised, seed, clock);
        }

        Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds:0} s");
        return 0;
    }

    private static void TellFalseAlarms(IReadOnlyList<Fluctuation> rows, int streams, int livePanes, int seed, bool proposed, Stopwatch clock)
    {
        Console.WriteLine($"Alarms per T on streams without drift, promised at most 1 (seed {seed}; a reference of {FalseAlarms.ReferencePanes} panes; {FalseAlarms.EventsPerPane} events a pane; K {string.Join(", ", FalseAlarms.AllBins)}; windows {string.Join(" | ", FalseAlarms.AllWindows.Select(windows => string.Join(", ", windows)))} panes; {streams} streams of {livePanes} panes a cell):");
        Console.WriteLine();
        Console.WriteLine("| no drift, but | reference 6T | 2T | T | within: mean | its cells | streams above 1 | reference T/5 | T/20 |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        var all = new List<CellResult>();
        foreach (var row in rows)
        {
            var cells = FalseAlarms.Grid([row]).Select(cell => FalseAlarms.Run(cell, streams, livePanes, seed, proposed)).ToList();
            all.AddRange(cells);
            Console.WriteLine(Line(row.Name, cells));
            Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s  {row.Name}");
        }

        Console.WriteLine(Line("**all**", all));
        Console.WriteLine();
        Console.WriteLine("| the same by K and windows | reference 6T | 2T | T | within: mean | its cells | streams above 1 | reference T/5 | T/20 |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var group in all.GroupBy(cell => $"K = {cell.Cell.Bins}, windows of {string.Join(", ", cell.Cell.Windows)}"))
        {
            Console.WriteLine(Line(group.Key, [.. group]));
        }

        Console.WriteLine();
    }

    private static string Line(string name, IReadOnlyList<CellResult> cells)
    {
        var byTime = Enumerable.Range(0, FalseAlarms.Promised.Length).Select(i => Estimate.Of(cells, i, i + 1)).ToList();
        var means = cells.SelectMany(cell => Enumerable.Range(0, FalseAlarms.Within).Select(i => cell.AlarmsPerT.Average(stream => stream[i]))).ToList();
        var above = cells.Average(cell => cell.AlarmsPerT.Average(stream => stream[..FalseAlarms.Within].Count(alarms => alarms > 1) / (double)FalseAlarms.Within));
        return $"| {name} | {string.Join(" | ", byTime.Take(FalseAlarms.Within))} | {Estimate.Of(cells, 0, FalseAlarms.Within)} | {means.Min():0.0}–{means.Max():0.0} | {above:0 %} | {string.Join(" | ", byTime.Skip(FalseAlarms.Within))} |";
    }
}
