using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Planning;
using DriftMonitor.Wording;

namespace DriftMonitor.Tests.Planning;

/// <summary>The faults of configurations that can't run, each line as people read it.</summary>
public sealed class FaultTests
{
    private const string Monitor = "DriftMonitor:Monitors:0";

    /// <summary>A part of the good configuration, what replaces it, and the faults that follow, separated by a bar.</summary>
    public static TheoryData<string, string, string> OneSlip { get; } = new()
    {
        // Keys.
        { "\"Field\"", "\"Feild\"", $"{Monitor}:Feild is not a known key: did you mean Field?" },
        { "\"Monitors\"", "\"Montors\"", "DriftMonitor:Montors is not a known key: did you mean Monitors?" },
        { "\"DriftMonitor\"", "\"DriftMonitr\"", "DriftMonitr is not a known key: did you mean DriftMonitor?" },
        {
            "\"Monitors\"", "\"Checkpoint\": { \"Directory\": \" \" }, \"Monitors\"",
            "DriftMonitor:Checkpoint:Directory is empty: write the path of a folder, or remove the key"
        },
        {
            "\"Monitors\"", "\"Checkpoint\": { \"Every\": \"0s\" }, \"Monitors\"",
            "DriftMonitor:Checkpoint:Every is 0s: write a duration above 0, such as 10s"
        },
        {
            "\"Pane\"", "\"MaxAge\": \"0s\", \"Pane\"", $"{Monitor}:MaxAge is 0s: write a duration above 0, such as 14600d"
        },
        {
            "\"Pane\"",
            "\"Colour\": 1, \"Pane\"",
            $"{Monitor}:Colour is not a known key: write Name, Topic, Field, Fields, JoinBy, JoinWithin, Tokens, EventTime, "
            + "EventTimeFormat, Unpack, Where, CloudEvents, SegmentBy, MaxSegments, Windows, Pane, AllowedLateness, MaxAhead, MaxAge, "
            + "MinimumEvents, MaxRejected, PseudoCount, Measures, Mean, Reference or Alert"
        },
        {
            "\"Pane\"",
            "\"pane\": \"1h\", \"Pane\"",
            $"{Monitor}:Pane is written twice, also as pane: keep one (keys are case-insensitive)"
        },
        { "\"Pane\"", "\"Pane\": \"1h\", \"Pane\"", $"{Monitor}:Pane is written twice: keep one" },
        {
            "\"Name\": \"departure-delay\",",
            "",
            $"{Monitor}:Name is missing: add it. Unique name of the monitor; the value of the label `monitor` in its metrics. Example: "
            + "departure-delay."
        },
        {
            "\"dep_delay\"",
            "null",
            $"{Monitor}:Field is missing: write the field to watch, two fields in Fields, or a text in Tokens"
        },
        {
            "\"Pane\": \"1h\",",
            "",
            $"{Monitor}:Pane is missing: add it. Time step: once per pane, the windows move and readings are taken. Example: 1h."
        },
        {
            "[\"6h\", \"24h\"]",
            "[]",
            $"{Monitor}:Windows is empty: fill it in. Lengths of the sliding windows, each a whole number of panes. Example: [\"6h\", "
            + "\"24h\"]."
        },

        // Secrets in files. A message never has what may be the secret itself.
        {
            "\"Monitors\"",
            "\"Kafka\": { \"PropertyFiles\": { \"sasl.password\": \"wonderland\" } }, \"Monitors\"",
            "DriftMonitor:Kafka:PropertyFiles:sasl.password is not an absolute path: write the path of a file whose content is the value, "
            + "such as /run/secrets/kafka/password"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"PropertyFiles\": { \"sasl.password\": \"/wonderland\" } }, \"Monitors\"",
            "DriftMonitor:Kafka:PropertyFiles:sasl.password names a file that does not exist: write the path of the file that has the value"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"PropertyFiles\": { \"sasl.password\": \"/\" } }, \"Monitors\"",
            "DriftMonitor:Kafka:PropertyFiles:sasl.password names a folder, or a file that may not be read: write the path of a readable "
            + "file that has the value"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"PropertyFiles\": { \"sasl.password\": \"/dev/null\" } }, \"Monitors\"",
            "DriftMonitor:Kafka:PropertyFiles:sasl.password names a file that is empty: write the value into it"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"PropertyFiles\": { \"sasl.passwrod\": \"/etc/hostname\" } }, \"Monitors\"",
            "DriftMonitor:Kafka:PropertyFiles:sasl.passwrod is not a property of librdkafka: did you mean sasl.password?"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"Properties\": { \"sasl.username\": \"a\" }, \"PropertyFiles\": { \"sasl.username\": \"/b\" } }, \"Monitors\"",
            "DriftMonitor:Kafka:PropertyFiles:sasl.username is in Properties too: keep one"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"PropertyFiles\": { \"plugin.library.paths\": \"/b\" } }, \"Monitors\"",
            "DriftMonitor:Kafka:PropertyFiles:plugin.library.paths loads code into the process and is not allowed: remove it"
        },

        // HTTP.
        {
            "\"Monitors\"",
            "\"Http\": { \"Address\": \"localhost\" }, \"Monitors\"",
            "DriftMonitor:Http:Address is \"localhost\": write an IP address such as 127.0.0.1, ::1 or 0.0.0.0, or remove the key to "
            + "listen on all interfaces"
        },
        {
            "\"Monitors\"",
            "\"Http\": { \"AllowedHosts\": [ \"drift.example.com\", \"https://drift.example.com/\" ] }, \"Monitors\"",
            "DriftMonitor:Http:AllowedHosts:1 is \"https://drift.example.com/\": write a host name without scheme, port and path, such as "
            + "drift.example.com or *.example.com"
        },

        // Values.
        { "\"1h\"", "\"30\"", $"{Monitor}:Pane is \"30\": write a duration such as 10s, 5m, 6h or 30d" },
        { "\"1h\"", "\"01:00:00\"", $"{Monitor}:Pane is \"01:00:00\": write a duration such as 10s, 5m, 6h or 30d" },
        { "\"1h\"", "[\"1h\"]", $"{Monitor}:Pane is a list or an object: write a duration such as 10s, 5m, 6h or 30d" },
        {
            "[\"6h\", \"24h\"]",
            "\"6h\"",
            $"{Monitor}:Windows is a single value: write a list, [ … ], or in the environment DriftMonitor__Monitors__0__Windows__0"
        },
        { "[\"6h\", \"24h\"]", "[\"6h\", \"24\"]", $"{Monitor}:Windows:1 is \"24\": write a duration such as 10s, 5m, 6h or 30d" },
        { "[\"6h\", \"24h\"]", "{ \"long\": \"24h\" }", $"{Monitor}:Windows is an object: write a list, [ … ]" },
        {
            "{ \"File\": \"departure-delay.json\" }",
            "\"departure-delay.json\"",
            $"{Monitor}:Reference is a single value: write an object, {{ … }}"
        },
        { "\"Pane\"", "\"MinimumEvents\": 0, \"Pane\"", $"{Monitor}:MinimumEvents is \"0\": write a whole number, at least 1" },
        { "\"Pane\"", "\"MinimumEvents\": 1.5, \"Pane\"", $"{Monitor}:MinimumEvents is \"1.5\": write a whole number, at least 1" },
        { "\"Pane\"", "\"PseudoCount\": 0, \"Pane\"", $"{Monitor}:PseudoCount is \"0\": write a number above 0 and at most 1000" },
        {
            "\"Pane\"", "\"PseudoCount\": \"NaN\", \"Pane\"",
            $"{Monitor}:PseudoCount is \"NaN\": write a number above 0 and at most 1000"
        },
        { "\"Pane\"", "\"PseudoCount\": 1e308, \"Pane\"", $"{Monitor}:PseudoCount is \"1e308\": write a number above 0 and at most 1000" },
        { "\"departure-delay.json\"", "\"a\\u0000b\"", $"{Monitor}:Reference:File is \"a\0b\": write text" },
        {
            "\"Monitors\"",
            "\"Http\": { \"Port\": 65536 }, \"Monitors\"",
            "DriftMonitor:Http:Port is \"65536\": write a whole number from 0 to 65535"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"Start\": \"newest\" }, \"Monitors\"",
            "DriftMonitor:Kafka:Start is \"newest\": write window, earliest or latest"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"Start\": \"1\" }, \"Monitors\"",
            "DriftMonitor:Kafka:Start is \"1\": write window, earliest or latest"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"MaxEventBytes\": 3000000000 }, \"Monitors\"",
            "DriftMonitor:Kafka:MaxEventBytes is \"3000000000\": write a whole number from 1 to 1000000000"
        },

        // Windows, panes, lateness.
        {
            "[\"6h\", \"24h\"], \"Pane\": \"1h\"",
            "[\"25h\"], \"Pane\": \"6h\"",
            $"{Monitor}:Windows:0 is 25h, which is not a whole number of panes of 6h: write 1d or 30h, or change Pane"
        },
        {
            "[\"6h\", \"24h\"], \"Pane\": \"1h\"",
            "[\"5m\"], \"Pane\": \"1h\"",
            $"{Monitor}:Windows:0 is 5m, which is not a whole number of panes of 1h: write 1h, or change Pane"
        },
        { "[\"6h\", \"24h\"]", "[\"24h\", \"1d\"]", $"{Monitor}:Windows:1 is 1d, the same length as {Monitor}:Windows:0: remove one" },
        { "\"1h\"", "\"0s\"", $"{Monitor}:Pane is 0s: write a duration above 0, such as 5m" },
        { "\"6h\"", "\"0h\"", $"{Monitor}:Windows:0 is 0h: write a duration above 0, such as 6h" },
        { "\"1h\"", "\"1s\"", $"{Monitor}:Pane is 1s, so the window 24h has 86400 panes, and the limit is 10000: write 10s" },
        {
            "\"Pane\"",
            "\"AllowedLateness\": \"10001h\", \"Pane\"",
            $"{Monitor}:AllowedLateness is 10001h, which keeps 10001 panes of 1h open, and the limit is 10000: write at most 10000h"
        },

        // Names, topics, fields.
        {
            "\"departure-delay\",",
            "\" departure\",",
            $"{Monitor}:Name is \" departure\": remove control characters, and spaces at the start and the end"
        },
        { "\"flights\"", "\"\"", $"{Monitor}:Topic is missing: write the name of the Kafka topic" },
        {
            "\"flights\"",
            "\"flights*\"",
            $"{Monitor}:Topic is \"flights*\": a topic's name has letters, digits, dots, underscores and hyphens, at most 249"
        },
        {
            "\"flights\"",
            "\"^flights[\"",
            $"{Monitor}:Topic is \"^flights[\", which starts with ^ and so is a regular expression, but no valid one: "
            + "Invalid pattern '^flights[' at offset 9. Unterminated [] set."
        },
        {
            "\"dep_delay\"",
            "\"dep..delay\"",
            $"{Monitor}:Field is not a valid path of a field: the field \"dep..delay\" has an empty step at character 5, "
            + "or [\"dep..delay\"] for a key of that name"
        },
        {
            "\"Pane\"",
            "\"EventTime\": \"a[x]\", \"Pane\"",
            $"{Monitor}:EventTime is not a valid path of a field: the field \"a[x]\" has brackets without an index or a quoted name at "
            + "character 2: write a[0], or [\"a[x]\"] for a key of that name"
        },
        {
            "\"Pane\"",
            "\"EventTime\": \"t\", \"EventTimeFormat\": \"HH:mm\", \"Pane\"",
            $"{Monitor}:EventTimeFormat is \"HH:mm\", which does not contain year, month and day: "
            + "write a format of .NET, such as dd.MM.yyyy HH:mm:ss, or days"
        },
        {
            "\"Pane\"",
            "\"EventTimeFormat\": \"days\", \"Pane\"",
            $"{Monitor}:EventTimeFormat belongs to EventTime, and there is none: name the field of the event time in EventTime, "
            + "or remove it"
        },
        {
            "\"Pane\"",
            "\"EventTime\": \"\", \"Pane\"",
            $"{Monitor}:EventTime is empty: write the field of the event time, or remove the key to use the record's own timestamp"
        },

        // Records of several events.
        {
            "\"Pane\"",
            "\"Unpack\": \"\", \"Pane\"",
            $"{Monitor}:Unpack is empty: write the path of the array, or [] for a record that is an array; or remove the key"
        },
        {
            "\"Pane\"",
            "\"Unpack\": \"records[]\", \"Pane\"",
            $"{Monitor}:Unpack is no path of an array, or [] for a record that is one: the field \"records[]\" has brackets without an "
            + "index or a quoted name at character 8: write a[0], or [\"records[]\"] for a key of that name"
        },

        // Alerts.
        {
            "\"Pane\"",
            "\"Alert\": {}, \"Pane\"",
            $"{Monitor}:Alert has neither FalseAlarmEvery nor FireAbove: write FalseAlarmEvery, such as 30d, or a fixed threshold in "
            + "FireAbove"
        },
        {
            "\"Pane\"",
            "\"Alert\": { \"FireAbove\": 1 }, \"Pane\"",
            $"{Monitor}:Alert:Window is missing: write one of the monitor's windows, 6h or 24h"
        },
        {
            "\"Pane\"",
            "\"Alert\": { \"FalseAlarmEvery\": \"30d\", \"FireAbove\": 1 }, \"Pane\"",
            $"{Monitor}:Alert has FalseAlarmEvery and a fixed threshold: remove FireAbove, ResolveBelow and Window, or remove "
            + "FalseAlarmEvery"
        },
        {
            "\"Pane\"",
            "\"Alert\": { \"FalseAlarmEvery\": \"1s\" }, \"Pane\"",
            $"{Monitor}:Alert:FalseAlarmEvery is 1s, which is shorter than the pane of 1h: write the average time between false "
            + "alarms, such as 30d"
        },
        {
            "\"Pane\"",
            "\"Alert\": { \"FalseAlarmEvery\": \"30\" }, \"Pane\"",
            $"{Monitor}:Alert:FalseAlarmEvery is \"30\": write a duration such as 10s, 5m, 6h or 30d"
        },
        {
            "\"Pane\"",
            "\"Alert\": { \"Window\": \"6h\", \"FireAbove\": null }, \"Pane\"",
            $"{Monitor}:Alert has neither FalseAlarmEvery nor FireAbove: write FalseAlarmEvery, such as 30d, or a fixed threshold in "
            + "FireAbove"
        },
        {
            "\"Pane\"",
            "\"Alert\": { \"FireAbove\": 0.3, \"Window\": \"12h\" }, \"Pane\"",
            $"{Monitor}:Alert:Window is 12h, which is not a window of the monitor: write 6h or 24h"
        },
        {
            "\"Pane\"",
            "\"Alert\": { \"FireAbove\": 0.3, \"ResolveBelow\": 0.4, \"Window\": \"1d\" }, \"Pane\"",
            $"{Monitor}:Alert:ResolveBelow is 0.4, which is above FireAbove: write at most 0.3"
        },

        // References.
        {
            "\"departure-delay.json\"",
            "null",
            $"{Monitor}:Reference:File is missing: write the path of a reference file; `driftmonitor reference build` makes one"
        },
        {
            "\"departure-delay.json\"",
            "\"nope.json\"",
            $"{Monitor}:Reference:File can't be used: there is no reference file nope.json: make it with `driftmonitor reference build`"
        },
        {
            "\"dep_delay\"",
            "\"arr_delay\"",
            $"{Monitor}:Reference:File is of the field \"dep_delay\", and the monitor \"departure-delay\" watches \"arr_delay\": use a "
            + "reference of that field, or build one with `driftmonitor reference build`"
        },

        // Kafka.
        {
            "\"Monitors\"",
            "\"Kafka\": { \"BootstrapServers\": \"\" }, \"Monitors\"",
            "DriftMonitor:Kafka:BootstrapServers contains the invalid broker address \"\": write host:port, several separated by commas"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"BootstrapServers\": \"[::1]:9092,a:b\" }, \"Monitors\"",
            "DriftMonitor:Kafka:BootstrapServers contains the invalid broker address \"a:b\": write host:port, several separated by commas"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"Group\": \" \" }, \"Monitors\"",
            "DriftMonitor:Kafka:Group is empty: write the consumer group that offsets are committed for, such as driftmonitor"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"Properties\": { \"group.id\": \"g\" } }, \"Monitors\"",
            "DriftMonitor:Kafka:Properties:group.id is set from DriftMonitor:Kafka:Group: write it there"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"Properties\": { \"sasl.passwrod\": \"hunter2\" } }, \"Monitors\"",
            "DriftMonitor:Kafka:Properties:sasl.passwrod is not a property of librdkafka: did you mean sasl.password?"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"Properties\": { \"colour\": \"blue\" } }, \"Monitors\"",
            "DriftMonitor:Kafka:Properties:colour is not a property of librdkafka: see its documentation, CONFIGURATION.md, for the "
            + "properties of consumers"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"Properties\": { \"fetch.wait.max.ms\": \"soon\" } }, \"Monitors\"",
            "DriftMonitor:Kafka:Properties:fetch.wait.max.ms is not accepted by librdkafka (Invalid value for configuration property "
            + "\"fetch.wait.max.ms\"): correct it"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"Properties\": { \"plugin.library.paths\": \"x\" } }, \"Monitors\"",
            "DriftMonitor:Kafka:Properties:plugin.library.paths loads code into the process and is not allowed: remove it"
        },
        {
            "\"Monitors\"",
            "\"Kafka\": { \"Properties\": { \"sasl\": { \"password\": \"hunter2\" } } }, \"Monitors\"",
            "DriftMonitor:Kafka:Properties:sasl is a list or an object: write a single value; join the words of a key with dots, as in "
            + "security.protocol"
        },
    };

