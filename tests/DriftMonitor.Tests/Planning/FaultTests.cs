using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Wording;

namespace DriftMonitor.Tests.Planning;

/// <summary>What is told of a configuration that can't run: each line as people read it.</summary>
public sealed class FaultTests
{
    private const string Monitor = "DriftMonitor:Monitors:0";

    /// <summary>A good configuration with one part replaced, and the one line that it gives.</summary>
    public static TheoryData<string, string, string> OneSlip { get; } = new()
    {
        // Keys.
        { "\"Field\"", "\"Feild\"", $"{Monitor}:Feild is no known key: did you mean Field?" },
        { "\"Monitors\"", "\"Montors\"", "DriftMonitor:Montors is no known key: did you mean Monitors?" },
        { "\"DriftMonitor\"", "\"DriftMonitr\"", "DriftMonitr is no known key: did you mean DriftMonitor?" },
        { "\"Pane\"", "\"Colour\": 1, \"Pane\"", $"{Monitor}:Colour is no known key: write Name, Topic, Field, EventTime, SegmentBy, MaxSegments, Windows, Pane, AllowedLateness, MaxAhead, MinimumEvents, PseudoCount, Measures, Reference or Alert" },
        { "\"Pane\"", "\"pane\": \"1h\", \"Pane\"", $"{Monitor}:Pane is written twice, also as pane: keep one (keys are equal whatever their case)" },
        { "\"Pane\"", "\"Pane\": \"1h\", \"Pane\"", $"{Monitor}:Pane is written twice: keep one" },
        { "\"Name\": \"departure-delay\",", "", $"{Monitor}:Name is missing. The monitor's name, unique; the label `monitor` of its metrics." },
        { "\"dep_delay\"", "null", $"{Monitor}:Field is missing. The field that it watches: a dotted path such as a.b[0].c, or a CSV column." },
        { "\"Pane\": \"1h\",", "", $"{Monitor}:Pane is missing. The time step: windows move, and readings are taken, once a pane." },
        { "[\"6h\", \"24h\"]", "[]", $"{Monitor}:Windows is empty. The lengths of the sliding windows, each a whole number of panes." },

        // Values.
        { "\"1h\"", "\"30\"", $"{Monitor}:Pane is \"30\": write a duration such as 10s, 5m, 6h or 30d" },
        { "\"1h\"", "\"01:00:00\"", $"{Monitor}:Pane is \"01:00:00\": write a duration such as 10s, 5m, 6h or 30d" },
        { "\"1h\"", "[\"1h\"]", $"{Monitor}:Pane is a list or an object: write a duration such as 10s, 5m, 6h or 30d" },
        { "[\"6h\", \"24h\"]", "\"6h\"", $"{Monitor}:Windows is a single value: write a list, [ … ], or in the environment DriftMonitor__Monitors__0__Windows__0" },
        { "[\"6h\", \"24h\"]", "[\"6h\", \"24\"]", $"{Monitor}:Windows:1 is \"24\": write a duration such as 10s, 5m, 6h or 30d" },
        { "[\"6h\", \"24h\"]", "{ \"long\": \"24h\" }", $"{Monitor}:Windows:long is no entry of a list: write a list, [ … ], and in the environment the entries' numbers from 0" },
        { "{ \"File\": \"departure-delay.json\" }", "\"departure-delay.json\"", $"{Monitor}:Reference is a single value: write an object, {{ … }}" },
        { "\"Pane\"", "\"MinimumEvents\": 0, \"Pane\"", $"{Monitor}:MinimumEvents is \"0\": write a whole number from 1 on" },
        { "\"Pane\"", "\"MinimumEvents\": 1.5, \"Pane\"", $"{Monitor}:MinimumEvents is \"1.5\": write a whole number from 1 on" },
        { "\"Pane\"", "\"PseudoCount\": 0, \"Pane\"", $"{Monitor}:PseudoCount is \"0\": write a number above 0" },
        { "\"Pane\"", "\"PseudoCount\": \"NaN\", \"Pane\"", $"{Monitor}:PseudoCount is \"NaN\": write a number above 0" },
        { "\"Monitors\"", "\"Http\": { \"Port\": 65536 }, \"Monitors\"", "DriftMonitor:Http:Port is \"65536\": write a whole number from 0 to 65535" },
        { "\"Monitors\"", "\"Kafka\": { \"Start\": \"newest\" }, \"Monitors\"", "DriftMonitor:Kafka:Start is \"newest\": write window, earliest or latest" },
        { "\"Monitors\"", "\"Kafka\": { \"Start\": \"1\" }, \"Monitors\"", "DriftMonitor:Kafka:Start is \"1\": write window, earliest or latest" },
        { "\"Monitors\"", "\"Kafka\": { \"MaxEventBytes\": 3000000000 }, \"Monitors\"", "DriftMonitor:Kafka:MaxEventBytes is \"3000000000\": write a whole number from 1 to 1000000000" },

        // Windows, panes, lateness.
        { "[\"6h\", \"24h\"], \"Pane\": \"1h\"", "[\"25h\"], \"Pane\": \"6h\"", $"{Monitor}:Windows:0 is 25h, and not a whole number of panes of 6h: write 1d or 30h, or another Pane" },
        { "[\"6h\", \"24h\"], \"Pane\": \"1h\"", "[\"5m\"], \"Pane\": \"1h\"", $"{Monitor}:Windows:0 is 5m, and not a whole number of panes of 1h: write 1h, or another Pane" },
        { "[\"6h\", \"24h\"]", "[\"24h\", \"1d\"]", $"{Monitor}:Windows:1 is 1d, and so is {Monitor}:Windows:0: remove one" },
        { "\"1h\"", "\"0s\"", $"{Monitor}:Pane is 0s: write a duration above 0, such as 5m" },
        { "\"6h\"", "\"0h\"", $"{Monitor}:Windows:0 is 0h: write a duration above 0, such as 6h" },
        { "\"1h\"", "\"1s\"", $"{Monitor}:Pane is 1s, of which the window 24h has 86400, and at most 10000 are kept: write 10s" },
        { "\"Pane\"", "\"AllowedLateness\": \"10001h\", \"Pane\"", $"{Monitor}:AllowedLateness is 10001h, which holds 10001 panes of 1h open, and at most 10000 are kept: write at most 10000h" },

        // Names, topics, fields.
        { "\"departure-delay\",", "\" departure\",", $"{Monitor}:Name is \" departure\": write it without control characters, and without space at its ends" },
        { "\"flights\"", "\"\"", $"{Monitor}:Topic is missing: name the Kafka topic" },
        { "\"flights\"", "\"^flights\"", $"{Monitor}:Topic is \"^flights\": a topic's name has letters, digits, dots, underscores and hyphens, at most 249" },
        { "\"dep_delay\"", "\"dep..delay\"", $"{Monitor}:Field cannot be read: the field \"dep..delay\" has an empty step at character 5" },
        { "\"Pane\"", "\"EventTime\": \"a[x]\", \"Pane\"", $"{Monitor}:EventTime cannot be read: the field \"a[x]\" has brackets without an index at character 2: write a[0]" },
        { "\"Pane\"", "\"EventTime\": \"\", \"Pane\"", $"{Monitor}:EventTime is empty: name the field of the event time, or leave the key out for the record's own time" },

        // Alerts.
        { "\"Pane\"", "\"Alert\": {}, \"Pane\"", $"{Monitor}:Alert says neither how seldom false alarms may come nor where to fire: write FalseAlarmEvery, such as 30d, or a fixed threshold in FireAbove" },
        { "\"Pane\"", "\"Alert\": { \"FireAbove\": 1 }, \"Pane\"", $"{Monitor}:Alert:Window is missing: write one of the monitor's, 6h or 24h" },
        { "\"Pane\"", "\"Alert\": { \"FalseAlarmEvery\": \"30d\", \"FireAbove\": 1 }, \"Pane\"", $"{Monitor}:Alert has FalseAlarmEvery and parts of a fixed threshold: leave out FireAbove, ResolveBelow and Window, or FalseAlarmEvery" },
        { "\"Pane\"", "\"Alert\": { \"FalseAlarmEvery\": \"1s\" }, \"Pane\"", $"{Monitor}:Alert:FalseAlarmEvery is 1s, shorter than a pane of 1h: write how seldom false alarms may come, such as 30d" },
        { "\"Pane\"", "\"Alert\": { \"FalseAlarmEvery\": \"30\" }, \"Pane\"", $"{Monitor}:Alert:FalseAlarmEvery is \"30\": write a duration such as 10s, 5m, 6h or 30d" },
        { "\"Pane\"", "\"Alert\": { \"Window\": \"6h\", \"FireAbove\": null }, \"Pane\"", $"{Monitor}:Alert says neither how seldom false alarms may come nor where to fire: write FalseAlarmEvery, such as 30d, or a fixed threshold in FireAbove" },
        { "\"Pane\"", "\"Alert\": { \"FireAbove\": 0.3, \"Window\": \"12h\" }, \"Pane\"", $"{Monitor}:Alert:Window is 12h, which is no window of the monitor: write 6h or 24h" },
        { "\"Pane\"", "\"Alert\": { \"FireAbove\": 0.3, \"ResolveBelow\": 0.4, \"Window\": \"1d\" }, \"Pane\"", $"{Monitor}:Alert:ResolveBelow is 0.4, above FireAbove: write at most 0.3" },

        // References.
        { "\"departure-delay.json\"", "null", $"{Monitor}:Reference:File is missing: name a reference file; `driftmonitor reference build` makes one" },
        { "\"departure-delay.json\"", "\"nope.json\"", $"{Monitor}:Reference:File names no good reference: there is no reference file nope.json: make it with `driftmonitor reference build`" },
        { "\"dep_delay\"", "\"arr_delay\"", $"{Monitor}:Reference:File is of the field \"dep_delay\", and the monitor \"departure-delay\" watches \"arr_delay\": name a reference of that field, or build one with `driftmonitor reference build`" },

        // Kafka.
        { "\"Monitors\"", "\"Kafka\": { \"BootstrapServers\": \"\" }, \"Monitors\"", "DriftMonitor:Kafka:BootstrapServers names the broker \"\": write host:port, several separated by commas" },
        { "\"Monitors\"", "\"Kafka\": { \"BootstrapServers\": \"[::1]:9092,a:b\" }, \"Monitors\"", "DriftMonitor:Kafka:BootstrapServers names the broker \"a:b\": write host:port, several separated by commas" },
        { "\"Monitors\"", "\"Kafka\": { \"Group\": \" \" }, \"Monitors\"", "DriftMonitor:Kafka:Group is empty: name the consumer group whose offsets are committed, such as driftmonitor" },
        { "\"Monitors\"", "\"Kafka\": { \"Properties\": { \"group.id\": \"g\" } }, \"Monitors\"", "DriftMonitor:Kafka:Properties:group.id is set from DriftMonitor:Kafka:Group: write it there" },
        { "\"Monitors\"", "\"Kafka\": { \"Properties\": { \"plugin.library.paths\": \"x\" } }, \"Monitors\"", "DriftMonitor:Kafka:Properties:plugin.library.paths loads code into the process and is not allowed: remove it" },
        { "\"Monitors\"", "\"Kafka\": { \"Properties\": { \"sasl\": { \"password\": \"hunter2\" } } }, \"Monitors\"", "DriftMonitor:Kafka:Properties:sasl is a list or an object: write a single value; a key of several words has dots, such as security.protocol" },
    };

