using DriftMonitor.Core.Distributions;

namespace DriftMonitor.Core.References;

/// <summary>One of several states of a stream that are all normal, such as a sale beside the rest of the year.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Reference">What was counted in its period.</param>
/// <param name="WithinFactors">
/// ρ of each of the monitor's windows: what z of a window within its own period is multiplied by, at least 1.
/// </param>
public sealed record Regime(string Name, Reference Reference, IReadOnlyList<double> WithinFactors);
