using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.References;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Tests.Planning;

/// <summary>Events of two topics that are joined, in configurations: what they are planned as, and the line of each mistake.</summary>
public sealed class JoinConfigurationTests
{
    private const string Monitor = "DriftMonitor:Monitors:0";
    private const string Fields = """ "Fields": ["sent:a.value", "received:value"] """;

    [Theory]
    [InlineData("""{ "File": "channel.json" }""")]
    [InlineData("""{ "Kind": "previous_window", "File": "channel.json" }""")]
    public void Two_fields_of_two_topics_are_planned_with_the_paths_and_the_wait_of_each(string reference)
    {
        using var configuration = With($""" {Fields}, "JoinBy": "key" """, reference: reference);

        Assert.Empty(configuration.Faults());
        var planned = Assert.Single(configuration.Plan().Monitors);
        var binding = planned.Bind();
        Assert.Equal(["sent", "received"], planned.Topics);
        Assert.Equal(["sent", "received"], binding.Topics);
        Assert.Equal("sent:a.value × received:value", binding.Field.Text);
        Assert.Equal(("a.value", "value"), (binding.ReadField?.Text, binding.ReferenceField?.Text));
        Assert.Equal(TimeSpan.FromHours(6), planned.Spec.JoinWithin); // the shortest window
        Assert.Equal(6, binding.Monitor.Join!.Within);
    }

    [Fact]
    public void Another_wait_makes_another_checkpoint()
    {
        using var shorter = With($""" {Fields}, "JoinBy": "key", "JoinWithin": "2h" """);
        using var longer = With($""" {Fields}, "JoinBy": "key", "JoinWithin": "24h" """);

        var settings = new[] { shorter, longer }.Select(configuration =>
            MonitorSettings.Of(configuration.Plan().Monitors[0]).Single(setting => setting.Key == "JoinWithin").Value);

        Assert.Equal(["02:00:00", "1.00:00:00"], settings);
    }

    [Fact]
    public void Reading_starts_so_early_that_no_window_counts_an_event_whose_partner_came_before()
    {
        using var configuration = With($""" {Fields}, "JoinBy": "key", "JoinWithin": "2h" """);
        var monitors = configuration.Plan().Monitors;
        var from = Scene.At("2013-02-09T00:00Z");

        // The longest window, 2 h whose events may lack a partner, and 2 h until these have waited; and MaxAhead.
        Assert.Equal(
            "2013-02-07T19:55:00Z",
            $"{WindowStart.Find(monitors, [new LastRecord("{}"u8.ToArray(), Scene.At("2013-02-09T00:10Z"))])}");
        Assert.Equal("2013-02-07T20:00:00Z", $"{ReadRange.Of(monitors, new Period(from, from + TimeSpan.FromHours(1))).From}");
    }

