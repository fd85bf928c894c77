using System.Diagnostics;
using System.Globalization;
using DriftMonitor.Benchmarks.Memory;
using DriftMonitor.Benchmarks.Scrapes;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Checkpoints;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Benchmarks.Checkpoints;

/// <summary>What a checkpoint costs, by the number of series: <c>checkpoints</c>.</summary>
/// <remarks>
/// The loop stops while the state is copied; the file is written by another thread, with a flush to the disk; a restart reads the file,
/// checks it, and loads the monitors. Medians of some rounds, in processor time, but for the file, which waits for the disk.
/// </remarks>
internal static class CheckpointsCommand
{
    private const int Rounds = 9;
    private const int Windows = 3;
    private const int Bins = 20;
    private const int Panes = 60;
    private const int Events = 10; // of a series in each pane

    private static readonly KeyValuePair<string, string>[] Settings = [KeyValuePair.Create("Pane", "1m")];

    /// <summary>Measures and prints.</summary>
    public static int Run()
    {
        for (var i = 0; i < 10; i++)
        {
            Measure(50); // until it is compiled for good
        }

        Console.WriteLine(
            "| series | file | bytes a series | copied, while the loop waits | written, beside the loop | loaded at a restart |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var series in new[] { 1, 100, 1000, 10_000 })
        {
            var (size, copied, written, loaded) = Measure(series);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {series:N0} | {Size(size)} | {size / series:N0} | {Time(copied)} | {Time(written)} | {Time(loaded)} |"));
        }

        return 0;
    }

    private static (long Size, TimeSpan Copied, TimeSpan Written, TimeSpan Loaded) Measure(int series)
    {
        using var stream = new SegmentedStream(series, Panes + 1, Events);
        var (binding, state, pipeline) = FullMonitor.Feed(stream, series, Windows, Bins, Panes, hasOwnReferences: false);
        Progress[] progress = [new(new Position(SegmentedStream.Topic, 0, 1_000_000), 1_000_000)];
        var path = Directory.CreateTempSubdirectory("driftmonitor-checkpoints-").FullName;
        var (size, copied, written, loaded) = (0L, new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>());
        using (var folder = CheckpointFolder.Open(path))
        {
            for (var round = 0; round < Rounds; round++)
            {
                Checkpoint? checkpoint = null;
                copied.Add(ProcessorTimeOf(() => checkpoint = new Checkpoint(
                    new EventTime(1), "0.1.0", [], [MonitorCheckpoint.Take(binding, Settings, progress)])));
                written.Add(TimeOf(() => size = folder.Write(checkpoint!)));
                var fresh = FullMonitor.Bind(series, Windows, Bins, Panes, hasOwnReferences: false);
                loaded.Add(ProcessorTimeOf(() =>
                    fresh.Monitor.Load(folder.Load(bad => throw new InvalidOperationException(bad))!.Monitors[0].State)));
                if (fresh.Monitor.Series.Count != binding.Monitor.Series.Count)
                {
                    throw new InvalidOperationException("what was loaded is not what was saved");
                }
            }
        }

        Directory.Delete(path, recursive: true);
        GC.KeepAlive(state);
        GC.KeepAlive(pipeline);
        return (size, Median(copied), Median(written), Median(loaded));
    }

    private static TimeSpan TimeOf(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started);
    }

    private static TimeSpan ProcessorTimeOf(Action action)
    {
        var before = Environment.CpuUsage.TotalTime;
        action();
        return Environment.CpuUsage.TotalTime - before;
    }

    private static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);

    private static string Time(TimeSpan time) =>
        time.TotalMilliseconds.ToString(time.TotalMilliseconds < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + " ms";

    private static string Size(long bytes) => bytes < 100_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1000.0:0.0} kB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
