using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Calibration;

/// <summary>How a reference grows.</summary>
/// <param name="LearnPanes">The panes of the warm-up, at least 1.</param>
public sealed record GrowingRules(int LearnPanes)
{
    /// <summary>Bins that never change; null where they are found in the values.</summary>
    public FieldBinning? Binning { get; init; }

    /// <summary>Whether the values are numbers in any case, because a measure needs them.</summary>
    public bool NeedsNumbers { get; init; }

    /// <summary>What is left out: panes that overlap one of these.</summary>
    public IReadOnlyList<Period> Exclude { get; init; } = [];

    /// <summary>α of the smoothing.</summary>
    public double PseudoCount { get; init; } = Reference.DefaultPseudoCount;
}
