using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftMonitor.Commands;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;
using DriftMonitor.Tests.Service;
using DriftMonitor.Wording;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Spectre.Console;

namespace DriftMonitor.Tests.Commands;

public sealed class ReferenceShowTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void All_that_a_reference_holds_is_shown_and_special_bins_stand_apart() => Assert.Equal(
        """
        field    delay
        period   2013-04-01T00:00:00Z to 2013-04-11T00:00:00Z
        excluded 2013-04-02T00:00:00Z to 2013-04-03T00:00:00Z
        events   1000, 4.63 per pane, 48 per longest window

             bin  events   share
         [0, 10)     600  60.0 %  ████████████████████████████████
        [10, 20]     300  30.0 %  ████████████████

         missing     100  10.0 %  █████▍
        below, above, nan, wrong_type: 0

        window  kind        based on    threshold  above  reach
        6h      measured     10 days  4.00 at 95%      1   3.00
        24h     dispersion    2 days  4.00 at 95%      –     15

        threshold: the z that this share of the readings does not
        exceed; above: how often the readings rose above it.
        reach: the time per false alarm, 30d (--false-alarm-every),
        divided by the time that the calibration is based on. Above
        1, the false-alarm rate depends on the shape of the fitted
        tail; check-config warns above 10.
        24h: simulated independent events, with z divided by 2.5,
        the dispersion measured in 2 days of the reference (too few
        to fit a tail).

        window  largest peaks            z  once in
        6h      2013-04-05T12:00:00Z  8.00  50 days  █████████████
                2013-04-07T01:00:00Z  6.00  30 days  █████████▊

        """, Shown(File("delay", segments: 0), width: 60));

    [Fact]
    public void A_reference_without_a_period_says_so()
    {
        var reference = new Reference(new CategoricalBinning(["a", "b"]), [1, 0, 0, 0, 0]);
        var file = new ReferenceFile("x", reference, new Dictionary<string, WindowCalibration>
        {
            ["1m"] = new(CalibrationKind.Independent, Tail.Flat(1000), 1, []) { SpanPanes = 0 },
        });

        Assert.Equal(
            """
            field    x
            period   none
            events   1

            bin  events    share
              a       1  100.0 %  ████████████████████████████████████
              b       0      0 %
            unseen, missing, wrong_type: 0

            window  kind         based on    threshold  above  reach
            1m      independent         –  0.00 at 95%      –      –

            threshold: the z that this share of the readings does not
            exceed; above: how often the readings rose above it.
            reach: the time per false alarm, 30d (--false-alarm-every),
            divided by the time that the calibration is based on. Above
            1, the false-alarm rate depends on the shape of the fitted
            tail; check-config warns above 10.
            1m: simulated independent events: the reference has no
            period.

            """, Shown(file, width: 60));
    }

    // Three segments share one false alarm in 30 days, so each may have one in 90 days: nine times the ten days behind the 6h calibration.
    [Theory]
    [InlineData("30d", 0, "3.00")]
    [InlineData("30d", 3, "9.00")]
    [InlineData("5d", 3, "1.50")]
    [InlineData("365d", 2, "73")]
    public void The_reach_is_the_time_per_false_alarm_over_the_time_behind_the_calibration(string every, int segments, string reach)
    {
        var lines = Shown(File("delay", segments), width: 100, every).Split('\n');
        Assert.EndsWith($"  {reach}", lines.Single(line => line.StartsWith("6h      measured", StringComparison.Ordinal)));
    }

    [Fact]
    public void Segments_are_listed_by_size_with_bars_of_their_share()
    {
        var lines = Shown(File("delay", segments: 3), width: 60).Split('\n');

        Assert.Equal(
            [
                "origin      events   share                  return periods",
                "segment 2      600  60.0 %  ██████████████  measured",
                "segment 1      300  30.0 %  ███████         measured",
                "no segment     100  10.0 %  ██▍             not calibrated",
                "",
            ], lines[^5..]);
    }

    [Fact]
    public void An_unknown_segment_is_reported_with_the_known_names()
    {
        var file = File("delay", segments: 3);
        var segments = new Dictionary<string, SegmentReference>(file.Segments) { ["\u001b[31mred"] = file.Segments[""] };
        _workshop.Write("r.json", (file with { Segments = segments }).ToJson());

        Refuses("nope", "has no such segment: use \"\", \"·[31mred\", \"segment 1\" or \"segment 2\"");
        Refuses("segmnt 1", "has no such segment (did you mean \"segment 1\"?)");
        Refuses("no segment", "has no such segment: use \"\" for events without a segment");
        Assert.Contains("segment  no segment (origin)\n", Show("--segment", ""), StringComparison.Ordinal);

        void Refuses(string segment, string message) =>
            _workshop.Refuses(2, $"--segment \"{segment}\": r.json {message}", "reference", "show", "r.json", "--segment", segment);
    }

    [Fact]
    public void A_category_without_a_name_has_a_label_all_the_same()
    {
        var reference = new Reference(new CategoricalBinning(["", "a"]), [1, 2, 0, 0, 0]);
        var lines = Shown(new ReferenceFile("x", reference, new Dictionary<string, WindowCalibration>()), width: 60).Split('\n');
        Assert.Contains(lines, line => line.StartsWith(" \"\"       1  33.3 %  █", StringComparison.Ordinal));
    }

    [Fact]
    public void A_reference_by_the_hour_of_the_week_says_that_it_is_one()
    {
        long[][] hours = [.. Enumerable.Range(0, 168).Select(_ => new long[7])];
        (hours[0][0], hours[100][1], hours[100][5]) = (600, 300, 100);

        Assert.Contains(
            "hours    separate counts for each of the 168 hours of the week; below, all hours together\n",
            Shown(File("delay", segments: 0) with { HourOfWeek = hours }, width: 100),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(50)]
    [InlineData(55)]
    public void In_a_narrow_terminal_no_word_and_no_figure_is_broken_in_two(int width)
    {
        var words = Shown(File("delay", segments: 3), width: 200).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        var narrow = Shown(File("delay", segments: 3), width);

        Assert.All(narrow.Split('\n'), line => Assert.InRange(line.GetCellWidth(), 0, width));

        // Bars, and the note that a narrow table has more columns, are not in the wide text.
        var shown = narrow.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Where(word => !word.Any(letter => letter is >= '█' and <= '▏' or '(' or ')'))
            .Where(word => word is not ("more" or "column" or "columns" or "in" or "a" or "wider"));
        Assert.All(shown, word => Assert.Contains(word, words));
    }

    [Fact]
    public void One_segment_is_shown_as_a_reference_of_its_own()
    {
        _workshop.Write("r.json", File("delay", segments: 3).ToJson());

        Assert.Contains("segment  segment 2 (origin)\n", Show("--segment", "segment 2"), StringComparison.Ordinal);
        _workshop.Write("own.json", Show("--segment", "segment 1", "--output", "json"));
        var own = ReferenceFile.Read(_workshop["own.json"], Reference.DefaultPseudoCount);
        Assert.Equal((300, 0, null), (own.Reference.Events, own.Segments.Count, own.SegmentBy));
        Assert.Equal(["6h"], own.Calibration.Keys);
        var written = JsonNode.Parse(System.IO.File.ReadAllText(_workshop["r.json"]));
        Assert.True(JsonNode.DeepEquals(written, JsonNode.Parse(Show("--output", "json"))));
    }

    [Fact]
    public void Of_many_categories_those_with_the_most_events_are_listed()
    {
        var binning = new CategoricalBinning([.. Enumerable.Range(0, 5000).Select(word => $"word{word:0000}")]);
        long[] counts = [.. Enumerable.Range(0, 5000).Select(word => word % 50 == 0 ? 10_000L - word : 1), 7, 0, 0];
        var text = Shown(
            new ReferenceFile("words(text)", new Reference(binning, counts), new Dictionary<string, WindowCalibration>()), width: 100);

        Assert.Equal(
            Enumerable.Range(0, 100).Select(place => $"word{place * 50:0000}"),
            Regex.Matches(text, "word[0-9]{4}").Select(word => word.Value));
        Assert.Contains("the 100 of 5000 bins with the most events; --output json has all", text, StringComparison.Ordinal);
        Assert.Contains("unseen", text, StringComparison.Ordinal);
    }

    [Property]
    public Property Whatever_the_names_are_lines_fit_the_width_and_bars_have_room() =>
        Prop.ForAll(Gen.Choose(60, 200).ToArbitrary(), ArbMap.Default.ArbFor<NonEmptyArray<NonNull<string>>>(), (width, names) =>
        {
            string[] given = [.. names.Get.Select(name => name.Get), new string('x', 300), "日本語の名前日本語の名前日本語の名前日本語の名前"];
            string[] values = [.. given.Where(value => !value.Any(char.IsSurrogate)).Distinct()];
            var counts = Enumerable.Range(0, values.Length + 3).Select(i => i == values.Length - 1 ? 1_000_000_000L : i).ToArray();
            var reference = new Reference(new CategoricalBinning(values), counts);
            var lines = Shown(new ReferenceFile(values[0], reference, new Dictionary<string, WindowCalibration>()), width).Split('\n');
            return lines.All(line => line.GetCellWidth() <= width) && lines.Any(line => line.Count(c => c == '█') >= width / 4);
        });

    private string Show(params string[] options) => _workshop.Run(["reference", "show", "r.json", .. options]).Succeeded();

    private static string Shown(ReferenceFile file, int width, string every = "30d")
    {
        using var output = new StringWriter();
        Assert.True(Duration.TryParse(every, out var promise));
        new ReferenceText(new Screen(output, width), file, promise).Write();
        return output.ToString();
    }

    // Ten days with panes of one hour. The second day is excluded.
    private static ReferenceFile File(string field, int segments)
    {
        var tail = Tail.Flat(240) with { Threshold = 4 };
        CalibrationPeak[] peaks = [new(Scene.At("2013-04-05T12:00Z"), 8), new(Scene.At("2013-04-07T01:00Z"), 6)];
        WindowCalibration measured = new(CalibrationKind.Measured, tail, 1, peaks) { SpanPanes = 240 };
        WindowCalibration dispersion = new(CalibrationKind.Dispersion, tail, 2.5, []) { SpanPanes = 48 };
        var calibration = new Dictionary<string, WindowCalibration> { ["6h"] = measured, ["24h"] = dispersion };
        return new ReferenceFile(field, Of([600, 300, 0, 0, 0, 100, 0]), calibration)
        {
            SegmentBy = segments > 0 ? "origin" : null,
            Segments = Enumerable.Range(0, segments).ToDictionary(i => i == 0 ? "" : $"segment {i}", Segment),
        };

        SegmentReference Segment(int i) => i == 0
            ? new(Of([100, 0, 0, 0, 0, 0, 0]), new Dictionary<string, WindowCalibration>())
            : new(Of([300 * i, 0, 0, 0, 0, 0, 0]), new Dictionary<string, WindowCalibration> { ["6h"] = measured });

        static Reference Of(long[] counts) => new(new NumericBinning([0, 10, 20]), counts)
        {
            Period = new Period(Scene.At("2013-04-01T00:00Z"), Scene.At("2013-04-11T00:00Z")),
            Excluded = [new Period(Scene.At("2013-04-02T00:00Z"), Scene.At("2013-04-03T00:00Z"))],
            EventsPerPane = counts.Sum() / 216.0,
            MeanEvents = 48,
        };
    }
}
