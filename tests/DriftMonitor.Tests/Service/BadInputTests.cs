using System.Text.Json.Nodes;
using Confluent.Kafka;
using DriftMonitor.Tests.Kafka;

namespace DriftMonitor.Tests.Service;

/// <summary>
/// An error is exactly one line on standard error, with its remedy. The exit code is 2 for errors of usage and configuration, and 1 for a
/// failure.
/// </summary>
public sealed class BadInputTests : IDisposable
{
    private const string Sample = """
        {"time":"2013-04-01T00:10:00Z","dep_delay":1}
        {"time":"2013-04-01T00:20:00Z","dep_delay":2}
        {"time":"2013-04-01T01:30:00Z","dep_delay":3}

        """;

    private const string BuildOf = "reference build --config config.json --monitor departure-delay";
    private const string Build = BuildOf + " --out r.json --file sample.ndjson";
    private const string Run = "run --config config.json";

    private readonly Workshop _workshop = new();

    public BadInputTests()
    {
        _workshop.Configure("127.0.0.1:1", Workshop.Delays());
        _workshop.Write("sample.ndjson", Sample);
        _workshop.Write("departure-delay.json", """
            {"format":"driftmonitor.reference/1","field":"dep_delay","bins":{"kind":"edges","edges":[-15,0,15]},
             "counts":{"regular":[100,200],"special":{"below":1}}}
            """);
        _workshop.Write("nothing.json", "");
        _workshop.Write("zeros.ndjson", Event("0") + Event("1.5"));
        _workshop.Write("texts.ndjson", Event("\"late\"") + Event("null"));
        _workshop.Write("negative.json", Reference("""{"kind":"edges","edges":[0,1,2]}""", "[1,-1]"));
        _workshop.Write("empty.json", Reference("""{"kind":"edges","edges":[0,1,2]}""", "[0,0]"));
        _workshop.Write("twice.json", Reference("""{"kind":"categories","values":["a","b","a"]}""", "[1,1,1]"));
    }

