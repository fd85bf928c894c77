using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

/// <summary>z of simulated windows against its definition.</summary>
public sealed class SimulatedWindowsTests
{
    private const int Readings = 40;

    [Property(MaxTest = 200)]
    public Property Each_reading_is_z_of_the_counts_of_its_window_with_the_reference_as_the_truth() => Prop.ForAll(
        Streams().ToArbitrary(),
        stream =>
        {
            using var windows = new SimulatedWindows(stream.Reference, stream.Slots, Readings);
            for (var bin = 0; bin < stream.Counts.Length; bin++)
            {
                windows.Add(bin, stream.Counts[bin].AsSpan(0, windows.Steps));
            }

            return stream.Slots.Index().All(window =>
                windows.TakeReadings(window.Index).ToArray().Index().All(reading =>
                    AreClose(reading.Item, Definition(stream, window.Item, last: window.Item + reading.Index))));
        });

    [Fact]
    public void Windows_start_without_events()
    {
        // The arrays of the first one are used again.
        var reference = ReferenceOf([30, 20, 10, 0]);
        var counts = Enumerable.Range(0, 100).Select(step => (long)(step % 7)).ToArray();
        Assert.Equal(Read(), Read());

        double[] Read()
        {
            using var windows = new SimulatedWindows(reference, [3], Readings);
            windows.Add(1, counts.AsSpan(0, windows.Steps));
            windows.Add(3, counts.AsSpan(5, windows.Steps));
            return windows.TakeReadings(0).ToArray();
        }
    }

    // z = 2 N D(p‖q) / (K° − 1) at 1/n* = 1/N, the counts being those of the window's steps up to the last.
    private static double Definition(Stream stream, int slots, int last)
    {
        var counts = stream.Counts.Select(bin => bin[(last - slots + 1)..(last + 1)].Sum()).ToArray();
        var occupied = counts.Index().Count(bin => bin.Item > 0 || stream.Reference.Counts[bin.Index] > 0);
        double[] shares = [.. counts.Select(count => (double)count / counts.Sum())];
        return counts.Sum() == 0 ? double.NaN
            : occupied == 1 ? 0
            : 2 * counts.Sum() * Information.KullbackLeibler(shares, stream.Reference.Smoothed.Probabilities) / (occupied - 1);
    }

    private static bool AreClose(double z, double expected) =>
        double.IsNaN(expected) ? double.IsNaN(z) : Math.Abs(z - expected) <= 1e-9 * Math.Max(1, Math.Abs(expected));

    // Rare bins, with stretches in which a window is empty, beside frequent ones, whose counts are beyond tables.
    private static Gen<Stream> Streams() =>
        from regular in Gen.Choose(1, 4)
        from slots in Gen.Choose(1, 9).NonEmptyListOf()
        from reference in Gen.Elements(0, 0, 1, 30).ListOf(regular).Where(counts => counts.Sum() > 0)
        from bins in Bin(slots.Max() + Readings).ListOf(regular + 5)
        select new Stream(ReferenceOf([.. reference.Select(count => (long)count)]), [.. slots], [.. bins]);

    private static Gen<long[]> Bin(int steps) =>
        Gen.Elements(0, 0, 1, 1, 5, 1_000_000).SelectMany(most => Gen.Elements(1, 1, 8, 30).SelectMany(rarity =>
            Gen.Choose(0, most).SelectMany(count => Gen.Choose(1, rarity).Select(chance => chance == 1 ? (long)count : 0)).ArrayOf(steps)));

    private static Reference ReferenceOf(long[] regular) =>
        new(new NumericBinning([.. Enumerable.Range(0, regular.Length + 1).Select(edge => (double)edge)]), [.. regular, 0, 0, 0, 0, 0]);

    private sealed record Stream(Reference Reference, int[] Slots, long[][] Counts);
}