    [Theory]
    [MemberData(nameof(OneSlip))]
    public void A_slip_is_told_with_its_path_and_remedy(string good, string slip, string lines)
    {
        Assert.Contains(good, Configuration.Good, StringComparison.Ordinal);
        using var configuration = new Configuration(Configuration.Good.Replace(good, slip, StringComparison.Ordinal));

        Assert.Equal(lines.Split('|', StringSplitOptions.RemoveEmptyEntries), configuration.Faults());
    }

    [Theory]
    [InlineData("{ \"DriftMonitor\":\n  { \"Http\": } }", "config.json is no JSON: line 2, character 13: '}' is an invalid start of a value")]
    [InlineData("[]", "config.json is no JSON object: write { \"DriftMonitor\": { … } }")]
    [InlineData("{}", "DriftMonitor is missing: write { \"DriftMonitor\": { \"Monitors\": [ … ] } }")]
    [InlineData("{ \"DriftMonitor\": { \"Http\": { \"Port\": \"\\ud800\" } } }", "config.json holds text that is no Unicode: save it as UTF-8, without half surrogate pairs such as \\ud800")]
    [InlineData("{ \"DriftMonitor\": { \"Kafka\": { \"Properties\": { \"sasl.password\": topsecret } } } }", "config.json is no JSON: line 1, character 66: text stands between quotes")]
    [InlineData("{ \"DriftMonitor\": { \"Monitors\": null } }", "DriftMonitor:Monitors is missing. The monitors: named questions, each about one field of one topic.")]
    [InlineData("{ \"DriftMonitor\": { \"Monitors\": [] } }", "DriftMonitor:Monitors is empty. The monitors: named questions, each about one field of one topic.")]
    public void A_file_that_holds_no_configuration_says_so_in_one_line(string text, string line)
    {
        using var configuration = new Configuration(text);

        Assert.Equal([line], configuration.Faults());
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var plan = MonitorPlan.Load("/nowhere/config.json", [], Needs.All);

        Assert.Equal(["/nowhere/config.json does not exist: name the configuration file with --config FILE"], plan.Faults.Select(fault => fault.ToString()));
    }

