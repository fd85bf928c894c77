using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Commands;

public sealed class ReferenceBuildTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public ReferenceBuildTests() => _workshop.Configure("127.0.0.1:1", Workshop.Delays());

    public void Dispose() => _workshop.Dispose();

    [Theory]
    [InlineData(100, "\"id-{0}\"", "50.0 % of the", null)]
    [InlineData(101, "\"id-{0}\"", null,
        "warning: 80.2 % of the values are in none of the 20 categories and count as unseen, where drift among them can't be seen: "
        + "use --bins categories:91, which hold 90.0 %")]
    [InlineData(1300, "\"id-{0}\"", null,
        "warning: 98.5 % of the values are in none of the 20 categories and count as unseen, where drift among them can't be seen: "
        + "it takes 1170 to hold 90.0 %, as of an identifier, so watch a field with fewer values")]
    public void A_reference_whose_values_are_mostly_unseen_is_warned_of(int values, string value, string? never, string? warning)
    {
        var bins = never is null ? "categories:20" : "categories:50";
        _workshop.Write("values.ndjson", string.Concat(Enumerable.Range(0, values).Select(i =>
            $$"""{"time":"2013-04-01T00:10:00Z","dep_delay":{{string.Format(CultureInfo.InvariantCulture, value, i)}}}""" + "\n")));
        var build = Build("--bins", bins);
        build.Succeeded();

        var lines = build.Errors.Split('\n').Where(line => line.Contains("count as unseen", StringComparison.Ordinal));
        Assert.Equal(warning is null ? [] : [$"driftmonitor: {warning}"], lines);
    }

    [Fact]
    public void Numbers_that_are_mostly_unseen_as_categories_get_the_remedy_for_numbers()
    {
        _workshop.Write("values.ndjson", string.Concat(Enumerable.Range(0, 50).Select(i =>
            $$"""{"time":"2013-04-01T00:10:00Z","dep_delay":{{i}}}""" + "\n")));
        var build = Build("--bins", "categories:20");
        build.Succeeded();

        Assert.Contains("they are numbers, so use --bins quantiles:10", build.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_sums_itself_up_for_programs_on_standard_output_and_for_people_on_standard_error()
    {
        _workshop.Write("values.ndjson", """
            {"time":"2013-04-01T00:10:00Z","dep_delay":1}
            {"time":"2013-04-01T01:10:00Z","dep_delay":5}
            nonsense

            """);
        var build = Build("--bins", "equal:4", "--output", "json");
        var summary = JsonNode.Parse(build.Succeeded())!;

        string[] remarks =
        [
            // Even a bin with one event in two hours expects only three in six hours.
            "note: 4 of 4 bins expect fewer than 5 events in a window of 6h: --min-expected 5 pools them",
            "note: the calibration of 6h and 24h simulates independent events; real streams vary more than that: "
                + "2 hours are too short to measure how the reference varies; build it from at least 3 such windows",
            "warning: 1 of 3 events (33.3 %) were rejected: 1 malformed (expected in UTF-8: a JSON object per event, or CSV rows that fit "
                + "their header), the first at values.ndjson line 3: `nonsense`",
        ];
        Assert.Equal(
            """{"reference":"r.json","monitor":"departure-delay","field":"dep_delay","read":3,"rejected":{"malformed":1},"events":2"""
                + ""","from":"2013-04-01T00:00:00Z","to":"2013-04-01T02:00:00Z","bins":4,"rare_bins":4"""
                + ""","calibration":{"6h":"independent","24h":"independent"}}""",
            Without(summary, "remarks").ToJsonString());
        Assert.Equal(remarks, summary["remarks"]!.AsArray().Select(remark => remark!.GetValue<string>()));
        Assert.Equal(
            [
                "driftmonitor: r.json: 2 of 3 events from 2013-04-01T00:00:00Z to 2013-04-01T02:00:00Z in 4 bins; rejected: 1 malformed",
                .. remarks.Select(remark => $"driftmonitor: {remark}"),
                "",
            ],
            build.Errors.Split('\n'));
    }

    [Theory]
    [InlineData("""{"time":"2013-04-01T00:10:00Z","dep_delay":1}|nonsense|nonsense|nonsense""", "--bins equal:4",
        "warning: 3 of 4 events (75.0 %) were rejected: 3 malformed (expected in UTF-8: a JSON object per event, or CSV rows that fit "
            + "their header), the first at values.ndjson line 2: `nonsense`")]
    [InlineData("""{"time":"2013-04-01T00:10:00Z","dep_delay":1}|{"time":"2013-04-01T00:10:00Z","dep_delay":"n/a"}""", "--bins equal:4",
        "warning: 1 of 2 values of the field \"dep_delay\" do not have the type of these bins and count as wrong_type: for categories, "
            + "use --bins categories:20")]
    [InlineData("""{"time":"2013-04-01T00:10:00Z","dep_delay":"a"}|{"time":"2013-04-01T00:10:00Z","dep_delay":{}}""", "--bins categories:2",
        "warning: 1 of 2 values of the field \"dep_delay\" do not have the type of these bins and count as wrong_type: "
            + "use a field inside the objects")]
    [InlineData("""{"time":"2013-04-01T00:10:00Z","dep_delay":1}|{"time":"2013-04-01T10:10:00Z","dep_delay":2}""", "--bins equal:4",
        "warning: there are no events from 2013-04-01T01:00:00Z to 2013-04-01T10:00:00Z, more than half of the reference: "
            + "if the events before or after have wrong times, leave them out with --from or --to; if events are missing, "
            + "use --exclude 2013-04-01T01:00:00Z..2013-04-01T10:00:00Z")]
    public void A_build_warns_of_likely_mistakes(string events, string bins, string warning)
    {
        _workshop.Write("values.ndjson", events.Replace('|', '\n') + "\n");

        var build = Build(bins.Split(' '));

        build.Succeeded();
        Assert.Contains($"driftmonitor: {warning}\n", build.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0 0 0 0 0 0 0 1 2 3", "")] // most are 0, which is alone in its bin
    [InlineData("5 5 5 5 5 12", "--edges 0,10,20")] // one number
    [InlineData("1 11 2 12", "--edges 0,10,20")] // just half
    public void A_build_does_not_warn_of_a_bin_that_hides_nothing(string values, string bins)
    {
        _workshop.Write("values.ndjson", string.Concat(values.Split(' ').Select(Line)));

        var build = Build(bins.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        build.Succeeded();
        Assert.DoesNotContain("stays unseen", build.Errors);
    }

    [Fact]
    public void A_bin_that_hides_most_of_a_segment_is_noted_although_the_whole_has_even_bins()
    {
        _workshop.Configure("127.0.0.1:1", [Segmented()]);
        string[] delays =
        [
            .. Enumerable.Range(0, 40).Select(i => Line($"{i}", "EWR")), // two of ten bins of the whole
            .. Enumerable.Range(0, 160).Select(i => Line($"{40 + i}", "JFK")),
            .. Enumerable.Range(0, 3).Select(_ => Line("7", "LGA")), // too few to say anything about them
        ];
        _workshop.Write("values.ndjson", string.Concat(delays));

        var build = Build("--edges", "0,50,100,150,200", "--output", "json");

        const string Note = "note: in 1 of 3 segments, such as \"EWR\", one bin holds more than half of the values, different ones, "
            + "because bins are shared by all segments: a drift among them stays unseen; divide the bin with --edges or other --bins, "
            + "such as quantiles:10";
        Assert.Contains(Note, JsonNode.Parse(build.Succeeded())!["remarks"]!.AsArray().Select(remark => remark!.GetValue<string>()));
        Assert.Contains($"driftmonitor: {Note}\n", build.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_does_not_recommend_pooling_if_min_expected_is_given()
    {
        _workshop.Write("values.ndjson", """
            {"time":"2013-04-01T00:10:00Z","dep_delay":1}
            {"time":"2013-04-01T01:10:00Z","dep_delay":5}

            """);
        var build = Build("--min-expected", "0");

        build.Succeeded();
        Assert.DoesNotContain("--min-expected", build.Errors);
    }

    // Ctrl-C also ends the writer of a pipe, so its events are incomplete. Opening the pipe for writing waits until the build reads.
    [Fact]
    public void An_interrupted_build_writes_no_reference()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // no such pipes and signals
        }

        var runtime = DriftMonitorProcess.StartInfo("bash", [], ".").Environment["DOTNET_ROOT"];
        var ended = Shell.Run("bash", "-uc", $$"""
            cd '{{_workshop.Folder}}' && mkfifo events && export DOTNET_ROOT='{{runtime}}'
            '{{DriftMonitorProcess.Executable}}' reference build --config config.json --monitor departure-delay --file events --out r.json &
            exec 3> events
            echo '{"time":"2013-04-01T00:10:00Z","dep_delay":1}' >&3
            kill -TERM $!
            exec 3>&-
            wait $!
            echo $? r.json*
            """);

        Assert.Equal("143 r.json*\n", ended.Output);
    }

    private Finished Build(params string[] options) => _workshop.Run(
    [
        .. "reference build --config config.json --monitor departure-delay --file values.ndjson --out r.json".Split(' '),
        .. options,
    ]);

    private static string Line(string value) => Line(value, "EWR");

    private static string Line(string value, string origin) =>
        $$"""{"time":"2013-04-01T00:10:00Z","dep_delay":{{value}},"origin":"{{origin}}"}""" + "\n";

    private static JsonObject Segmented()
    {
        var monitor = Workshop.Delays();
        (monitor["SegmentBy"], monitor["MinimumEvents"]) = ("origin", 20);
        return monitor;
    }

    private static JsonObject Without(JsonNode summary, string key)
    {
        var rest = summary.DeepClone().AsObject();
        rest.Remove(key);
        return rest;
    }
}
