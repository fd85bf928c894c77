using DriftMonitor.Configuration;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Planning;
using DriftMonitor.Wording;

namespace DriftMonitor.Tests.Planning;

/// <summary>The plan that is made of a valid configuration.</summary>
public sealed class MonitorPlanTests
{
    [Fact]
    public void A_good_configuration_becomes_monitors_with_their_windows_named_as_written()
    {
        using var configuration = new Configuration("""
            { // what we watch
              "$schema": "drift-monitor.schema.json",
              "DriftMonitor": { "Monitors": [ {
                "Name": "departure-delay", "Topic": "flights", "Field": "dep_delay", "EventTime": "time",
                "Windows": ["6h", "24h"], "Pane": "1h",
                "AllowedLateness": "1h", "MinimumEvents": 50, "PseudoCount": 1, "Reference": { "File": "departure-delay.json" },
                "Alert": { "Window": "1d", "FireAbove": 0.3, "Hold": "2h" }, } ] } }
            """);

        var plan = configuration.Plan();
        var monitor = Assert.Single(plan.Monitors);

        Assert.Empty(plan.Faults);
        Assert.Empty(plan.Warnings);
        Assert.Equal(["6h", "24h"], monitor.Spec.Windows.Select(window => window.Label));
        Assert.Equal([6, 24], monitor.Spec.WindowPanes);
        Assert.Equal((TimeSpan.FromHours(1), 50), (monitor.Spec.AllowedLateness, monitor.Spec.MinimumEvents));
        Assert.Equal(new FixedThreshold(1, 0.3, 0.3), monitor.Spec.Rule);
        Assert.Equal(TimeSpan.FromHours(2), monitor.Spec.Timing.Hold);
        Assert.Equal(("flights", "dep_delay", "time"), (monitor.Topic, monitor.Field.Text, monitor.EventTime?.Text));
        Assert.Equal(1, monitor.Bind().Monitor.Against.Whole!.PseudoCount);
        Assert.NotSame(monitor.Bind().Monitor, monitor.Bind().Monitor);
    }

    [Fact]
    public void Measures_are_named_one_by_one_and_g_includes_its_p_value()
    {
        using var configuration = new Configuration(Measuring("\"kl\", \"js\", \"g\", \"renyi:0.5\", \"renyi:inf\""));

        var monitor = Assert.Single(configuration.Plan().Monitors);

        Assert.Equal(
            [
                new(MeasureKind.JensenShannon), new(MeasureKind.GStatistic), new(MeasureKind.GPValue),
                new(MeasureKind.Renyi, 0.5), new Measure(MeasureKind.Renyi, double.PositiveInfinity),
            ],
            monitor.Spec.Measures);
    }

    [Fact]
    public void Every_name_of_a_measure_can_be_written_and_no_other()
    {
        foreach (var name in (string[])[.. MeasureNames.Options, "renyi:0", "renyi:0.5", "renyi:1", "renyi:99.125", "renyi:inf"])
        {
            Assert.NotNull(MeasureNames.Parse(name));
            Assert.Matches(MonitorOptions.MeasurePattern, name);
        }

        foreach (var name in new[] { "", "JS", "renyi", "renyi:", "renyi:-1", "renyi:.5", "renyi:0.0001", "renyi:1e2", "renyi:NaN", "js " })
        {
            Assert.Null(MeasureNames.Parse(name));
            Assert.DoesNotMatch(MonitorOptions.MeasurePattern, name);
        }

        Assert.Null(MeasureNames.Parse("renyi:101"));
        Assert.All(
            Enum.GetValues<MeasureKind>(),
            kind => Assert.Contains(new Measure(kind), MeasureNames.Parse(MeasureNames.Of(new Measure(kind)).Option)!));
    }

    [Fact]
    public void An_unknown_measure_is_reported_with_the_nearest_name()
    {
        using var configuration = new Configuration(Measuring("\"helinger\", \"js\", \"js\", \"renyi:-1\", \"wassertsein\", \"colour\""));

        Assert.Equal(
            [
                "DriftMonitor:Monitors:0:Measures:0 is \"helinger\": did you mean hellinger?",
                "DriftMonitor:Monitors:0:Measures:2 is js, the same as DriftMonitor:Monitors:0:Measures:1: remove one",
                "DriftMonitor:Monitors:0:Measures:3 is \"renyi:-1\": write the order behind the colon, from 0 to 100 with at most "
                + "three decimals, or inf: renyi:0.5",
                "DriftMonitor:Monitors:0:Measures:4 is \"wassertsein\": did you mean wasserstein?",
                "DriftMonitor:Monitors:0:Measures:5 is \"colour\": write kl, kl_reverse, jeffreys, psi, kl_symmetrised_mean, js, "
                + "hellinger, total_variation, l_infinity, chi_square, g, ks, wasserstein or renyi:0.5",
            ],
            configuration.Faults());
    }

