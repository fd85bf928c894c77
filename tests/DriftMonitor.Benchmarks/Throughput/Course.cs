using System.Diagnostics;
using System.Globalization;

namespace DriftMonitor.Benchmarks.Throughput;

/// <summary>How a process came along with reading a topic.</summary>
/// <param name="EventsPerSecond">Its pace over the second half of the events, when it is warm.</param>
/// <param name="CpuNanosecondsPerEvent">Processor time of all its threads, for each of those events.</param>
/// <param name="PeakMegabytes">The most memory that it had resident.</param>
internal sealed record Pace(double EventsPerSecond, double CpuNanosecondsPerEvent, double PeakMegabytes);

/// <summary>Observes a process that reads a topic: events read, time and processor time at some moments.</summary>
internal sealed class Course(Process process, int expected)
{
    /// <summary>By then the hot code has been compiled for good; what came before is not part of the pace.</summary>
    public const double From = 0.5;

    private readonly List<(double Seconds, double CpuSeconds, long Events)> _moments = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Whether all events have been read.</summary>
    public bool IsOver => _moments.Count > 0 && _moments[^1].Events >= expected;

    /// <summary>Notes how many events have been read by now.</summary>
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

    /// <summary>The pace; the process must still be there.</summary>
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