    [Theory]
    [InlineData(
        "",
        "no command given: use run, demo, replay, reference, compare, init, check-config, checkpoint or health; see driftmonitor --help")]
    [InlineData("rnu", "unknown command \"rnu\" (did you mean run?); see driftmonitor --help")]
    [InlineData("frobnicate",
        "unknown command \"frobnicate\": use run, demo, replay, reference, compare, init, check-config, checkpoint or health; "
        + "see driftmonitor --help")]
    [InlineData("reference", "no command given: use build, add, accept, show or fit; see driftmonitor reference --help")]
    [InlineData("run", "Option '--config' is required; see driftmonitor run --help")]
    [InlineData("compare",
        "compare needs P and Q, for example: driftmonitor compare '{\"spam\":0.8,\"ham\":0.2}' '{\"spam\":0.6,\"ham\":0.4}' --unit bits; "
        + "see driftmonitor compare --help")]
    [InlineData("compare [1,1]", "compare needs P and Q, for example: driftmonitor compare ")]
    [InlineData("reference fit", "reference fit needs SAMPLE, for example: driftmonitor reference fit '[0.02,")]
    [InlineData("reference show",
        "reference show needs FILE, for example: driftmonitor reference show departure-delay.json; see driftmonitor reference show --help")]
    [InlineData("reference show r.json --false-alarm-every 30", "--false-alarm-every 30: use a duration, for example 12h or 30d")]
    [InlineData("reference show r.json --false-alarm-every 0d", "--false-alarm-every 0d: use a duration, for example 12h or 30d")]
    [InlineData("run --confg config.json", "unknown option \"--confg\" (did you mean --config?); see driftmonitor run --help")]
    [InlineData("run --config", "Required argument missing for option: '--config'; see driftmonitor run --help")]
    [InlineData("run --config config.json more", "unexpected argument \"more\"; see driftmonitor run --help")]
    [InlineData(
        "replay --config config.json --output xml", "--output must be text, json or csv, not \"xml\"; see driftmonitor replay --help")]
    [InlineData("replay --config config.json --file sample.ndjson x.ndjson ./sample.ndjson",
        "--file names sample.ndjson twice, and its events would count twice: name it once; see driftmonitor replay --help")]
    [InlineData(Build + " --file - -", "--file names - twice, and its events would count twice: name it once")]
    [InlineData("demo --speed 0", "--speed is 0: it must be from 1 to 60; see driftmonitor demo --help")]
    [InlineData("demo --speed fast", "--speed must be a number, not \"fast\"; see driftmonitor demo --help")]
    [InlineData("demo --port 65536", "--port is 65536: it must be from 0 to 65535; see driftmonitor demo --help")]
    [InlineData("run --config none.json", "none.json does not exist: name the configuration file with --config FILE")]
    [InlineData("reference build --config config.json --monitor departure --out r.json --file sample.ndjson",
        "--monitor departure: config.json has no such monitor: use departure-delay")]
    [InlineData(Build + " --from 2013-04-01T00:30:00Z",
        "--from 2013-04-01T00:30:00Z is not at a pane boundary: use 2013-04-01T00:00:00Z or 2013-04-01T01:00:00Z")]
    [InlineData(Build + " --from yesterday", "--from yesterday: use an ISO 8601 time, for example 2013-04-01T00:00:00Z")]
    [InlineData(Build + " --exclude 2013-04-01T00:00:00Z",
        "--exclude 2013-04-01T00:00:00Z: use FROM..TO, for example 2013-04-10T00:00:00Z..2013-04-11T00:00:00Z")]
    [InlineData(Build + " --exclude ..2013-04-01T00:00:00Z",
        "--exclude ..2013-04-01T00:00:00Z: FROM is missing; to leave out everything before a time, use --from 2013-04-01T00:00:00Z")]
    [InlineData(Build + " --exclude 2013-04-01T00:00:00Z..",
        "--exclude 2013-04-01T00:00:00Z..: TO is missing; to leave out everything from a time on, use --to 2013-04-01T00:00:00Z")]
    [InlineData(Build + " -o r.json", "--output must be text or json, not \"r.json\"")]
    [InlineData(BuildOf + " --out ./sample.ndjson --file sample.ndjson",
        "--out ./sample.ndjson is also an input (--file) and would be overwritten: choose another file")]
    [InlineData(BuildOf + " --out config.json --file sample.ndjson", "--out config.json is the configuration file: choose another file")]
    [InlineData("checkpoint show .", ". is a folder: name a file in it, such as ./state.1")]
    [InlineData("run --config .", ". is a folder: name the configuration file in it")]
    [InlineData("run --config nothing.json", "nothing.json is empty: write { \"DriftMonitor\": { … } }")]
    [InlineData(Build + " --bins many",
        "--bins many: there is no such kind of bins: write quantiles:10, equal:20, log:20, integers, fd, doane or categories:20, or give "
        + "--edges")]
    [InlineData(Build + " --bins quantile:5", "--bins quantile:5: unknown kind of bins (did you mean quantiles:10?)")]
    [InlineData(Build + " --bins equal:0", "--bins equal:0: the number of bins must be 1 to 1000: write equal:20, for example")]
    [InlineData(Build + " --bins fd:7", "--bins fd:7: fd finds the number of bins itself: write fd")]
    [InlineData(Build + " --bins fd --edges 0,1", "--edges and --bins cannot be combined: give only one of them")]
    [InlineData(BuildOf + " --out - --output json --file sample.ndjson",
        "--output json cannot be combined with --out -, which writes the reference to standard output: use --out FILE")]
    [InlineData(Build + " --min-expected -1",
        "--min-expected is -1: it must be from 0 to 1000000; see driftmonitor reference build --help")]
    [InlineData(Build + " --edges 0,2,1", "--edges: edges must increase, and edge 2 (1) is not above edge 1 (2)")]
    [InlineData(Build + " --edges 0,x", "--edges: edge 1 is \"x\": write numbers separated by commas, such as -15,0,15,60")]
    public void A_wrong_call_is_one_line_and_exit_code_2(string call, string line) => HasOneLine(call, exitCode: 2, line);

