using DriftMonitor.Core.Binning;

namespace DriftMonitor.Streaming.References;

/// <summary>The bins for a sample.</summary>
/// <param name="Binning">The bins.</param>
/// <param name="Notes">What people should know about how the bins were found, one line each; usually empty.</param>
public sealed record ChosenBins(FieldBinning Binning, IReadOnlyList<string> Notes);
