using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.References;

/// <summary>A regime in a reference file.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="Reference">Its counts, in the bins of the file, and its period.</param>
/// <param name="Panes">The counts of each pane of its period in order; null for a pane without events.</param>
/// <param name="WithinFactors">ρ by the length of the window as written, such as <c>24h</c>.</param>
public sealed record RegimeEntry(
    string Name, Reference Reference, IReadOnlyList<long[]?> Panes, IReadOnlyDictionary<string, double> WithinFactors)
{
    /// <summary>The name of the regime that the reference was built from.</summary>
    public const string Base = "base";

    /// <summary>Who accepted it; null where it was not accepted from what a service has seen.</summary>
    public string? AcceptedBy { get; init; }

    /// <summary>When it was accepted.</summary>
    public EventTime? AcceptedAt { get; init; }

    /// <summary>The regime as it is calibrated.</summary>
    public RegimeCourse Course => new(Name, Reference, Panes);
}
