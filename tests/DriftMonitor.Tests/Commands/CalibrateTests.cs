using System.Text.Json.Nodes;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.References;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Commands;

/// <summary><c>replay --calibrate</c> on the flights of tests/data, with a reference of April and May.</summary>
public sealed class CalibrateTests : IDisposable
{
    private static readonly string[] Replay = ["replay", "--config", "config.json", "--file", Workshop.Flights];

    private readonly Workshop _workshop = new();

    public CalibrateTests()
    {
        _workshop.Configure("127.0.0.1:1", Workshop.Delays());
        Build();
    }

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void Calibrations_are_those_of_the_readings_of_the_range_and_all_else_stays()
    {
        var before = Content();
        string[] range = ["--from", "2013-02-10T00:00:00Z", "--to", "2013-03-30T00:00:00Z"];
        var readings = Readings(range);

        var errors = _workshop.Run([.. Replay, .. range, "--calibrate"]).Errors;

        var (own, after) = (Reference(), Content());
        Assert.EndsWith(
            "driftmonitor: departure-delay.json: calibrated on the readings from 2013-02-09T23:00:00Z to 2013-03-29T23:00:00Z",
            errors.TrimEnd());
        Assert.Equal("2013-02-09T23:00:00Z", (string)after["calibrated_from"]!);
        Assert.Equal("2013-03-29T23:00:00Z", (string)after["calibrated_to"]!);
        Assert.All(
            new[] { ("6h", 6), ("24h", 24) },
            window => AreEqual(Expected(readings[window.Item1], window.Item2, []), own.Calibration[window.Item1]));
        var shown = _workshop.Run("reference", "show", "departure-delay.json").Output;
        Assert.Contains("\ncalibrated on the readings from 2013-02-09T23:00:00Z to 2013-03-29T23:00:00Z\n", shown);
        var json = JsonNode.Parse(_workshop.Run("reference", "show", "departure-delay.json", "--output", "json").Output)!;
        Assert.Equal(("2013-02-09T23:00:00Z", "2013-03-29T23:00:00Z"), ((string)json["calibrated_from"]!, (string)json["calibrated_to"]!));
        Assert.DoesNotContain("within_factor", after["calibration"]!.ToJsonString());
        foreach (var key in new[] { "calibration", "calibrated_from", "calibrated_to" })
        {
            before.Remove(key);
            after.Remove(key);
        }

        Assert.Equal(before.ToJsonString(), after.ToJsonString());

        // What was unusual in April and May is usual in this range, the end of the blizzard included.
        Assert.True(own.Calibration["6h"].ReturnPeriod(20) < 1000);
    }

    [Fact]
    public void Excluded_periods_have_no_part_in_it()
    {
        string[] range = ["--from", "2013-02-05T00:00:00Z", "--to", "2013-03-30T00:00:00Z"];
        var readings = Readings(range);
        var excluded = new Period(At("2013-02-08T12:00:00Z"), At("2013-02-12T00:00:00Z"));

        _workshop.Run([.. Replay, .. range, "--calibrate", "--exclude", $"{excluded.From}..{excluded.To}"]);

        // A window of six hours that ends at noon on the 12th at the latest has none of its events.
        var start = At("2013-02-04T23:00:00Z");
        var z = readings["6h"].Select((z, i) => start + TimeSpan.FromHours(i + 1) is var end
            && end > excluded.From && end < excluded.To + TimeSpan.FromHours(6) ? double.NaN : z).ToArray();
        var widened = new Period(excluded.From, excluded.To + TimeSpan.FromHours(5));
        AreEqual(Expected(z, 6, [widened], "2013-02-04T23:00:00Z"), Reference().Calibration["6h"]);
        Assert.DoesNotContain(Reference().Calibration["6h"].Peaks, peak => peak.Time > excluded.From && peak.Time < excluded.To);
    }

    [Fact]
    public void Each_segment_has_the_calibration_of_its_own_readings()
    {
        var monitor = Workshop.Delays();
        (monitor["SegmentBy"], monitor["Alert"]) = ("origin", new JsonObject { ["FalseAlarmEvery"] = "30d" });
        _workshop.Configure("127.0.0.1:1", monitor);
        Build();
        var (before, whole) = (Reference(), Content()["calibration"]!.ToJsonString());

        _workshop.Run([.. Replay, "--from", "2013-02-10T00:00:00Z", "--to", "2013-03-30T00:00:00Z", "--calibrate"]);

        Assert.Equal(3, before.Segments.Count);
        var after = Reference();
        Assert.Equal(3, after.Segments.Values.Select(segment => segment.Calibration["6h"].ReturnPeriod(5)).Distinct().Count());
        Assert.All(after.Segments, segment => Assert.NotEqual(
            before.Segments[segment.Key].Calibration["6h"].ReturnPeriod(5), segment.Value.Calibration["6h"].ReturnPeriod(5)));
        Assert.Equal(whole, Content()["calibration"]!.ToJsonString());
    }

