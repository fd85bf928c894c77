using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Readings;
using FsCheck.Xunit;

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
            var smoothed = Distribution.FromCounts(current, pseudo);
            Golden.Equal(
                golden.Expected("kl_reverse_smoothed_nats"), Information.KullbackLeibler(q.Probabilities, smoothed.Probabilities), what);

            // The golden figures have the full pseudo-count in every bin. A reference would give special bins a share of it, so pass q
            // directly.
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

    [Property(Arbitrary = [typeof(History)])]
    public bool The_incremental_value_equals_a_recount_bit_for_bit_after_any_changes(History history)
    {
        var incremental = new IncrementalKullbackLeibler(history.Reference);
        foreach (var (bin, by) in history.Changes)
        {
            incremental.Change(bin, Math.Max(by, -incremental.Counts[bin]));
        }

        long[] backwards = [.. incremental.Counts.ToArray().Reverse()];
        var recount = Fill(new IncrementalKullbackLeibler(history.Reference), backwards, backwards: true);
        return incremental.Forward().Equals(recount.Forward())
            && incremental.Reverse().Equals(recount.Reverse())
            && incremental.Events == recount.Events;
    }

    [Fact] // D05
    public void A_million_events_that_come_and_leave_change_nothing()
    {
        const int seed = 20261121;
        var chance = new Random(seed);
        var reference = History.Numbers([.. Enumerable.Range(0, 25).Select(_ => (long)chance.Next(5000))]);
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

    [Property(Arbitrary = [typeof(History)])]
    public bool The_incremental_value_is_the_definition_within_1e_13_nats(History history)
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
        var p = Distribution.FromCounts(incremental.Counts).Probabilities;
        var smoothed = Distribution.FromCounts(incremental.Counts, history.Reference.Binning.PseudoCounts(history.Reference.PseudoCount));
        return Math.Abs(incremental.Forward() - Information.KullbackLeibler(p, q)) <= 1e-13
            && Math.Abs(incremental.Reverse() - Information.KullbackLeibler(q, smoothed.Probabilities)) <= 1e-13;
    }

    [Property(Arbitrary = [typeof(History)])]
    public bool The_contributions_of_the_bins_are_signed_and_sum_to_the_divergence(History history)
    {
        var incremental = new IncrementalKullbackLeibler(history.Reference);
        foreach (var (bin, by) in history.Changes)
        {
            incremental.Change(bin, Math.Abs(by));
        }

        return Math.Abs(incremental.Contributions().Sum() - incremental.Forward()) <= 1e-12;
    }

    [Fact]
    public void A_bin_that_lost_mass_contributes_less_than_nothing()
    {
        var incremental = Fill(new IncrementalKullbackLeibler(History.Numbers([500, 500, 0, 0, 0, 0, 0])), [100, 900, 0, 0, 0, 0, 0]);
        var contributions = incremental.Contributions();
        Assert.True(contributions[0] < 0 && contributions[1] > 0);
    }

    [Fact]
    public void An_emptied_bin_has_moved_although_it_contributes_nothing()
    {
        var reference = History.Numbers([300, 300, 400, 0, 0, 0, 0, 0]);
        var window = Fill(new IncrementalKullbackLeibler(reference), [450, 50, 0, 0, 0, 0, 500, 0]);
        var moved = new Readings.WindowHistogram(reference.Binning, reference, window.Counts).MovedMost(3);
        Assert.Equal([6, 2, 1], moved.Select(bin => bin.Bin));
        Assert.Equal((0, 0.4, reference.Smoothed[2]), (moved[1].Share, moved[1].ReferenceShare, moved[1].MovedNats));
    }

    [Fact]
    public void The_moves_of_the_bins_are_not_negative_and_sum_to_the_divergence()
    {
        var reference = History.Numbers([300, 300, 400, 0, 0, 0, 0, 0]);
        var window = Fill(new IncrementalKullbackLeibler(reference), [450, 50, 0, 0, 0, 0, 500, 0]);

        var histogram = new Readings.WindowHistogram(reference.Binning, reference, window.Counts);
        var moved = histogram.MovedMost(8).Select(bin => bin.MovedNats).ToList();

        Assert.Equal(moved.OrderDescending(), moved);
        Assert.All(moved, nats => Assert.True(nats >= 0));
        Assert.Equal(window.Forward(), moved.Sum(), tolerance: 1e-12);
    }

    [Fact]
    public void No_more_events_can_leave_a_bin_than_entered_it()
    {
        var incremental = new IncrementalKullbackLeibler(History.Numbers([1, 1, 0, 0, 0, 0, 0]));
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
