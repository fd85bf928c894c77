using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Calibration;

/// <summary>The different values that a series has had, each with an index; the first indexes are those of special values.</summary>
internal abstract class ValueTable
{
    /// <summary>The index of absent values.</summary>
    public const int Missing = 0;

    /// <summary>The index of values that are not of the field's type.</summary>
    public const int WrongType = 1;

    /// <summary>The index of categories that are not kept.</summary>
    public const int Unseen = 2;

    /// <summary>How many indexes are those of special values.</summary>
    public const int Specials = 3;

    /// <summary>The number of indexes.</summary>
    public abstract int Count { get; }

    /// <summary>Gives indexes to the values of a pane that are new.</summary>
    /// <returns>The new index of each one, where they had to change; null otherwise.</returns>
    public abstract int[]? Admit(ValueCounts pane);

    /// <summary>Adds the values of a pane, all of which have been admitted, to counts by index.</summary>
    public abstract void Sum(ValueCounts pane, long[] counts);

    /// <summary>The bin of a value.</summary>
    public abstract int BinOf(int index, FieldBinning binning);

    /// <summary>Bins for the values; null if there are none for them.</summary>
    /// <param name="counts">How often each value occurs, by index; those without a count do not.</param>
    /// <param name="bins">About how many bins.</param>
    public abstract FieldBinning? FindBins(ReadOnlySpan<long> counts, int bins);

    /// <summary>The bin of a special value; −1 for others.</summary>
    protected static int SpecialBinOf(int index, FieldBinning binning) => index switch
    {
        Missing => binning.Missing,
        WrongType => binning.WrongType,
        Unseen => binning is CategoricalBinning categories ? categories.Unseen : 0, // before there are bins
        _ => -1,
    };
}
