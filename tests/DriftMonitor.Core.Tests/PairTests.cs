using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Windows;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

/// <summary>Two fields together: pairs of bins, and what one tells about the other.</summary>
public sealed class PairTests
{
    private static readonly NumericBinning Numbers = new([0, 10, 20]);
    private static readonly CategoricalBinning Letters = new(["a", "b"]);

    [Fact]
    public void Each_pair_of_values_has_a_place_and_the_pairs_that_are_kept_have_a_bin()
    {
        var pairs = new PairBinning(Numbers, Letters, [(0, 0), (1, 1), (Numbers.Above, Letters.Unseen)]);

        Assert.Equal((5, 3, 17), (pairs.Rows, pairs.Columns, pairs.Places)); // below, above and nan are rows, unseen is a column
        Assert.Equal(["[0, 10) × a", "[10, 20] × b", "above × unseen", "rare", "missing", "wrong_type"],
            Enumerable.Range(0, pairs.Count).Select(pairs.Label));
        Assert.Equal(0, BinOf(0, 0));
        Assert.Equal(1, BinOf(1, 1));
        Assert.Equal(2, BinOf(Numbers.Above, Letters.Unseen));
        Assert.Equal(pairs.Rare, BinOf(0, 1));
        Assert.Equal(pairs.Rare, BinOf(Numbers.NaN, 0));
        Assert.Equal(pairs.Missing, BinOf(Numbers.Missing, 0));
        Assert.Equal(pairs.Missing, BinOf(0, Letters.Missing));
        Assert.Equal(pairs.WrongType, BinOf(Numbers.WrongType, Letters.Missing));
        Assert.Equal(pairs.WrongType, BinOf(Numbers.Missing, Letters.WrongType));

        int BinOf(int first, int second) => pairs.BinOfPlace(pairs.PlaceOf(first, second));
    }

    [Fact]
    public void Pairs_that_are_repeated_or_do_not_exist_or_are_too_many_are_refused()
    {
        Assert.Contains("twice", Refused([(0, 0), (0, 0)]));
        Assert.Contains("is [5, 0], and there are 5 bins of the first field and 3 of the second", Refused([(5, 0)]));
        Assert.Contains("at least one", Refused([]));
        var many = new CategoricalBinning([.. Enumerable.Range(0, 65).Select(value => $"{value}")]);
        Assert.Equal(
            "65 bins and 65 bins are 4225 pairs, and the limit is 4096: choose fewer bins",
            Assert.Throws<ArgumentException>(() => new PairBinning(many, many)).Message);

        static string Refused((int, int)[] kept) =>
            Assert.Throws<ArgumentException>(() => new PairBinning(Numbers, Letters, kept)).Message;
    }

    [Fact]
    public void Pairs_with_too_few_events_have_no_bin_of_their_own()
    {
        var all = new PairBinning(Numbers, Letters);
        var places = new long[all.Places];
        places[all.PlaceOf(0, 0)] = 9;
        places[all.PlaceOf(0, 1)] = 2;
        places[all.PlaceOf(1, 1)] = 5;
        places[all.PlaceOf(Numbers.Below, 1)] = 7;
        places[all.PlaceOf(1, Letters.Unseen)] = 4;

        Assert.Equal([(0, 0), (1, 1), (Numbers.Below, 1)], all.Keep(places, 5, 5).Kept);
        Assert.Equal([(0, 0), (0, 1), (1, 0), (1, 1)], all.Keep(places, 0, 100).Kept);
        Assert.Equal([(0, 0)], all.Keep(places, 100, 100).Kept); // the most frequent one
        var kept = all.Keep(places, 5, 5);
        Assert.Equal([9, 5, 7, 6, 0, 0], kept.CountBins(places));
        Assert.Equal(kept.PseudoCounts(0.5), kept.AsCategories().PseudoCounts(0.5));
        Assert.Equal([(0, 0)], ((PairBinning)kept.PoolRareBins([9, 5, 7, 6, 0, 0], 8)).Kept);
    }

