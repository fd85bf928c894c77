using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

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

    /// <summary>Saves what a reference remembers, or loads it.</summary>
    internal static GrowingState Exchange(StateExchange state, GrowingState? saved, int windows)
    {
        List<Period> leftOut = [.. saved?.LeftOut ?? []];
        ValueKinds? kinds = null;
        FineState? numbers = null, labels = null;
        FittedState? fitted = null;
        var exchanged = new GrowingState
        {
            First = state.Number(saved?.First ?? 0),
            Last = state.Number(saved?.Last ?? 0),
            Panes = state.Number(saved?.Panes ?? 0),
            FittedPanes = state.Number(saved?.FittedPanes ?? 0),
            VolumeSum = state.Number(saved?.VolumeSum ?? 0),
            VolumePanes = state.Number(saved?.VolumePanes ?? 0),
            LeftOut = leftOut,
        };
        state.List(leftOut, (ref Period period) => period = Period.Exchange(state, period));
        if (state.Flag(saved?.Kinds is not null))
        {
            kinds = saved?.Kinds ?? new ValueKinds();
            kinds.Exchange(state);
        }

        numbers = state.Flag(saved?.Numbers is not null) ? FineState.Exchange(state, saved?.Numbers) : null;
        labels = state.Flag(saved?.Labels is not null) ? FineState.Exchange(state, saved?.Labels) : null;
        fitted = state.Flag(saved?.Fitted is not null) ? FittedState.Exchange(state, saved?.Fitted, windows) : null;
        return exchanged with { Kinds = kinds, Numbers = numbers, Labels = labels, Fitted = fitted };
    }
}

/// <summary>What a refit has made, and z since.</summary>
/// <param name="Reference">What windows are compared with.</param>
/// <param name="Calibration">One for each window.</param>
/// <param name="Readings">The z of each window, pane by pane up to the last; NaN where there is none.</param>
public sealed record FittedState(Reference Reference, IReadOnlyList<WindowCalibration> Calibration, IReadOnlyList<double[]> Readings)
{
    internal static FittedState Exchange(StateExchange state, FittedState? saved, int windows)
    {
        var reference = Reference.Exchange(state, saved?.Reference);
        var calibration = WindowCalibration.Exchange(state, saved?.Calibration, windows)
            ?? throw new StateException("a calibration is missing");
        List<double[]> readings = [.. saved?.Readings ?? []];
        state.List(readings, (ref double[] window) => window = state.Numbers((ReadOnlySpan<double>)window));
        return readings.Count == windows
            ? new FittedState(reference, calibration, readings)
            : throw new StateException($"readings are of {readings.Count} windows");
    }
}

/// <summary>The values of a series and how often each has occurred.</summary>
public sealed record FineState
{
    /// <summary>How many places are those of special values: missing, of a wrong type, and left out.</summary>
    public const int Specials = ValueTable.Specials;

    private const int MostWarmUp = 10_000_000; // panes

    /// <summary>Numbers: the key of each fine bin.</summary>
    public IReadOnlyList<long> Keys { get; init; } = [];

    /// <summary>Numbers: how many bits less than usual are kept.</summary>
    public int Level { get; init; }

    /// <summary>
    /// Numbers: whether those in JSON strings are numbers, where that was decided before the first refit; otherwise null.
    /// </summary>
    public bool? ReadsText { get; init; }

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
    /// In the warm-up: the counts of each pane by the same places, packed (<see cref="PackedCounts"/>); null for a pane without
    /// events. Null after the warm-up.
    /// </summary>
    public IReadOnlyList<byte[]?>? WarmUp { get; init; }

    internal static FineState Exchange(StateExchange state, FineState? saved)
    {
        var keys = state.Numbers(saved is null ? [] : saved.Keys.ToArray());
        var level = (int)state.Number((long)(saved?.Level ?? 0));
        var readsText = state.Flag(saved?.ReadsText is not null) ? state.Flag(saved?.ReadsText ?? false) : (bool?)null;
        List<byte[]> texts = [.. saved?.Texts ?? []];
        state.List(texts, (ref byte[] text) =>
        {
            text ??= [];
            state.Bytes(ref text);
        });
        var isFull = state.Flag(saved?.IsFull ?? false);
        var totals = state.Numbers(saved is null ? [] : saved.Totals);
        var atRefit = state.Numbers(saved is null ? [] : saved.AtRefit);
        byte[]?[]? warmUp = null;
        if (state.Flag(saved?.WarmUp is not null))
        {
            var panes = (int)state.Number((long)(saved?.WarmUp?.Count ?? 0));
            if (panes is < 0 or > MostWarmUp)
            {
                throw new StateException($"a warm-up has {panes} panes");
            }

            warmUp = state.IsLoading ? new byte[]?[panes] : [.. saved!.WarmUp!];
            PackedCounts.Exchange(state, warmUp, Specials + keys.Length + texts.Count);
        }

        return new FineState
        {
            Keys = keys,
            Level = level,
            ReadsText = readsText,
            Texts = texts,
            IsFull = isFull,
            Totals = totals,
            AtRefit = atRefit,
            WarmUp = warmUp,
        };
    }
}