    [Fact]
    public void Measures_of_numbers_need_a_reference_of_numbers()
    {
        using var configuration = new Configuration(Measuring("\"js\", \"ks\""));
        configuration.Add("departure-delay.json", """
            { "format": "driftmonitor.reference/1", "field": "dep_delay", "bins": { "kind": "categories", "values": ["a", "b"] },
              "counts": { "regular": [60, 40], "special": {} } }
            """);

        Assert.Equal(
            ["DriftMonitor:Monitors:0:Measures:1 is ks, which needs numeric bins, and departure-delay.json has categories: remove it"],
            configuration.Faults());
    }

    private static string Measuring(string measures) =>
        Configuration.Good.Replace("\"Pane\"", $"\"Measures\": [{measures}], \"Pane\"", StringComparison.Ordinal);

    [Fact]
    public void The_environment_wins_over_the_file()
    {
        using var configuration = new Configuration(Configuration.Good);

        var options = configuration.Plan(
            Needs.All,
            ("DriftMonitor__Kafka__BootstrapServers", "kafka:9092"),
            ("DRIFTMONITOR__HTTP__PORT", "0"),
            ("DriftMonitor__Monitors__0__Windows__1", "12h"),
            ("DriftMonitor__Kafka__Properties__sasl.password", "hunter2"),
            ("DRIFTMONITOR_PORT_9464_TCP", "tcp://10.0.0.1:9464")).Options;

        Assert.Equal("kafka:9092", options.Kafka.BootstrapServers);
        Assert.Equal(0, options.Http.Port);
        Assert.Equal(["6h", "12h"], options.Monitors[0].Windows.Select(window => window.ToString()));
        Assert.Equal("hunter2", options.Kafka.Properties["sasl.password"]);
    }

    [Fact]
    public void A_monitor_can_come_from_the_environment_alone()
    {
        using var configuration = new Configuration("{}");

        var plan = configuration.Plan(
            Needs.All,
            ("DriftMonitor__Monitors__0__Name", "a"),
            ("DriftMonitor__Monitors__0__Topic", "t"),
            ("DriftMonitor__Monitors__0__Field", "dep_delay"),
            ("DriftMonitor__Monitors__0__Pane", "1m"),
            ("DriftMonitor__Monitors__0__Windows__0", "5m"),
            ("DriftMonitor__Monitors__0__Reference__File", "departure-delay.json"));

        Assert.Empty(plan.Faults);
        Assert.Equal("a", Assert.Single(plan.Monitors).Spec.Name);
    }

    [Fact]
    public void The_environment_is_read_as_strictly_as_the_file()
    {
        using var configuration = new Configuration(Configuration.Good);

        Assert.Equal(
            [
                "DriftMonitor:Htp is not a known key: did you mean Http?",
                "DriftMonitor:Htp:Port is \"x\": write a whole number from 0 to 65535",
                "DriftMonitor:Monitors:0:Windows is a single value: write a list, [ … ], or in the environment "
                + "DriftMonitor__Monitors__0__Windows__0",
                "DriftMonitor:Monitors:2 leaves a gap in the list: number the entries from 0 without gaps; the next is 1",
            ],
            configuration.Faults(
                Needs.All,
                ("DriftMonitor__Htp__Port", "x"),
                ("DriftMonitor__Monitors__0__Windows", "6h"),
                ("DriftMonitor__Monitors__2__Name", "c")));
    }

    [Fact]
    public void Null_is_read_as_if_the_key_were_absent()
    {
        using var configuration = new Configuration(Configuration.Good
            .Replace("\"Pane\"", "\"Alert\": null, \"EventTime\": null, \"MinimumEvents\": null, \"Pane\"", StringComparison.Ordinal));

        var monitor = Assert.Single(configuration.Plan().Monitors);

        Assert.Null(monitor.Spec.Rule);
        Assert.Null(monitor.EventTime);
        Assert.Equal(100, monitor.Spec.MinimumEvents);
    }

