using DriftMonitor.Metrics;

namespace DriftMonitor.History;

/// <summary>A series of a metric; there is one object for each.</summary>
/// <param name="family">The metric.</param>
/// <param name="labels">Its labels, as they are written.</param>
/// <param name="pairs">The same labels by name and value, without empty ones, in ordinal order of their names.</param>
internal sealed class HistorySeries(HistoryFamily family, Labels labels, IReadOnlyList<(string Name, string Value)> pairs)
{
    /// <summary>The metric.</summary>
    public HistoryFamily Family { get; } = family;

    /// <summary>Its labels, as they are written.</summary>
    public Labels Labels { get; } = labels;

    /// <summary>The labels that a database keeps: an empty label is the same as none.</summary>
    public IReadOnlyList<(string Name, string Value)> Pairs { get; } = pairs;
}
