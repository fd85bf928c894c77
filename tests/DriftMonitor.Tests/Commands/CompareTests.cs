using System.Text.Json.Nodes;
using DriftMonitor.Commands;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;
using DriftMonitor.Tests.Service;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Tests.Commands;

/// <summary><c>compare</c>: the golden figures, how two distributions are matched, and the explanations in the text.</summary>
public sealed class CompareTests : IDisposable
{
    private readonly Workshop _workshop = new();

    [Fact]
    public void Every_golden_figure_comes_out_under_its_key()
    {
        var vectors = Path.Combine(Repository.Root, "tests/DriftMonitor.Core.Tests/Vectors/divergences.json");
        var cases = JsonNode.Parse(File.ReadAllText(vectors))!.AsArray();
        Assert.Equal(32, cases.Count);
        Assert.All(cases, golden =>
        {
            var figures = Json(golden!["p"]!.ToJsonString(), golden["q"]!.ToJsonString());
            var expected = golden["expected"]!.AsObject();
            Assert.Equal(expected.Select(figure => figure.Key), figures.Select(figure => figure.Key));
            foreach (var (key, value) in expected)
            {
                IsNear(value!, figures[key]!, $"{golden["name"]}: {key}");
            }
        });
    }

    [Fact]
    public void Percentages_are_compared_as_their_shares_and_a_note_says_so()
    {
        var ended = _workshop.Run("compare", """{"a":33.3,"b":33.3,"c":33.3}""", """{"a":1,"b":1,"c":2}""", "--output", "json");
        IsNear(Math.Log(32.0 / 27) / 3, JsonNode.Parse(ended.Succeeded())!["kl_nats"]!, "⅓ ln(⅓/¼) + ⅓ ln(⅓/¼) + ⅓ ln(⅓/½)");
        Assert.Equal("driftmonitor: note: P: the weights sum to 99.9: taken for percentages, each divided by the sum\n", ended.Errors);
    }

    // 39 997 of 40 000 must not be shown as 100 %, and 3 of 40 000 not as 0 %.
    [Theory]
    [InlineData(0, "0 %")]
    [InlineData(0.0004, "<0.1 %")]
    [InlineData(0.125, "12.5 %")]
    [InlineData(0.9994, "99.9 %")]
    [InlineData(39_997 / 40_000.0, ">99.9 %")]
    [InlineData(1, "100.0 %")]
    public void A_share_is_none_or_all_only_where_it_is_exactly_so(double share, string shown) =>
        Assert.Equal(shown, Figures.Percent(share));

    [Fact]
    public void What_makes_a_divergence_infinite_stays_on_a_line_with_its_share()
    {
        _workshop.Write("q.json", ReferenceOf("[-6,-4,-2,0]", """{"regular":[0,0,10]}"""));
        _workshop.Write("p.json", ReferenceOf("[-6,-4,-2,0]", """{"regular":[1,1,9998]}"""));
        foreach (var width in Enumerable.Range(40, 60))
        {
            using var output = new StringWriter();
            var screen = new Screen(output, width);
            CompareCommand.Run(_workshop["p.json"], _workshop["q.json"], InformationUnit.Nats, null, 0, OutputFormat.Text, screen);
            Assert.Contains("[-6, -4) (<0.1 %)", output.ToString());
            Assert.Contains("[-4, -2) (<0.1 %)", output.ToString());
        }
    }

    [Fact]
    public void Objects_are_matched_by_label_and_what_one_side_lacks_is_0_there()
    {
        var pair = Pair("""{"ham":1,"spam":3}""", """{"spam":0.5,"ham":0.25,"other":0.25}""");
        Assert.Equal(["spam", "ham", "other"], pair.Labels);
        Assert.Equal([0.75, 0.25, 0], pair.P.Probabilities.ToArray());
        Assert.Equal([0.5, 0.25, 0.25], pair.Q.Probabilities.ToArray());
    }