    [Fact]
    public void What_cannot_be_calibrated_is_refused_with_a_remedy_and_the_file_stays()
    {
        var before = Content().ToJsonString();
        Refuses("--exclude is for --calibrate, which is missing: add --calibrate", "--exclude", "2013-02-01..2013-02-02");
        Refuses("--exclude x: use FROM..TO, for example ", "--calibrate", "--exclude", "x");
        Refuses("--exclude 2013-03-02..2013-03-01: FROM must be before TO", "--calibrate", "--exclude", "2013-03-02..2013-03-01");
        Refuses("--what-if compares settings and gives no readings: leave out --calibrate", "--calibrate", "--what-if", "x");
        var empty = _workshop.Run([.. Replay, "--calibrate", "--from", "2020-01-01T00:00:00Z"]);
        Assert.Equal(2, empty.ExitCode);
        Assert.Contains(
            "--calibrate: no pane of the monitor \"departure-delay\" has closed in the range, so departure-delay.json stays as it is",
            empty.Errors);
        Assert.Equal(before, Content().ToJsonString());

        var monitor = Workshop.Delays();
        monitor["Reference"] = new JsonObject { ["Kind"] = "previous_window", ["Edges"] = new JsonArray(0, 1, 2) };
        _workshop.Configure("127.0.0.1:1", monitor);
        var ended = _workshop.Run([.. Replay, "--calibrate"]);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(
            "--calibrate refits calibrations in reference files, and no monitor in config.json has one: build one", ended.Errors);
    }

    private static EventTime At(string time) => Scene.At(time);

    // z at each pane's end, as the lines of a replay have them.
    private Dictionary<string, double[]> Readings(string[] range) =>
        _workshop.Run([.. Replay, .. range, "--output", "json"]).Succeeded().Split('\n')
            .Where(line => line.StartsWith("{\"type\":\"reading\"", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line)!)
            .GroupBy(line => (string)line["window"]!)
            .ToDictionary(window => window.Key, window => window.Select(line => (double?)line["z"] ?? double.NaN).ToArray());

    private WindowCalibration Expected(double[] z, int length, Period[] excluded, string from = "2013-02-09T23:00:00Z")
    {
        var reference = Reference().Reference;
        var spec = Scene.Watch().Monitor.Spec with
        {
            Windows = [new WindowSpec(TimeSpan.FromHours(length), $"{length}h")],
            MinimumEvents = 100,
        };
        var period = new Period(At(from), At(from) + TimeSpan.FromHours(z.Length));
        return Calibrator.Calibrate(
            spec,
            new Reference(reference.Binning, reference.Counts) { Period = period, Excluded = excluded },
            [new MeasuredWindow(z[(length - 1)..], 1)],
            z.Length)[0];
    }

    private static void AreEqual(WindowCalibration expected, WindowCalibration actual)
    {
        Assert.Equal((expected.Kind, expected.SpanPanes), (actual.Kind, actual.SpanPanes));
        Assert.Equal(CalibrationKind.Measured, actual.Kind);
        Assert.Equal(expected.Peaks, actual.Peaks);
        Assert.All(new[] { 0, 0.5, 1, 2, 5, 20, 100, 1000 }, z => Assert.Equal(expected.ReturnPeriod(z), actual.ReturnPeriod(z)));
    }

    private void Build() => _workshop.Run(
        "reference", "build", "--config", "config.json", "--monitor", "departure-delay", "--out", "departure-delay.json",
        "--from", "2013-04-01T00:00:00Z", "--to", "2013-06-01T00:00:00Z", "--file", Workshop.Flights).Succeeded();

    private ReferenceFile Reference() =>
        ReferenceFile.Read(_workshop["departure-delay.json"], Core.Distributions.Reference.DefaultPseudoCount);

    private JsonObject Content() => JsonNode.Parse(File.ReadAllText(_workshop["departure-delay.json"]))!.AsObject();

    private void Refuses(string line, params string[] options) => _workshop.Refuses(2, line, [.. Replay, .. options]);
}
