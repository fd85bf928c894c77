using System.Diagnostics;
using System.Globalization;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>The speed of a process that reads a topic.</summary>
/// <param name="EventsPerSecond">Events per second over the second half of the events, when the process is warm.</param>
/// <param name="CpuNanosecondsPerEvent">Processor time of all its threads for each of those events.</param>
/// <param name="PeakMegabytes">Its peak resident memory.</param>
internal sealed record Pace(double EventsPerSecond, double CpuNanosecondsPerEvent, double PeakMegabytes);

/// <summary>Observes a process that reads a topic: records the number of events read, the time and the processor time.</summary>
internal sealed class Course(Process process, int expected)
{
    /// <summary>The share of events after which the hot code has been compiled. Events before it are not measured.</summary>
    public const double From = 0.5;

    private readonly List<(double Seconds, double CpuSeconds, long Events)> _moments = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Whether all events have been read.</summary>
    public bool IsOver => _moments.Count > 0 && _moments[^1].Events >= expected;

    /// <summary>Records the number of events read so far.</summary>
    public void Note(long events)
    {
        if (process.HasExited)
        {
            throw new InvalidOperationException($"the reader ended with exit code {process.ExitCode} after {events} events");
        }

        if (_moments.Count == 0 || events > _moments[^1].Events)
        {
            _moments.Add((_clock.Elapsed.TotalSeconds, process.TotalProcessorTime.TotalSeconds, events));
        }
    }

    /// <summary>Returns the speed. The process must still be running.</summary>
    public Pace Pace()
    {
        var first = _moments.Find(moment => moment.Events >= From * expected);
        var last = _moments[^1];
        double events = last.Events - first.Events;
        return new Pace(events / (last.Seconds - first.Seconds), (last.CpuSeconds - first.CpuSeconds) / events * 1e9, PeakMegabytes());
    }

    // Process.PeakWorkingSet64 is 0 on Linux.
    private double PeakMegabytes()
    {
        var line = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(6).Trim(" \tkB"), CultureInfo.InvariantCulture) / 1024.0;
    }
}
