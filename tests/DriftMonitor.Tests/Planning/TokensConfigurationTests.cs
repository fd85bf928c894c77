using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Tests.Planning;

/// <summary>Texts whose words are counted, in configurations: what they are planned as, and the line of each mistake.</summary>
public sealed class TokensConfigurationTests
{
    private const string Monitor = "DriftMonitor:Monitors:0";
    private const string OfFile = """{ "File": "words.json" }""";
    private const string Text = """{ "Field": "text" }""";

    [Theory]
    [InlineData(OfFile)]
    [InlineData("""{ "Kind": "previous_window", "File": "words.json" }""")]
    [InlineData("""{ "Kind": "previous_window", "Categories": ["order", "late"] }""")]
    [InlineData("""{ "Kind": "inline", "Categories": ["order", "late"], "Probabilities": [0.5, 0.5] }""")]
    [InlineData("""{ "Kind": "topic", "Topic": "answers", "Categories": ["order", "late"] }""")]
    [InlineData("""{ "Kind": "topic", "Topic": "flights", "Field": "answer", "Categories": ["order", "late"] }""")]
    public void A_text_is_planned_with_the_words_of_its_reference(string reference)
    {
        using var configuration = With(Text, reference);

        Assert.Empty(configuration.Faults());
        var planned = Assert.Single(configuration.Plan().Monitors);
        var binding = planned.Bind();
        Assert.Equal("words(text)", binding.Field.Text);
        Assert.Equal(("text", WordCase.Lower), (binding.ReadField?.Text, binding.Words));
        Assert.True(binding.Monitor.Spec.CountsWords);
        Assert.Equal("order", binding.Monitor.Binning.Label(0));
        Assert.Contains("text", planned.PathsInRecords.Select(path => path.Text));
    }

    [Fact]
    public void Each_segment_can_be_compared_with_the_words_of_the_others()
    {
        using var configuration = With(
            Text, """{ "Kind": "rest", "Categories": ["order", "late"], "CalibrateOver": "100d" }""", "\"SegmentBy\": \"origin\"");

        Assert.Empty(configuration.Faults());
        Assert.True(configuration.Plan().Monitors[0].Bind().Monitor.Spec.CountsWords);
    }

    public static TheoryData<string, string, string, string> Mistakes { get; } = new()
    {
        {
            Text, OfFile, "\"Field\": \"x\"",
            $"{Monitor}:Tokens is given, and so is Field: write the text's field in Tokens:Field, and remove Field"
        },
        {
            """{ "Field": "" }""", OfFile, "", $"{Monitor}:Tokens:Field is empty: fill it in. Field of the text: a path, or the "
            + "name of a CSV column, as for Field of the monitor. Example: text."
        },
        {
            """{ "Field": "length(text)" }""", OfFile, "",
            $"{Monitor}:Tokens:Field is \"length(text)\", a derived field, which only Field can be: write the path of a field, or "
            + "[\"length(text)\"] for a key or column of that name"
        },
        {
            """{ "Field": "text", "Vocabulary": 0 }""", OfFile, "",
            $"{Monitor}:Tokens:Vocabulary is \"0\": write a whole number from 1 to 100000"
        },
        { """{ "Field": "text", "Case": "upper" }""", OfFile, "", $"{Monitor}:Tokens:Case is \"upper\": write lower or keep" },
        { Text, OfFile, "\"Mean\": true", $"{Monitor}:Mean is true, and words have no mean: remove it" },
        {
            Text, """{ "Kind": "so_far", "LearnOver": "7d", "File": "grown.json" }""", "",
            $"{Monitor}:Reference:Kind is so_far, and Tokens need the kind file, hour_of_week, inline, previous_window, topic or rest: "
            + "change Kind"
        },
        {
            Text, """{ "Kind": "previous_window", "Edges": [0, 1, 2] }""", "",
            $"{Monitor}:Reference:Edges are for numbers, and Tokens are words: write Categories, or the path of a reference file in File"
        },
        {
            Text, OfFile, "\"Measures\": [\"ks\"]",
            $"{Monitor}:Measures:0 is ks, which needs numeric bins, and words.json has categories: remove it"
        },
        {
            """{ "Field": "text", "Case": "keep" }""", OfFile, "",
            $"{Monitor}:Reference:File is of the field \"words(text)\", and the monitor \"departure-delay\" watches "
            + "\"words(text, keep)\": use a reference of that field, or build one with `driftmonitor reference build`"
        },
        {
            Text, """{ "File": "numbers.json" }""", "",
            $"{Monitor}:Reference:File has bins for numbers or pairs, and Tokens need those of words: build one with `driftmonitor "
            + "reference build`"
        },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void What_does_not_fit_together_is_reported_in_one_line(string tokens, string reference, string more, string line)
    {
        using var configuration = With(tokens, reference, more);

        Assert.Equal([line], configuration.Faults());
    }

    private static Configuration With(string tokens, string reference, string more = "")
    {
        var text = Planning.Configuration.Good
            .Replace("\"Field\": \"dep_delay\"", $"\"Tokens\": {tokens}", StringComparison.Ordinal)
            .Replace("{ \"File\": \"departure-delay.json\" }", reference, StringComparison.Ordinal);
        text = more.Length == 0 ? text : text.Replace("\"Reference\":", $"{more}, \"Reference\":", StringComparison.Ordinal);
        var configuration = new Configuration(text);
        configuration.Add("words.json", FileOf(new CategoricalBinning(["order", "late"]), [40, 30, 0, 0, 0]));
        configuration.Add("numbers.json", FileOf(new NumericBinning([0, 1, 2]), [40, 30, 0, 0, 0, 0, 0]));
        return configuration;
    }

    private static string FileOf(FieldBinning binning, long[] counts) =>
        new ReferenceFile("words(text)", new Reference(binning, counts), new Dictionary<string, WindowCalibration>()).ToJson();
}
