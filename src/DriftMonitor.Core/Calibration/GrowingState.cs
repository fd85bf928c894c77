using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Calibration;

/// <summary>All that a reference that grows has to remember: a file holds it between two runs.</summary>
public sealed record GrowingState
{
    /// <summary>The first pane.</summary>
    public required long First { get; init; }

    /// <summary>The last pane that it holds.</summary>
    public required long Last { get; init; }

    /// <summary>The panes that have closed; fewer than those from first to last where some were never seen.</summary>
    public required long Panes { get; init; }

    /// <summary>The panes that had closed at the last refit; 0 in the warm-up.</summary>
    public required long FittedPanes { get; init; }

    /// <summary>The sum of V over the panes that V̄ is the mean of.</summary>
    public required long VolumeSum { get; init; }

    /// <summary>The panes that V̄ is the mean of.</summary>
    public required long VolumePanes { get; init; }

    /// <summary>What was left out, in whole panes and in order: excluded, or never seen.</summary>
    public required IReadOnlyList<Period> LeftOut { get; init; }

    /// <summary>The kinds of the values, while they decide whether these are numbers; null once that is known.</summary>
    public ValueKinds? Kinds { get; init; }

    /// <summary>The values as numbers; null for categories.</summary>
    public FineState? Numbers { get; init; }

    /// <summary>The values as categories; null for numbers.</summary>
    public FineState? Labels { get; init; }

    /// <summary>The reference as of the last refit, its calibration, and the z so far of each window; null in the warm-up.</summary>
    public FittedState? Fitted { get; init; }
}

/// <summary>What a refit has made, and z since.</summary>
/// <param name="Reference">What windows are compared with.</param>
/// <param name="Calibration">One for each window.</param>
/// <param name="Readings">The z of each window, pane by pane up to the last; NaN where there is none.</param>
public sealed record FittedState(Reference Reference, IReadOnlyList<WindowCalibration> Calibration, IReadOnlyList<double[]> Readings);

/// <summary>The values of a series and how often each has occurred.</summary>
public sealed record FineState
{
    /// <summary>How many places are those of special values: missing, of a wrong type, and left out.</summary>
    public const int Specials = ValueTable.Specials;

    /// <summary>Numbers: the key of each fine bin.</summary>
    public IReadOnlyList<long> Keys { get; init; } = [];

    /// <summary>Numbers: how many bits less than usual are kept.</summary>
    public int Level { get; init; }

    /// <summary>Categories: the <see cref="ValueLabel"/> of each.</summary>
    public IReadOnlyList<byte[]> Texts { get; init; } = [];

    /// <summary>Categories: whether some were left out because there were too many.</summary>
    public bool IsFull { get; init; }

    /// <summary>
    /// How often each value has occurred: the missing ones, those of a wrong type, those left out, and then each of the above.
    /// </summary>
    public required long[] Totals { get; init; }

    /// <summary>The same at the last refit.</summary>
    public required long[] AtRefit { get; init; }

    /// <summary>
    /// In the warm-up: the counts of each pane by the same places, packed (<see cref="Windows.PackedCounts"/>); null for a pane without
    /// events. Null after the warm-up.
    /// </summary>
    public IReadOnlyList<byte[]?>? WarmUp { get; init; }
}
