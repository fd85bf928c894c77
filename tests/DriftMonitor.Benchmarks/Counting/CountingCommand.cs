using System.Diagnostics;
using System.Text;
using DriftMonitor.Benchmarks.Throughput;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Tests;
using DriftMonitor.Wording;

namespace DriftMonitor.Benchmarks.Counting;

/// <summary>
/// How the cost of an event and of a pane grows with monitors, bins, segments and windows, against formulas: <c>counting [--rounds N]</c>.
/// </summary>
/// <remarks>
/// One factor is varied at a time. The constants of a formula are taken from the rows that are named there, and predict the others. Costs
/// are processor time of this process, which does nothing else; medians of the rounds.
/// </remarks>
internal static class CountingCommand
{
    private const int EventsARound = 256 * MemorySource.BatchSize;
    private const int FewEvents = 2 * MemorySource.BatchSize;
    private const int ManyEvents = 16 * MemorySource.BatchSize; // more than segments
    private const int Fields = 100;

    /// <summary>Measures and prints.</summary>
    public static int Run(string[] args)
    {
        var rounds = ThroughputCommand.Setting(args, "--rounds", 9);
        foreach (var table in new[] { MonitorsTable(), BinsTable(), SegmentsTable(), WindowsTable(), PanesTable() })
        {
            table.Measure(rounds);
            table.Print();
        }

        Console.WriteLine($"make bench ARGS=\"counting --rounds {rounds}\"");
        return 0;
    }

    private static CostTable MonitorsTable()
    {
        int[] monitors = [1, 3, 10, 100];
        return new CostTable(
            $"Monitors, each of another of {Fields} fields of an event: ns an event",
            "decode + monitors × count, from 1 and 10 monitors",
            [.. monitors.Select(count => EventRow(Phrases.Count(count, "monitor"), new Setting(Monitors: count), Fields, FewEvents))],
            measured =>
            {
                var count = (measured[2] - measured[0]) / (monitors[2] - monitors[0]);
                return [.. monitors.Select(number => measured[0] + (number - monitors[0]) * count)];
            });
    }

    private static CostTable BinsTable()
    {
        int[] bins = [10, 100, 1000];
        return new CostTable(
            "Bins: ns an event",
            "decode + count + step × log₂ bins, from 10 and 100 bins",
            [.. bins.Select(count => EventRow($"{count} bins", new Setting(Bins: count), fields: 1, ManyEvents))],
            measured =>
            {
                var step = (measured[1] - measured[0]) / Math.Log2((double)bins[1] / bins[0]);
                return [.. bins.Select(number => measured[0] + Math.Log2((double)number / bins[0]) * step)];
            });
    }

    private static CostTable SegmentsTable()
    {
        int[] segments = [1, 100, 10_000];
        return new CostTable(
            "Segments: ns an event",
            "decode + look up + count, the same for any number, from 100 segments",
            [.. segments.Select(count => EventRow(Phrases.Count(count, "segment"), new Setting(Segments: count), fields: 1, ManyEvents))],
            measured => [.. segments.Select(_ => measured[1])]);
    }

    private static CostTable WindowsTable()
    {
        int[] windows = [1, 3, 6];
        return new CostTable(
            "Windows: ns an event",
            "decode + count, the same for any number, from 1 window",
            [.. windows.Select(count => EventRow(Phrases.Count(count, "window"), new Setting(Windows: count), fields: 1, ManyEvents))],
            measured => [.. windows.Select(_ => measured[0])]);
    }

    private static CostTable PanesTable()
    {
        Setting[] settings =
        [
            new(Segments: 1, Windows: 1), new(Segments: 1, Windows: 3), new(Segments: 1, Windows: 6),
            new(Segments: 1, Windows: 3, Bins: 100), new(Segments: 1, Windows: 3, Bins: 1000),
            new(Segments: 100, Windows: 3), new(Segments: 10_000, Windows: 3),
        ];
        return new CostTable(
            "Closing a pane: µs",
            "segments × (series + windows × (reading + bin × occupied bins)), from the rows with 1 and 6 windows and with 1000 bins",
            [.. settings.Select(PaneRow)],
            measured =>
            {
                var window = (measured[2] - measured[0]) / (settings[2].Windows - settings[0].Windows);
                var bin = (measured[4] - measured[1]) / settings[4].Windows / (settings[4].Bins - settings[1].Bins);
                var series = measured[0] - window;
                return [.. settings.Select(one =>
                    one.Segments * (series + one.Windows * (window + bin * (one.Bins - settings[0].Bins))))];
            });
    }

    private static CostRow EventRow(string name, Setting setting, int fields, int events)
    {
        var pipeline = CountedStream.Pipeline(setting, fields, events);
        return new CostRow(name, () =>
        {
            var before = Environment.CpuUsage.TotalTime;
            for (var counted = 0; counted < EventsARound; counted += MemorySource.BatchSize)
            {
                pipeline.Step(TimeSpan.Zero);
            }

            return (Environment.CpuUsage.TotalTime - before).TotalNanoseconds / EventsARound;
        });
    }

    private static CostRow PaneRow(Setting setting)
    {
        var monitor = CountedStream.Monitor(setting, "x");
        monitor.ExpectPartitions(1);
        byte[][] segments = [.. Enumerable.Range(0, setting.Segments).Select(i => Encoding.UTF8.GetBytes(CountedStream.SegmentOf(i)))];
        var pane = 0;
        var panes = Math.Max(2, 200_000 / (setting.Segments * setting.Bins * setting.Windows));
        var name = $"windows {setting.Windows}, bins {setting.Bins}, segments {setting.Segments:N0}";
        return new CostRow(name, () =>
        {
            var taken = TimeSpan.Zero;
            for (var i = 0; i < panes; i++)
            {
                FillPane(monitor, segments, setting.Bins, pane++);
                Add(monitor, segments[0], 0, pane); // the watermark passes the pane
                var before = Stopwatch.GetTimestamp();
                monitor.CloseDue();
                taken += Stopwatch.GetElapsedTime(before);
            }

            return taken.TotalMicroseconds / panes;
        });
    }

    private static void FillPane(FieldMonitor monitor, byte[][] segments, int bins, int pane)
    {
        foreach (var segment in segments)
        {
            // One to four events in each bin; panes differ.
            for (var bin = 0; bin < bins; bin++)
            {
                for (var events = (uint)(pane * 73_856_093 ^ bin * 19_349_663) * 2_654_435_761 >> 30; events <= 3; events++)
                {
                    Add(monitor, segment, bin, pane);
                }
            }
        }
    }

    private static void Add(FieldMonitor monitor, byte[] segment, int bin, int pane) =>
        monitor.Add(0, CountedStream.StartOf(pane), recordTime: null, bin, segment);
}
