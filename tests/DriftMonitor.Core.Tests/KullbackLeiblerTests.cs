using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Readings;
using FsCheck;
using FsCheck.Fluent;

namespace DriftMonitor.Core.Tests;

public sealed class KullbackLeiblerTests
{
    [Fact]
    public void The_divergence_of_counts_agrees_with_the_golden_figures()
    {
        foreach (var golden in Golden.Cases("counts.json"))
        {
            long[] current = golden.Longs("current_counts"), counts = golden.Longs("reference_counts");
            var pseudo = Enumerable.Repeat(golden.GetProperty("pseudo_count_per_bin").GetDouble(), counts.Length).ToArray();
            var what = $"{counts.Length} bins, {current.Sum()} events";
            var p = Distribution.FromCounts(current);
            var q = Distribution.FromCounts(counts, pseudo);
            Golden.Equal(golden.Expected("kl_nats"), Information.KullbackLeibler(p.Probabilities, q.Probabilities), what);
            Golden.Equal(golden.Expected("kl_reverse_smoothed_nats"), Information.KullbackLeibler(q.Probabilities, Distribution.FromCounts(current, pseudo).Probabilities), what);

            // The incremental form smooths special bins by a share: the figures above have a whole pseudo-count in every bin, so it gets the same q.
            var incremental = Fill(new IncrementalKullbackLeibler(counts, q, pseudo), current);
            Golden.Equal(golden.Expected("kl_nats"), incremental.Forward(), what);
            Golden.Equal(golden.Expected("kl_reverse_smoothed_nats"), incremental.Reverse(), what);
            Assert.Equal(golden.GetProperty("expected").GetProperty("occupied_bins").GetInt32(), incremental.OccupiedBins());
        }
    }

    [Fact]
    public void Noise_excess_and_z_agree_with_the_golden_figures()
    {
        foreach (var golden in Golden.Cases("counts.json"))
        {
            long[] current = golden.Longs("current_counts"), counts = golden.Longs("reference_counts");
            var pseudo = Enumerable.Repeat(golden.GetProperty("pseudo_count_per_bin").GetDouble(), counts.Length).ToArray();
            var window = Fill(new IncrementalKullbackLeibler(counts, Distribution.FromCounts(counts, pseudo), pseudo), current);
            var what = $"{counts.Length} bins, {current.Sum()} events";
            var outside = Measurement.Of(window, counts.Sum(), within: false, volume: 1);
            Golden.Equal(golden.Expected("noise_nats"), outside.NoiseNats, what);
            Golden.Equal(golden.Expected("excess_nats"), outside.ExcessNats, what);
            Golden.Equal(golden.Expected("z"), outside.Z, what);
            var within = Measurement.Of(window, counts.Sum(), within: true, volume: 1);
            Golden.Equal(golden.Expected("noise_within_reference_nats"), within.NoiseNats, what);
            Golden.Equal(golden.Expected("z_within_reference"), within.Z, what);
        }
    }

