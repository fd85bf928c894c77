using System.Text.Json.Nodes;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Commands;

public sealed class ReferenceBuildTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public ReferenceBuildTests() => _workshop.Configure("127.0.0.1:1", Workshop.Delays());

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void A_build_sums_itself_up_for_programs_on_standard_output_and_for_people_on_standard_error()
    {
        _workshop.Write("values.ndjson", """
            {"time":"2013-04-01T00:10:00Z","dep_delay":1}
            {"time":"2013-04-01T01:10:00Z","dep_delay":5}
            nonsense

            """);
        var build = _workshop.Run("reference", "build", "--config", "config.json", "--monitor", "departure-delay", "--file", "values.ndjson", "--out", "r.json", "--bins", "equal:4", "--output", "json");
        var summary = JsonNode.Parse(build.Succeeded())!;

        string[] remarks =
        [
            // One event in two hours is three in six.
            "note: 4 of 4 bins expect fewer than 5 events in a window of 6h: --min-expected 5 pools them",
            "note: the calibration of 6h and 24h simulates independent events, which real streams outdo: 2 hours are too short to tell how the reference fluctuates; build it from at least 3 such windows",
        ];
        Assert.Equal("""{"reference":"r.json","monitor":"departure-delay","field":"dep_delay","read":3,"rejected":{"malformed":1},"events":2,"from":"2013-04-01T00:00:00Z","to":"2013-04-01T02:00:00Z","bins":4,"rare_bins":4,"calibration":{"6h":"independent","24h":"independent"}}""",
            Without(summary, "remarks").ToJsonString());
        Assert.Equal(remarks, summary["remarks"]!.AsArray().Select(remark => remark!.GetValue<string>()));
        Assert.Equal(
            ["driftmonitor: r.json: 2 of 3 events from 2013-04-01T00:00:00Z to 2013-04-01T02:00:00Z in 4 bins; rejected: 1 malformed", .. remarks.Select(remark => $"driftmonitor: {remark}"), ""],
            build.Errors.Split('\n'));
    }

    [Theory]
    [InlineData("""{"time":"2013-04-01T00:10:00Z","dep_delay":1}|nonsense|nonsense|nonsense""", "--bins equal:4", "warning: 3 of 4 events were rejected: is this the right source, and EventTime the right field?")]
    [InlineData("""{"time":"2013-04-01T00:10:00Z","dep_delay":1}|{"time":"2013-04-01T00:10:00Z","dep_delay":"n/a"}""", "--bins equal:4", "warning: 1 of 2 values are of another type than these bins are for, and count as wrong_type: for categories, --bins categories:20")]
    [InlineData("""{"time":"2013-04-01T00:10:00Z","dep_delay":"a"}|{"time":"2013-04-01T00:10:00Z","dep_delay":{}}""", "--bins categories:2", "warning: 1 of 2 values are of another type than these bins are for, and count as wrong_type: name a field within the objects")]
    [InlineData("""{"time":"2013-04-01T00:10:00Z","dep_delay":1}|{"time":"2013-04-01T10:10:00Z","dep_delay":2}""", "--bins equal:4", "warning: no event from 2013-04-01T01:00:00Z to 2013-04-01T10:00:00Z, most of the reference: if those before or after it have wrong times, leave them out with --from or --to; if events are missing, --exclude 2013-04-01T01:00:00Z..2013-04-01T10:00:00Z")]
    public void What_is_likely_not_meant_is_warned_of(string events, string bins, string warning)
    {
        _workshop.Write("values.ndjson", events.Replace('|', '\n') + "\n");
        string[] arguments = ["reference", "build", "--config", "config.json", "--monitor", "departure-delay", "--file", "values.ndjson", "--out", "r.json", .. bins.Split(' ')];

        var build = _workshop.Run(arguments);

        build.Succeeded();
        Assert.Contains($"driftmonitor: {warning}\n", build.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_has_decided_on_rare_bins_is_not_advised_of_them()
    {
        _workshop.Write("values.ndjson", "{\"time\":\"2013-04-01T00:10:00Z\",\"dep_delay\":1}\n{\"time\":\"2013-04-01T01:10:00Z\",\"dep_delay\":5}\n");
        var build = _workshop.Run("reference", "build", "--config", "config.json", "--monitor", "departure-delay", "--file", "values.ndjson", "--out", "r.json", "--min-expected", "0");

        build.Succeeded();
        Assert.DoesNotContain("--min-expected", build.Errors);
    }

    // The writer of a pipe goes on Ctrl-C too: what it has written by then is not all. Its end of the pipe opens once the build is reading.
    [Fact]
    public void An_interrupted_build_makes_no_reference_of_what_came_before()
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

    private static JsonObject Without(JsonNode summary, string key)
    {
        var rest = summary.DeepClone().AsObject();
        rest.Remove(key);
        return rest;
    }
}
