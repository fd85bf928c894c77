using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Commands;
using DriftMonitor.Configuration;
using DriftMonitor.Planning;
using DriftMonitor.Proposals;
using DriftMonitor.Samples;
using DriftMonitor.Tests.Proposals;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Commands;

/// <summary>The first use of one's own topic: init looks at a sample, and the configuration that it writes works.</summary>
public sealed class InitTests : IDisposable
{
    private const string Anew = "if something was wrong then, build it anew without that time (reference build)";

    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void Init_on_the_flights_watches_the_fields_of_the_tutorial()
    {
        var init = Init("flights", Workshop.Flights);

        Assert.Equal(
            $"""
            events      110986 of flights, 2013-02-01T00:00:00Z to 2013-05-31T23:59:00Z
            event time  time (ISO 8601 or Unix time)
            windows     6h (231 events on average) and 24h (925), in panes of 1h
            reference   built from what was read, 2013-02-01T00:00:00Z to 2013-06-01T00:00:00Z; {Anew}
            promise     one false alarm in 30d (FalseAlarmEvery), on average over all 4 monitors together

            time       left out  it is the event time
            carrier    watched   9 categories, 6h and 24h, 110986 events
            origin     watched   3 categories, 6h and 24h, 110986 events
            dep_delay  watched   numbers in 10 bins, 6h and 24h, 110986 events
            distance   watched   numbers in 10 bins, 6h and 24h, 110986 events

            to watch each value of origin by itself, add "SegmentBy": "origin" to a monitor, and build its reference anew (reference build)
            readings of the files: driftmonitor replay --config out/driftmonitor.json --file {Workshop.Flights}
            next: driftmonitor run --config out/driftmonitor.json

            """,
            init.Succeeded());
        Assert.Equal("", init.Errors);
        Assert.Equal(
            ["carrier.json", "dep_delay.json", "distance.json", "driftmonitor.json", "origin.json", "prometheus.yml"],
            Directory.EnumerateFileSystemEntries(_workshop["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var check = _workshop.Run("check-config", "--config", "out/driftmonitor.json");
        check.Succeeded();
        Assert.Equal("", check.Errors);
        var written = MonitorPlan.Load(_workshop["out/driftmonitor.json"], [], Needs.Service).Monitors;
        var tutorial = MonitorPlan.Load(
            Path.Combine(Repository.Root, "deploy", "docs", "tutorial", "flights.json"), [], Needs.Topics).Monitors;
        Assert.All(tutorial, known =>
        {
            var monitor = Assert.Single(written, one => one.Field.Equals(known.Field));
            Assert.Equal((known.Topic, known.EventTime, known.Spec.Pane), (monitor.Topic, monitor.EventTime, monitor.Spec.Pane));
            Assert.Equal(known.Spec.Windows, monitor.Spec.Windows);
            Assert.NotNull(monitor.Spec.Rule);
        });
    }

    [Fact]
    public void The_references_of_init_are_those_of_reference_build()
    {
        Init("flights", Workshop.Flights).Succeeded();

        // Rare carriers are pooled.
        _workshop.Run(
            "reference", "build", "--config", "out/driftmonitor.json", "--monitor", "carrier", "--min-expected", "5",
            "--file", Workshop.Flights, "--out", "built.json").Succeeded();
        Assert.Equal(File.ReadAllText(_workshop["built.json"]), File.ReadAllText(_workshop["out/carrier.json"]));
    }

    [Fact]
    public void A_configuration_from_April_and_May_finds_the_blizzard_of_February()
    {
        using (var lines = new StreamReader(new GZipStream(File.OpenRead(Workshop.Flights), CompressionMode.Decompress), Encoding.UTF8))
        using (var quiet = File.CreateText(_workshop["quiet.ndjson"]))
        {
            while (lines.ReadLine() is { } line)
            {
                if (new[] { "2013-04", "2013-05" }.Any(month => line.Contains($"\"time\":\"{month}", StringComparison.Ordinal)))
                {
                    quiet.WriteLine(line);
                }
            }
        }

        Init("flights", "quiet.ndjson").Succeeded();
        var replay = _workshop.Run(
            "replay", "--config", "out/driftmonitor.json", "--file", Workshop.Flights, "--to", "2013-02-10T00:00:00Z", "--output", "json");

        var firing = replay.Succeeded().Split('\n').Where(line => line.Contains("\"to\":\"firing\"", StringComparison.Ordinal));
        var alert = JsonNode.Parse(Assert.Single(firing))!;
        Assert.Equal("dep_delay", $"{alert["monitor"]}");
        Assert.Equal("2013-02-09T00:00:00Z", $"{alert["time"]}"); // two hours after the tutorial's, as four monitors share the promise
    }

    [Fact]
    public void What_is_left_out_is_told_with_the_reason_and_what_is_watched_gives_readings()
    {
        var random = new Random(20261126);
        _workshop.Write("orders.ndjson", string.Concat(Enumerable.Range(0, 5000).Select(i => new JsonObject
        {
            ["order"] = $"{random.NextInt64():x16}",
            ["sequence"] = i,
            ["created_at"] = Held.Start.Milliseconds + i * 60_000L,
            ["customer"] = new JsonObject { ["id"] = random.Next(3000), ["country"] = random.GetItems(["AT", "DE", "FR"], 1)[0] },
            ["amount"] = Math.Round(Math.Exp(random.NextDouble() * 5), 2),
            ["http.status"] = random.NextDouble() < 0.9 ? 200 : 500,
            ["comment"] = string.Join(' ', Enumerable.Range(0, 6).Select(_ => random.Next(1000))) + " please",
            ["coupon"] = i % 50 == 0 ? "SPRING" : null,
            ["currency"] = "EUR",
            ["postcode"] = $"{random.Next(90):00000}", // each of them expects 4 events in six hours
            ["lines"] = new JsonArray(1, 2),
            ["weekday"] = (Held.Start.ToDateTimeOffset() + TimeSpan.FromMinutes(i)).DayOfWeek.ToString(),
        }.ToJsonString() + "\n")));

        var init = Init("orders", "orders.ndjson");
        var fields = Fields(init);

        Assert.Equal("it is an identifier: 5000 different values in 5000 events", fields["order"]);
        Assert.Equal("it only rises, as a counter does: its steps are difference(sequence)", fields["sequence"]);
        Assert.Equal("it is the event time", fields["created_at"]);
        Assert.StartsWith("it is an identifier: ", fields["customer.id"], StringComparison.Ordinal);
        Assert.Equal("watched categories", fields["customer.country"]);
        Assert.Equal("watched numbers", fields["amount"]);
        Assert.Equal("watched numbers", fields["[\"http.status\"]"]);
        Assert.Equal("it is free text: 5000 different values in 5000 events", fields["comment"]);
        Assert.Equal("it is missing from 98.0 % of the events", fields["coupon"]);
        Assert.Equal("it is constant: all events have the same value", fields["currency"]);
        Assert.Equal("watched categories", fields["postcode"]);
        Assert.Equal("it is an array or an object: watch an element, such as lines[0], or length(lines)", fields["lines"]);
        Assert.Equal("it follows the time: 3 changes in 3 days, in stretches that are too long for the windows", fields["weekday"]);
        Assert.Matches("postcode +watched +[78][0-9] categories, 6h and 24h, 5000 events\n", init.Output);
        HasReadings("orders.ndjson", "customer-country", "amount", "http-status", "postcode");
    }

    [FactRequires(Tool.Promtool)]
    public void The_Prometheus_file_is_valid_as_it_is_and_with_the_repository_s_rules()
    {
        _workshop.Write("sample.ndjson", string.Concat(Enumerable.Range(0, 300).Select(i =>
            $$"""{"time":"{{Held.Minute(i)}}","v":{{i % 7}}}""" + "\n")));
        Init("t", "sample.ndjson").Succeeded();

        Machine.Run(Tool.Promtool, "check", "config", _workshop["out/prometheus.yml"]).Succeeded();
        File.Copy(Path.Combine(Repository.Root, "deploy", "prometheus", "rules.yml"), _workshop["out/rules.yml"]);
        _workshop.Replace("out/prometheus.yml", "# rule_files", "rule_files");
        Assert.Contains("1 rule files found", Machine.Run(Tool.Promtool, "check", "config", _workshop["out/prometheus.yml"]).Succeeded());
    }

    [Fact]
    public void An_event_with_a_wrong_date_is_told_and_is_not_in_the_references()
    {
        _workshop.Write("sample.ndjson", string.Concat(Enumerable.Range(0, 4 * 24 * 60).Select(i =>
            $$"""{"time":"{{(i == 1000 ? "2096-01-01T00:00:00Z" : $"{Held.Minute(i)}")}}","v":{{i * 7919 % 1000}}}""" + "\n")));

        var init = Init("t", "sample.ndjson");

        init.Succeeded();
        Assert.Contains(
            "note: 1 event with a time far from all others, such as 2096-01-01T00:00:00Z, is not in the references\n",
            init.Errors,
            StringComparison.Ordinal);
        var reference = JsonNode.Parse(File.ReadAllText(_workshop["out/v.json"]))!;
        Assert.Equal(("2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z"), ($"{reference["from"]}", $"{reference["to"]}"));
    }

    [Fact]
    public void A_history_that_is_too_short_gives_references_that_learn_from_the_stream()
    {
        var random = new Random(20261126);
        var events = Enumerable.Range(0, 45 * 240).Select(i => new JsonObject
        {
            ["t"] = Held.Start.Milliseconds + i * 250,
            ["v"] = random.NextDouble(),
            ["shop_id"] = random.Next(4),
        }.ToJsonString() + "\n").ToArray();
        _workshop.Write("first.ndjson", string.Concat(events[..2400])); // ten minutes
        _workshop.Write("later.ndjson", string.Concat(events));

        var init = Init("shop", "first.ndjson");

        Assert.Contains("learned from the stream (so_far): the events cover 10 minutes", init.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("times as far as the 30 minutes that alarm limits are learned from", init.Errors, StringComparison.Ordinal);
        var written = Written();
        Assert.Equal(
            """{"Kind":"so_far","LearnOver":"30m","File":"v.json"}""", written[0]!["Reference"]!.ToJsonString());
        Assert.Equal(["0", "1", "2", "3"], written[1]!["Reference"]!["Categories"]!.AsArray().Select(label => $"{label}").Order());
        HasReadings("later.ndjson", "v", "shop_id");
    }

    [Fact]
    public void Columns_and_dates_of_CSV_need_no_more_than_JSON()
    {
        var random = new Random(20261126);
        _workshop.Write("meters.csv", "when;load (kW);site.name\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $"{Held.Minute(i).ToDateTimeOffset():dd.MM.yyyy HH:mm};{random.Next(100)},5;{random.GetItems(["north", "south"], 1)[0]}\n"))));

        var init = Init("meters", "meters.csv");

        Assert.Contains("event time  when (dd.MM.yyyy HH:mm)\n", init.Succeeded(), StringComparison.Ordinal);
        HasReadings("meters.csv", "load-kW", "site-name");
    }

    [Fact]
    public void The_elements_of_records_that_are_arrays_are_the_events()
    {
        var random = new Random(20261126);
        _workshop.Write("batches.ndjson", string.Concat(Enumerable.Range(0, 500).Select(i => new JsonArray(
            [.. Enumerable.Range(0, 10).Select(j => new JsonObject
            {
                ["time"] = $"{Held.Minute(10 * i + j)}",
                ["v"] = random.Next(50),
            })]).ToJsonString() + "\n")));

        Init("batches", "batches.ndjson").Succeeded();

        Assert.Equal("[]", $"{Written()[0]!["Unpack"]}");
        HasReadings("batches.ndjson", "v");
    }

    [Theory]
    [InlineData("hello\nworld\n",
        "files: no event can be read: 2 of 2 events (100.0 %) were rejected: 2 malformed (expected in UTF-8: a JSON object per event, or "
            + "CSV rows that fit their header), the first at sample.ndjson line 1: `hello`")]
    [InlineData("5\n\"x\"\n", "files: the events have no fields: they must be JSON objects, or rows of CSV")]
    [InlineData("{}\n{}\n", "files: the events have no fields: they must be JSON objects, or rows of CSV")]
    [InlineData("", "sample.ndjson: there are no events to look at")]
    [InlineData("{\"v\":1}\n{\"v\":2}\n", "no field is a time, and files have no times of their own: events need ISO 8601, such as ")]
    [InlineData("{\"day\":\"01/02/2026\",\"v\":1}\n",
        "the dates in \"day\" can be read with day and month in either order, and no other field is a time: ")]
    public void A_sample_that_nothing_can_be_proposed_from_is_refused_in_one_line(string sample, string error)
    {
        _workshop.Write("sample.ndjson", sample);

        _workshop.Refuses(1, error, "init", "--topic", "t", "--file", "sample.ndjson", "--out", "out");
        Assert.False(Directory.Exists(_workshop["out"]));
    }

    [Theory]
    [InlineData("--topic t --out full", "--out full is not empty: name a folder that is empty or absent")]
    [InlineData("--topic t --out full/a.txt", "--out full/a.txt is a file: name a folder that is empty or absent")]
    [InlineData("--topic t --out full/a.txt/b", "--out full/a.txt/b cannot be written to: ")]
    [InlineData("--topic a/b --out out", "--topic is \"a/b\": a topic's name has letters, digits, dots, underscores and hyphens")]
    [InlineData("--topic t --bootstrap kafka:port --out out",
        "DriftMonitor:Kafka:BootstrapServers contains the invalid broker address \"kafka:port\": write host:port")]
    [InlineData("--out out", "Option '--topic' is required")]
    [InlineData("--topic t", "Option '--out' is required")]
    public void Options_that_do_not_work_are_refused_before_anything_is_read(string options, string error)
    {
        Directory.CreateDirectory(_workshop["full"]);
        _workshop.Write("full/a.txt", "");

        _workshop.Refuses(2, error, ["init", .. options.Split(' ')]);
        Assert.False(Directory.Exists(_workshop["out"]));
    }

    [Fact]
    public void A_sample_without_a_field_worth_watching_says_why_and_writes_nothing()
    {
        _workshop.Write("sample.ndjson", "{\"time\":\"2026-03-01T00:00:00Z\",\"v\":1}\n");

        var init = Init("t", "sample.ndjson");

        Assert.Equal(1, init.ExitCode);
        Assert.Contains("v     left out  it is constant: all events have the same value\n", init.Output, StringComparison.Ordinal);
        Assert.EndsWith("driftmonitor: no field is worth watching, so nothing was written\n", init.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_workshop["out"]));
    }

    [Fact]
    public void A_configuration_that_is_wrong_leaves_the_folder_empty()
    {
        var held = Held.Of(Enumerable.Range(0, 300).Select(i => $$"""{"time":"{{Held.Minute(i)}}","v":{{i % 7}},"w":{{i % 5}}}"""));
        var read = new SampleRead(held, Skipped: 0, IsCut: false, new HashSet<int>());
        var proposal = new ProposalBuilder(read, "t", isFromFiles: true, new DriftMonitorOptions()).Build();
        proposal.Options.Monitors[1].Name = proposal.Options.Monitors[0].Name; // refused by check-config

        using (var folder = new InitFolder(_workshop["out"]))
        {
            Assert.Throws<InvalidOperationException>(() => folder.Write(proposal));
            Assert.Empty(Directory.EnumerateFileSystemEntries(_workshop["out"]));
        }

        Assert.False(Directory.Exists(_workshop["out"]));
        Directory.CreateDirectory(_workshop["out"]);
        using (new InitFolder(_workshop["out"]))
        {
            // Nothing is written.
        }

        Assert.True(Directory.Exists(_workshop["out"])); // it was there before
        _workshop.Write("out/file", "");
        Assert.Throws<UsageException>(() => new InitFolder(_workshop["out"]));
    }

    // Ctrl-C also ends the writer of a pipe, so its events are incomplete. Opening the pipe for writing waits until init reads.
    [Fact]
    public void An_interrupted_init_writes_nothing()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // no such pipes and signals
        }

        var runtime = DriftMonitorProcess.StartInfo("bash", [], ".").Environment["DOTNET_ROOT"];
        var ended = Shell.Run("bash", "-uc", $$"""
            cd '{{_workshop.Folder}}' && mkfifo events && export DOTNET_ROOT='{{runtime}}'
            '{{DriftMonitorProcess.Executable}}' init --topic t --file events --out out &
            exec 3> events
            echo '{"time":"2013-04-01T00:10:00Z","dep_delay":1}' >&3
            kill -TERM $!
            exec 3>&-
            wait $!
            echo $? $(ls)
            """);

        Assert.Equal(("143 events\n", ""), (ended.Output, ended.Errors));
    }

    private Finished Init(string topic, string file) => _workshop.Run("init", "--topic", topic, "--file", file, "--out", "out");

    private JsonArray Written() =>
        JsonNode.Parse(File.ReadAllText(_workshop["out/driftmonitor.json"]))!["DriftMonitor"]!["Monitors"]!.AsArray();

    // What is decided about each field, from --output json, which says the same as the text.
    private Dictionary<string, string> Fields(Finished text)
    {
        var output = text.Succeeded();
        Directory.Move(_workshop["out"], _workshop["text"]);
        var file = text.Command.Split(' ')[^3];
        var again = _workshop.Run("init", "--topic", "orders", "--file", file, "--out", "out", "--output", "json");
        var json = JsonNode.Parse(again.Succeeded())!;
        Assert.Equal("driftmonitor run --config out/driftmonitor.json", $"{json["next"]}");
        Assert.Equal(File.ReadAllText(_workshop["text/driftmonitor.json"]), File.ReadAllText(_workshop["out/driftmonitor.json"]));
        var fields = json["fields"]!.AsArray().ToDictionary(
            field => $"{field!["field"]}",
            field => field!["watched"]!.GetValue<bool>() ? $"watched {field["kind"]}" : $"{field["reason"]}");
        Assert.All(fields, field => Assert.Contains(field.Key, output, StringComparison.Ordinal));
        return fields;
    }

    private void HasReadings(string file, params string[] monitors)
    {
        Assert.Equal(0, _workshop.Run("check-config", "--config", "out/driftmonitor.json").ExitCode);
        var replay = _workshop.Run("replay", "--config", "out/driftmonitor.json", "--file", file, "--output", "json").Succeeded()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();

        // At the end of the file each window of each monitor has a reading.
        var last = replay.Where(line => $"{line["type"]}" == "reading").GroupBy(line => $"{line["monitor"]}")
            .ToDictionary(monitor => monitor.Key, monitor => monitor.TakeLast(2).ToList());
        Assert.Equal(monitors.Order(StringComparer.Ordinal), last.Keys.Order(StringComparer.Ordinal));
        Assert.All(last.SelectMany(monitor => monitor.Value), reading => Assert.NotNull(reading["kl_nats"]));
        Assert.Equal("{}", replay[^1]["rejected"]!.ToJsonString());
    }
}