    [Fact]
    public void The_incremental_value_equals_a_recount_bit_for_bit_after_any_changes() => Prop.ForAll(Histories.Arbitrary, history =>
    {
        var incremental = new IncrementalKullbackLeibler(history.Reference);
        foreach (var (bin, by) in history.Changes)
        {
            incremental.Change(bin, Math.Max(by, -incremental.Counts[bin]));
        }

        var recount = Fill(new IncrementalKullbackLeibler(history.Reference), incremental.Counts.ToArray().Reverse().ToArray(), backwards: true);
        return incremental.Forward().Equals(recount.Forward()) && incremental.Reverse().Equals(recount.Reverse()) && incremental.Events == recount.Events;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_million_events_in_and_out_leave_no_trace()
    {
        const int seed = 20261121;
        var chance = new Random(seed);
        var reference = Histories.Numbers([.. Enumerable.Range(0, 25).Select(_ => (long)chance.Next(5000))]);
        var incremental = new IncrementalKullbackLeibler(reference);
        var window = new Queue<int>();
        for (var i = 0; i < 1_000_000; i++)
        {
            var bin = Math.Min(chance.Next(25), chance.Next(25));
            window.Enqueue(bin);
            incremental.Change(bin, +1);
            if (window.Count > 3000)
            {
                incremental.Change(window.Dequeue(), -1);
            }
        }

        var p = Distribution.FromCounts(incremental.Counts);
        Assert.Equal(Information.KullbackLeibler(p.Probabilities, reference.Smoothed.Probabilities), incremental.Forward(), 1e-13);
        while (window.TryDequeue(out var bin))
        {
            incremental.Change(bin, -1);
        }

        var empty = new IncrementalKullbackLeibler(reference);
        Assert.Equal(0, incremental.Forward());
        Assert.Equal(empty.Reverse(), incremental.Reverse());
    }

    [Fact]
    public void The_incremental_value_is_the_definition_within_1e_13_nats() => Prop.ForAll(Histories.Arbitrary, history =>
    {
        var incremental = new IncrementalKullbackLeibler(history.Reference);
        foreach (var (bin, by) in history.Changes)
        {
            incremental.Change(bin, Math.Abs(by));
        }

        if (incremental.Events == 0)
        {
            return incremental.Forward() == 0;
        }

        var q = history.Reference.Smoothed.Probabilities;
        var smoothed = Distribution.FromCounts(incremental.Counts, history.Reference.Binning.PseudoCounts(history.Reference.PseudoCount));
        return Math.Abs(incremental.Forward() - Information.KullbackLeibler(Distribution.FromCounts(incremental.Counts).Probabilities, q)) <= 1e-13
            && Math.Abs(incremental.Reverse() - Information.KullbackLeibler(q, smoothed.Probabilities)) <= 1e-13;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_contributions_of_the_bins_are_signed_and_sum_to_the_divergence() => Prop.ForAll(Histories.Arbitrary, history =>
    {
        var incremental = new IncrementalKullbackLeibler(history.Reference);
        foreach (var (bin, by) in history.Changes)
        {
            incremental.Change(bin, Math.Abs(by));
        }

        return Math.Abs(incremental.Contributions().Sum() - incremental.Forward()) <= 1e-12;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_bin_that_lost_mass_contributes_less_than_nothing()
    {
        var incremental = Fill(new IncrementalKullbackLeibler(Histories.Numbers([500, 500, 0, 0, 0, 0, 0])), [100, 900, 0, 0, 0, 0, 0]);
        var contributions = incremental.Contributions();
        Assert.True(contributions[0] < 0 && contributions[1] > 0);
    }

    [Fact]
    public void A_bin_that_has_emptied_moved_though_it_contributes_nothing()
    {
        var reference = Histories.Numbers([300, 300, 400, 0, 0, 0, 0, 0]);
        var window = Fill(new IncrementalKullbackLeibler(reference), [450, 50, 0, 0, 0, 0, 500, 0]);
        var moved = new Readings.WindowHistogram(reference, window.Counts.ToArray(), window.Contributions()).MovedMost(3);
        Assert.Equal([6, 2, 1], moved.Select(bin => bin.Bin));
        Assert.Equal((0, 0.4, reference.Smoothed[2]), (moved[1].Share, moved[1].ReferenceShare, moved[1].MovedNats));
    }

    [Fact]
    public void How_far_the_bins_moved_orders_them_is_never_negative_and_sums_to_the_divergence()
    {
        var reference = Histories.Numbers([300, 300, 400, 0, 0, 0, 0, 0]);
        var window = Fill(new IncrementalKullbackLeibler(reference), [450, 50, 0, 0, 0, 0, 500, 0]);

        var histogram = new Readings.WindowHistogram(reference, window.Counts.ToArray(), window.Contributions());
        var moved = histogram.MovedMost(8).Select(bin => bin.MovedNats).ToList();

        Assert.Equal(moved.OrderDescending(), moved);
        Assert.All(moved, nats => Assert.True(nats >= 0));
        Assert.Equal(window.Forward(), moved.Sum(), tolerance: 1e-12);
    }

    [Fact]
    public void More_events_cannot_leave_a_bin_than_came()
    {
        var incremental = new IncrementalKullbackLeibler(Histories.Numbers([1, 1, 0, 0, 0, 0, 0]));
        incremental.Change(0, 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => incremental.Change(0, -3));
    }

    private static IncrementalKullbackLeibler Fill(IncrementalKullbackLeibler incremental, long[] counts, bool backwards = false)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            incremental.Change(backwards ? counts.Length - 1 - i : i, counts[i]);
        }

        return incremental;
    }
}

/// <summary>References and changes to a window, by chance.</summary>
internal sealed record Histories(Reference Reference, (int Bin, long By)[] Changes)
{
    /// <summary>A numeric reference of given counts, the last five of which are the special bins'.</summary>
    public static Reference Numbers(long[] counts) => new(new NumericBinning([.. Enumerable.Range(0, counts.Length - 4).Select(i => (double)i)]), counts);

    public static Arbitrary<Histories> Arbitrary { get; } = (
        from bins in Gen.Choose(6, 40)
        from counts in Gen.Choose(0, 2000).Select(n => (long)(n < 400 ? 0 : n)).ArrayOf(bins)
        from changes in Gen.Zip(Gen.Choose(0, bins - 1), Gen.Choose(-50, 5000).Select(n => (long)n)).ArrayOf()
        select new Histories(Numbers([1 + counts[0], .. counts[1..]]), changes)).ToArbitrary();
}