    [Fact]
    public void The_only_window_is_the_one_of_the_alert()
    {
        using var configuration = new Configuration(Configuration.Good
            .Replace("[\"6h\", \"24h\"]", "[\"6h\"], \"Alert\": { \"FireAbove\": 0.3, \"ResolveBelow\": 0.1 }", StringComparison.Ordinal));

        Assert.Equal(new FixedThreshold(0, 0.3, 0.1), Assert.Single(configuration.Plan().Monitors).Spec.Rule);
    }

    [Fact]
    public void Building_a_reference_needs_no_reference_and_files_need_no_topic()
    {
        using var configuration = new Configuration(Configuration.Good
            .Replace("\"flights\"", "\"\"", StringComparison.Ordinal)
            .Replace("departure-delay.json", "not-yet.json", StringComparison.Ordinal));

        var monitor = Assert.Single(configuration.Plan(Needs.Nothing).Monitors);

        Assert.Null(monitor.Reference);
        Assert.Equal(2, configuration.Faults().Length);
        Assert.Single(configuration.Faults(Needs.References));
        Assert.Single(configuration.Faults(Needs.Topics));
    }

    [Fact]
    public void A_monitor_has_a_series_for_each_segment_of_the_reference_and_all_of_them_share_the_promise()
    {
        using var configuration = new Configuration(Configuration.Good
            .Replace(
                "\"Pane\"",
                "\"SegmentBy\": \"origin\", \"MaxSegments\": 7, \"Alert\": { \"FalseAlarmEvery\": \"30d\" }, \"Pane\"",
                StringComparison.Ordinal));
        configuration.Add("departure-delay.json", Segmented("\"segment_by\": \"origin\","));

        var monitor = Assert.Single(configuration.Plan().Monitors);
        var bound = monitor.Bind();

        Assert.Equal(["EWR", "JFK", "LGA"], bound.Monitor.Series.Select(series => series.Segment));
        Assert.Equal([50, 30, 20], bound.Monitor.Series.Select(series => series.ReferenceOf(0)!.Events));
        Assert.Equal(("origin", 7), (bound.SegmentBy?.Text, monitor.Spec.MostSegments));
        Assert.Equal(3 * 30 * 86_400, Assert.IsType<FalseAlarmRate>(monitor.Spec.Rule).LimitSeconds);
    }

    [Fact]
    public void A_reference_without_segments_gives_a_warning_because_no_alert_could_fire()
    {
        using var configuration = new Configuration(Configuration.Good
            .Replace("\"Pane\"", "\"SegmentBy\": \"origin\", \"Pane\"", StringComparison.Ordinal));

        Assert.Equal(
            [
                "DriftMonitor:Monitors:0:Reference:File has no segments, and the monitor \"departure-delay\" is segmented by \"origin\": "
                + "every segment is compared with all events together, and none raises an alert; "
                + "rebuild it with `driftmonitor reference build`",
            ],
            configuration.Plan().Warnings.Select(warning => warning.ToString()));
    }

    [Theory]
    [InlineData(
        "\"segment_by\": \"carrier\",",
        "",
        "has segments by \"carrier\", and the monitor \"departure-delay\" is segmented by \"origin\": rebuild it with `driftmonitor "
        + "reference build`")]
    [InlineData(
        "",
        ", \"calibration\": { \"24h\": TAIL }",
        "has calibrations of 24h for the segment \"EWR\", and the monitor \"departure-delay\" has the window 6h: rebuild it with "
        + "`driftmonitor reference build`")]
    public void Segments_other_than_the_monitors_are_reported(string by, string more, string message)
    {
        using var configuration = new Configuration(Configuration.Good
            .Replace("\"Pane\"", "\"SegmentBy\": \"origin\", \"Pane\"", StringComparison.Ordinal));
        configuration.Add("departure-delay.json", Segmented(by, more.Replace("TAIL", Tail, StringComparison.Ordinal)));

        Assert.Equal([$"DriftMonitor:Monitors:0:Reference:File {message}"], configuration.Faults());
    }