    [Property(MaxTest = 200)]
    public Property A_window_of_pairs_counts_places_and_its_divergence_is_that_of_the_bins() => Prop.ForAll(
        (from place in Gen.Choose(0, 16)
         from events in Gen.Choose(1, 50)
         select (Place: place, Events: events)).ListOf().ToArbitrary(),
        changes =>
        {
            var pairs = new PairBinning(Numbers, Letters, [(0, 0), (1, 1), (0, 1)]);
            var reference = new Reference(pairs, [5, 4, 3, 2, 1, 0]);
            var window = new SlidingHistogram(reference, [1]);
            var counts = new long[pairs.Places];
            foreach (var (place, events) in changes)
            {
                window.Add(0, place, events);
                counts[place] += events;
            }

            window.Close(0);

            var bins = pairs.CountBins(counts);
            Assert.Equal(counts, ((PairWindow)window.Windows[0]).Places.ToArray());
            Assert.Equal(bins, window.Windows[0].Counts.ToArray());
            if (changes.Count > 0)
            {
                var shares = Array.ConvertAll(bins, count => (double)count / bins.Sum());
                Assert.Equal(
                    Information.KullbackLeibler(shares, reference.Smoothed.Probabilities),
                    window.Windows[0].Against(reference).Forward(), 1e-12);
            }
        });

    [Property(MaxTest = 300)]
    public Property What_two_fields_tell_about_each_other_is_that_of_the_definition() => Prop.ForAll(
        Gen.Choose(0, 40).ArrayOf(12).Where(counts => counts.Sum() > 0).ToArbitrary(),
        counts =>
        {
            const int Columns = 4;
            var n = (double)counts.Sum();
            double[] p = [.. counts.Select(count => count / n)];
            double[] x = [.. p.Chunk(Columns).Select(row => row.Sum())];
            double[] y = [.. Enumerable.Range(0, Columns).Select(column => p.Where((_, i) => i % Columns == column).Sum())];
            var information = Entropy(x) + Entropy(y) - Entropy(p);
            var corrected = Corrected(x) + Corrected(y) - Corrected(p);

            var pair = PairInformation.Of(Array.ConvertAll(counts, count => (long)count), Columns)!;

            Assert.Equal(Entropy(x), pair.FirstEntropyNats, 1e-12);
            Assert.Equal(Entropy(y), pair.SecondEntropyNats, 1e-12);
            Assert.Equal(Entropy(p), pair.JointEntropyNats, 1e-12);
            Assert.Equal(Entropy(p) - Entropy(x), pair.ConditionalEntropyNats, 1e-12);
            Assert.Equal(information, pair.MutualInformationNats, 1e-12);
            Assert.Equal(Math.Max(0, corrected), pair.CorrectedMutualInformationNats, 1e-12);
            Assert.True(pair.CorrectedMutualInformationNats >= 0);

            double Corrected(double[] shares) => Entropy(shares) + (shares.Count(share => share > 0) - 1) / (2 * n); // Miller-Madow
        });

    [Fact]
    public void The_information_of_independent_fields_is_zero_on_average_less_its_bias()
    {
        const int Samples = 400, Events = 200;
        var random = new Random(5);
        var (plain, corrected) = (0.0, 0.0);
        for (var sample = 0; sample < Samples; sample++)
        {
            var counts = new long[16];
            for (var i = 0; i < Events; i++)
            {
                counts[random.Next(4) * 4 + random.Next(4)]++;
            }

            var pair = PairInformation.Of(counts, 4)!;
            plain += pair.MutualInformationNats / Samples;
            corrected += pair.CorrectedMutualInformationNats / Samples;
        }

        Assert.InRange(plain, 0.021, 0.025); // (16 − 4 − 4 + 1)/(2 · 200) = 0.0225
        Assert.InRange(corrected, 0, 0.006); // never below 0, so above it on average
    }

    [Fact]
    public void Without_events_there_is_nothing_to_tell() => Assert.Null(PairInformation.Of([0, 0, 0, 0], 2));

    private static double Entropy(double[] shares) => -shares.Where(share => share > 0).Sum(share => share * Math.Log(share));
}
