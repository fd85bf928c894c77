using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Planning;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Planning;

/// <summary>The kinds of references: their configuration, and the monitors that are made of it.</summary>
public sealed class ReferenceKindTests
{
    private const string Path = "DriftMonitor:Monitors:0:Reference";

    /// <summary>The good configuration with another reference.</summary>
    internal static Configuration With(string reference, string more = "") =>
        new(Configuration.Good
            .Replace("{ \"File\": \"departure-delay.json\" }", reference, StringComparison.Ordinal)
            .Replace("\"Pane\"", more + "\"Pane\"", StringComparison.Ordinal));

    [Theory]
    [InlineData("""{ "Kind": "inline", "Edges": [0, 10, 20], "Probabilities": [0.25, 0.75] }""", null)]
    [InlineData("""{ "Kind": "inline", "Categories": ["a", "b"], "Probabilities": [0.5, 0.5] }""", null)]
    [InlineData(
        """{ "Kind": "parametric", "Family": "normal", "Parameters": { "mean": 5, "standard_deviation": 2.5 }, "Edges": [0, 5, 10] }""",
        null)]
    [InlineData(
        """{ "Kind": "first", "Over": "7d", "File": "learned.json", "Edges": [0, 10, 20] }""",
        "its own first events, not yet known")]
    [InlineData(
        """{ "Kind": "first", "Events": 1000, "File": "learned.json", "Categories": ["a"] }""",
        "its own first events, not yet known")]
    [InlineData("""{ "Kind": "first", "Over": "7d", "File": "departure-delay.json", "Edges": [0, 10, 20] }""", null)] // learned already
    [InlineData(
        """{ "Kind": "so_far", "LearnOver": "7d", "File": "so-far.json", "Exclude": ["2013-02-08T00:00Z..2013-02-10T00:00Z"] }""",
        "everything so far, once the warm-up has ended")]
    [InlineData(
        """{ "Kind": "so_far", "LearnOver": "7d", "File": "so-far.json", "Edges": [0, 10, 20], "TextNumbers": true }""",
        "everything so far, once the warm-up has ended")]
    [InlineData("""{ "Kind": "previous_window", "Edges": [0, 10, 20] }""", "the window before")]
    [InlineData("""{ "Kind": "previous_window", "File": "departure-delay.json", "CalibrateOver": "30d" }""", "the window before")]
    [InlineData("""{ "Kind": "field", "Field": "arr_delay", "Edges": [0, 10, 20] }""", "the field arr_delay")]
    [InlineData("""{ "Kind": "topic", "Topic": "training", "Edges": [0, 10, 20] }""", "the topic training")]
    public void Each_kind_makes_its_monitor(string reference, string? comparedWith)
    {
        using var configuration = With(reference);

        var plan = configuration.Plan();
        var binding = Assert.Single(plan.Monitors).Bind();

        Assert.Equal(comparedWith, binding.Monitor.Against.Description);
        Assert.Equal(comparedWith is null, binding.Monitor.Against.Whole is not null);
        Assert.Equal(reference.Contains("training", StringComparison.Ordinal) ? ["flights", "training"] : ["flights"], binding.Topics);
        Assert.Equal(reference.Contains("arr_delay", StringComparison.Ordinal) ? "arr_delay" : null, binding.ReferenceField?.Text);
    }

    [Fact]
    public void The_probabilities_of_a_family_are_those_of_its_bins_and_of_the_tails()
    {
        using var configuration = With(
            """{ "Kind": "parametric", "Family": "poisson", "Parameters": { "mean": 2 }, "Edges": [0, 1, 2, 4] }""");

        var reference = Assert.Single(configuration.Plan().Monitors).Bind().Monitor.Against.Whole!;
        double[] expected = [Math.Exp(-2), 2 * Math.Exp(-2), Math.Exp(-2) * (2 + 8 / 6.0 + 16 / 24.0)]; // [0, 1), [1, 2), [2, 4]

        for (var bin = 0; bin < expected.Length; bin++)
        {
            Assert.Equal(expected[bin], reference.Smoothed[bin], 5e-6); // smoothed as of a million events
        }

        Assert.Equal(1 - expected.Sum(), reference.Smoothed[4], 5e-6); // above
        Assert.Equal(double.PositiveInfinity, reference.SampleSize);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(", \"TextNumbers\": false", false)]
    [InlineData(", \"TextNumbers\": true", true)]
    public void Numbers_in_strings_are_read_if_TextNumbers_says_so(string key, bool isRead)
    {
        using var configuration = With($$"""{ "Kind": "previous_window", "Edges": [0, 10, 20]{{key}} }""");

        var binding = Assert.Single(configuration.Plan().Monitors).Bind();

        Assert.Equal(isRead, Assert.IsType<NumericBinning>(binding.Monitor.Binning).ReadsTextNumbers);
    }

