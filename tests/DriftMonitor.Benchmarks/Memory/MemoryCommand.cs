using System.Globalization;
using DriftMonitor.Benchmarks.Scrapes;

namespace DriftMonitor.Benchmarks.Memory;

/// <summary>The live heap that a series takes, against the formula of deploy/docs/memory.md: <c>memory</c>.</summary>
/// <remarks>
/// A monitor of 1000 segments is fed until its longest window is full, and published as the page and the API see it. The heap is what a
/// full collection leaves, less what it left before the monitor was made.
/// </remarks>
internal static class MemoryCommand
{
    private const int Segments = 1000;

    /// <summary>Measures and prints.</summary>
    public static int Run()
    {
        Row[] rows =
        [
            new(Windows: 1, Bins: 20, Panes: 10, Events: 1),
            new(Windows: 3, Bins: 20, Panes: 10, Events: 1),
            new(Windows: 6, Bins: 20, Panes: 10, Events: 1),
            new(Windows: 3, Bins: 100, Panes: 10, Events: 1),
            new(Windows: 3, Bins: 1000, Panes: 10, Events: 1),
            new(Windows: 3, Bins: 20, Panes: 60, Events: 1),
            new(Windows: 3, Bins: 20, Panes: 240, Events: 1),
            new(Windows: 3, Bins: 20, Panes: 480, Events: 1),
            new(Windows: 3, Bins: 20, Panes: 240, Events: 10),
            new(Windows: 3, Bins: 20, Panes: 60, Events: 10, HasOwnReference: true),
            new(Windows: 3, Bins: 100, Panes: 60, Events: 10, HasOwnReference: true),
            new(Windows: 6, Bins: 100, Panes: 480, Events: 40, HasOwnReference: true),
        ];
        Measure(rows[0]); // what is made once
        Console.WriteLine("| windows | bins | panes | events a pane | reference | measured, kB | formula, kB | measured ÷ formula |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var row in rows)
        {
            var (measured, formula) = (Measure(row), row.Formula);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {row.Windows} | {row.Bins} | {row.Panes} | {row.Events} | {(row.HasOwnReference ? "its own" : "shared")} "
                + $"| {measured / 1000:0.0} | {formula / 1000:0.0} | {measured / formula:0.00} |"));
        }

        return 0;
    }

    private static double Measure(Row row)
    {
        using var stream = new SegmentedStream(Segments, row.Panes + 1, row.Events);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (binding, state, pipeline) = FullMonitor.Feed(stream, Segments, row.Windows, row.Bins, row.Panes, row.HasOwnReference);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(binding);
        GC.KeepAlive(state);
        GC.KeepAlive(pipeline);
        return (after - before) / (double)Segments;
    }

    /// <summary>A setting, and what the formula says of it.</summary>
    /// <param name="Windows">How many windows.</param>
    /// <param name="Bins">Bins, without the special ones.</param>
    /// <param name="Panes">The panes of the longest window.</param>
    /// <param name="Events">The events of a series in each pane.</param>
    /// <param name="HasOwnReference">Whether each series has a reference of its own.</param>
    private sealed record Row(int Windows, int Bins, int Panes, int Events, bool HasOwnReference = false)
    {
        private const int SpecialBins = 5;
        private const int Kept = 240; // past readings on the page

        /// <summary>Bytes of a series.</summary>
        public double Formula
        {
            get
            {
                var bins = Bins + SpecialBins;
                var packed = 8 * Math.Ceiling(2.0 * Math.Min(Events, bins) / 8); // objects are whole words
                return 1830
                    + (Windows * (590 + (8.0 * bins) + (12.0 * Math.Min(Panes, Kept))))
                    + (24.0 * bins)
                    + (Panes * (32 + packed))
                    + (HasOwnReference ? 250 + (56.0 * bins) : 0);
            }
        }
    }
}