    [Theory]
    [InlineData(BuildOf + " --file sample.ndjson --out zeros.ndjson",
        "cannot write zeros.ndjson: the file exists and is not a reference file; remove it first, or choose another file")]
    [InlineData(BuildOf + " --file sample.ndjson --out /proc/r.json",
        "cannot write /proc/r.json: files cannot be stored there; for standard output, use --out -")]
    [InlineData("replay --config config.json --file none.ndjson", "cannot read none.ndjson: there is no such file")]
    [InlineData("replay --config config.json --file .", "cannot read .: it is a folder, or permission is denied")]
    // --out is checked before any input is read.
    [InlineData(BuildOf + " --file none.ndjson --out no/such/folder/r.json", "cannot write no/such/folder/r.json: there is no such folder")]
    [InlineData("reference show none.json", "there is no reference file none.json: make it with `driftmonitor reference build`")]
    [InlineData(BuildOf + " --file sample.ndjson --out no/such/folder/r.json",
        "cannot write no/such/folder/r.json: there is no such folder")]
    [InlineData(BuildOf + " --file sample.ndjson --out .", "cannot write .: it is a folder")]
    [InlineData(BuildOf + " --file sample.ndjson --out r.json --from 2014-01-01T00:00:00Z",
        "no events to build a reference from: 3 read, ")]
    [InlineData(BuildOf + " --file zeros.ndjson --out r.json --bins log",
        "no bins can be made for the field \"dep_delay\": bins of equal ratio need numbers above 0, and 1 of 2 are not (the least is 0); "
        + "use --bins quantiles:10, or give --edges")]
    [InlineData(BuildOf + " --file zeros.ndjson --out r.json --bins integers",
        "no bins can be made for the field \"dep_delay\": bins of single integers need whole numbers, and 1 of 2 are not, such as 1.5; "
        + "use --bins quantiles:10, or give --edges")]
    [InlineData(BuildOf + " --file texts.ndjson --out r.json --bins equal:20",
        "no bins can be made for the field \"dep_delay\": equal bins need finite numbers, but its 2 events contain 1 text such as "
        + "\"late\", 1 missing; use --bins categories:20")]
    [InlineData("checkpoint show state/state.1",
        "cannot read the checkpoint state/state.1: there is no such file; the service writes state.1 and state.2 into the folder "
        + "Checkpoint:Directory")]
    [InlineData("checkpoint show sample.ndjson", "cannot read the checkpoint sample.ndjson: it is no checkpoint of driftmonitor")]
    [InlineData("checkpoint show nothing.json", "cannot read the checkpoint nothing.json: it is not complete")]
    [InlineData("reference show negative.json",
        "the reference file negative.json cannot be used: counts.regular[1] is -1: counts are not negative")]
    [InlineData("reference show empty.json",
        "the reference file empty.json cannot be used: the reference holds no event: every count is 0")]
    [InlineData("reference show twice.json", "the reference file twice.json cannot be used: the category \"a\" is in the list twice")]
    public void A_failure_is_one_line_and_exit_code_1(string call, string line) => HasOneLine(call, exitCode: 1, line);

    [Theory] // An empty name is usually a variable that is not set, such as "$CONFIG".
    [InlineData("run --config _", "--config is empty: give a file name; see driftmonitor run --help")]
    [InlineData("replay --file sample.ndjson --config _", "--config is empty: give a file name; see driftmonitor replay --help")]
    [InlineData("check-config --config _", "--config is empty: give a file name; see driftmonitor check-config --help")]
    [InlineData("replay --config config.json --file sample.ndjson _", "--file is empty: give a file name; see driftmonitor replay --help")]
    [InlineData(BuildOf + " --out r.json --file _", "--file is empty: give a file name; see driftmonitor reference build --help")]
    [InlineData(BuildOf + " --file sample.ndjson --out _", "--out is empty: give a file name; see driftmonitor reference build --help")]
    [InlineData("reference show _", "FILE is empty: give a file name; see driftmonitor reference show --help")]
    public void An_empty_file_name_is_one_line_and_exit_code_2(string call, string line) =>
        HasOneLine(_workshop.Run([.. call.Split(' ').Select(word => word == "_" ? "" : word)]), exitCode: 2, line);

