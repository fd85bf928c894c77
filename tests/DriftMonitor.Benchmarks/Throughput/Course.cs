using System.Diagnostics;
using System.Globalization;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>What reading a topic costs a process.</summary>
/// <param name="Whole">Processor time of all its threads for an event, from its start to the last event, in ns.</param>
/// <param name="Steady">The same over the second half of the events, when the process is warm.</param>
/// <param name="EventsPerSecond">Events a second over the second half.</param>
/// <param name="AllocatedBytes">Managed bytes allocated for an event, from its start.</param>
/// <param name="PeakMegabytes">Its peak resident memory.</param>
internal sealed record Cost(double Whole, double Steady, double EventsPerSecond, double AllocatedBytes, double PeakMegabytes);

/// <summary>Observes a process that reads a topic: records events, bytes allocated, time and processor time.</summary>
internal sealed class Course(Process process, int expected)
{
    private const double SteadyFrom = 0.5; // the share of events after which hot code has been compiled

    private readonly List<(double Seconds, double CpuSeconds, long Events, double Allocated)> _moments = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Whether all events have been read.</summary>
    public bool IsOver => _moments.Count > 0 && _moments[^1].Events >= expected;

    /// <summary>Records how many events have been read so far, and the bytes allocated.</summary>
    public void Note(long events, double allocated)
    {
        if (process.HasExited)
        {
            throw new InvalidOperationException($"the reader ended with exit code {process.ExitCode} after {events} events");
        }

        if (_moments.Count == 0 || events > _moments[^1].Events)
        {
            _moments.Add((_clock.Elapsed.TotalSeconds, process.TotalProcessorTime.TotalSeconds, events, allocated));
        }
    }

    /// <summary>Returns the cost. The process must still be running.</summary>
    public Cost Cost()
    {
        var first = _moments.Find(moment => moment.Events >= SteadyFrom * expected);
        var last = _moments[^1];
        double events = last.Events - first.Events;
        return new Cost(
            last.CpuSeconds / last.Events * 1e9,
            (last.CpuSeconds - first.CpuSeconds) / events * 1e9,
            events / (last.Seconds - first.Seconds),
            last.Allocated / last.Events,
            PeakMegabytes());
    }

    // Process.PeakWorkingSet64 is 0 on Linux.
    private double PeakMegabytes()
    {
        var line = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(6).Trim(" \tkB"), CultureInfo.InvariantCulture) / 1024.0;
    }
}
