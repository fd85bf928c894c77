using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

/// <summary>Which bins distinguish a segment from what it is compared with.</summary>
public sealed class SegmentProfileTests
{
    private static readonly FieldBinning Kinds = new CategoricalBinning(["books", "garden", "music", "tools"]);

    [Fact]
    public void A_segment_prefers_what_it_has_more_of_and_avoids_what_it_has_less_of()
    {
        var profile = Profile([600, 200, 190, 10], [3000, 2000, 4000, 1000]);

        Assert.Equal(["books"], profile.Preferred.Select(bin => Kinds.Label(bin.Bin)));
        Assert.Equal(["music", "tools"], profile.Avoided.Select(bin => Kinds.Label(bin.Bin)));
        var books = profile.Preferred[0];
        Assert.Equal((0.6, 0.3), (books.Share, Math.Round(books.ReferenceShare, 4)));
        Assert.Equal(0.6 * Math.Log(0.6 / 0.3), books.ContributionNats, 1e-3);
        Assert.Equal(0.01 * Math.Log(0.01 / 0.1), profile.Avoided[1].ContributionNats, 1e-4); // −0.0230
    }

    [Fact]
    public void A_category_that_a_segment_never_has_is_avoided_and_contributes_nothing()
    {
        var profile = Profile([500, 300, 200, 0], [3000, 2000, 4000, 1000]);

        Assert.Contains(profile.Avoided, bin => Kinds.Label(bin.Bin) == "tools" && bin is { Share: 0, ContributionNats: 0 });
    }

    [Fact]
    public void The_segments_that_differ_most_come_first_and_those_without_a_reading_last()
    {
        var none = new Reading(At(0), Window(1), 0, Unavailable.TooFewEvents, null);
        var ranked = SegmentProfile.Rank(
        [
            ("z", none, null),
            Segment("like the rest", [30, 20, 40, 10], [3000, 2000, 4000, 1000]),
            Segment("other", [300, 200, 40, 10], [3000, 2000, 4000, 1000]),
            ("a", none, null),
        ]);

        Assert.Equal(["other", "like the rest", "a", "z"], ranked.Select(profile => profile.Segment));
        Assert.Empty(ranked[1].Preferred.Concat(ranked[1].Avoided));
    }

    [Property]
    public Property A_bin_is_listed_where_its_own_divergence_exceeds_its_share_of_the_noise() => Prop.ForAll(
        Gen.Choose(0, 60).ArrayOf(7).ToArbitrary(), Gen.Choose(0, 400).ArrayOf(7).ToArbitrary(), (window, rest) =>
    {
        if (window.Sum() == 0 || rest.Sum() == 0)
        {
            return;
        }

        long[] own = [.. window.Select(count => (long)count)], others = [.. rest.Select(count => (long)count)];
        var profile = Profile(own, others);
        var (n, m, smoothed) = ((double)own.Sum(), (double)others.Sum(), new Reference(Kinds, others).Smoothed);
        var occupied = own.Zip(others).Count(pair => pair.First + pair.Second > 0);
        int[] expected = [.. Enumerable.Range(0, 7).Where(bin =>
        {
            var (p, q) = (own[bin] / n, smoothed[bin]);
            var moved = (p == 0 ? 0 : p * Math.Log(p / q)) - p + q;
            return moved > Quantile(1 - 0.05 / occupied) * (1 - q) / 2 * (1 / n + 1 / m);
        })];
        Assert.Equal(occupied < 2 ? [] : expected, profile.Preferred.Concat(profile.Avoided).Select(bin => bin.Bin).Order());
        Assert.All(profile.Preferred, bin => Assert.True(bin.ContributionNats > 0 && bin.Share > bin.ReferenceShare));
        Assert.All(profile.Avoided, bin => Assert.True(bin.ContributionNats <= 0 && bin.Share < bin.ReferenceShare));

        // χ² with one degree of freedom is the square of a normal deviate.
        static double Quantile(double level)
        {
            var deviate = MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, (1 + level) / 2);
            return deviate * deviate;
        }
    });

    [Theory]
    [InlineData(100, 1000)]
    [InlineData(1000, 1000)]
    [InlineData(1000, 20_000)]
    public void Of_segments_that_are_like_the_rest_at_most_one_in_twenty_has_a_bin_listed(int events, int rest)
    {
        const int Segments = 4000;
        const int Seed = 16;
        var random = new Random(Seed);
        double[] shares = [0.4, 0.3, 0.2, 0.1];
        var listed = Enumerable.Range(0, Segments).Count(_ =>
        {
            var profile = Profile(Draw(events), Draw(rest));
            return profile.Preferred.Count + profile.Avoided.Count > 0;
        });

        Assert.InRange(listed / (double)Segments, 0.01, 0.055); // seed 16; half a percent is 1.4 standard errors

        long[] Draw(int count)
        {
            var counts = new long[7];
            for (var i = 0; i < count; i++)
            {
                var u = random.NextDouble();
                counts[u < 0.4 ? 0 : u < 0.7 ? 1 : u < 0.9 ? 2 : 3]++;
            }

            return counts;
        }
    }

    private static SegmentProfile Profile(long[] own, long[] rest) => SegmentProfile.Rank([Segment("s", own, rest)])[0];

    private static (string, Reading, WindowHistogram?) Segment(string segment, long[] own, long[] rest)
    {
        Array.Resize(ref own, Kinds.Count);
        Array.Resize(ref rest, Kinds.Count);
        var reference = new Reference(Kinds, rest);
        var divergence = new IncrementalKullbackLeibler(reference);
        for (var bin = 0; bin < own.Length; bin++)
        {
            divergence.Change(bin, own[bin]);
        }

        var measurement = Measurement.Of(divergence, reference.SampleSize, within: false, volume: 1);
        var reading = new Reading(At(0), Window(1), own.Sum(), Unavailable.None, measurement);
        return (segment, reading, new WindowHistogram(Kinds, reference, own));
    }
}