    [Fact]
    public void Labels_without_an_order_have_no_distance_along_an_axis()
    {
        var figures = Json("""{"a":0.5,"b":0.5}""", """{"b":0.4,"a":0.6}""");
        Assert.DoesNotContain(figures, figure => figure.Key.StartsWith("ks_", StringComparison.Ordinal));
        Assert.DoesNotContain(figures, figure => figure.Key.StartsWith("wasserstein", StringComparison.Ordinal));
        Assert.Equal(0.1, figures["total_variation"]!.GetValue<double>(), 1e-15);
    }

    [Fact]
    public void Labels_that_are_numbers_lie_on_an_axis_in_their_order()
    {
        var pair = Pair("""{"10":1,"2":1}""", """{"2":1,"5":1}""");
        Assert.Equal(["2", "5", "10"], pair.Labels);
        var figures = Json("""{"10":1,"2":1}""", """{"2":1,"5":1}""");
        Assert.Equal(0.5, figures["ks_ordered_bins"]!.GetValue<double>());

        // Half of the probability moves from 10 to 5.
        Assert.Equal(0.5, figures["wasserstein1_unit_bins"]!.GetValue<double>());
        Assert.Equal(2.5, figures["wasserstein1"]!.GetValue<double>());
    }

    [Fact]
    public void The_bins_of_two_columns_come_from_the_second_alone()
    {
        _workshop.Write("p.csv", "time,x\n1,0.5\n2,99\n3,\n4,2.5\n");
        _workshop.Write("q.csv", "x,other\n" + string.Concat(Enumerable.Range(0, 41).Select(i => $"{i / 10.0:0.0},a\n")));

        var pair = Pair($"{_workshop["p.csv"]}:x", $"{_workshop["q.csv"]}:x", BinsChoice.Parse("quantiles:4"));

        Assert.Equal(["[0, 1)", "[1, 2)", "[2, 3)", "[3, 4]", "above", "missing"], pair.Labels);
        Assert.Equal([0.25, 0, 0.25, 0, 0.25, 0.25], pair.P.Probabilities.ToArray());
        Assert.Equal([10 / 41.0, 10 / 41.0, 10 / 41.0, 11 / 41.0, 0, 0], pair.Q.Probabilities.ToArray());
        Assert.Equal([0, 1, 2, 3, 4], pair.Ordered); // a missing value has no position on the axis
        Assert.Equal([(0, 0.5), (1, 1.5), (2, 2.5), (3, 3.5)], pair.Places);
    }

    [Fact]
    public void A_flag_a_spike_and_a_capped_score_have_bins_that_show_their_drift()
    {
        // 0/1: ones from 4 to 30 of 50. D = 0.4 ln(0.4/0.92) + 0.6 ln(0.6/0.08).
        Column("q.csv", (46, _ => 0), (4, _ => 1));
        Column("p.csv", (20, _ => 0), (30, _ => 1));
        Assert.Equal(0.4 * Math.Log(0.4 / 0.92) + 0.6 * Math.Log(0.6 / 0.08), Compared("p.csv", "q.csv"), 1e-14);

        // From 80 to 40 zeros of 100 whatever the others do: at least the divergence in two bins.
        Column("q.csv", (80, _ => 0), (20, i => 100 + i));
        Column("p.csv", (40, _ => 0), (60, i => 100 + i % 20));
        Assert.Equal(0.4 * Math.Log(0.5) + 0.6 * Math.Log(3), Compared("p.csv", "q.csv"), 1e-14);

        // From 15 to 60 of 100 at the cap, the others spread as before.
        Column("q.csv", (85, i => i), (15, _ => 100));
        Column("p.csv", (40, i => i * 85 / 40), (60, _ => 100));
        Assert.InRange(Compared("p.csv", "q.csv"), 0.4 * Math.Log(0.4 / 0.85) + 0.6 * Math.Log(4), 0.6);

        void Column(string file, params (int Count, Func<int, int> Value)[] parts) => _workshop.Write(
            file, $"x\n{string.Join('\n', parts.SelectMany(part => Enumerable.Range(0, part.Count).Select(part.Value)))}\n");

        double Compared(string p, string q) =>
            new ComparisonFigures(Pair($"{_workshop[p]}:x", $"{_workshop[q]}:x")).KullbackLeibler;
    }

