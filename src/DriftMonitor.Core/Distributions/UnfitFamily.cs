namespace DriftMonitor.Core.Distributions;

/// <summary>A family that cannot be fitted to a sample.</summary>
/// <param name="Name">The name of the family.</param>
/// <param name="Reason">The reason: <c>needs values above 0, and the least is -24</c>.</param>
public sealed record UnfitFamily(string Name, string Reason);
