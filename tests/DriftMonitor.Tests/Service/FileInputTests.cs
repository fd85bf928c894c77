using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace DriftMonitor.Tests.Service;

/// <summary>The verbs on files as people have them.</summary>
public sealed class FileInputTests : IDisposable
{
    private static readonly string[] Lands = ["AT", "DE", "FR"];
    private static readonly string[] Build =
        ["reference", "build", "--config", "config.json", "--monitor", "land", "--out", "land.json", "--file"];

    private readonly Workshop _workshop = new();

    public FileInputTests() => _workshop.Configure("127.0.0.1:1", new JsonObject
    {
        ["Name"] = "land",
        ["Topic"] = "t",
        ["Field"] = "land",
        ["EventTime"] = "ts",
        ["Pane"] = "1h",
        ["Windows"] = new JsonArray("6h", "24h"),
        ["MinimumEvents"] = 20,
        ["Reference"] = new JsonObject { ["File"] = "land.json" },
        ["Alert"] = new JsonObject { ["Window"] = "24h", ["FireAbove"] = 0.3 },
    });

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void A_file_for_each_country_with_the_same_hours_gives_the_readings_of_the_sorted_stream()
    {
        var random = new Random(20130209);
        var (week, day) = (Draw(random, 0, 7 * 1440), Draw(random, 7 * 1440, 1440));
        var parts = Lands.Select(land => WritePart($"ref-{land}.ndjson", week.Where(e => e.Land == land))).ToArray();
        var build = _workshop.Run([.. Build, .. parts]);
        Assert.StartsWith("driftmonitor: land.json: 10080 of 10080 events from ", build.Errors);
        var built = File.ReadAllText(_workshop["land.json"]);
        WritePart("ref.ndjson", week);
        _workshop.Run([.. Build, "ref.ndjson"]).Succeeded();
        Assert.Equal(built, File.ReadAllText(_workshop["land.json"]));

        WritePart("day.ndjson", day);
        var sorted = Replay("day.ndjson");
        var byLand = Lands.Select(land => WritePart($"day-{land}.ndjson", day.Where(e => e.Land == land))).ToArray();
        var byHour = Enumerable.Range(0, 24).Reverse()
            .Select(hour => WritePart($"day-{hour}.ndjson", day.Where(e => e.Minute / 60 % 24 == hour))).ToArray();
        Assert.Equal(sorted, Replay(byLand));
        Assert.Equal(sorted, Replay([.. byLand.Reverse()]));
        Assert.Equal(sorted, Replay(byHour));
        Assert.EndsWith("\"events\":1440,\"rejected\":{},\"from\":\"2024-01-08T00:00:00Z\",\"to\":\"2024-01-08T23:59:00Z\"}", sorted);
        var last = JsonNode.Parse(sorted.Split('\n')[^2])!;
        Assert.Equal(("24h", 1440), ((string?)last["window"], (int)last["events"]!));
        Assert.InRange((double)last["kl_nats"]!, 0, 0.005); // nothing has drifted
    }

    [Fact]
    public void A_file_in_falling_order_of_time_is_to_be_sorted()
    {
        WriteReference();
        WritePart("falling.ndjson", Draw(new Random(1), 0, 1440).Reverse());
        Refuses(
            "falling.ndjson: its rows are in falling order of time, from 2024-01-01T23:59:00Z in row 1 to 2024-01-01T22:39:00Z by row 84, "
            + "and nearly all would be late: sort it by time, oldest first",
            "replay", "--config", "config.json", "--output", "json", "--file", "falling.ndjson");
    }

    [Fact]
    public void A_file_in_Latin_1_is_refused_and_not_replayed_by_its_rows_without_accents()
    {
        WriteReference();
        var rows = string.Concat(Draw(new Random(1), 0, 1440).Select(e => $"{Time(e.Minute)},{(e.Land == "FR" ? "Réunion" : e.Land)}\n"));
        File.WriteAllBytes(_workshop["latin.csv"], Encoding.Latin1.GetBytes("ts,land\n" + rows));
        var ended = _workshop.Run("replay", "--config", "config.json", "--file", "latin.csv");
        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith("driftmonitor: latin.csv is not UTF-8: 20 of the first ", ended.Errors);
        Assert.EndsWith("convert it, for example with iconv -f WINDOWS-1252 -t UTF-8\n", ended.Errors);
    }