    [Fact]
    public void A_comparison_of_columns_prints_the_notes_of_a_build_for_people_and_for_programs()
    {
        _workshop.Write("q.csv", "x,y\n1,\n2,\n3,\n3,\n,\n12,\n");
        _workshop.Write("p.csv", "x\n1\n2\nn/a\n");
        string[] call = ["compare", "p.csv:x", "q.csv:x", "--edges", "0,10,20"];
        string[] remarks =
        [
            "warning: one bin, [0, 10), holds 4 of 5 numbers of q.csv:x, 3 different ones, so a drift among them stays unseen: "
                + "divide the bin with --edges or other --bins, such as quantiles:10",
            "warning: 1 of 3 values of p.csv:x do not have the type of these bins and count as wrong_type: "
                + "for categories, use --bins categories:20",
        ];

        var (text, json) = (_workshop.Run(call), _workshop.Run([.. call, "--output", "json"]));

        text.Succeeded();
        Assert.Equal(string.Concat(remarks.Select(remark => $"driftmonitor: {remark}\n")), text.Errors);
        Assert.Equal(text.Errors, json.Errors);
        Assert.Equal(
            remarks, JsonNode.Parse(json.Succeeded())!["remarks"]!.AsArray().Select(remark => remark!.GetValue<string>()));

        _workshop.Write("ties.csv", "x\n3.5\n3.5\n3.5\n3.5\n1\n12\n");
        Assert.Contains(
            "note: ties.csv:x: at least half of the numbers are equal",
            _workshop.Run("compare", "ties.csv:x", "ties.csv:x", "--bins", "fd").Errors);
        Assert.Contains(
            "note: ties.csv:x: at least half of the numbers are equal",
            _workshop.Run("reference", "fit", "ties.csv:x", "--bins", "fd").Errors);
    }

    [Fact]
    public void Values_that_differ_within_their_bins_are_not_called_the_same_distribution()
    {
        _workshop.Write("q.csv", "x\n1\n2\n11\n12\n");
        _workshop.Write("p.csv", "x\n8\n9\n18\n19\n");

        string[] call = ["compare", "p.csv:x", "q.csv:x", "--edges", "0,10,20"];

        Assert.Contains("P and Q are the same in these bins: the same code is best for both.", _workshop.Run(call).Succeeded());
        Assert.DoesNotContain("remarks", _workshop.Run([.. call, "--output", "json"]).Succeeded());
    }

    [Fact]
    public void A_column_is_counted_into_the_bins_of_a_reference_file_or_the_labels_of_an_object()
    {
        _workshop.Write("p.csv", "x,carrier\n-1,UA\n1,UA\n9,ZZ\n");
        _workshop.Write("reference.json", ReferenceOf("[0,5,10]", """{"regular":[3,1],"special":{"missing":4}}"""));

        var numbers = Pair($"{_workshop["p.csv"]}:x", _workshop["reference.json"]);
        Assert.Equal(["[0, 5)", "[5, 10]", "below", "missing"], numbers.Labels);
        Assert.Equal([0.375, 0.125, 0, 0.5], numbers.Q.Probabilities.ToArray());
        Assert.Equal([2, 0, 1], numbers.Ordered); // below comes first on the axis

        var categories = Pair($"{_workshop["p.csv"]}:carrier", """{"UA":1,"AA":3}""");
        Assert.Equal(["UA", "AA", "unseen"], categories.Labels);
        Assert.Equal([2 / 3.0, 0, 1 / 3.0], categories.P.Probabilities.ToArray());
        Assert.Equal([0.25, 0.75, 0], categories.Q.Probabilities.ToArray());
    }