    [Theory]
    [InlineData("", "7 7 7",
        "warning: all events are in one bin, [7, 7.000000000000001], so only values outside it can show a drift: if the field varies "
        + "inside the bin, choose other --bins or --edges")]
    [InlineData("", "7 7 null 7", // a missing value does not suppress the warning
        "warning: all but 1 of 4 events are in one bin, [7, 7.000000000000001], so only values outside it can show a drift: if the field "
        + "varies inside the bin, choose other --bins or --edges")]
    [InlineData("--edges 0,10,20", "1 2 3 3 null 12 11",
        "warning: one bin, [0, 10), holds 4 of 6 numbers of the field \"dep_delay\", 3 different ones, so a drift among them stays unseen: "
        + "divide the bin with --edges or other --bins, such as quantiles:10")]
    [InlineData("--edges 0,10", "1 2 11 12 13 14", // the bin of what is above the edges too
        "warning: one bin, above, holds 4 of 6 numbers of the field \"dep_delay\", 4 different ones, so a drift among them stays unseen: "
        + "divide the bin with --edges or other --bins, such as quantiles:10")]
    [InlineData("--bins equal:2 --min-expected 0", "0 1 2 1 2 90",
        "warning: one bin, [0, 45), holds 5 of 6 numbers of the field \"dep_delay\", 3 different ones, so a drift among them stays unseen: "
        + "divide the bin with --edges or other --bins, such as quantiles:10, or a lower --min-expected")]
    [InlineData("--edges 0,10", "\"late\" null",
        "warning: none of 1 value of the field \"dep_delay\" has the type of these bins: leave out --edges and --bins to let the values "
        + "decide")]
    [InlineData("--edges 0,2,4", "null null null null null null null null null null 1 null",
        "warning: the field \"dep_delay\" is missing from 11 of 12 events: check its name")]
    [InlineData("--edges 0,10", "\"late\"",
        "warning: none of 1 value of the field \"dep_delay\" has the type of these bins: leave out --edges and --bins to let the values "
        + "decide")]
    [InlineData("--edges 0,10", "null", "warning: the field \"dep_delay\" is missing from every event: check its name")]
    [InlineData("--edges 0,2,4,6 --exclude 2012-04-01T00:00:00Z..2012-05-01T00:00:00Z", "1 1 1 3",
        "warning: --exclude 2012-04-01T00:00:00Z..2012-05-01T00:00:00Z is outside the reference's period and excludes nothing: check the "
        + "dates")]
    [InlineData("--edges 0,2,4,6", "1 1 1 3",
        "note: 1 of 3 bins expect fewer than 5 events in a window of 6h: --min-expected 5 pools them")]
    [InlineData("--edges 0,2,4", "1 1 1 3",
        "note: the calibration of 6h and 24h simulates independent events; real streams vary more than that: 60 minutes are too short to "
        + "measure how the reference varies; build it from at least 3 such windows")]
    [InlineData("--bins fd", "1 1 1 1 1 3",
        "note: at least half of the numbers are equal, so their interquartile range is 0 and fd gives no bin width: Doane's rule is used "
        + "instead")]
    public void A_build_warns_of_weaknesses_of_its_reference(string choice, string values, string line)
    {
        _workshop.Write("values.ndjson", string.Concat(values.Split(' ').Select(Event)));
        var build = _workshop.Run(Words($"{BuildOf} --out r.json --file values.ndjson {choice}"));

        build.Succeeded();
        Assert.Contains($"driftmonitor: {line}", build.Errors.Split('\n'));
    }

    [Fact]
    public void A_misspelt_key_is_reported_with_the_nearest_one() => Refuses(
        monitor => (monitor["AllowedLatenes"], _) = ("1h", monitor.Remove("AllowedLateness")),
        "DriftMonitor:Monitors:0:AllowedLatenes ");

    [Fact]
    public void Two_monitors_with_the_same_name_are_refused()
    {
        _workshop.Configure("127.0.0.1:1", Workshop.Delays(), Workshop.Delays());
        HasOneLine(
            Run,
            2,
            "DriftMonitor:Monitors:1:Name is \"departure-delay\", the same as DriftMonitor:Monitors:0:Name: "
            + "give each monitor a unique name");
    }

    [Fact]
    public void A_window_that_is_not_a_whole_number_of_panes_is_refused() => Refuses(
        monitor => (monitor["Windows"], monitor["Alert"]!["Window"]) = (new JsonArray("90m"), "90m"),
        "DriftMonitor:Monitors:0:Windows:0 is 90m, which is not a whole number of panes of 1h: write 1h or 2h, or change Pane");

    [Fact]
    public void A_reference_that_is_missing_or_unreadable_is_refused()
    {
        const string Fault = "DriftMonitor:Monitors:0:Reference:File can't be used: ";
        Refuses(monitor => monitor["Reference"]!["File"] = "none.json", Fault + "there is no reference file ");
        _workshop.Write("broken.json", "{");
        Refuses(monitor => monitor["Reference"]!["File"] = "broken.json", Fault);
    }

