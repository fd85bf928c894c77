using System.Diagnostics;
using System.Globalization;

namespace DriftMonitor.Benchmarks.Scrapes;

/// <summary>What a process has used since it started.</summary>
/// <param name="CpuSeconds">Processor time of all its threads.</param>
/// <param name="AllocatedBytes">Bytes allocated.</param>
/// <param name="PauseSeconds">How long the garbage collector has stopped all threads.</param>
/// <param name="FullCollections">Collections of all generations.</param>
/// <param name="HeapBytes">Live objects and garbage, as of the last collection.</param>
/// <param name="ResidentBytes">Resident memory.</param>
/// <param name="LongestTurnSeconds">The longest time that the loop took over a batch since it was last asked.</param>
internal sealed record Usage(
    double CpuSeconds, long AllocatedBytes, double PauseSeconds, int FullCollections, long HeapBytes, long ResidentBytes,
    double LongestTurnSeconds)
{
    /// <summary>That of this process.</summary>
    /// <param name="stream">What the loop reads.</param>
    /// <param name="collects">Whether garbage is collected first, so that the heap holds live objects only.</param>
    public static Usage Now(SegmentedStream stream, bool collects)
    {
        if (collects)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
        }

        using var process = Process.GetCurrentProcess();
        return new Usage(
            Environment.CpuUsage.TotalTime.TotalSeconds,
            GC.GetTotalAllocatedBytes(),
            GC.GetTotalPauseDuration().TotalSeconds,
            GC.CollectionCount(2),
            GC.GetTotalMemory(forceFullCollection: false),
            process.WorkingSet64,
            stream.TakeLongestTurn().TotalSeconds);
    }

    /// <summary>Parses what <see cref="ToLine"/> wrote.</summary>
    public static Usage Parse(string line)
    {
        var figures = Array.ConvertAll(line.Split(' '), figure => double.Parse(figure, CultureInfo.InvariantCulture));
        return new Usage(figures[0], (long)figures[1], figures[2], (int)figures[3], (long)figures[4], (long)figures[5], figures[6]);
    }

    /// <summary>Writes the figures in one line.</summary>
    public string ToLine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{CpuSeconds} {AllocatedBytes} {PauseSeconds} {FullCollections} {HeapBytes} {ResidentBytes} {LongestTurnSeconds}");
}
