using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Tests.Planning;

/// <summary>Two fields in configurations: what they are planned as, and the line of each mistake.</summary>
public sealed class PairConfigurationTests
{
    private const string Monitor = "DriftMonitor:Monitors:0";
    private const string OfFile = """{ "File": "pairs.json" }""";

    [Theory]
    [InlineData(OfFile)]
    [InlineData("""{ "Kind": "previous_window", "File": "pairs.json" }""")]
    public void Two_fields_are_planned_with_the_pairs_of_their_reference(string reference)
    {
        using var configuration = With("""[ "origin", "dest" ]""", reference);

        Assert.Empty(configuration.Faults());
        var planned = Assert.Single(configuration.Plan().Monitors);
        var binding = planned.Bind();
        Assert.Equal("origin × dest", binding.Field.Text);
        Assert.Equal(("origin", "dest"), (binding.ReadField?.Text, binding.SecondField?.Text));
        Assert.IsType<PairBinning>(binding.Monitor.Binning);
        Assert.Equal(new PairOfFields("origin", "dest"), planned.Pair);
    }

    public static TheoryData<string, string, string, string> Mistakes { get; } = new()
    {
        { """[ "a" ]""", OfFile, "", $"{Monitor}:Fields has 1 field: write two, whose pairs are watched" },
        {
            """[ "a", "b", "c" ]""", OfFile, "", $"{Monitor}:Fields has 3 fields: write two, whose pairs are watched"
        },
        {
            """[ "origin", "dest" ]""", OfFile, "\"Field\": \"x\"",
            $"{Monitor}:Fields is given, and so is Field: write one field in Field, or two in Fields"
        },
        { """[ "a", "a" ]""", OfFile, "", $"{Monitor}:Fields has \"a\" twice: write two different fields" },
        { """[ "a", "" ]""", OfFile, "", $"{Monitor}:Fields:1 is empty: write the path of a field" },
        {
            """[ "a", "gap()" ]""", OfFile, "",
            $"{Monitor}:Fields:1 is \"gap()\", a derived field, which only Field can be: write the path of a field, or [\"gap()\"] for a "
            + "key or column of that name"
        },
        {
            """[ "origin", "dest" ]""", OfFile, "\"Mean\": true",
            $"{Monitor}:Mean is true, and a mean is of one field: remove it, or write one field in Field"
        },
        {
            """[ "origin", "dest" ]""", """{ "Kind": "inline", "Categories": ["a", "b"], "Probabilities": [0.5, 0.5] }""", "",
            $"{Monitor}:Reference:Kind is inline, and pairs of fields need the kind file, hour_of_week or previous_window: change Kind"
        },
        {
            """[ "origin", "dest" ]""", """{ "Kind": "previous_window", "Categories": ["a", "b"] }""", "",
            $"{Monitor}:Reference:Categories are the bins of one field, and pairs take theirs from a file: write its path in File"
        },
        {
            """[ "origin", "dest" ]""", OfFile, "\"Measures\": [\"ks\"]",
            $"{Monitor}:Measures:0 is ks, which needs numeric bins, and pairs.json has pairs: remove it"
        },
        {
            """[ "dest", "origin" ]""", OfFile, "",
            $"{Monitor}:Reference:File is of the fields \"origin × dest\", and the monitor \"departure-delay\" watches the fields "
            + "\"dest × origin\": "
            + "use a reference of that field, or build one with `driftmonitor reference build`"
        },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void What_does_not_fit_together_is_reported_in_one_line(string fields, string reference, string more, string line)
    {
        using var configuration = With(fields, reference, more);

        Assert.Equal([line], configuration.Faults());
    }

    [Fact]
    public void A_reference_of_pairs_is_refused_for_one_field()
    {
        using var configuration = With(null, OfFile, "\"Field\": \"origin × dest\"");

        Assert.Contains(
            $"{Monitor}:Reference:File is of the fields \"origin × dest\", and the monitor \"departure-delay\" watches \"origin × dest\": "
                + "use a reference of that field, or build one with `driftmonitor reference build`",
            configuration.Faults(Needs.References));
    }

    private static Configuration With(string? fields, string reference, string more = "")
    {
        var key = fields is null ? "\"MaxRejected\": 0.2" : $"\"Fields\": {fields}";
        var text = Planning.Configuration.Good
            .Replace("\"Field\": \"dep_delay\"", key, StringComparison.Ordinal)
            .Replace("{ \"File\": \"departure-delay.json\" }", reference, StringComparison.Ordinal);
        text = more.Length == 0 ? text : text.Replace("\"Reference\":", $"{more}, \"Reference\":", StringComparison.Ordinal);
        var configuration = new Configuration(text);
        var binning = new PairBinning(new CategoricalBinning(["EWR", "JFK"]), new CategoricalBinning(["IAH", "MIA"]));
        var counts = new Reference(binning, [40, 30, 20, 10, 0, 0, 0]);
        var file = new ReferenceFile("origin × dest", counts, new Dictionary<string, WindowCalibration>())
        {
            Fields = new PairOfFields("origin", "dest"),
        };
        configuration.Add("pairs.json", file.ToJson());
        return configuration;
    }
}