    [Fact]
    public void Every_fault_is_told_at_once_keys_values_rules_and_references()
    {
        using var configuration = new Configuration("""
            { "DriftMonitor": {
                "Htpp": { "Port": -1 },
                "Monitors": [
                  { "Name": "a", "Topic": "t", "Field": "dep_delay", "Windows": ["1x", "25m"], "Pane": "10m", "Reference": { "File": "departure-delay.json" } },
                  null,
                  { "Name": "a", "Topic": "t", "Field": "x", "Windows": ["1h"], "Pane": "90", "Reference": { "File": "departure-delay.json" } } ] } }
            """);

        Assert.Equal(
            [
                "DriftMonitor:Htpp is no known key: did you mean Http?",
                "DriftMonitor:Htpp:Port is \"-1\": write a whole number from 0 to 65535",
                "DriftMonitor:Monitors:0:Windows:0 is \"1x\": write a duration such as 10s, 5m, 6h or 30d",
                "DriftMonitor:Monitors:1:Name is missing. The monitor's name, unique; the label `monitor` of its metrics.",
                "DriftMonitor:Monitors:1:Field is missing. The field that it watches: a dotted path such as a.b[0].c, or a CSV column.",
                "DriftMonitor:Monitors:1:Windows is missing. The lengths of the sliding windows, each a whole number of panes.",
                "DriftMonitor:Monitors:1:Pane is missing. The time step: windows move, and readings are taken, once a pane.",
                "DriftMonitor:Monitors:2:Pane is \"90\": write a duration such as 10s, 5m, 6h or 30d",
                "DriftMonitor:Monitors:0:Windows:1 is 25m, and not a whole number of panes of 10m: write 20m or 30m, or another Pane",
                "DriftMonitor:Monitors:1:Topic is missing: name the Kafka topic",
                "DriftMonitor:Monitors:1:Reference:File is missing: name a reference file; `driftmonitor reference build` makes one",
                "DriftMonitor:Monitors:2:Name is \"a\", and so is DriftMonitor:Monitors:0:Name: give each monitor a name of its own",
                "DriftMonitor:Monitors:2:Reference:File is of the field \"dep_delay\", and the monitor \"a\" watches \"x\": name a reference of that field, or build one with `driftmonitor reference build`",
            ],
            configuration.Faults());
    }

    [Fact]
    public void A_name_of_200_characters_is_the_longest()
    {
        using var longest = new Configuration(Configuration.Good.Replace("\"departure-delay\",", $"\"{new string('n', 200)}\",", StringComparison.Ordinal));
        using var longer = new Configuration(Configuration.Good.Replace("\"departure-delay\",", $"\"{new string('n', 201)}\",", StringComparison.Ordinal));

        Assert.Empty(longest.Faults());
        Assert.Equal([$"{Monitor}:Name is \"{new string('n', 60)}…\": write text of at most 200 characters"], longer.Faults());
    }

    [Theory]
    [InlineData("Feild", "Field")]
    [InlineData("field", "Field")]
    [InlineData("Windoww", "Windows")]
    [InlineData("BootstrapServer", "BootstrapServers")]
    [InlineData("Bootstrap.Servers", "BootstrapServers")]
    [InlineData("Colour", null)]
    public void The_nearest_name_is_the_one_that_was_meant(string written, string? meant) =>
        Assert.Equal(meant, NearestName.Of(written, ["Field", "Windows", "BootstrapServers", "Pane"]));

    [Fact]
    public void Swapped_neighbours_are_one_slip() => Assert.Equal(1, NearestName.Distance("Feild", "Field"));
}