    [Theory]
    [InlineData("x.json", "ts,land\n2024-01-01,AT\n", 1,
        "note: x.json was read as one JSON object per line, because of its name, but its first line is not JSON: \"ts,land\"")]
    [InlineData("x.txt", "oops\n{\"ts\":\"2024-01-01\",\"land\":\"a,b\"}\n{\"ts\":\"2024-01-01\"}\n", 0,
        "note: x.txt was read as CSV, because its first line is not JSON: its header is row 1, with 1 column (oops)")]
    [InlineData("x.ndjson", "", 1, "there is no event in x.ndjson: check the files")]
    [InlineData("x.csv", "ts,land\n", 1, "there is no event in x.csv: check the files")]
    public void A_replay_of_a_file_without_events_hints_at_the_reason(string name, string text, int exitCode, string hint)
    {
        WriteReference();
        _workshop.Write(name, text);
        var ended = _workshop.Run("replay", "--config", "config.json", "--file", name);
        Assert.Equal(exitCode, ended.ExitCode);
        Assert.StartsWith($"driftmonitor: {hint}\n", ended.Errors);
    }

    [Fact]
    public void A_build_that_fails_tells_what_the_file_was_read_as_in_its_one_line()
    {
        _workshop.Write("x.json", "ts,land\n2024-01-01,AT\n");
        Refuses(
            "no events to build a reference from: 2 read, and all are malformed: an event is a JSON object on its own line, or a CSV row "
            + "below a header; x.json was read as one JSON object per line, because of its name, but its first line is not JSON: "
            + "\"ts,land\"",
            [.. Build, "x.json"]);
    }

    [Fact]
    public void A_column_with_blanks_after_the_commas_is_numeric_and_its_categories_are_equal()
    {
        _workshop.Write("a.csv", "id, age, work\n1, 20, Private\n2, 30, State\n3, 40, Private\n4, 50, State\n");
        _workshop.Write("b.csv", "id, age, work\n1, 20, State\n2, 30, Private\n3, 40, State\n4, 90, Private\n");
        Assert.Equal("inf", (string?)Compare("b.csv:age", "a.csv:age")["kl_nats"]); // 90 exceeds the greatest
        Assert.InRange((double)Compare("b.csv:age", "a.csv:age", "--alpha", "0.5")["kl_nats"]!, 0.01, 2);
        Assert.Equal(0, (double)Compare("b.csv:work", "a.csv:work")["kl_nats"]!);
    }

    [Fact]
    public void Decimal_commas_between_semicolons_are_compared_as_numbers()
    {
        _workshop.Write("air.csv", "Day;T;RH;;\r\n1;10,5;48,9;;\r\n2;11,5;47,7;;\r\n3;12,5;54;;\r\n");
        _workshop.Write("air.tsv", "Day\tT\n1\t10.5\n2\t11.5\n3\t12.5\n");
        Assert.Equal(0, (double)Compare("air.csv:T", "air.tsv:T")["kl_nats"]!);
        Assert.Equal("inf", (string?)Compare("air.csv:RH", "air.tsv:T")["kl_nats"]);
    }

    [Fact]
    public void A_comparison_names_the_first_row_that_does_not_fit()
    {
        _workshop.Write("r.csv", "a;b\n1;2\n3;4;5\n5;6\n7\n");
        var ended = _workshop.Run("compare", "r.csv:b", "[1,1]");
        Assert.StartsWith(
            "driftmonitor: warning: r.csv:b: 2 of 4 rows (50.0 %) were rejected: 2 malformed (expected in UTF-8: "
            + "a JSON object per event, or CSV rows that fit their header), the first at r.csv row 3, "
            + "which has 3 cells where the header has 2: `3;4;5`\n",
            ended.Errors);
    }

    private static (int Minute, string Land)[] Draw(Random random, int first, int minutes) =>
        [.. Enumerable.Range(first, minutes).Select(minute => (minute, Lands[random.Next(10) switch { < 2 => 0, < 7 => 1, _ => 2 }]))];

    private static string Time(int minute) =>
        new DateTime(2024, 1, 1).AddMinutes(minute).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private string WritePart(string name, IEnumerable<(int Minute, string Land)> events)
    {
        _workshop.Write(name, string.Concat(events.Select(e => $$"""{"ts":"{{Time(e.Minute)}}","land":"{{e.Land}}"}""" + "\n")));
        return name;
    }

    private void WriteReference() => _workshop.Write("land.json", """
        {"format":"driftmonitor.reference/1","field":"land","bins":{"kind":"categories","values":["AT","DE","FR"]},
         "counts":{"regular":[200,500,300],"special":{}}}
        """);

    private void Refuses(string line, params string[] arguments)
    {
        var ended = _workshop.Run(arguments);
        Assert.Equal((1, $"driftmonitor: {line}\n"), (ended.ExitCode, ended.Errors));
    }

    private JsonNode Compare(params string[] arguments) =>
        JsonNode.Parse(_workshop.Run(["compare", .. arguments, "--output", "json"]).Succeeded())!;

    // Without the largest step of time within a partition, which does depend on the partitions.
    private string Replay(params string[] files)
    {
        var output = _workshop.Run(["replay", "--config", "config.json", "--output", "json", "--file", .. files]).Succeeded();
        return System.Text.RegularExpressions.Regex.Replace(output.TrimEnd('\n'), ",\"largest_step_forward_s\":[^}]*", "");
    }
}
