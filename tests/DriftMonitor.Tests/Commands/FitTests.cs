using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Commands;
using DriftMonitor.Core.Binning;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;
using DriftMonitor.Tests.Planning;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Commands;

/// <summary><c>reference fit</c>: how a sample is read, and how families are ranked for it. The statistics are tested in Core.</summary>
public sealed class FitTests : IDisposable
{
    private const string Teeth = "[0.02,0.03,0.05,0.14,0.16,0.15,0.12,0.08,0.1,0.08,0.07]";

    private readonly Workshop _workshop = new();

    [Fact]
    public void Numbers_with_no_double_between_them_are_different_bins()
    {
        const string Neighbours = """{"1":1,"1.0000000000000002":2,"1.0000000000000004":1}""";

        var sample = NumericSample.Of(GivenDistribution.Read("SAMPLE", Neighbours), null);

        Assert.Equal([0.25, 0.5, 0.25], sample.Shares!.Probabilities[..3].ToArray());
        Assert.Equal([0, 1, 2], sample.Values.Values.ToArray().Select(sample.Binning!.BinOf));
    }

    [Fact]
    public void Uniform_loses_less_of_the_teeth_than_binomial_and_both_lose_the_golden_figures()
    {
        var fits = Json(Teeth);
        Assert.Equal(["normal", "poisson", "uniform", "binomial", "exponential", "geometric"], fits.Select(fit => $"{fit!["family"]}"));
        CompareTests.IsNear(0.13667971094966938, fits[2]!["lost_nats"]!, "uniform");
        CompareTests.IsNear(0.42734972485619316, fits[3]!["lost_nats"]!, "binomial");
        Assert.Equal("""{"first":0,"last":10}""", fits[2]!["parameters"]!.ToJsonString());
        Assert.Equal(0.42734972485619316 / Math.Log(2), fits[3]!["lost_bits"]!.GetValue<double>(), 1e-12);
    }

    [Fact]
    public void An_array_and_an_object_of_whole_numbers_and_a_column_are_the_same_sample()
    {
        _workshop.Write("dice.csv", "roll\n0\n1\n1\n3\n");
        var column = Json($"{_workshop["dice.csv"]}:roll").ToJsonString();
        Assert.Equal(column, Json("[1,2,0,1]").ToJsonString());
        Assert.Equal(column, Json("""{"3":1,"0":1,"1":2}""").ToJsonString());
    }

    [Fact]
    public void Counts_have_a_noise_within_which_families_are_equally_good_and_the_simplest_is_first()
    {
        const string Worms = """{"0":2,"1":3,"2":5,"3":14,"4":16,"5":15,"6":12,"7":8,"8":10,"9":8,"10":7}""";
        var fits = Json(Worms);
        Assert.Equal(
            ["poisson", "uniform", "normal"],
            fits.TakeWhile(fit => fit!["equally_good"]!.GetValue<bool>()).Select(fit => $"{fit!["family"]}"));
        Assert.Equal(Math.Log(100) / 200, fits[0]!["penalty_nats"]!.GetValue<double>(), 1e-15);
        var text = Text(Worms);
        Assert.Contains(
            "poisson, uniform and normal are equally good: what they lose differs by no more than the noise of 100 values. poisson is the "
            + "simplest. With poisson, a code made for it costs 0.0902 nats",
            text, StringComparison.Ordinal);
        Assert.Contains("Each parameter counts as 0.0230 nats lost, ln(n)/2n for n = 100 values.", text, StringComparison.Ordinal);
        Assert.Contains("The number of values is not known", Text(Teeth), StringComparison.Ordinal);
    }

    [Fact]
    public void Trials_up_to_the_first_success_are_geometric_from_1_and_their_reference_is_too()
    {
        const string Trials = """{"1":512,"2":250,"3":118,"4":66,"5":27,"6":14,"7":8,"8":3,"9":2}""";
        Assert.Equal("geometric", $"{Json(Trials)[0]!["family"]}");
        Assert.Equal(1, Json(Trials)[0]!["parameters"]!["first"]!.GetValue<double>());
        var reference = Text(Trials).Split("As a monitor's reference: ")[1];
        using var configuration = ReferenceKindTests.With(reference["\"Reference\": ".Length..]);
        var monitor = Assert.Single(configuration.Plan().Monitors).Bind().Monitor;
        Assert.Equal(0.506, monitor.Against.Whole!.Smoothed[0], 0.01); // half of the trials end at the first
    }

    [Theory]
    [InlineData("[33.3,33.3,33.3]", "99.9")]
    [InlineData("[12.5,37.5,50]", "100")]
    [InlineData("[1.43e1,14.3,14.3,14.3,14.3,14.3,14.3]", "100.1")]
    public void Percentages_are_divided_by_their_sum_and_reported(string weights, string sum)
    {
        _workshop.Write("weights.json", weights);
        var ended = _workshop.Run("reference", "fit", "weights.json", "--output", "json");
        Assert.Equal(
            $"driftmonitor: note: weights.json: the weights sum to {sum}: taken for percentages, each divided by the sum\n", ended.Errors);
        Assert.All(JsonNode.Parse(ended.Succeeded())!.AsArray(), fit => Assert.Equal(0, fit!["penalty_nats"]!.GetValue<double>()));
    }