    [Fact]
    public void A_reference_of_another_field_is_refused() => Refuses(
        monitor => monitor["Field"] = "distance",
        """DriftMonitor:Monitors:0:Reference:File is of the field "dep_delay", and the monitor "departure-delay" watches "distance": """
        + "use a reference of that field, or build one with `driftmonitor reference build`");

    [Fact]
    public void A_configuration_that_is_not_JSON_is_refused_with_the_place()
    {
        _workshop.Write("config.json", "{ \"DriftMonitor\": {\n  \"Kafka\": }\n}");
        HasOneLine(Run, 2, "config.json is not valid JSON: ");
    }

    [Fact] // Slow: a bounded read waits 15 seconds for a broker, so all wait at the same time.
    public void A_replay_or_init_without_a_broker_or_its_topic_gives_up()
    {
        using var broker = new FaultyBroker();
        broker.FailTopic("flights", ErrorCode.UnknownTopicOrPart);
        using var elsewhere = new Workshop();
        foreach (var file in new[] { "config.json", "departure-delay.json" })
        {
            elsewhere.Write(file, File.ReadAllText(_workshop[file]));
            elsewhere.Replace(file, "127.0.0.1:1", broker.BootstrapServers);
        }

        using var withoutBroker = _workshop.Start("replay", "--config", "config.json");
        using var withoutTopic = elsewhere.Start("replay", "--config", "config.json");
        using var initWithoutBroker = _workshop.Start("init", "--topic", "flights", "--bootstrap", "127.0.0.1:1", "--out", "out");
        using var initWithoutTopic = elsewhere.Start(
            "init", "--topic", "flights", "--bootstrap", broker.BootstrapServers, "--out", "out");

        HasOneLine(
            withoutBroker.End(TimeSpan.FromSeconds(25)),
            1,
            "no broker answers at 127.0.0.1:1 (Connection refused): is Kafka running there, and is Kafka:BootstrapServers right?");
        HasOneLine(
            withoutTopic.End(TimeSpan.FromSeconds(25)),
            1,
            $"topic 'flights' does not exist at {broker.BootstrapServers}: create it, or correct the monitor's Topic");
        HasOneLine(
            initWithoutBroker.End(TimeSpan.FromSeconds(25)),
            1,
            "no broker answers at 127.0.0.1:1 (Connection refused): is Kafka running there, and is --bootstrap right?");
        HasOneLine(
            initWithoutTopic.End(TimeSpan.FromSeconds(25)),
            1,
            $"topic 'flights' does not exist at {broker.BootstrapServers}: create it, or correct --topic");
        Assert.False(Directory.Exists(_workshop["out"]));
        Assert.False(Directory.Exists(elsewhere["out"]));
    }

    [Fact]
    public void A_truncated_gzip_file_is_reported_with_the_line()
    {
        File.WriteAllBytes(_workshop["cut.ndjson.gz"], File.ReadAllBytes(Workshop.Flights)[..400_000]);
        var ended = _workshop.Run("replay", "--config", "config.json", "--output", "json", "--file", "cut.ndjson.gz");
        Assert.Equal(
            (1, "driftmonitor: cut.ndjson.gz: the gzip data is corrupt after line 53937: check that the file is complete\n"),
            (ended.ExitCode, ended.Errors));
    }

    [Fact]
    public void Malformed_and_empty_lines_are_counted_and_all_others_are_read()
    {
        _workshop.Write("mixed.ndjson", "{\"time\":\n\n" + Sample + "nonsense\n[1]\n{\"dep_delay\":4}\n");
        var replay = _workshop.Run("replay", "--config", "config.json", "--output", "json", "--file", "mixed.ndjson");
        var summary = JsonNode.Parse(replay.Succeeded().TrimEnd('\n').Split('\n')[^1])!;

        Assert.Equal(
            "driftmonitor: warning: 3 of 8 events (37.5 %) were rejected: 2 malformed (expected in UTF-8: a JSON object per event, or "
            + "CSV rows that fit their header), the first at mixed.ndjson line 1: `{\"time\":`; 1 empty, the first at mixed.ndjson line 2\n"
            + "driftmonitor: warning: the monitor \"departure-delay\" rejected 2 of 8 events (25.0 %): 2 no_event_time (check EventTime), "
            + "the first at mixed.ndjson line 7: `[1]`\n",
            replay.Errors);
        Assert.Equal(8, summary["events"]!.GetValue<int>());
        Assert.Equal("""{"departure-delay":{"no_event_time":2},"":{"malformed":2,"empty":1}}""", summary["rejected"]!.ToJsonString());
    }