    [Theory]
    [MemberData(nameof(OneSlip))]
    public void A_mistake_is_reported_with_its_path_and_remedy(string good, string slip, string lines)
    {
        Assert.Contains(good, Configuration.Good, StringComparison.Ordinal);
        using var configuration = new Configuration(Configuration.Good.Replace(good, slip, StringComparison.Ordinal));

        Assert.Equal(lines.Split('|', StringSplitOptions.RemoveEmptyEntries), configuration.Faults());
    }

    [Theory]
    [InlineData(
        "{ \"DriftMonitor\":\n  { \"Http\": } }",
        "config.json is not valid JSON: line 2, character 13: '}' is an invalid start of a value")]
    [InlineData("[]", "config.json is not a JSON object: write { \"DriftMonitor\": { … } }")]
    [InlineData("{}", "DriftMonitor is missing: write { \"DriftMonitor\": { \"Monitors\": [ … ] } }")]
    [InlineData(
        "{ \"DriftMonitor\": { \"Http\": { \"Port\": \"\\ud800\" } } }",
        "config.json contains text that is not valid Unicode: save it as UTF-8, without unpaired surrogates such as \\ud800")]
    [InlineData(
        "{ \"DriftMonitor\": { \"Kafka\": { \"Properties\": { \"sasl.password\": topsecret } } } }",
        "config.json is not valid JSON: line 1, character 66: put text in quotes")]
    [InlineData(
        "{ \"DriftMonitor\": { \"Monitors\": null } }",
        "DriftMonitor:Monitors is missing: add it. The monitors: each watches one field of one topic.")]
    [InlineData(
        "{ \"DriftMonitor\": { \"Monitors\": [] } }",
        "DriftMonitor:Monitors is empty: fill it in. The monitors: each watches one field of one topic.")]
    public void A_file_without_a_configuration_is_reported_in_one_line(string text, string line)
    {
        using var configuration = new Configuration(text);

        Assert.Equal([line], configuration.Faults());
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var plan = MonitorPlan.Load("/nowhere/config.json", [], Needs.All);

        Assert.Equal(
            ["/nowhere/config.json does not exist: name the configuration file with --config FILE"],
            plan.Faults.Select(fault => fault.ToString()));
    }