    public static TheoryData<string, string> Mistakes { get; } = new()
    {
        {
            $""" {Fields} """, // a monitor of one topic, whose keys have colons
            $"{Monitor}:Topic is missing: write the name of the Kafka topic"
        },
        {
            $""" {Fields}, "Topic": "sent", "JoinBy": "key" """,
            $"{Monitor}:Topic is given, and with JoinBy each of Fields names its own topic: remove it"
        },
        {
            """ "Field": "value", "Topic": "sent", "JoinWithin": "2h" """,
            $"{Monitor}:JoinWithin belongs to JoinBy, and there is none: write JoinBy, or remove it"
        },
        {
            """ "Fields": ["value", "received:value"], "JoinBy": "key" """,
            $"{Monitor}:Fields:0 is \"value\", and with JoinBy a field is written topic:path: write its topic first, such as sent:value"
        },
        {
            """ "Fields": [":value", "received:value"], "JoinBy": "key" """,
            $"{Monitor}:Fields:0 is \":value\", without a topic: write topic:path, such as sent:value"
        },
        {
            """ "Fields": ["sent:value", "received:"], "JoinBy": "key" """,
            $"{Monitor}:Fields:1 is \"received:\", without a path: write topic:path, such as received:value"
        },
        {
            """ "Fields": ["^sent.*:value", "received:value"], "JoinBy": "key" """,
            $"{Monitor}:Fields:0 is \"^sent.*\": a topic's name has letters, digits, dots, underscores and hyphens, at most 249"
        },
        {
            """ "Fields": ["sent:gap()", "received:value"], "JoinBy": "key" """,
            $"{Monitor}:Fields:0 is \"gap()\", a derived field, which only Field can be: write the path of a field, or [\"gap()\"] for a "
            + "key or column of that name"
        },
        {
            """ "Fields": ["sent:a", "sent:b"], "JoinBy": "key" """,
            $"{Monitor}:Fields are both of the topic \"sent\", so that an event has both: name two topics, or write this one in Topic, and "
            + "remove JoinBy"
        },
        {
            """ "Fields": ["sent:a", "sent:a"], "JoinBy": "key" """,
            $"{Monitor}:Fields has \"sent:a\" twice: write two different fields"
        },
        {
            $""" {Fields}, "JoinBy": "key", "JoinWithin": "90m" """,
            $"{Monitor}:JoinWithin is 90m, which is not a whole number of panes of 1h: write 2h"
        },
        {
            $""" {Fields}, "JoinBy": "key", "JoinWithin": "10m" """,
            $"{Monitor}:JoinWithin is 10m, which is not a whole number of panes of 1h: write 1h"
        },
        {
            $""" {Fields}, "JoinBy": "key", "JoinWithin": "48h" """,
            $"{Monitor}:JoinWithin is 48h, which is longer than the longest window: write at most 24h"
        },
        {
            $""" {Fields}, "JoinBy": "key", "SegmentBy": "origin" """,
            $"{Monitor}:SegmentBy is given, and two events that are joined have no segment in common: remove it"
        },
        {
            $""" {Fields}, "JoinBy": "key", "Unpack": "records" """,
            $"{Monitor}:Unpack is given, and all events of a record have its one key, by which they would be joined: remove it"
        },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void What_does_not_fit_together_is_reported_in_one_line(string monitor, string line)
    {
        using var configuration = With(monitor);

        Assert.Equal([line], configuration.Faults(Needs.Topics));
    }

    [Fact]
    public void Events_are_joined_by_nothing_but_the_key()
    {
        using var configuration = With($""" {Fields}, "JoinBy": "value" """);

        Assert.Contains($"{Monitor}:JoinBy is \"value\": write key", configuration.Faults(Needs.Topics));
    }

    [Fact]
    public void Without_fields_there_is_nothing_to_join()
    {
        using var configuration = With(""" "JoinBy": "key", "Field": "value" """);

        Assert.Contains(
            $"{Monitor}:JoinBy joins the events of two topics, and there are no Fields: write two, such as sent:value and received:value, "
            + "or remove it",
            configuration.Faults(Needs.Topics));
    }

    [Fact]
    public void Posted_events_have_no_keys_to_be_joined_by()
    {
        using var configuration = With($""" {Fields}, "JoinBy": "key" """, """ "Ingest": { "Topics": ["received"] }, """);

        Assert.Equal(
            ["DriftMonitor:Ingest:Topics has received, whose events the monitor \"channel\" joins by the keys of records, and posted "
                + "events have none: read both topics from Kafka"],
            configuration.Faults());
    }

    [Fact]
    public void All_monitors_of_either_topic_must_agree_on_CloudEvents()
    {
        const string Other = """
            { "Name": "other", "Topic": "received", "Field": "dep_delay", "Windows": ["6h"], "Pane": "1h",
              "Reference": { "File": "departure-delay.json" } },
            """;
        using var configuration = With($""" {Fields}, "JoinBy": "key", "CloudEvents": true """, "", Other);

        Assert.Equal(
            ["DriftMonitor:Monitors:1:CloudEvents is true, and DriftMonitor:Monitors:0 of the same topic received says otherwise: write "
                + "the same in all monitors of a topic"],
            configuration.Faults());
    }

    private static Configuration With(
        string monitor, string section = "", string before = "", string reference = """{ "File": "channel.json" }""")
    {
        var configuration = new Configuration($$"""
            { "DriftMonitor": { {{section}} "Kafka": { "BootstrapServers": "localhost:9092" }, "Monitors": [ {{before}} {
                "Name": "channel", {{monitor}}, "Windows": ["6h", "24h"], "Pane": "1h",
                "Reference": {{reference}} } ] } }
            """);
        var binning = new PairBinning(new CategoricalBinning(["0", "1"]), new CategoricalBinning(["0", "1"]));
        var file = new ReferenceFile(
            "sent:a.value × received:value", new Reference(binning, [40, 10, 10, 40, 0, 0, 0]), new Dictionary<string, WindowCalibration>())
        {
            Fields = new PairOfFields("sent:a.value", "received:value"),
        };
        configuration.Add("channel.json", file.ToJson());
        return configuration;
    }
}