    [Fact]
    public void A_window_that_is_no_duration_is_one_fault_and_not_also_one_of_the_reference()
    {
        using var configuration = new Configuration(Configuration.Good
            .Replace("\"6h\"", "\"6h30s\"", StringComparison.Ordinal)
            .Replace("\"Pane\"", "\"SegmentBy\": \"origin\", \"Pane\"", StringComparison.Ordinal));
        configuration.Add("departure-delay.json", Segmented("\"segment_by\": \"origin\",", $", \"calibration\": {{ \"24h\": {Tail} }}"));

        Assert.Equal(
            ["DriftMonitor:Monitors:0:Windows:0 is \"6h30s\": write a duration such as 10s, 5m, 6h or 30d"],
            configuration.Faults());
    }

    private const string Tail = """
        { "kind": "measured", "level": 0.95, "threshold": 1, "clusters": 9, "panes": 900, "rate_per_pane": 0.01,
          "shapes": [{ "transform": "identity", "weight": 1, "scale": 1 }], "quantiles": [[0.0, 0.1], [0.95, 1]] }
        """;

    private static string Segmented(string by, string more = "") => $$"""
        { "format": "driftmonitor.reference/1", "field": "dep_delay", "bins": { "kind": "edges", "edges": [0, 10, 20] }, {{by}}
          "counts": { "regular": [60, 40], "special": {} }, "from": "2013-01-01T00:00:00Z", "to": "2013-02-01T00:00:00Z",
          "segments": {
            "JFK": { "counts": { "regular": [20, 10] } },
            "EWR": { "counts": { "regular": [30, 20] }{{more}} },
            "LGA": { "counts": { "regular": [10, 10] } } } }
        """;

    [Theory]
    [InlineData("1h", null)]
    [InlineData("60m", null)]
    [InlineData(
        "10m",
        "DriftMonitor:Monitors:0:Reference:File was built with panes of 1h, the unit of its calibration, and the monitor "
        + "\"departure-delay\" has panes of 10m: rebuild it with `driftmonitor reference build`")]
    public void A_reference_must_have_the_monitors_panes(string pane, string? fault)
    {
        using var configuration = new Configuration(Configuration.Good.Replace("\"1h\"", $"\"{pane}\"", StringComparison.Ordinal));
        configuration.Add(
            "departure-delay.json",
            Configuration.Reference("dep_delay", "2013-01-01T00:00:00Z")
                .Replace("\"from\"", "\"pane_s\": 3600, \"from\"", StringComparison.Ordinal));

        Assert.Equal(fault is null ? [] : [fault], configuration.Faults());
    }

    [Fact]
    public void A_reference_that_begins_within_a_pane_gives_a_warning()
    {
        using var configuration = new Configuration(Configuration.Good);
        configuration.Add("departure-delay.json", Configuration.Reference("dep_delay", "2013-01-01T00:30:00Z"));

        var plan = configuration.Plan();

        Assert.Single(plan.Monitors);
        Assert.Equal(
            [
                "DriftMonitor:Monitors:0:Reference:File covers 2013-01-01T00:30:00Z to 2013-02-01T00:00:00Z, which are not both starts "
                + "of panes of 1h: windows across its ends contain some of its events, but are not treated as part of it; "
                + "rebuild it with this Pane",
            ],
            plan.Warnings.Select(warning => warning.ToString()));
    }

    [Theory]
    [InlineData("[30, 20]", 50, null)] // just half
    [InlineData("[30, 19]", 50, "50.5 %")]
    [InlineData("[1, 1]", 98, "98.0 %")]
    public void A_reference_whose_events_are_mostly_unseen_gives_a_warning(string regular, int unseen, string? share)
    {
        using var configuration = new Configuration(Configuration.Good);
        configuration.Add("departure-delay.json", $$"""
            { "format": "driftmonitor.reference/1", "field": "dep_delay", "bins": { "kind": "categories", "values": ["a", "b"] },
              "counts": { "regular": {{regular}}, "special": { "unseen": {{unseen}} } } }
            """);

        var plan = configuration.Plan();

        Assert.Single(plan.Monitors);
        Assert.Equal(
            share is null
                ? []
                : [
                    $"DriftMonitor:Monitors:0:Reference:File has {share} of its events in unseen, where drift can't be seen: rebuild it "
                    + "with more categories (--bins categories:100), or with bins for numbers (--bins quantiles:10), or watch a field with "
                    + "fewer values",
                ],
            plan.Warnings.Select(warning => warning.ToString()));
    }
}