    [Fact]
    public void A_replay_warns_once_if_no_event_has_the_field_or_the_event_time()
    {
        const string Replay = "replay --config config.json --file sample.ndjson";
        _workshop.Replace("config.json", "dep_delay", "delay");
        _workshop.Replace("departure-delay.json", "dep_delay", "delay");
        HasOneLine(
            Replay,
            0,
            "warning: the monitor \"departure-delay\" found no value of the field \"delay\" in any of 3 events: is the name right?");

        _workshop.Replace("config.json", "\"time\"", "\"tme\"");
        HasOneLine(
            Replay,
            0,
            "warning: the monitor \"departure-delay\" counted none of 3 events, as none has an event time in the field \"tme\": "
            + "is the name right? The first is at sample.ndjson line 1: `{\"time\":\"2013-04-01T00:10:00Z\",\"dep_delay\":1}`");
    }

    [Theory]
    [InlineData("hello\nworld\n", 2, "no event of odd.ndjson can be read: check that it holds JSON objects, one per event, or CSV rows ")]
    [InlineData("", 0, "there is no event in odd.ndjson: check the files")]
    public void A_replay_of_files_without_an_event_that_can_be_read_fails_and_says_what_to_check(string content, int events, string line)
    {
        _workshop.Write("odd.ndjson", content);
        var replay = _workshop.Run(Words("replay --config config.json --output json --file odd.ndjson"));
        Assert.Equal(1, replay.ExitCode);
        Assert.Equal(events, JsonNode.Parse(replay.Output)!["events"]!.GetValue<int>());
        Assert.StartsWith($"driftmonitor: {line}", replay.Errors.TrimEnd('\n').Split('\n')[^1]);
    }

    [Fact]
    public void A_replay_reports_the_share_that_is_lost_and_trusts_no_window_that_lost_too_much()
    {
        var rows = Enumerable.Range(0, 600).Select(i =>
            $"2013-04-01T{i / 60:00}:{i % 60:00}:00Z,{i % 20}{(i % 3 == 0 ? "" : ",Bob")}\n");
        _workshop.Write("short.csv", "time,dep_delay,name\n" + string.Concat(rows));
        var monitor = Workshop.Delays();
        monitor["MinimumEvents"] = 20;
        _workshop.Configure("127.0.0.1:1", monitor);
        var replay = _workshop.Run(Words("replay --config config.json --output json --file short.csv"));

        var lines = replay.Succeeded().TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(
            ["window_incomplete", "untrusted"],
            lines.Where(line => $"{line["type"]}" == "reading").Select(line => $"{line["unavailable"]}").Distinct());
        Assert.Equal(
            "driftmonitor: warning: 200 of 600 events (33.3 %) were rejected: 200 malformed "
            + "(expected in UTF-8: a JSON object per event, or "
            + "CSV rows that fit their header), the first at short.csv row 2, which has 2 cells where the header has 3: "
            + "`2013-04-01T00:00:00Z,0`\n",
            replay.Errors);
    }

    [Fact]
    public void Late_events_are_reported_with_the_place_and_the_time_of_the_first()
    {
        _workshop.Write("late.ndjson", Sample + """{"time":"2013-03-31T00:10:00Z","dep_delay":1}""" + "\n");
        var replay = _workshop.Run(Words("replay --config config.json --output json --file late.ndjson"));
        replay.Succeeded();
        Assert.Equal(
            "driftmonitor: warning: the monitor \"departure-delay\" rejected 1 of 4 events (25.0 %): 1 late (see AllowedLateness), the "
            + "first at late.ndjson line 4: time `2013-03-31T00:10:00Z`\n",
            replay.Errors);
    }

    [Fact]
    public void A_build_reports_whatever_share_it_rejects()
    {
        _workshop.Write("mostly.ndjson", string.Concat(Enumerable.Repeat(Event("1") + Event("3"), 2000)) + "nonsense\u0007\n");
        var build = _workshop.Run(Words($"{BuildOf} --out r.json --file mostly.ndjson"));
        build.Succeeded();
        Assert.Contains(
            "driftmonitor: warning: 1 of 4001 events (<0.1 %) were rejected: 1 malformed (expected in UTF-8: a JSON object per event, or "
            + @"CSV rows that fit their header), the first at mostly.ndjson line 4001: `nonsense\u0007`",
            build.Errors.Split('\n'));
    }

