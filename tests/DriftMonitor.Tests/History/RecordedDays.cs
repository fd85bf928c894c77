using DriftMonitor.Core.Time;
using DriftMonitor.History;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Tests.History;

/// <summary>Keeps the days of a history in memory, as lines such as <c>2013-02-09T01:00:00Z driftmonitor_window_events{…} 8</c>.</summary>
internal sealed class RecordedDays : IHistoryTarget
{
    /// <summary>The days in the order in which they came.</summary>
    public List<DateOnly> Days { get; } = [];

    /// <summary>All samples by time, then by metric and labels.</summary>
    public List<string> ByTime { get; } = [];

    /// <summary>All samples.</summary>
    public List<string> Lines { get; } = [];

    public void Write(HistoryDay day, CancellationToken stopping)
    {
        Days.Add(day.Date);
        foreach (var (series, sample) in day.ByTime())
        {
            ByTime.Add($"{new EventTime(sample.Milliseconds)} {series.Family.SampleName}{series.Labels}");
        }

        foreach (var (series, samples) in day.InOrder())
        {
            foreach (var sample in samples)
            {
                Lines.Add(FormattableString.Invariant(
                    $"{new EventTime(sample.Milliseconds)} {series.Family.SampleName}{series.Labels} {sample.Value}"));
            }
        }
    }

    /// <summary>The samples of a metric, in order.</summary>
    public IEnumerable<string> Of(string metric) =>
        Lines.Where(line => line.Contains($" {metric}{{", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    /// <summary>A spool in a file of its own.</summary>
    public static SampleSpool NewSpool() => new(Path.Combine(Path.GetTempPath(), $"driftmonitor-{Guid.NewGuid():N}"));

    /// <summary>Plays a script to its end and records it.</summary>
    public static RecordedDays Play(
        ScriptedSource source, IReadOnlyList<MonitorBinding> monitors, Period? range = null,
        long mostInMemory = HistoryRecorder.DefaultMostInMemory)
    {
        using var spool = NewSpool();
        var days = new RecordedDays();
        var catalogue = new HistoryCatalogue([.. monitors.Select(binding => binding.Monitor.Spec)], binContributions: false, []);
        var recorder = new HistoryRecorder(
            monitors, catalogue, range ?? new Period(EventTime.Earliest, new EventTime(long.MaxValue)), [days], spool,
            CancellationToken.None, mostInMemory);
        var pipeline = new Pipeline(source, monitors, TimeProvider.System, TimeSpan.MaxValue, [recorder]);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        recorder.Finish();
        return days;
    }
}
