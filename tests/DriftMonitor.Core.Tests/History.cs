using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using FsCheck;
using FsCheck.Fluent;

namespace DriftMonitor.Core.Tests;

/// <summary>A random reference and random changes of a window.</summary>
/// <param name="Reference">A numeric reference with 6 to 40 bins, of which about a fifth are empty.</param>
/// <param name="Changes">Bins, and the number of events to add to each; negative to remove events.</param>
public sealed record History(Reference Reference, (int Bin, long By)[] Changes)
{
    public static Arbitrary<History> Arbitrary { get; } = (
        from bins in Gen.Choose(6, 40)
        from counts in Gen.Choose(0, 2000).Select(n => (long)(n < 400 ? 0 : n)).ArrayOf(bins)
        from changes in Gen.Zip(Gen.Choose(0, bins - 1), Gen.Choose(-50, 5000).Select(n => (long)n)).ArrayOf()
        select new History(Numbers([1 + counts[0], .. counts[1..]]), changes)).ToArbitrary();

    /// <summary>A numeric reference with the given counts; the last five are those of the special bins.</summary>
    public static Reference Numbers(long[] counts) =>
        new(new NumericBinning([.. Enumerable.Range(0, counts.Length - 4).Select(i => (double)i)]), counts);
}
