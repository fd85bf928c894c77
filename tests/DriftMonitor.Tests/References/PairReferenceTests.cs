using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.References;

/// <summary>References of two fields: how their pairs are found, and their file.</summary>
public sealed class PairReferenceTests
{
    [Fact]
    public void Rare_pairs_are_pooled_and_the_joint_counts_are_kept()
    {
        var builder = Builder(minExpected: 2);
        var file = Build(builder);

        var pairs = (PairBinning)file.Reference.Binning;
        Assert.Equal("a × b", file.Field);
        Assert.Equal([(0, 0), (1, 1)], pairs.Kept); // 6 and 3 events; the others have one each
        Assert.Equal([6, 3, 3, 1, 0], file.Reference.Counts.ToArray());
        Assert.Equal(["2 of 4 pairs count as rare: each expects fewer than 2 events in the shortest window"], builder.Notes);

        // All pairs of values, pooled or not: 6, 3, 1, 1 and 1 of 12 events.
        var joint = new[] { 6, 3, 1, 1, 1 }.Sum(count => -count / 12.0 * Math.Log(count / 12.0));
        Assert.Equal(joint, PairInformation.Of(file.Reference)!.JointEntropyNats, 1e-12);
    }

    [Fact]
    public void Without_pooling_each_pair_of_regular_bins_has_a_bin()
    {
        var pairs = (PairBinning)Build(Builder(minExpected: 0)).Reference.Binning;

        Assert.Equal([(0, 0), (0, 1), (1, 0), (1, 1)], pairs.Kept);
    }

    [Fact]
    public void A_file_is_read_as_it_was_written()
    {
        using var workshop = new Workshop();
        var file = Build(Builder(minExpected: 2, segmentBy: "k"));
        file.Save(workshop["pairs.json"]);

        var read = ReferenceFile.Read(workshop["pairs.json"], 0.5);

        Assert.Equal(file.ToJson(), read.ToJson());
        Assert.Equal(new PairOfFields("a", "b"), read.Fields);
        Assert.True(file.Reference.Binning.IsSameAs(read.Reference.Binning));
        Assert.Equal(PairInformation.Of(file.Reference), PairInformation.Of(read.Reference));
        var whole = read.Reference.Places!.ToArray();
        Assert.Equal(whole.Length, ((PairBinning)read.Reference.Binning).Places);
        Assert.Equal(
            whole, read.Segments.Values.Aggregate(new long[whole.Length], (sum, segment) =>
                [.. sum.Zip(segment.Reference.Places!, (one, other) => one + other)]));
    }

    [Theory]
    [InlineData("\"kept\"", "[[0,0],[0,0]]", "the pair [0, 0] is in the list twice")]
    [InlineData("\"kept\"", "[[0]]", "bins.kept[0] is not a pair of bins: write two indexes, such as [0, 3]")]
    [InlineData("\"joint\"", "[[1,1]]", "counts.joint has 1 rows, and the first field has 5 bins; build it again")]
    [InlineData("\"fields\"", "[\"a\"]", "\"fields\" is not a list of two strings")]
    [InlineData("\"joint\"", "[[6,1,0],[1,4,0],[0,0,0],[0,0,1],[0,0,0]]",
        "counts.joint has 4 events in the bin [10, 20] × y, but counts has 3; build it again")]
    public void What_is_wrong_with_a_file_is_said_in_one_line(string key, string value, string message)
    {
        using var workshop = new Workshop();
        var json = JsonNode.Parse(Build(Builder(minExpected: 2)).ToJson())!;
        var parent = key switch { "\"kept\"" => json["bins"]!, "\"joint\"" => json["counts"]!, _ => json };
        parent[key.Trim('"')] = JsonNode.Parse(value);
        workshop.Write("pairs.json", json.ToJsonString());

        var thrown = Assert.Throws<ReferenceException>(() => ReferenceFile.Read(workshop["pairs.json"], 0.5));

        Assert.EndsWith(message, thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', thrown.Message);
    }

    [Fact]
    public void Too_many_pairs_are_refused()
    {
        var builder = Builder(minExpected: 0, first: BinsChoice.Parse("equal:100"), second: BinsChoice.Edges(
            string.Join(',', Enumerable.Range(0, 101))), values: "number");
        for (var i = 0; i < 300; i++)
        {
            Add(builder, $$"""{"t":"2013-02-09T00:10:00Z","a":{{i}},"b":{{i % 100}}}""");
        }

        Assert.Equal(
            "no pairs can be made of the fields \"a\" and \"b\": 100 bins and 100 bins are 10000 pairs, and the limit is 4096: "
            + "choose fewer bins",
            Assert.Throws<ReferenceException>(builder.Build).Message);
    }

    private static ReferenceFile Build(ReferenceBuilder builder)
    {
        (string A, string B)[] events =
        [
            .. Enumerable.Repeat(("5", "\"x\""), 6), .. Enumerable.Repeat(("15", "\"y\""), 3), ("5", "\"y\""), ("15", "\"x\""),
            ("25", "\"z\""), ("null", "\"x\""),
        ];
        foreach (var (i, (a, b)) in events.Index())
        {
            Add(builder, $$"""{"t":"2013-02-09T00:{{10 + i}}:00Z","a":{{a}},"b":{{b}},"k":"{{i % 2}}"}""");
        }

        return builder.Build();
    }

    private static void Add(ReferenceBuilder builder, string json) =>
        builder.Add(new RawEvent { Value = Encoding.UTF8.GetBytes(json) });

    private static ReferenceBuilder Builder(
        int minExpected, string? segmentBy = null, BinsChoice? first = null, BinsChoice? second = null, string values = "text")
    {
        var spec = new MonitorSpec
        {
            Name = "x",
            Pane = new PaneGrid(TimeSpan.FromHours(1)),
            Windows = [new WindowSpec(TimeSpan.FromHours(1), "1h")],
            MinimumEvents = 1,
        };
        var pairs = new PairChoice(
            "a", "b", first ?? BinsChoice.Edges("0,10,20"), second ?? BinsChoice.Parse(values == "text" ? "categories:2" : "equal:2"),
            minExpected);
        return new ReferenceBuilder(new ReferenceRecipe(spec, FieldPath.OfColumn("a × b"))
        {
            EventTime = FieldPath.Parse("t"),
            SegmentBy = segmentBy is null ? null : FieldPath.Parse(segmentBy),
            DerivedFrom = FieldPath.Parse("a"),
            Second = FieldPath.Parse("b"),
            Pairs = pairs,
        });
    }
}
