using DriftMonitor.Configuration;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Planning;

namespace DriftMonitor.Tests.Planning;

/// <summary>Derived fields in configurations: what they are planned as, and the line of each mistake.</summary>
public sealed class DerivedFieldConfigurationTests
{
    private const string Monitor = "DriftMonitor:Monitors:0";
    private const string Inline = """{ "Kind": "inline", "Edges": [0, 10, 20], "Probabilities": [0.25, 0.75] }""";
    private const string Forms =
        "difference(x), absdiff(x), deviation(x, 10), deviation(x, day), length(x), gap(), present(x), hour(), volume(), "
        + "logloss(p, y), residual(actual, predicted), absresidual(actual, predicted), match(a, b)";

    [Theory]
    [InlineData("deviation(dep_delay,10)", "deviation(dep_delay, 10)", "dep_delay", DerivedKind.DeviationFromLast, 10, 100)]
    [InlineData("gap()", "gap()", null, DerivedKind.Gap, 0, 100)]
    [InlineData("volume()", "volume()", null, DerivedKind.Volume, 0, 1)]
    [InlineData("residual(a,b)", "residual(a, b)", "a", DerivedKind.Residual, 0, 100)]
    public void A_derived_field_is_planned_with_the_field_that_it_is_of(
        string field, string text, string? from, DerivedKind kind, int last, long minimumEvents)
    {
        using var configuration = With(field, Inline);

        Assert.Empty(configuration.Faults());
        var plan = configuration.Plan();
        var binding = Assert.Single(plan.Monitors).Bind();
        Assert.Equal(text, binding.Field.Text);
        Assert.Equal(from, binding.ReadField?.Text);
        Assert.Equal(new Derivation(kind, last), binding.Monitor.Spec.Derivation);
        Assert.Equal(minimumEvents, binding.Monitor.Spec.MinimumEvents);
        var effective = EffectiveOptions.ToJson(plan.Options).ToJsonString();
        Assert.Contains($"\"MinimumEvents\":{minimumEvents},", effective, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[\"gap()\"]""", """["gap()"]""")]
    [InlineData("""a.gap""", "a.gap")]
    public void A_key_of_such_a_name_is_quoted(string field, string text)
    {
        using var configuration = With(field, Inline);

        var binding = Assert.Single(configuration.Plan().Monitors).Bind();
        Assert.Null(binding.Monitor.Spec.Derivation);
        Assert.Equal(text, binding.ReadField?.Text);
    }

    [Theory]
    [InlineData("load(kW)")]
    [InlineData("T (degC)")]
    public void A_column_of_a_file_may_have_parentheses(string field)
    {
        using var configuration = With(field, Inline);

        Assert.Empty(configuration.Faults(Needs.References));
        Assert.Null(Assert.Single(configuration.Plan(Needs.References).Monitors).Spec.Derivation);
    }

    [Theory]
    [InlineData(Needs.All, "median(x)", $"median: write one of {Forms}. For a key or column of that name, write [\"median(x)\"]")]
    [InlineData(
        Needs.References, "median(x, 5)",
        $"median: write one of {Forms}. For a key or column of that name, write [\"median(x, 5)\"]")]
    [InlineData(Needs.References, "count()", $"count: write one of {Forms}. For a key or column of that name, write [\"count()\"]")]
    [InlineData(
        Needs.References, "Volume()", "Volume: did you mean volume? For a key or column of that name, write [\"Volume()\"]")]
    [InlineData(
        Needs.Nothing, "devation(x, 10)",
        "devation: did you mean deviation? For a key or column of that name, write [\"devation(x, 10)\"]")]
    internal void A_function_that_does_not_exist_is_refused(Needs needs, string field, string rest)
    {
        using var configuration = With(field, Inline);

        Assert.Equal([$"{Monitor}:Field is \"{field}\", and there is no function {rest}"], configuration.Faults(needs));
    }

    public static TheoryData<string, string, string, string> Mistakes { get; } = new()
    {
        {
            "deviation(x)", Inline, "",
            $"{Monitor}:Field is \"deviation(x)\", which has 1 argument, and deviation takes a field and how many values to compare with: "
            + "write deviation(x, 10) or deviation(x, day)"
        },
        {
            "deviation(x, 1001)", Inline, "",
            $"{Monitor}:Field is \"deviation(x, 1001)\", which compares with the last \"1001\" values: write a whole number from 1 to "
            + "1000, as in deviation(x, 10), or day"
        },
        {
            "difference(a..b)", Inline, "",
            $"{Monitor}:Field is not a valid path of a field: the field \"a..b\" has an empty step at character 3, or [\"a..b\"] for a "
            + "key of that name"
        },
        {
            "deviation(x, day)", Inline, "\"Pane\": \"7m\", \"Windows\": [\"70m\"]",
            $"{Monitor}:Pane is 7m, and deviation(x, day) needs panes that divide a day: write a Pane such as 5m, 1h or 1d"
        },
        {
            "deviation(x, day)", Inline, "\"Pane\": \"100ms\", \"Windows\": [\"1m\"]",
            $"{Monitor}:Pane is 100ms, and deviation(x, day) keeps values for each pane of a day, at most 86400: write at least 1s"
        },
        {
            "volume()", Inline, "\"MinimumEvents\": 100",
            $"{Monitor}:MinimumEvents is 100, and volume() has one value a pane, so that 1 is enough: remove it"
        },
        {
            "x", Inline, "\"EventTime\": \"gap()\"",
            $"{Monitor}:EventTime is \"gap()\", a derived field, which only Field can be: write the path of a field, or [\"gap()\"] for a "
            + "key or column of that name"
        },
        {
            "x", """{ "File": "departure-delay.json" }""", "\"SegmentBy\": \"hour()\"",
            $"{Monitor}:SegmentBy is \"hour()\", a derived field, which only Field can be: write the path of a field, or [\"hour()\"] for "
            + "a key or column of that name"
            + $"|{Monitor}:Reference:File is of the field \"dep_delay\", and the monitor \"departure-delay\" watches \"x\": use a "
            + "reference of that field, or build one with `driftmonitor reference build`"
        },
        {
            "gap()", Inline, "\"Unpack\": \"length(x)\"",
            $"{Monitor}:Unpack is \"length(x)\", a derived field, which only Field can be: write the path of a field, or "
            + "[\"length(x)\"] for a key or column of that name"
        },
        {
            "absdiff(x)", """{ "Kind": "inline", "Categories": ["a", "b"], "Probabilities": [0.5, 0.5] }""", "",
            $"{Monitor}:Reference:Categories are for texts, and absdiff(x) is a number: write Edges"
        },
        {
            "present(x)", Inline, "",
            $"{Monitor}:Reference:Edges are for numbers, and present(x) is true or false: write \"Categories\": [\"true\", \"false\"]"
        },
        {
            "absdiff(x)", """{ "Kind": "field", "Field": "y", "Edges": [0, 1] }""", "",
            $"{Monitor}:Reference:Kind is field, which compares two fields of the same events, and absdiff(x) is derived from several: "
            + "write another Kind, or the path of a field in Field"
        },
        {
            "x", """{ "Kind": "field", "Field": "absdiff(y)", "Edges": [0, 1] }""", "",
            $"{Monitor}:Reference:Field is absdiff(y), a derived field, and Field is not: derive both in the same way"
        },
        {
            "absdiff(x)", """{ "Kind": "topic", "Topic": "other", "Field": "y", "Edges": [0, 1] }""", "",
            $"{Monitor}:Reference:Field is \"y\", and the monitor's Field is absdiff(x): derive both in the same way, or remove it"
        },
        {
            "deviation(x, 4)", """{ "Kind": "topic", "Topic": "other", "Field": "deviation(y, 5)", "Edges": [0, 1] }""", "",
            $"{Monitor}:Reference:Field is \"deviation(y, 5)\", and the monitor's Field is deviation(x, 4): derive both in the same way, "
            + "or remove it"
        },
        {
            "match(a, b)", """{ "Kind": "inline", "Categories": ["true", "false"], "Probabilities": [0.5, 0.5] }""", "\"Mean\": true",
            $"{Monitor}:Mean is true, and match(a, b) is true or false, which has no mean: remove it; their shares are in the bins"
        },
        {
            "x", """{ "Kind": "inline", "Categories": ["a", "b"], "Probabilities": [0.5, 0.5] }""", "\"Mean\": true",
            $"{Monitor}:Mean is true, which needs numbers, and the reference has categories: remove it"
        },
        {
            "match(a, b)", Inline, "",
            $"{Monitor}:Reference:Edges are for numbers, and match(a, b) is true or false: write \"Categories\": [\"true\", \"false\"]"
        },
        {
            "logloss(p, y..z)", Inline, "",
            $"{Monitor}:Field is not a valid path of a field: the field \"y..z\" has an empty step at character 3, or [\"y..z\"] for a "
            + "key of that name"
        },
        {
            "present(dep_delay)", """{ "File": "present.json" }""", "",
            $"{Monitor}:Reference:File has bins for numbers, and present(dep_delay) needs bins for true and false: rebuild it with "
            + "`driftmonitor reference build`"
        },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void What_does_not_fit_together_is_reported_in_one_line(string field, string reference, string more, string lines)
    {
        using var configuration = With(field, reference, more);
        configuration.Add("present.json", Planning.Configuration.Reference("present(dep_delay)", "2013-01-01T00:00:00Z"));

        Assert.Equal(lines.Split('|'), configuration.Faults());
    }

    [Fact]
    public void A_field_of_two_fields_and_the_other_topic_s_are_planned_with_both()
    {
        using var configuration = With(
            "residual(a, b)", """{ "Kind": "topic", "Topic": "other", "Field": "residual(c, d)", "Edges": [0, 1] }""", "\"Mean\": true");

        Assert.Empty(configuration.Faults());
        var binding = Assert.Single(configuration.Plan().Monitors).Bind();
        Assert.Equal(("a", "b"), (binding.ReadField?.Text, binding.SecondField?.Text));
        Assert.Equal(("c", "d"), (binding.ReferenceField?.Text, binding.ReferenceSecondField?.Text));
        Assert.True(binding.Monitor.Spec.HasMean);
    }

    [Fact]
    public void A_reference_is_of_the_field_however_its_blanks_are_written()
    {
        using var configuration = With("deviation( dep_delay,10 )", """{ "File": "deviation.json" }""");
        configuration.Add("deviation.json", Planning.Configuration.Reference("deviation(dep_delay, 10)", "2013-01-01T00:00:00Z"));

        Assert.Empty(configuration.Faults());
    }

    [Fact]
    public void Another_topic_may_have_another_field_that_is_derived_in_the_same_way()
    {
        using var configuration = With(
            "absdiff(x)", """{ "Kind": "topic", "Topic": "other", "Field": "absdiff(y)", "Edges": [0, 1] }""");

        Assert.Empty(configuration.Faults());
        Assert.Equal("y", Assert.Single(configuration.Plan().Monitors).Bind().ReferenceField?.Text);
    }

    // The good configuration with another field and reference; keys that are given again replace the earlier ones.
    private static Configuration With(string field, string reference, string more = "")
    {
        var text = Planning.Configuration.Good
            .Replace("\"dep_delay\"", $"\"{field}\"", StringComparison.Ordinal)
            .Replace("{ \"File\": \"departure-delay.json\" }", reference, StringComparison.Ordinal);
        var keys = more.Contains("Pane", StringComparison.Ordinal) ? "\"Windows\": [\"6h\", \"24h\"], \"Pane\": \"1h\"," : "";
        text = keys.Length > 0 ? text.Replace(keys, $"{more},", StringComparison.Ordinal)
            : more.Length > 0 ? text.Replace("\"Pane\"", $"{more}, \"Pane\"", StringComparison.Ordinal)
            : text;
        return new Configuration(text);
    }
}