    [Fact]
    public void Timestamps_are_printed_with_enough_digits_and_one_bin_is_singular()
    {
        _workshop.Write("times.csv", "at\n1700000000000\n1700000700000\n1701000000000\n");
        var output = new StringWriter();
        var edges = BinsChoice.Edges("1700000000000,1701000000000");
        Assert.Equal(0, ReferenceFitCommand.Run($"{_workshop["times.csv"]}:at", edges, OutputFormat.Text, new Screen(output)));
        var text = string.Join(' ', output.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("from 1700000000000 to 1701000000000, mean 1700333566667,", text, StringComparison.Ordinal);
        Assert.Contains("compared in 1 bin and the tails outside it", text, StringComparison.Ordinal);
        Assert.Contains("first 1700000000000, last 1701000000000", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_numbers_are_compared_in_deciles_unless_others_are_chosen()
    {
        var quantiles = Enumerable.Range(1, 100).Select(i => FormattableString.Invariant($"{-Math.Log(1 - ((i - 0.5) / 100)):R}\n"));
        _workshop.Write("waits.csv", $"wait\n{string.Concat(quantiles)}never\n");
        var waits = $"{_workshop["waits.csv"]}:wait";
        var sample = NumericSample.Of(GivenDistribution.Read("SAMPLE", waits), null);
        Assert.Equal((10, 1), (sample.Binning!.Regular, sample.Ignored));
        Assert.Contains(Json(waits)[0]!["family"]!.ToString(), (string[])["exponential", "gamma"]); // the exponential is a gamma
        var binned = NumericSample.Of(GivenDistribution.Read("SAMPLE", waits), BinsChoice.Edges("0,1,2,3,4"));
        Assert.Equal(4, binned.Binning!.Regular);
    }

    [Fact]
    public void Weights_of_other_numbers_and_reference_files_have_bins_of_their_own()
    {
        var weights = NumericSample.Of(GivenDistribution.Read("SAMPLE", """{"0.5":1,"1.5":2,"3.5":1}"""), null);
        Assert.Equal([0, 1, 2.5, 4.5], weights.Binning!.Edges.ToArray());
        Assert.Equal([0.25, 0.5, 0.25], weights.Shares!.Probabilities[..3].ToArray());

        _workshop.Write("reference.json", """
            {"format":"driftmonitor.reference/1","field":"x","bins":{"kind":"edges","edges":[0,5,10]},
             "counts":{"regular":[3,1],"special":{"above":1,"missing":4}}}
            """);
        var reference = NumericSample.Of(GivenDistribution.Read("SAMPLE", _workshop["reference.json"]), null);
        Assert.Equal([2.5, 7.5], reference.Values.Values.ToArray());
        Assert.Equal([0.6, 0.2, 0, 0.2, 0, 0, 0], reference.Shares!.Probabilities.ToArray());
        Assert.Equal(4, reference.Ignored);
    }

    [Fact]
    public void The_text_ranks_with_bars_and_says_why_families_are_left_out()
    {
        using var output = new StringWriter();
        Assert.Equal(0, ReferenceFitCommand.Run(Teeth, null, OutputFormat.Text, new Screen(output)));
        var text = output.ToString();
        Assert.Contains("from 0 to 10, mean 5.44, standard deviation 2.51523; compared at each whole number\n", text);
        Assert.Contains("uniform      first 0, last 10                          0.1367  0.1972  ███████▏\n", text);
        Assert.Contains("normal loses the least: a code made for it costs 0.0801 nats (0.1156 bits) more per value than a\n", text);
        Assert.Contains("log-normal is left out: it needs values above 0, and the least is 0.\n", text);
    }

    [Fact]
    public void A_sample_that_no_family_fits_is_reported_with_each_reason()
    {
        _workshop.Write("losses.csv", "loss\n-1.5\n-1.5\n-1.5\n");
        using var output = new StringWriter();
        Assert.Equal(0, ReferenceFitCommand.Run($"{_workshop["losses.csv"]}:loss", null, OutputFormat.Text, new Screen(output)));

        Assert.Contains("\nNo family fits these values.\n", output.ToString());
        Assert.Contains("normal is left out: it needs different values, and all are -1.5.\n", output.ToString());
        Assert.DoesNotContain("lost, nats", output.ToString());
        Assert.Empty(Json($"{_workshop["losses.csv"]}:loss"));
    }

    // The standard deviation of these whole numbers is 721; that of a Poisson distribution with their mean would be 36.
    // Poisson therefore loses 80 times as much as the best family.
    [Fact]
    public void A_family_with_a_huge_loss_does_not_shrink_the_bars_of_the_others()
    {
        using var output = new StringWriter();
        var hundreds = JsonSerializer.Serialize(Enumerable.Range(1, 25).ToDictionary(i => $"{100 * i}", _ => 1));
        Assert.Equal(0, ReferenceFitCommand.Run(hundreds, null, OutputFormat.Text, new Screen(output)));
        var bars = output.ToString().Split('\n').Select(line => line.Count(c => c is >= '█' and <= '▏')).Where(cells => cells > 0).ToList();

        Assert.Equal(8, bars.Count);
        Assert.All(bars, cells => Assert.InRange(cells, 2, 40));
    }

    [Theory]
    [InlineData(Teeth)]
    [InlineData("{\"3\":1,\"4\":1,\"5\":1}")]
    [InlineData("{\"0.5\":1,\"1.5\":2,\"3.5\":1}")]
    [InlineData("{\"0\":800,\"1\":160,\"2\":32,\"200\":1}")]
    public void The_best_fit_can_be_copied_into_a_configuration(string sample)
    {
        using var output = new StringWriter();
        Assert.Equal(0, ReferenceFitCommand.Run(sample, null, OutputFormat.Text, new Screen(output)));
        var reference = output.ToString().Split("As a monitor's reference:\n")[1];
        using var configuration = ReferenceKindTests.With(reference["\"Reference\": ".Length..]);

        var binning = (NumericBinning)Assert.Single(configuration.Plan().Monitors).Bind().Monitor.Binning;

        var values = NumericSample.Of(GivenDistribution.Read("SAMPLE", sample), null).Values;
        Assert.True(
            binning.Edges[0] <= values.Minimum && values.Maximum <= binning.Edges[^1],
            $"the values are from {values.Minimum} to {values.Maximum}, the bins from {binning.Edges[0]} to {binning.Edges[^1]}");
    }

    [Theory]
    [InlineData("[0.5,0.6]", "SAMPLE: the weights sum to 1.1: use probabilities that sum to 1, percentages that sum to 100, "
        + "or counts, which are whole numbers")]
    [InlineData("{\"a\":1}",
        "SAMPLE: the label \"a\" is not a number: families are fitted to numbers, so use numbers as labels, "
            + "for example {\"0\":0.2,\"1\":0.8}")]
    [InlineData("{\"0.5\":1}", "SAMPLE has only one number, which is not whole: use a sample with more numbers")]
    [InlineData("{\"0\":1,\"1e300\":2}",
        "SAMPLE contains 1E+300: families are fitted to 0 and to magnitudes from 1e-150 to 1e150: use another unit")]
    [InlineData("{\"0.5\":1,\"1.7e308\":2}",
        "SAMPLE contains 1.7E+308: families are fitted to 0 and to magnitudes from 1e-150 to 1e150: use another unit")]
    [InlineData("{\"0\":1,\"1e-300\":2}",
        "SAMPLE contains 1E-300: families are fitted to 0 and to magnitudes from 1e-150 to 1e150: use another unit")]
    [InlineData("names.csv:name", "names.csv:name has no number in any of 2 rows: use a column of numbers")]
    [InlineData("names.csv:nome", "names.csv has no column \"nome\": its only column is name")]
    [InlineData("names.csv:name --bins categories:3", "names.csv:name has no number in any of 2 rows: use a column of numbers")]
    [InlineData("[1,2] --bins quantiles:3", "--bins and --edges apply only to a CSV column, and SAMPLE is not one: leave them out")]
    [InlineData("categories.json", "categories.json has categories, but families are fitted to numbers: use a reference with edges")]
    public void What_is_wrong_with_a_sample_is_reported_in_one_line(string arguments, string line)
    {
        _workshop.Write("names.csv", "name\nAnn\nBob\n");
        _workshop.Write("categories.json", """
            {"format":"driftmonitor.reference/1","field":"x","bins":{"kind":"categories","values":["a"]},"counts":{"regular":[3]}}
            """);
        _workshop.Refuses(2, line, ["reference", "fit", .. arguments.Split(' ')]);
    }

    [Fact]
    public void Ignored_values_are_reported()
    {
        _workshop.Write("some.csv", "x,y\n1,a\n2,b\n,c\nn/a,d\n4\n");
        var ended = _workshop.Run("reference", "fit", "some.csv:x", "--output", "json");
        Assert.Equal(
            "driftmonitor: warning: some.csv:x: 1 of 5 rows (20.0 %) were rejected: 1 malformed "
                + "(expected in UTF-8: a JSON object per event, "
                + "or CSV rows that fit their header), the first at some.csv row 6, which has 1 cell where the header has 2: `4`\n"
                + "driftmonitor: warning: some.csv:x: 2 values are not finite numbers and are ignored\n",
            ended.Errors);
        Assert.NotEmpty(JsonNode.Parse(ended.Succeeded())!.AsArray());
    }

    public void Dispose() => _workshop.Dispose();

    // With each run of white space as one blank.
    private static string Text(string sample)
    {
        using var output = new StringWriter();
        Assert.Equal(0, ReferenceFitCommand.Run(sample, null, OutputFormat.Text, new Screen(output)));
        return string.Join(' ', output.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static JsonArray Json(string sample)
    {
        using var output = new StringWriter();
        Assert.Equal(0, ReferenceFitCommand.Run(sample, null, OutputFormat.Json, new Screen(output)));
        return JsonNode.Parse(output.ToString())!.AsArray();
    }
}