    [Fact]
    public void Smoothing_gives_the_numbers_that_a_monitor_shows()
    {
        _workshop.Write("p.csv", "x\n-1\n1\n9\n");
        _workshop.Write("reference.json", ReferenceOf("[0,5,10]", """{"regular":[3,1],"special":{"missing":4}}"""));
        var reference = ReferenceFile.Read(_workshop["reference.json"], 0.5).Reference;
        var window = new IncrementalKullbackLeibler(reference);
        window.Change(0, 1);
        window.Change(1, 1);
        window.Change(2, 1);

        var pair = Pair($"{_workshop["p.csv"]}:x", _workshop["reference.json"], pseudoCount: 0.5);

        Assert.Equal(reference.Smoothed.Probabilities.ToArray(), pair.Q.Probabilities.ToArray());
        var figures = new ComparisonFigures(pair);
        Assert.Equal(window.Forward(), figures.KullbackLeibler, 1e-14);
        Assert.Equal(window.Reverse(), figures.Reverse, 1e-14);
        (MeasureKind Kind, double Value)[] expected =
        [
            (MeasureKind.Jeffreys, figures.Jeffreys),
            (MeasureKind.SymmetrisedMean, figures.SymmetrisedMean),
            (MeasureKind.JensenShannon, figures.JensenShannon),
            (MeasureKind.Hellinger, figures.Hellinger),
            (MeasureKind.ChiSquare, figures.ChiSquare),
            (MeasureKind.KolmogorovSmirnov, figures.KolmogorovSmirnov!.Value),
        ];
        var measures = new MeasureSet([.. expected.Select(measure => new Measure(measure.Kind))], reference);
        Assert.Equal(
            measures.Evaluate(window, gStatistic: 0, occupiedBins: 2).Select(measure => Math.Round(measure.Value, 14)),
            expected.Select(measure => Math.Round(measure.Value, 14)));
    }

    [Fact]
    public void A_column_may_have_any_name_and_a_file_may_be_compressed()
    {
        using (var file = File.Create(_workshop["p.csv.gz"]))
        using (var gzip = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write("\"a: b[\",y\r\nred,1\r\nblue,1\r\n"u8);
        }

        var pair = Pair($"{_workshop["p.csv.gz"]}:a: b[", $"{_workshop["p.csv.gz"]}:a: b[");
        Assert.Equal(["blue", "red"], pair.Labels);
    }

    [Fact]
    public void The_text_says_in_which_direction_what_costs_more()
    {
        var text = Text("""{"spam":0.8,"ham":0.2}""", """{"spam":0.6,"ham":0.4}""", InformationUnit.Nats);
        Assert.Contains("""
            In the best code for P, a value of P takes 0.5004 nats (0.7219 bits) on average: the entropy of P.
            In the best code for Q, it takes 0.5919 nats (0.8540 bits), the cross-entropy: 0.5004 + 0.0915 nats.
            So the code for Q costs 0.0915 nats (0.1320 bits) more per value of P. This is D(P‖Q), the number
            """, text);
        Assert.Contains("In the other direction, the code for P costs 0.1046 nats (0.1510 bits) more per value of Q: D(Q‖P).", text);
        Assert.Contains("entropy H(P)             0.7219  bits", Text("[0.8,0.2]", "[0.6,0.4]", InformationUnit.Bits));
        Assert.Contains("P and Q are the same in these bins", Text("[1,1]", "[0.5,0.5]", InformationUnit.Nats));
    }

