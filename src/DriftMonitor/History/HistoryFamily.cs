using DriftMonitor.Metrics;

namespace DriftMonitor.History;

/// <summary>A metric whose history is written.</summary>
/// <param name="Name">The family's name; for a counter, without <c>_total</c>.</param>
/// <param name="Kind">A gauge or a counter.</param>
/// <param name="Description">What it is, in a sentence.</param>
internal sealed record HistoryFamily(string Name, MetricKind Kind, string Description)
{
    /// <summary>The name of its samples.</summary>
    public string SampleName => Kind == MetricKind.Counter ? Name + "_total" : Name;
}