    [Fact]
    public void A_replay_shows_an_event_time_that_it_cannot_read_and_warns_of_dates_in_1970()
    {
        const string Replay = "replay --config config.json --file times.ndjson";
        _workshop.Write("times.ndjson", """
            {"time":"09.02.2013 08:15:00","dep_delay":5}
            {"time":"09.02.2013 08:16:00","dep_delay":5}

            """);
        HasOneLine(
            Replay,
            0,
            "warning: the monitor \"departure-delay\" counted none of 2 events, as the event time in the field \"time\" is "
            + "\"09.02.2013 08:15:00\", which can't be read: it must be ISO 8601, such as 2013-02-09T08:15:00Z, or a number since 1970 in "
            + "seconds, milliseconds, microseconds or nanoseconds; for others write EventTimeFormat, such as dd.MM.yyyy HH:mm:ss");

        _workshop.Write("times.ndjson", """
            {"time":15745,"dep_delay":5}

            """);
        HasOneLine(
            Replay,
            0,
            "warning: the monitor \"departure-delay\" has event times in 1970, from 1970-01-01T04:22:25Z on, so the field \"time\" is "
            + "probably no time, or is in another unit: numbers are read as seconds below 1e11, milliseconds below 1e14 and microseconds "
            + "below 1e17; for days, or dates without separators, write EventTimeFormat, such as days or yyyyMMdd");

        _workshop.Replace("config.json", "\"EventTime\":", "\"EventTimeFormat\":\"days\",\"EventTime\":");
        var read = _workshop.Run([.. Words(Replay), "--output", "json"]);
        Assert.Equal(("", 0), (read.Errors, read.ExitCode));
        Assert.Contains("\"from\":\"2013-02-09T00:00:00Z\"", read.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("15745", "1970-01-01T04:00:00Z")] // days, read as seconds
    [InlineData("20130209", "1970-08-21T23:00:00Z")] // a date without separators
    [InlineData("1360368000", null)]
    [InlineData("\"1969-12-31T23:30:00Z\"", null)]
    [InlineData("\"1971-01-01T00:00:00Z\"", null)]
    public void A_build_warns_of_event_times_in_1970(string time, string? from)
    {
        _workshop.Write(
            "times.ndjson", string.Concat(Enumerable.Range(0, 50).Select(i => $$"""{"time":{{time}},"dep_delay":{{i}}}""" + "\n")));

        var build = _workshop.Run(Words($"{BuildOf} --out r.json --file times.ndjson"));

        build.Succeeded();
        var warning = build.Errors.Split('\n').Where(line => line.Contains("in 1970", StringComparison.Ordinal));
        Assert.Equal(
            from is null
                ? []
                : [
                    $"driftmonitor: warning: the reference has event times in 1970, from {from} on, so the field \"time\" is probably no "
                    + "time, or is in another unit: numbers are read as seconds below 1e11, milliseconds below 1e14 and microseconds below "
                    + "1e17; for days, or dates without separators, write EventTimeFormat, such as days or yyyyMMdd",
                ],
            warning);
    }

    public void Dispose() => _workshop.Dispose();

    private static string Reference(string bins, string counts) =>
        $$$"""{"format":"driftmonitor.reference/1","field":"x","bins":{{{bins}}},"counts":{"regular":{{{counts}}}}}""";

    private static string Event(string value) => $$"""{"time":"2013-04-01T00:10:00Z","dep_delay":{{value}}}""" + "\n";

    private static string[] Words(string call) => call.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static void HasOneLine(Finished ended, int exitCode, string line)
    {
        Assert.True(exitCode == ended.ExitCode, $"{ended}");
        Assert.StartsWith($"driftmonitor: {line}", ended.Errors);
        Assert.Equal(ended.Errors.Length - 1, ended.Errors.IndexOf('\n', StringComparison.Ordinal));
    }

    private void Refuses(Action<JsonObject> change, string line)
    {
        var monitor = Workshop.Delays();
        change(monitor);
        _workshop.Configure("127.0.0.1:1", monitor);
        HasOneLine(Run, 2, line);
    }

    private void HasOneLine(string call, int exitCode, string line) => HasOneLine(_workshop.Run(Words(call)), exitCode, line);
}
