namespace DriftMonitor.Core.Derivations;

/// <summary>A number that an event had.</summary>
/// <param name="Arrival">Its place in the order of arrival.</param>
/// <param name="Day">The day of its event time, from 1970-01-01 on.</param>
/// <param name="Value">The number.</param>
internal readonly record struct PastValue(long Arrival, long Day, double Value);