    [Theory]
    [InlineData(
        """{ "Kind": "colour", "File": "departure-delay.json" }""",
        ":Kind is \"colour\": write file, hour_of_week, inline, parametric, first, so_far, previous_window, field, topic or rest")]
    [InlineData(
        """{ "Kind": "inline", "Edges": [0, 10, 20], "Probabilities": [0.25, 0.5] }""",
        ":Probabilities has the sum 0.75: write probabilities with the sum 1")]
    [InlineData(
        """{ "Kind": "inline", "Edges": [0, 10, 20], "Probabilities": [1] }""",
        ":Probabilities has 1 entries for 2 bins: write one per bin")]
    [InlineData(
        """{ "Kind": "inline", "Edges": [0, 10, 20], "Probabilities": [-0.5, 1.5] }""",
        ":Probabilities:0 is \"-0.5\": write a number from 0 to 1",
        ":Probabilities:1 is \"1.5\": write a number from 0 to 1")]
    [InlineData(
        """{ "Kind": "inline", "Edges": [0, 10, 20], "Probabilities": ["NaN", 1] }""",
        ":Probabilities:0 is \"NaN\": write a number from 0 to 1")]
    [InlineData("""{ "Kind": "inline", "Edges": [0, 10, 20] }""", ":Probabilities is missing: write the probability of each of the 2 bins")]
    [InlineData("""{ "Kind": "inline", "Probabilities": [1] }""", ":Edges is missing: write Edges or Categories")]
    [InlineData(
        """{ "Kind": "inline", "Edges": [0, 20, 10], "Probabilities": [0.5, 0.5] }""",
        ":Edges is invalid: edges must increase, and edge 2 (10) is not above edge 1 (20)")]
    [InlineData(
        """{ "Kind": "inline", "Categories": ["a", "a"], "Probabilities": [0.5, 0.5] }""",
        ":Categories is invalid: the category \"a\" is in the list twice")]
    [InlineData(
        """{ "Kind": "inline", "Edges": [0, 1], "Categories": ["a"], "Probabilities": [1] }""",
        " has both Edges and Categories: remove one of the two")]
    [InlineData(
        """{ "Kind": "parametric", "Edges": [0, 1] }""",
        ":Family is missing: write uniform, binomial, poisson, geometric, normal, log-normal, exponential or gamma")]
    [InlineData(
        """{ "Kind": "parametric", "Family": "cauchy", "Edges": [0, 1] }""",
        ":Family can't be used: there is no family \"cauchy\": there are uniform, binomial, poisson, geometric, normal, log-normal, "
        + "exponential, gamma")]
    [InlineData(
        """{ "Kind": "parametric", "Family": "poisson", "Parameters": { "lambda": 2 }, "Edges": [0, 1] }""",
        ":Family can't be used: poisson has no parameter \"lambda\": write \"mean\"")]
    [InlineData(
        """{ "Kind": "parametric", "Family": "poisson", "Parameters": { "mean": "two" }, "Edges": [0, 1] }""",
        ":Parameters:mean is \"two\": write a number")]
    [InlineData(
        """{ "Kind": "parametric", "Family": "poisson", "Parameters": { "mean": 2 }, "Categories": ["a"] }""",
        ":Categories belongs to the kind inline, first, so_far, previous_window, field, topic or rest, and Kind is parametric: "
        + "remove it, or change Kind",
        ":Family can't be used: poisson is a distribution of numbers, and the bins are categories")]
    [InlineData(
        """{ "Kind": "first", "Over": "7d", "Edges": [0, 1] }""",
        ":File is missing: write the path of a file; the learned reference is written to it, and read from it after a restart")]
    [InlineData(
        """{ "Kind": "first", "File": "l.json", "Edges": [0, 1] }""",
        " has neither Over nor Events: write Over, such as 7d, or Events")]
    [InlineData(
        """{ "Kind": "first", "Over": "90m", "File": "l.json", "Edges": [0, 1] }""",
        ":Over is 90m: write a whole number of panes of 1h, from 1 to 100000 panes")]
    [InlineData("""{ "Kind": "first", "Over": "7d", "File": "l.json" }""", ":Edges is missing: write Edges or Categories")]
    [InlineData(
        """{ "Kind": "previous_window" }""",
        ":Edges is missing: write Edges or Categories, or the path of a reference file in File, whose bins are used")]
    [InlineData(
        """{ "Kind": "previous_window", "Edges": [0, 1], "CalibrateOver": "0s" }""",
        ":CalibrateOver is 0s: write a duration above 0, such as 14d")]
    [InlineData(
        """{ "Kind": "previous_window", "Edges": [0, 1], "CalibrateOver": "20000d" }""",
        ":CalibrateOver is 20000d, which is 480000 panes of 1h, and the limit is 100000: write at most 100000h, or a longer Pane")]
    [InlineData("""{ "Kind": "field", "Edges": [0, 1] }""", ":Field is missing: write the other field, whose windows are the reference")]
    [InlineData("""{ "Kind": "topic", "Edges": [0, 1] }""", ":Topic is missing: write the other topic, whose windows are the reference")]
    [InlineData(
        """{ "Kind": "hour_of_week" }""",
        ":File is missing: write the path of a reference file; `driftmonitor reference build` makes one")]
    [InlineData(
        """{ "Kind": "hour_of_week", "File": "departure-delay.json" }""",
        ":File has no hours of the week: rebuild it with `driftmonitor reference build`, which adds them for a monitor of this kind")]
    [InlineData(
        """{ "Kind": "field", "Field": "dep_delay", "Edges": [0, 1] }""",
        ":Field is \"dep_delay\", the monitor's own field, which never differs from itself: write another field")]
    [InlineData(
        """{ "Kind": "topic", "Topic": "flights", "Edges": [0, 1] }""",
        ":Topic is \"flights\", the monitor's own topic, which never differs from itself: write another topic")]
    [InlineData(
        """{ "File": "departure-delay.json", "CalibrateOver": "7d" }""",
        ":CalibrateOver belongs to the kind previous_window, field, topic or rest, and Kind is file: remove it, or change Kind")]
    [InlineData(
        """{ "Kind": "so_far" }""",
        ":File is missing: write the path of a file; the learned reference is written to it, and read from it after a restart",
        ":LearnOver is missing: write the length of the warm-up, such as 7d")]
    [InlineData(
        """{ "Kind": "so_far", "File": "x.json", "LearnOver": "90m", "Over": "7d" }""",
        ":LearnOver is 90m: write a whole number of panes of 1h, from 1 to 100000 panes",
        ":Over belongs to the kind first, and Kind is so_far: remove it, or change Kind")]
    [InlineData(
        """{ "Kind": "so_far", "File": "x.json", "LearnOver": "7d", "Edges": [1, 0], "Categories": ["a"] }""",
        " has both Edges and Categories: remove one of the two")]
    [InlineData(
        """{ "Kind": "so_far", "File": "x.json", "LearnOver": "7d", "Edges": [1, 0] }""",
        ":Edges is invalid: edges must increase, and edge 1 (0) is not above edge 0 (1)")]
    [InlineData(
        """{ "Kind": "so_far", "File": "x.json", "LearnOver": "7d", "TextNumbers": true }""",
        ":TextNumbers belongs to Edges, and there are none: remove it; a reference file says it itself, and categories are texts")]
    [InlineData(
        """{ "Kind": "first", "File": "x.json", "Over": "7d", "Categories": ["1", "2"], "TextNumbers": true }""",
        ":TextNumbers belongs to Edges, and there are none: remove it; a reference file says it itself, and categories are texts")]
    [InlineData(
        """{ "Kind": "previous_window", "File": "departure-delay.json", "TextNumbers": true }""",
        ":TextNumbers belongs to Edges, and there are none: remove it; a reference file says it itself, and categories are texts")]
    [InlineData(
        """{ "File": "departure-delay.json", "TextNumbers": true }""",
        ":TextNumbers belongs to the kind inline, parametric, first, so_far, previous_window, field, topic or rest, and Kind is file: "
        + "remove it, or change Kind")]
    [InlineData(
        """{ "Kind": "inline", "Edges": [0, 1], "Probabilities": [1], "TextNumbers": "maybe" }""",
        ":TextNumbers is \"maybe\": write true or false")]
    [InlineData(
        """{ "Kind": "so_far", "File": "x.json", "LearnOver": "7d", "Exclude": """
        + """["yesterday", "2013-02-10T00:00Z..2013-02-08T00:00Z", "2013-02-08T00:30Z..2013-02-08T01:00Z"] }""",
        ":Exclude:0 is \"yesterday\": write FROM..TO, two ISO 8601 times in order, such as 2013-02-08T00:00:00Z..2013-02-10T00:00:00Z",
        ":Exclude:1 is \"2013-02-10T00:00Z..2013-02-08T00:00Z\": write FROM..TO, two ISO 8601 times in order, "
        + "such as 2013-02-08T00:00:00Z..2013-02-10T00:00:00Z",
        ":Exclude:2 is \"2013-02-08T00:30Z..2013-02-08T01:00Z\", which does not start and end with a pane of 1h: write "
        + "2013-02-08T00:00:00Z..2013-02-08T01:00:00Z")]
    [InlineData(
        """{ "File": "departure-delay.json", "LearnOver": "7d", "Exclude": [] }""",
        ":Exclude belongs to the kind so_far, and Kind is file: remove it, or change Kind",
        ":LearnOver belongs to the kind so_far, and Kind is file: remove it, or change Kind")]
    [InlineData(
        """{ "File": "departure-delay.json", "Over": "7d" }""",
        ":Over belongs to the kind first, and Kind is file: remove it, or change Kind")]
    public void Missing_and_foreign_keys_of_a_kind_are_reported(string reference, params string[] faults)
    {
        using var configuration = With(reference);

        Assert.Equal(
            faults.Select(fault => Path + fault).Order(StringComparer.Ordinal),
            configuration.Faults().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("\"Edges\": [0, 10, 20]", false)]
    [InlineData("\"Edges\": [0, 10, 30]", true)]
    [InlineData("\"Categories\": [\"a\"]", true)]
    public void Bins_other_than_those_of_the_learned_file_give_a_warning(string bins, bool isOther)
    {
        using var configuration = With($$"""{ "Kind": "first", "Over": "7d", "File": "departure-delay.json", {{bins}} }""");

        var key = bins.Contains("Edges", StringComparison.Ordinal) ? "Edges" : "Categories";
        string[] warning =
        [
            $"{Path}:File was learned with other bins than {key}, and the bins of the file are used: delete the file to learn again",
        ];
        Assert.Equal(isOther ? warning : [], configuration.Plan().Warnings.Select(found => found.ToString()));
    }

    [Fact]
    public void Hours_of_the_week_need_panes_that_divide_hours_or_weeks()
    {
        using var configuration = new Configuration(Configuration.Good
            .Replace("\"File\"", "\"Kind\": \"hour_of_week\", \"File\"", StringComparison.Ordinal)
            .Replace("\"1h\"", "\"90m\"", StringComparison.Ordinal));

        Assert.Contains(
            $"{Path}:Kind is hour_of_week, and panes of 90m divide neither an hour nor, as whole hours, a week: write a Pane such as "
            + "5m, 1h or 6h",
            configuration.Faults());
    }

    [Theory]
    [InlineData("", """{ "Kind": "rest", "Edges": [0, 10] }""",
        ":Reference:Kind is rest, which compares each segment with the others, and there are no segments: write SegmentBy, or change Kind")]
    [InlineData("\"SegmentBy\": \"origin\", \"MaxSegments\": 1, ", """{ "Kind": "rest", "Edges": [0, 10] }""",
        ":Reference:Kind is rest, which compares each segment with the others, and MaxSegments allows 1: write 2 or more there")]
    [InlineData("\"SegmentBy\": \"origin\", ", """{ "Kind": "rest" }""",
        ":Reference:Edges is missing: write Edges or Categories, or the path of a reference file in File, whose bins are used")]
    [InlineData("\"SegmentBy\": \"origin\", ", """{ "Kind": "rest", "Edges": [0, 10], "CalibrateOver": "2d" }""",
        ":Reference:CalibrateOver is 2d, and how much segments differ without drift shows only in 3 windows side by side, of 1d each: "
        + "write at least 3d, or shorter Windows")]
    [InlineData("\"SegmentBy\": \"origin\", ", """{ "Kind": "rest", "Edges": [0, 10] }""", null)]
    [InlineData("\"SegmentBy\": \"origin\", ", """{ "Kind": "rest", "File": "departure-delay.json", "CalibrateOver": "3d" }""", null)]
    public void The_rest_needs_segments_to_compare_and_time_to_learn_how_they_differ(string keys, string reference, string? fault)
    {
        using var configuration = With(reference, keys);

        Assert.Equal(fault is null ? [] : [Path.Replace(":Reference", "", StringComparison.Ordinal) + fault], configuration.Faults());
        if (fault is null)
        {
            Assert.Equal("the other segments", Assert.Single(configuration.Plan().Monitors).Bind().Monitor.Against.Description);
        }
    }

    [Fact]
    public void Segments_have_references_from_a_file()
    {
        using var configuration = With("""{ "Kind": "previous_window", "Edges": [0, 1] }""", "\"SegmentBy\": \"origin\", ");

        Assert.Equal(
            [$"{Path}:Kind is previous_window, and segments need the kind file, so_far or rest: remove SegmentBy, or change Kind"],
            configuration.Faults());
    }

    [Theory]
    [InlineData(
        """{ "Kind": "inline", "Edges": [0, 10, 20], "Probabilities": [0.25, 0.75] }""",
        "is based on simulated independent events, because a given distribution has no history to learn from: a real stream varies "
        + "more, so false alarms will be more frequent; build a reference from events")]
    [InlineData(
        """{ "Kind": "previous_window", "Edges": [0, 10, 20], "CalibrateOver": "2d" }""",
        "is 30d, shared by 1 series, which is 15 times the 2d of the monitor's own calibration: the promise depends on the assumed "
        + "shape of the tail; calibrate over a longer time")]
    [InlineData(
        """{ "Kind": "first", "Over": "1d", "File": "l.json", "Edges": [0, 10, 20] }""",
        "is 30d, shared by 1 series, which is 30 times the 1d of the monitor's own calibration: the promise depends on the assumed "
        + "shape of the tail; calibrate over a longer time")]
    public void A_promise_with_little_support_gives_a_warning(string reference, string warning)
    {
        using var configuration = With(reference, "\"Alert\": { \"FalseAlarmEvery\": \"30d\" }, ");

        Assert.Equal(
            [$"DriftMonitor:Monitors:0:Alert:FalseAlarmEvery {warning}"],
            configuration.Plan().Warnings.Select(found => found.ToString()));
    }

    [Fact]
    public void Edges_that_leave_most_of_a_distribution_outside_give_a_warning()
    {
        using var narrow = With(
            """{ "Kind": "parametric", "Family": "normal", "Parameters": { "mean": 100, "standard_deviation": 1 }, """
            + """ "Edges": [0, 10, 20] }""");
        using var wide = With(
            """{ "Kind": "parametric", "Family": "normal", "Parameters": { "mean": 100, "standard_deviation": 1 }, "Edges": [98, """
            + """100, 102] }""");

        Assert.Equal(
            [$"{Path}:Edges leave 100% of the distribution in the bins below and above, where differences can't be seen: widen them"],
            narrow.Plan().Warnings.Select(found => found.ToString()));
        Assert.Empty(wide.Plan().Warnings);
    }

    [Theory]
    [InlineData("""{ "Kind": "first", "Over": "7d", "File": "FILE", "Edges": [0, 10, 20] }""")]
    [InlineData("""{ "Kind": "so_far", "LearnOver": "7d", "File": "FILE" }""")]
    public void A_learned_reference_needs_a_file_in_a_folder_that_exists_where_it_is_kept(string reference)
    {
        using var missing = With(reference.Replace("FILE", "nowhere/l.json", StringComparison.Ordinal));
        using var folder = With(reference.Replace("FILE", "learned", StringComparison.Ordinal));
        using var good = With(reference.Replace("FILE", "learned/l.json", StringComparison.Ordinal));
        Directory.CreateDirectory(System.IO.Path.Combine(folder.Folder, "learned"));
        Directory.CreateDirectory(System.IO.Path.Combine(good.Folder, "learned"));
        const Needs Kept = Needs.References | Needs.Kept;

        Assert.Equal(
            [$"{Path}:File is in the folder nowhere, which does not exist: create it, or name a file in another folder"],
            missing.Faults(Kept));
        Assert.Equal([$"{Path}:File is the folder learned: name a file in it, such as learned/reference.json"], folder.Faults(Kept));
        Assert.Empty(good.Faults(Kept));
        Assert.Empty(good.Plan(Kept).Warnings);

        // A replay writes no file.
        Assert.Empty(missing.Faults(Needs.References));
        Assert.Empty(missing.Plan(Needs.References).Warnings);
    }

    [Fact]
    public void A_learned_reference_in_a_file_that_may_not_be_written_gives_a_warning()
    {
        // Nobody, not even root, may create files there.
        using var configuration = With("""{ "Kind": "first", "Over": "7d", "File": "/proc/learned.json", "Edges": [0, 10, 20] }""");

        Assert.StartsWith(
            $"{Path}:File can't keep the learned reference, so a restart will lose it: cannot write /proc/learned.json: ",
            Assert.Single(configuration.Plan(Needs.References | Needs.Kept).Warnings).ToString());
    }

    [Fact]
    public void Edges_beside_a_file_are_a_fault_and_no_reason_to_remove_the_file()
    {
        using var configuration = With("""{ "File": "departure-delay.json", "Edges": [0, 1] }""");

        Assert.Single(configuration.Faults());
        Assert.Empty(configuration.Plan().Warnings);
    }

    [Fact]
    public void A_very_long_promise_for_a_large_fleet_gives_a_warning_too()
    {
        var monitors = Enumerable.Range(0, 300).Select(i =>
            $$"""
            { "Name": "m{{i}}", "Topic": "t", "Field": "x", "Windows": ["6h"], "Pane": "1h",
              "Reference": { "Kind": "previous_window", "Edges": [0, 1], "CalibrateOver": "2d" }, "Alert": { "FalseAlarmEvery": "36500d" } }
            """);
        using var configuration = new Configuration($$"""{ "DriftMonitor": { "Monitors": [ {{string.Join(", ", monitors)}} ] } }""");

        Assert.Equal(
            "DriftMonitor:Monitors:0:Alert:FalseAlarmEvery is 36500d, shared by 300 series, which is 5475000 times the 2d of the "
            + "monitor's own calibration: the promise depends on the assumed shape of the tail; calibrate over a longer time",
            configuration.Plan().Warnings[0].ToString());
    }

    [Fact]
    public void Two_topics_cannot_be_compared_in_files()
    {
        using var configuration = With("""{ "Kind": "topic", "Topic": "training", "Edges": [0, 10, 20] }""");
        configuration.Add("events.ndjson", "{}\n");

        var ended = DriftMonitorProcess.Run(configuration.Folder, "replay", "--config", configuration.Path, "--file", "events.ndjson");

        Assert.Equal(
            (
                2,
                "",
                "driftmonitor: the monitor \"departure-delay\" compares two topics, but --file replaces only one: "
                + "replay it from Kafka, without --file\n"),
            (ended.ExitCode, ended.Output, ended.Errors));
    }
}
