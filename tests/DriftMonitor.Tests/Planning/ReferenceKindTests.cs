using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Planning;

/// <summary>The kinds of references, from their configuration to the monitor that they make.</summary>
public sealed class ReferenceKindTests
{
    private const string Path = "DriftMonitor:Monitors:0:Reference";

    /// <summary>The good configuration with another reference.</summary>
    internal static Configuration With(string reference, string more = "") =>
        new(Configuration.Good.Replace("{ \"File\": \"departure-delay.json\" }", reference, StringComparison.Ordinal).Replace("\"Pane\"", more + "\"Pane\"", StringComparison.Ordinal));

    [Theory]
    [InlineData("""{ "Kind": "inline", "Edges": [0, 10, 20], "Probabilities": [0.25, 0.75] }""", null)]
    [InlineData("""{ "Kind": "inline", "Categories": ["a", "b"], "Probabilities": [0.5, 0.5] }""", null)]
    [InlineData("""{ "Kind": "parametric", "Family": "normal", "Parameters": { "mean": 5, "standard_deviation": 2.5 }, "Edges": [0, 5, 10] }""", null)]
    [InlineData("""{ "Kind": "first", "Over": "7d", "File": "learned.json", "Edges": [0, 10, 20] }""", "its own first events, not yet known")]
    [InlineData("""{ "Kind": "first", "Events": 1000, "File": "learned.json", "Categories": ["a"] }""", "its own first events, not yet known")]
    [InlineData("""{ "Kind": "first", "Over": "7d", "File": "departure-delay.json", "Edges": [0, 10, 20] }""", null)] // learned already
    [InlineData("""{ "Kind": "previous_window", "Edges": [0, 10, 20] }""", "the window before")]
    [InlineData("""{ "Kind": "previous_window", "File": "departure-delay.json", "CalibrateOver": "30d" }""", "the window before")]
    [InlineData("""{ "Kind": "field", "Field": "arr_delay", "Edges": [0, 10, 20] }""", "the field arr_delay")]
    [InlineData("""{ "Kind": "topic", "Topic": "training", "Edges": [0, 10, 20] }""", "the topic training")]
    public void Each_kind_makes_its_monitor(string reference, string? comparedWith)
    {
        using var configuration = With(reference);

        var plan = configuration.Plan();
        var binding = Assert.Single(plan.Monitors).Bind();

        Assert.Equal(comparedWith, binding.Monitor.Moving?.Description);
        Assert.Equal(comparedWith is null, binding.Monitor.Reference is not null);
        Assert.Equal(reference.Contains("training", StringComparison.Ordinal) ? ["flights", "training"] : ["flights"], binding.Topics);
        Assert.Equal(reference.Contains("arr_delay", StringComparison.Ordinal) ? "arr_delay" : null, binding.ReferenceField?.Text);
    }

    [Fact]
    public void A_family_s_probabilities_are_those_of_its_bins_with_the_tails_beyond()
    {
        using var configuration = With("""{ "Kind": "parametric", "Family": "poisson", "Parameters": { "mean": 2 }, "Edges": [0, 1, 2, 4] }""");

        var reference = Assert.Single(configuration.Plan().Monitors).Bind().Monitor.Reference!;
        double[] expected = [Math.Exp(-2), 2 * Math.Exp(-2), Math.Exp(-2) * (2 + 8 / 6.0 + 16 / 24.0)]; // [0, 1), [1, 2), [2, 4]

        for (var bin = 0; bin < expected.Length; bin++)
        {
            Assert.Equal(expected[bin], reference.Smoothed[bin], 5e-6); // smoothed as of a million events
        }

        Assert.Equal(1 - expected.Sum(), reference.Smoothed[4], 5e-6); // above
        Assert.Equal(double.PositiveInfinity, reference.SampleSize);
    }