    [Fact]
    public void The_text_says_what_an_infinite_figure_tells()
    {
        var text = Text("""{"a":0.4,"b":0.4,"c":0.2}""", """{"a":0.5,"b":0.5}""", InformationUnit.Nats);
        Assert.Contains("D(P‖Q) is infinite: P has the bin c (20.0 %), to which Q gives probability 0", text);
        Assert.Contains("In the other direction, the code for P costs 0.2231 nats", text);
        Assert.Contains(
            "In the other direction, D(Q‖P) is infinite: Q has the bins b (30.0 %) and c (20.0 %), to which P\ngives probability 0.",
            Text("""{"a":1}""", """{"a":0.5,"b":0.3,"c":0.2}""", InformationUnit.Nats));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public void No_line_is_wider_than_the_screen(int width)
    {
        using var output = new StringWriter();
        const string P = """{"a rather long name of a bin, longer than the screen of some":1,"日本語の名前":2,"ok":3}""";
        const string Q = """{"日本語の名前":2,"ok":3}""";
        CompareCommand.Run(P, Q, InformationUnit.Nats, null, 0, OutputFormat.Text, new Screen(output, width));
        Assert.All(output.ToString().Split('\n'), line => Assert.InRange(line.GetCellWidth(), 0, width));
    }

    [Theory]
    [InlineData("[0.5,0.6] [0.5,0.5]",
        "P: the weights sum to 1.1: use probabilities that sum to 1, percentages that sum to 100, or counts, which are whole numbers")]
    [InlineData("[50.5,49] [1]",
        "P: the weights sum to 99.5: use probabilities that sum to 1, percentages that sum to 100, or counts, which are whole numbers")]
    [InlineData("[0.5,0.5] [0.5,0.499]",
        "Q: the weights sum to 0.999: use probabilities that sum to 1, percentages that sum to 100, or counts, which are whole numbers")]
    [InlineData("[0.5,0.5] [1.5,-0.5]", "Q: weight 2 is -0.5: weights must not be negative")]
    [InlineData("{\"a\":-1,\"b\":2} [1]", "P: the weight of \"a\" is -1: weights must not be negative")]
    [InlineData("[0.5,\"NaN\"] [1]", "P: weight 2 is \"NaN\": weights must be numbers")]
    [InlineData("[1e999] [1]", "P: weight 1 is 1e999: weights must be finite")]
    [InlineData("[0.5,NaN] [1]", "P is not JSON: line 1, character 6: ")]
    [InlineData("[] [1]", "P is empty: give at least one weight")]
    [InlineData("{} [1]", "P is empty: give at least one weight")]
    [InlineData("[0,0] [1]", "P: the weights sum to 0: use counts, at least one of them above 0, or probabilities that sum to 1")]
    [InlineData("[1,2,3] [1,2]", "P has 3 weights and Q has 2: arrays are matched by position, so give both the same number")]
    [InlineData("[1,2] {\"a\":1}",
        "P and Q: one is an array (bins by position) and the other an object (bins by label): use the same form for both")]
    [InlineData("{\"a\":1,\"a\":2} [1]", "P: the label \"a\" is repeated: write each label once")]
    [InlineData("[1] [1", "Q is not JSON: line 1, ")]
    [InlineData("none.json [1]", "P is not JSON, and there is no file none.json: use weights such as [0.2,0.8]")]
    [InlineData(". [1]", "P is not JSON, and . is a folder: use weights such as")]
    [InlineData("text.json [1]", "text.json is neither an array of weights nor an object of labels and weights: use [0.2,0.8] or ")]
    [InlineData("sum.json [1]",
        "sum.json: the weights sum to 0.3: use probabilities that sum to 1, percentages that sum to 100, or counts, which are whole "
        + "numbers")]
    [InlineData("numbers.csv [1]", "numbers.csv: the column is missing: use numbers.csv:COLUMN; its columns are x, y")]
    [InlineData("numbers.csv:z [1]", "numbers.csv has no column \"z\": its columns are x, y")]
    [InlineData("empty.csv:x [1]", "empty.csv has no row that can be read: use a file with a header and at least one row")]
    [InlineData("[1,2] numbers.csv:x",
        "numbers.csv:x is a sample and P is not, but bins come from Q only: give the sample as P, or give two samples")]
    [InlineData("numbers.csv:x [1,2]", "numbers.csv:x and Q cannot be compared: use two arrays, two objects, two CSV columns, ")]
    [InlineData("numbers.csv:x numbers.csv:y --bins quantiles:4",
        "cannot make bins of numbers.csv:y: quantiles bins need finite numbers, but its ")]
    [InlineData("[1] [1] --bins quantiles:4", "--bins and --edges apply only if P and Q are both CSV columns: leave them out")]
    [InlineData("numbers.csv:x numbers.csv:x --bins quantiles:4 --edges 0,1",
        "--edges and --bins cannot be combined: give only one of them")]
    [InlineData("numbers.csv:x numbers.csv:x --edges 0,5,5", "--edges: edges must increase, and edge 2 (5) is not above edge 1 (5)")]
    [InlineData("numbers.csv:x numbers.csv:x --bins quantile:4", "--bins quantile:4: unknown kind of bins (did you mean quantiles:10?)")]
    [InlineData("numbers.csv:y {\"a\":1} --alpha 0.5",
        "--alpha smooths counts, but Q is weights: leave it out, or use a CSV column or a reference file")]
    [InlineData("[1] [1] --alpha -1", "--alpha is -1: it must be from 0 to 1000; see driftmonitor compare --help")]
    [InlineData("[1] [1] --unit bytes", "--unit must be nats or bits, not \"bytes\"; see driftmonitor compare --help")]
    [InlineData("[1]", "compare needs P and Q, for example: driftmonitor compare '")]
    public void What_is_wrong_with_two_sides_is_reported_in_one_line(string arguments, string line)
    {
        _workshop.Write("text.json", "\"text\"");
        _workshop.Write("sum.json", "{\"a\":0.1,\"b\":0.2}");
        _workshop.Write("numbers.csv", "x,y\n1,a\n2,b\n");
        _workshop.Write("empty.csv", "x,y\n");
        _workshop.Refuses(2, line, ["compare", .. arguments.Split(' ')]);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_a_failure()
    {
        _workshop.Refuses(1, "cannot read none.csv: there is no such file", "compare", "none.csv:x", "[1]");
        _workshop.Write("reference.json", ReferenceOf("[0,0]", """{"regular":[3]}"""));
        _workshop.Refuses(
            1, "the reference file reference.json cannot be used: edges must increase", "compare", "reference.json", "reference.json");
    }

    [Fact]
    public void The_verb_prints_JSON_with_infinity_as_a_word()
    {
        var figures = JsonNode.Parse(_workshop.Run("compare", "[0.4,0.4,0.2]", "[0.5,0.5,0]", "--output", "json").Succeeded())!;
        Assert.Equal(("inf", "inf"), (figures["kl_nats"]!.GetValue<string>(), figures["chi_square_divergence"]!.GetValue<string>()));
        Assert.Equal(-Math.Log(0.8), figures["kl_reverse_nats"]!.GetValue<double>(), 1e-15);
    }

    public void Dispose() => _workshop.Dispose();

    internal static void IsNear(JsonNode expected, JsonNode actual, string what)
    {
        if (expected.GetValueKind() == System.Text.Json.JsonValueKind.String)
        {
            Assert.True(expected.ToString() == actual.ToString(), $"{what}: expected {expected}, got {actual}");
            return;
        }

        var (wanted, got) = (expected.GetValue<double>(), actual.GetValue<double>());
        Assert.True(Math.Abs(wanted - got) <= Math.Max(1e-15, 1e-12 * Math.Abs(wanted)), $"{what}: expected {wanted:R}, got {got:R}");
    }

    private static string ReferenceOf(string edges, string counts) =>
        $$"""{"format":"driftmonitor.reference/1","field":"x","bins":{"kind":"edges","edges":{{edges}}},"counts":{{counts}}}""";

    private static PairedDistributions Pair(string p, string q, BinsChoice? choice = null, double pseudoCount = 0) =>
        PairedDistributions.Pair(GivenDistribution.Read("P", p), GivenDistribution.Read("Q", q), choice, pseudoCount);

    private static JsonObject Json(string p, string q)
    {
        using var output = new StringWriter();
        Assert.Equal(0, CompareCommand.Run(p, q, InformationUnit.Nats, null, 0, OutputFormat.Json, new Screen(output)));
        return JsonNode.Parse(output.ToString())!.AsObject();
    }

    private static string Text(string p, string q, InformationUnit unit)
    {
        using var output = new StringWriter();
        Assert.Equal(0, CompareCommand.Run(p, q, unit, null, 0, OutputFormat.Text, new Screen(output)));
        return output.ToString();
    }
}