    [Fact]
    public void Every_fault_is_reported_at_once_keys_values_rules_and_references()
    {
        using var configuration = new Configuration("""
            { "DriftMonitor": {
                "Htpp": { "Port": -1 },
                "Monitors": [
                  {
                      "Name": "a",
                      "Topic": "t",
                      "Field": "dep_delay",
                      "Windows": ["1x", "25m"],
                      "Pane": "10m",
                      "Reference": { "File": "departure-delay.json" }
                  },
                  null,
                  { "Name": "a", "Topic": "t", "Field": "x", "Windows": ["1h"], "Pane": "90",
                    "Reference": { "File": "departure-delay.json" } } ] } }
            """);

        Assert.Equal(
            [
                "DriftMonitor:Htpp is not a known key: did you mean Http?",
                "DriftMonitor:Htpp:Port is \"-1\": write a whole number from 0 to 65535",
                "DriftMonitor:Monitors:0:Windows:0 is \"1x\": write a duration such as 10s, 5m, 6h or 30d",
                "DriftMonitor:Monitors:1 is null: write an object, { … }, or remove the entry",
                "DriftMonitor:Monitors:2:Pane is \"90\": write a duration such as 10s, 5m, 6h or 30d",
                "DriftMonitor:Monitors:0:Windows:1 is 25m, which is not a whole number of panes of 10m: write 20m or 30m, or change Pane",
                "DriftMonitor:Monitors:2:Name is \"a\", the same as DriftMonitor:Monitors:0:Name: give each monitor a unique name",
                "DriftMonitor:Monitors:2:Reference:File is of the field \"dep_delay\", and the monitor \"a\" watches \"x\": use a "
                + "reference of that field, or build one with `driftmonitor reference build`",
            ],
            configuration.Faults());
    }

    [Fact]
    public void A_name_has_at_most_200_characters()
    {
        using var longest = new Configuration(Configuration.Good
            .Replace("\"departure-delay\",", $"\"{new string('n', 200)}\",", StringComparison.Ordinal));
        using var longer = new Configuration(Configuration.Good
            .Replace("\"departure-delay\",", $"\"{new string('n', 201)}\",", StringComparison.Ordinal));

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
    public void The_most_similar_name_is_suggested(string written, string? meant) =>
        Assert.Equal(meant, NearestName.Of(written, ["Field", "Windows", "BootstrapServers", "Pane"]));

    [Fact]
    public void Two_swapped_letters_count_as_one_mistake() => Assert.Equal(1, NearestName.Distance("Feild", "Field"));
}