    [Theory]
    [InlineData("""{ "Kind": "colour", "File": "departure-delay.json" }""", ":Kind is \"colour\": write file, hour_of_week, inline, parametric, first, previous_window, field or topic")]
    [InlineData("""{ "Kind": "inline", "Edges": [0, 10, 20], "Probabilities": [0.25, 0.5] }""", ":Probabilities sums to 0.75: probabilities sum to 1")]
    [InlineData("""{ "Kind": "inline", "Edges": [0, 10, 20], "Probabilities": [1] }""", ":Probabilities has 1 entries for 2 bins: write one for each")]
    [InlineData("""{ "Kind": "inline", "Edges": [0, 10, 20], "Probabilities": [-0.5, 1.5] }""", ":Probabilities:0 is \"-0.5\": write a number from 0 to 1", ":Probabilities:1 is \"1.5\": write a number from 0 to 1")]
    [InlineData("""{ "Kind": "inline", "Edges": [0, 10, 20], "Probabilities": ["NaN", 1] }""", ":Probabilities:0 is \"NaN\": write a number from 0 to 1")]
    [InlineData("""{ "Kind": "inline", "Edges": [0, 10, 20] }""", ":Probabilities is missing: write the probability of each of the 2 bins")]
    [InlineData("""{ "Kind": "inline", "Probabilities": [1] }""", ":Edges is missing: bins come from the reference alone; write Edges or Categories")]
    [InlineData("""{ "Kind": "inline", "Edges": [0, 20, 10], "Probabilities": [0.5, 0.5] }""", ":Edges cannot be: edges must increase, and edge 2 (10) is not above edge 1 (20)")]
    [InlineData("""{ "Kind": "inline", "Categories": ["a", "a"], "Probabilities": [0.5, 0.5] }""", ":Categories cannot be: the category \"a\" is in the list twice")]
    [InlineData("""{ "Kind": "inline", "Edges": [0, 1], "Categories": ["a"], "Probabilities": [1] }""", " has Edges and Categories: give one of the two")]
    [InlineData("""{ "Kind": "parametric", "Edges": [0, 1] }""", ":Family is missing: write uniform, binomial, poisson, geometric, normal, log-normal, exponential or gamma")]
    [InlineData("""{ "Kind": "parametric", "Family": "cauchy", "Edges": [0, 1] }""", ":Family cannot be used: there is no family \"cauchy\": there are uniform, binomial, poisson, geometric, normal, log-normal, exponential, gamma")]
    [InlineData("""{ "Kind": "parametric", "Family": "poisson", "Parameters": { "lambda": 2 }, "Edges": [0, 1] }""", ":Family cannot be used: poisson has no parameter \"lambda\": write \"mean\"")]
    [InlineData("""{ "Kind": "parametric", "Family": "poisson", "Parameters": { "mean": "two" }, "Edges": [0, 1] }""", ":Parameters:mean is \"two\": write a number")]
    [InlineData("""{ "Kind": "parametric", "Family": "poisson", "Parameters": { "mean": 2 }, "Categories": ["a"] }""", ":Categories belongs to the kind inline, first, previous_window, field or topic, and this is parametric: leave it out, or write Kind", ":Family cannot be used: poisson is a distribution of numbers, and the bins are categories")]
    [InlineData("""{ "Kind": "first", "Over": "7d", "Edges": [0, 1] }""", ":File is missing: name the file that what is learned is written to, and read from after a restart")]
    [InlineData("""{ "Kind": "first", "File": "l.json", "Edges": [0, 1] }""", " says neither how long nor from how many events it is learned: write Over, such as 7d, or Events")]
    [InlineData("""{ "Kind": "first", "Over": "90m", "File": "l.json", "Edges": [0, 1] }""", ":Over is 90m: write a whole number of panes of 1h, at least one and at most 100000")]
    [InlineData("""{ "Kind": "first", "Over": "7d", "File": "l.json" }""", ":Edges is missing: bins come from the reference alone; write Edges or Categories")]
    [InlineData("""{ "Kind": "previous_window" }""", ":Edges is missing: bins come from the reference alone; write Edges or Categories, or name a File whose bins count")]
    [InlineData("""{ "Kind": "previous_window", "Edges": [0, 1], "CalibrateOver": "0s" }""", ":CalibrateOver is 0s: write a duration above 0, such as 14d")]
    [InlineData("""{ "Kind": "previous_window", "Edges": [0, 1], "CalibrateOver": "20000d" }""", ":CalibrateOver is 20000d, 480000 panes of 1h, and at most 100000 are kept: write at most 100000h, or a longer Pane")]
    [InlineData("""{ "Kind": "field", "Edges": [0, 1] }""", ":Field is missing: name the other field, whose windows are compared with")]
    [InlineData("""{ "Kind": "topic", "Edges": [0, 1] }""", ":Topic is missing: name the other topic, whose windows are compared with")]
    [InlineData("""{ "Kind": "hour_of_week" }""", ":File is missing: name a reference file; `driftmonitor reference build` makes one")]
    [InlineData("""{ "Kind": "hour_of_week", "File": "departure-delay.json" }""", ":File has no hours of the week: build it again with `driftmonitor reference build`, which makes them for a monitor of this kind")]
    [InlineData("""{ "Kind": "field", "Field": "dep_delay", "Edges": [0, 1] }""", ":Field is \"dep_delay\", the monitor's own, which never differs from itself: name the other field")]
    [InlineData("""{ "Kind": "topic", "Topic": "flights", "Edges": [0, 1] }""", ":Topic is \"flights\", the monitor's own, which never differs from itself: name the other topic")]
    [InlineData("""{ "File": "departure-delay.json", "CalibrateOver": "7d" }""", ":CalibrateOver belongs to the kind previous_window, field or topic, and this is file: leave it out, or write Kind")]
    [InlineData("""{ "File": "departure-delay.json", "Over": "7d" }""", ":Over belongs to the kind first, and this is file: leave it out, or write Kind")]
    public void What_a_kind_lacks_or_does_not_know_is_told(string reference, params string[] faults)
    {
        using var configuration = With(reference);

        Assert.Equal(faults.Select(fault => Path + fault).Order(StringComparer.Ordinal), configuration.Faults().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("\"Edges\": [0, 10, 20]", false)]
    [InlineData("\"Edges\": [0, 10, 30]", true)]
    [InlineData("\"Categories\": [\"a\"]", true)]
    public void Bins_other_than_those_that_were_learned_in_are_warned_of(string bins, bool isOther)
    {
        using var configuration = With($$"""{ "Kind": "first", "Over": "7d", "File": "departure-delay.json", {{bins}} }""");

        string[] warning = [$"{Path}:File was learned in other bins than {(bins.Contains("Edges", StringComparison.Ordinal) ? "Edges" : "Categories")}, and its own count: remove the file to learn anew"];
        Assert.Equal(isOther ? warning : [], configuration.Plan().Warnings.Select(found => found.ToString()));
    }

    [Fact]
    public void Hours_of_the_week_need_panes_that_make_up_hours_or_weeks()
    {
        using var configuration = new Configuration(Configuration.Good
            .Replace("{ \"File\": \"departure-delay.json\" }", """{ "Kind": "hour_of_week", "File": "departure-delay.json" }""", StringComparison.Ordinal)
            .Replace("\"1h\"", "\"90m\"", StringComparison.Ordinal));

        Assert.Contains($"{Path}:Kind is hour_of_week, and panes of 90m make up neither an hour nor, by whole hours, a week: write a Pane such as 5m, 1h or 6h", configuration.Faults());
    }

    [Fact]
    public void Segments_have_references_from_a_file()
    {
        using var configuration = With("""{ "Kind": "previous_window", "Edges": [0, 1] }""", "\"SegmentBy\": \"origin\", ");

        Assert.Equal([$"{Path}:Kind is previous_window, and segments have references of the kind file: leave SegmentBy out, or take a file"], configuration.Faults());
    }

    [Theory]
    [InlineData("""{ "Kind": "inline", "Edges": [0, 10, 20], "Probabilities": [0.25, 0.75] }""", "rests on simulated independent events, as a distribution that is given has no course to learn from: a real stream fluctuates more, and alarms will come more often; build a reference from events")]
    [InlineData("""{ "Kind": "previous_window", "Edges": [0, 10, 20], "CalibrateOver": "2d" }""", "is 30d, shared by 1 series: that is 15 times the 2d that the monitor calibrates itself on; the promise leans on the tail's shape, so learn from a longer time")]
    [InlineData("""{ "Kind": "first", "Over": "1d", "File": "l.json", "Edges": [0, 10, 20] }""", "is 30d, shared by 1 series: that is 30 times the 1d that the monitor calibrates itself on; the promise leans on the tail's shape, so learn from a longer time")]
    public void A_promise_that_rests_on_little_is_warned_of(string reference, string warning)
    {
        using var configuration = With(reference, "\"Alert\": { \"FalseAlarmEvery\": \"30d\" }, ");

        Assert.Equal([$"DriftMonitor:Monitors:0:Alert:FalseAlarmEvery {warning}"], configuration.Plan().Warnings.Select(found => found.ToString()));
    }

    [Fact]
    public void Edges_that_leave_most_of_a_distribution_outside_are_warned_of()
    {
        using var narrow = With("""{ "Kind": "parametric", "Family": "normal", "Parameters": { "mean": 100, "standard_deviation": 1 }, "Edges": [0, 10, 20] }""");
        using var wide = With("""{ "Kind": "parametric", "Family": "normal", "Parameters": { "mean": 100, "standard_deviation": 1 }, "Edges": [98, 100, 102] }""");

        Assert.Equal([$"{Path}:Edges leave 100% of the distribution outside, where windows differ by nothing but the side: widen them"], narrow.Plan().Warnings.Select(found => found.ToString()));
        Assert.Empty(wide.Plan().Warnings);
    }

    [Fact]
    public void What_is_learned_needs_a_place_that_can_be_written()
    {
        using var configuration = With("""{ "Kind": "first", "Over": "7d", "File": "nowhere/l.json", "Edges": [0, 10, 20] }""");

        Assert.Equal(
            [$"{Path}:File is to keep what is learned, which a restart would forget: cannot write {System.IO.Path.Combine(System.IO.Path.GetDirectoryName(configuration.Path)!, "nowhere", "l.json")}: there is no such folder"],
            configuration.Plan().Warnings.Select(found => found.ToString()));
    }

    [Fact]
    public void Edges_beside_a_file_are_a_fault_and_no_reason_to_remove_the_file()
    {
        using var configuration = With("""{ "File": "departure-delay.json", "Edges": [0, 1] }""");

        Assert.Single(configuration.Faults());
        Assert.Empty(configuration.Plan().Warnings);
    }

    [Fact]
    public void A_promise_of_ages_for_a_large_fleet_is_warned_of_too()
    {
        var monitors = Enumerable.Range(0, 300).Select(i =>
            $$"""{ "Name": "m{{i}}", "Topic": "t", "Field": "x", "Windows": ["6h"], "Pane": "1h", "Reference": { "Kind": "previous_window", "Edges": [0, 1], "CalibrateOver": "2d" }, "Alert": { "FalseAlarmEvery": "36500d" } }""");
        using var configuration = new Configuration($$"""{ "DriftMonitor": { "Monitors": [ {{string.Join(", ", monitors)}} ] } }""");

        Assert.Equal(
            "DriftMonitor:Monitors:0:Alert:FalseAlarmEvery is 36500d, shared by 300 series: that is 5475000 times the 2d that the monitor calibrates itself on; the promise leans on the tail's shape, so learn from a longer time",
            configuration.Plan().Warnings[0].ToString());
    }

    [Fact]
    public void Files_are_one_topic_and_two_cannot_be_compared_by_them()
    {
        using var configuration = With("""{ "Kind": "topic", "Topic": "training", "Edges": [0, 10, 20] }""");
        configuration.Add("events.ndjson", "{}\n");

        var ended = DriftMonitorProcess.Run(configuration.Folder, "replay", "--config", configuration.Path, "--file", "events.ndjson");

        Assert.Equal((2, "", "driftmonitor: the monitor \"departure-delay\" compares two topics, and files are one: replay it from Kafka, without --file\n"), (ended.ExitCode, ended.Output, ended.Errors));
    }
}
