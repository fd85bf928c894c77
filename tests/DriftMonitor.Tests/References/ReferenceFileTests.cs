using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.References;

public sealed class ReferenceFileTests : IDisposable
{
    private const string Edges = """{"kind":"edges","edges":[0,10,20]}""";
    private const string Categories = """{"kind":"categories","values":["a","b"]}""";
    private const string Counts = """{"regular":[3,4]}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-references-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Property]
    public Property A_written_reference_reads_back_equal() => Prop.ForAll(Files.ToArbitrary(), file =>
    {
        var text = file.ToJson();
        var read = Read(text);
        var (wrote, got) = (file.Reference, read.Reference);
        return read.Field == file.Field && got.Binning.IsSameAs(wrote.Binning) && got.Counts.SequenceEqual(wrote.Counts)
            && got.Period == wrote.Period && got.Excluded.SequenceEqual(wrote.Excluded)
            && got.EventsPerPane.Equals(wrote.EventsPerPane) && got.MeanEvents.Equals(wrote.MeanEvents) && read.ToJson() == text;
    });

    // The files in Golden are in version 1 of the format. They never change, and every later version must read them.
    [Fact]
    public void A_file_of_version_1_with_edges_is_readable_for_ever()
    {
        var file = Golden("v1-edges.json");
        var binning = Assert.IsType<NumericBinning>(file.Reference.Binning);

        Assert.Equal("dep_delay", file.Field);
        Assert.Equal([-43, -5.5, 0, 1e-9, 15, 1301], binning.Edges.ToArray());
        Assert.Equal([12345, 6789, 1, 0, 22, 0, 3, 1, 801, 2], file.Reference.Counts.ToArray());
        Assert.Equal(19964, file.Reference.Events);
        Assert.Equal(new Period(Scene.At("2013-04-01T00:00Z"), Scene.At("2013-06-01T00:00Z")), file.Reference.Period);
        Assert.Equal((39.0218579234, 936.6174863388), (file.Reference.EventsPerPane, file.Reference.MeanEvents));
        Assert.Empty(file.Reference.Excluded);
    }

    [Fact]
    public void A_file_of_version_1_with_categories_is_readable_for_ever()
    {
        var file = Golden("v1-categories.json");
        var binning = Assert.IsType<CategoricalBinning>(file.Reference.Binning);

        Assert.Equal("order.items[0].kind", file.Field);
        Assert.Equal(["café", "a \"quoted\" one", "true", "-0", "", "🍵", "back\\slash"], binning.Values);
        Assert.Equal([9223372036854775, 3, 2, 1, 0, 5, 7, 4, 0, 0], file.Reference.Counts.ToArray());
        Assert.Equal((null, null, null), (file.Reference.Period, file.Reference.EventsPerPane, file.Reference.MeanEvents));
    }

    [Fact]
    public void A_file_of_version_1_with_exclusions_is_readable_for_ever()
    {
        var file = Golden("v1-excluded.json");

        Assert.Equal([400, 600, 0, 0, 0, 0, 0], file.Reference.Counts.ToArray());
        Assert.Equal(
            [
                new Period(Scene.At("2013-04-10T00:00Z"), Scene.At("2013-04-11T06:00Z")),
                new Period(Scene.At("2013-05-23T12:00Z"), Scene.At("2013-05-24T00:00Z")),
            ],
            file.Reference.Excluded);
        Assert.False(file.Reference.Includes(new Period(Scene.At("2013-04-11T05:00Z"), Scene.At("2013-04-12T05:00Z"))));
        Assert.True(file.Reference.Includes(new Period(Scene.At("2013-04-11T06:00Z"), Scene.At("2013-04-12T06:00Z"))));
    }

    [Fact]
    public void A_file_says_how_numbers_in_texts_are_read()
    {
        const string Numbers = """{"kind":"categories","values":["17.0","1.10"]}""";
        var edges = Assert.IsType<NumericBinning>(Read(With(Edges, Counts, """, "text_numbers":true""")).Reference.Binning);
        var labels = Assert.IsType<CategoricalBinning>(Read(With(Numbers, Counts, """, "number_labels":true""")).Reference.Binning);
        var texts = Assert.IsType<CategoricalBinning>(Read(With(Numbers, Counts)).Reference.Binning);

        Assert.True(edges.ReadsTextNumbers);
        Assert.False(Assert.IsType<NumericBinning>(Read(With(Edges, Counts)).Reference.Binning).ReadsTextNumbers);
        Assert.Equal(["17", "1.1"], labels.Values);
        Assert.Equal(["17.0", "1.10"], texts.Values);
        Assert.Equal((0, 2), (texts.BinOfNumber("17"u8), texts.BinOfCell("17"u8)));
    }

    [Theory]
    [InlineData(Edges, """, "text_numbers":1""", "\"text_numbers\" is 1: it must be true or false")]
    [InlineData(Categories, """, "number_labels":"yes" """, "\"number_labels\" is \"yes\": it must be true or false")]
    [InlineData(
        """{"kind":"categories","values":["17","17.0"]}""", """, "number_labels":true""", "the category \"17\" is in the list twice")]
    public void Invalid_rules_for_numbers_are_reported(string bins, string more, string message) =>
        Assert.Equal($"cannot be used: {message}", Refusal(With(bins, Counts, more)));

    [Theory]
    // Not a reference at all.
    [InlineData("", "is empty; build it again")]
    [InlineData("{\n \"format\": ]}", "is not valid JSON: line 2, character 12: ']' is an invalid start of a value; build it again")]
    [InlineData("[]", "cannot be used: it has no \"format\"; build it again")]
    [InlineData("{}", "cannot be used: it has no \"format\"; build it again")]
    [InlineData("""{"format":1}""", "cannot be used: \"format\" is not a string")]
    [InlineData(
        """{"format":"driftmonitor.reference/2"}""",
        "cannot be used: its format is \"driftmonitor.reference/2\", but this version reads only \"driftmonitor.reference/1\"")]
    [InlineData("""{"format":"driftmonitor.reference/1"}""", "cannot be used: it has no \"field\"; build it again")]
    public void A_file_that_is_not_a_reference_is_reported(string text, string message) => Assert.Equal(message, Refusal(text));

    [Theory]
    [InlineData("""[]""", "\"bins\" is not an object")]
    [InlineData("""{}""", "it has no \"kind\"; build it again")]
    [InlineData("""{"kind":"hours"}""", "bins.kind is \"hours\": it must be \"edges\", \"categories\" or \"pairs\"")]
    [InlineData("""{"kind":"edges"}""", "it has no \"edges\"; build it again")]
    [InlineData("""{"kind":"edges","edges":[]}""", "edges need at least two values, and there are none")]
    [InlineData("""{"kind":"edges","edges":[1]}""", "edges need at least two values, and there is 1")]
    [InlineData("""{"kind":"edges","edges":[0,1,1]}""", "edges must increase, and edge 2 (1) is not above edge 1 (1)")]
    [InlineData("""{"kind":"edges","edges":[0,20,10]}""", "edges must increase, and edge 2 (10) is not above edge 1 (20)")]
    [InlineData("""{"kind":"edges","edges":[0,-0.0,10]}""", "edges must increase, and edge 1 (-0) is not above edge 0 (0)")]
    [InlineData("""{"kind":"edges","edges":[0,"NaN",10]}""", "bins.edges[1] is not a number")]
    [InlineData(
        """{"kind":"edges","edges":[0,10,1e400]}""",
        "edge 2 is Infinity: edges are finite, since values beyond them have bins of their own")]
    [InlineData("""{"kind":"categories"}""", "it has no \"values\"; build it again")]
    [InlineData("""{"kind":"categories","values":[]}""", "categories need at least one value")]
    [InlineData("""{"kind":"categories","values":["a","a"]}""", "the category \"a\" is in the list twice")]
    [InlineData("""{"kind":"categories","values":["a","\u0061"]}""", "the category \"a\" is in the list twice")]
    [InlineData("""{"kind":"categories","values":["a",1]}""", "bins.values[1] is not a string")]
    [InlineData(
        """{"kind":"categories","values":["a","\ud800"]}""", "a string in it contains an unpaired surrogate, or is not valid UTF-8")]
    public void Invalid_bins_are_reported(string bins, string message) =>
        Assert.Equal($"cannot be used: {message}", Refusal(With(bins, Counts)));

    [Theory]
    [InlineData(Edges, """[]""", "\"counts\" is not an object")]
    [InlineData(Edges, """{}""", "it has no \"regular\"; build it again")]
    [InlineData(Edges, """{"regular":{}}""", "\"regular\" is not an array")]
    [InlineData(Edges, """{"regular":[1]}""", "counts.regular has 1 counts for 2 bins: there must be one for each bin")]
    [InlineData(Edges, """{"regular":[1,2,3]}""", "counts.regular has 3 counts for 2 bins: there must be one for each bin")]
    [InlineData(Edges, """{"regular":[1,-2]}""", "counts.regular[1] is -2: counts are not negative")]
    [InlineData(Edges, """{"regular":[1,2.5]}""", "counts.regular[1] is 2.5: counts are whole numbers")]
    [InlineData(Edges, """{"regular":[1,"2"]}""", "counts.regular[1] is \"2\": counts are whole numbers")]
    [InlineData(Edges, """{"regular":[1,1e30]}""", "counts.regular[1] is 1e30: counts are whole numbers")]
    [InlineData(Edges, """{"regular":[1,null]}""", "counts.regular[1] is null: counts are whole numbers")]
    [InlineData(Edges, """{"regular":[0,0],"special":{"nan":0}}""", "the reference holds no event: every count is 0")]
    [InlineData(Edges, """{"regular":[9223372036854775807,1]}""", "the sum of its counts is more than 9223372036854775807")]
    [InlineData(Edges, """{"regular":[1,2],"special":[]}""", "\"special\" is not an object")]
    [InlineData(Edges, """{"regular":[1,2],"special":{"missing":-1}}""", "counts.special.missing is -1: counts are not negative")]
    [InlineData(
        Edges, """{"regular":[1,2],"special":{"unseen":1}}""",
        "counts.special.unseen is not a bin: the special bins are below, above, nan, missing, wrong_type")]
    [InlineData(Edges, """{"regular":[1,2],"special":{"nan":1,"nan":2}}""", "counts.special.nan is repeated; build it again")]
    [InlineData(
        Categories, """{"regular":[1,2],"special":{"nan":1}}""",
        "counts.special.nan is not a bin: the special bins are unseen, missing, wrong_type")]
    [InlineData(
        Categories, """{"regular":[1,2],"special":{"Missing":1}}""",
        "counts.special.Missing is not a bin: the special bins are unseen, missing, wrong_type")]
    public void Invalid_counts_are_reported(string bins, string counts, string message) =>
        Assert.Equal($"cannot be used: {message}", Refusal(With(bins, counts)));

    [Theory]
    [InlineData(
        """ "from":"2013-06-01T00:00:00Z","to":"2013-04-01T00:00:00Z" """,
        "from and to must be given together, and from must be before to")]
    [InlineData(
        """ "from":"2013-06-01T00:00:00Z","to":"2013-06-01T00:00:00Z" """,
        "from and to must be given together, and from must be before to")]
    [InlineData(""" "from":"2013-06-01T00:00:00Z" """, "from and to must be given together, and from must be before to")]
    [InlineData(""" "to":"2013-06-01T00:00:00Z" """, "from and to must be given together, and from must be before to")]
    [InlineData(""" "from":"yesterday" """, "\"from\" is \"yesterday\": write an ISO 8601 time, such as 2013-04-01T00:00:00Z")]
    [InlineData(""" "to":1370044800 """, "\"to\" is 1370044800: write an ISO 8601 time, such as 2013-04-01T00:00:00Z")]
    [InlineData(""" "excluded":{} """, "\"excluded\" is not an array")]
    [InlineData(
        """ "excluded":["2013-04-01T00:00:00Z..2013-04-02T00:00:00Z"] """, "excluded[0] is not an object: write {\"from\":…,\"to\":…}")]
    [InlineData(""" "excluded":[{"from":"2013-04-01T00:00:00Z"}] """, "excluded[0] has no \"to\"")]
    [InlineData(""" "excluded":[{"to":"2013-04-01T00:00:00Z"}] """, "excluded[0] has no \"from\"")]
    [InlineData(""" "excluded":[{"from":"2013-04-02T00:00:00Z","to":"2013-04-01T00:00:00Z"}] """, "excluded[0]: from is not before to")]
    [InlineData(""" "events_per_pane":0 """, "\"events_per_pane\" is 0: it must be a number above 0, and at most 1125899906842624")]
    [InlineData(
        """ "events_per_pane":"NaN" """, "\"events_per_pane\" is \"NaN\": it must be a number above 0, and at most 1125899906842624")]
    [InlineData(""" "mean_events":-1 """, "\"mean_events\" is -1: it must be a number above 0, and at most 1125899906842624")]
    [InlineData(""" "mean_events":1e999 """, "\"mean_events\" is 1e999: it must be a number above 0, and at most 1125899906842624")]
    [InlineData(""" "events_per_pane":1e300 """, "\"events_per_pane\" is 1e300: it must be a number above 0, and at most 1125899906842624")]
    [InlineData(""" "pane_s":-1 """, "\"pane_s\" is -1: it must be a number above 0, and at most 1125899906842624")]
    [InlineData(""" "mean_events":null """, "\"mean_events\" is null: it must be a number above 0, and at most 1125899906842624")]
    public void Invalid_times_and_means_are_reported(string more, string message) =>
        Assert.Equal($"cannot be used: {message}", Refusal(With(Edges, Counts, "," + more)));

    [Theory]
    [InlineData("[]", "\"segments\" is not an object")]
    [InlineData("""{"EWR":{}}""", "in segments.EWR: it has no \"counts\"; build it again")]
    [InlineData(
        """{"EWR":{"counts":{"regular":[1]}}}""",
        "in segments.EWR: counts.regular has 1 counts for 2 bins: there must be one for each bin")]
    [InlineData("""{"EWR":{"counts":{"regular":[1,-1]}}}""", "in segments.EWR: counts.regular[1] is -1: counts are not negative")]
    [InlineData("""{"EWR":{"counts":{"regular":[0,0]}}}""", "in segments.EWR: the reference holds no event: every count is 0")]
    [InlineData(
        """{"EWR":{"counts":{"regular":[1,1]},"mean_events":-1}}""",
        "in segments.EWR: \"mean_events\" is -1: it must be a number above 0, and at most 1125899906842624")]
    [InlineData(
        """{"EWR":{"counts":{"regular":[1,1]},"calibration":{"1h":{}}}}""",
        "in segments.EWR: calibration.1h has no \"kind\"; build it again")]
    [InlineData("""{"EWR":{"counts":{"regular":[1,1]}},"EWR":{"counts":{"regular":[1,1]}}}""", "segments.EWR is repeated; build it again")]
    public void Invalid_segments_are_reported(string segments, string message) =>
        Assert.Equal($"cannot be used: {message}", Refusal(With(Edges, Counts, $",\"segments\":{segments}")));

    [Theory]
    [InlineData(
        "\"threshold\":1", "\"threshold\":-1",
        "calibration.1h.threshold is -1, and the shapes sqrt and log need one above 0; build it again")]
    [InlineData("\"weight\":0.25", "\"weight\":0.5", "calibration.1h.shapes have weights that do not sum to 1; build it again")]
    [InlineData("[0,0.5]", "[0,2]", "calibration.1h.quantiles do not ascend; build it again")]
    [InlineData("[0,0.5]", "[\"a\",1]", "calibration.1h.quantiles[0] is not a pair of level and value")]
    [InlineData("[[0,0.5],[0.95,1]]", "[]", "calibration.1h.quantiles is empty; build it again")]
    [InlineData("\"clusters\":9", "\"clusters\":8.5", "calibration.1h.clusters is 8.5, which is not possible; build it again")]
    [InlineData("\"peaks\":[]", "\"peaks\":3", "calibration.1h.peaks is not an array")]
    [InlineData("\"peaks\":[]}", "\"peaks\":[]},\"1h\":{}", "calibration.1h has no \"kind\"; build it again")]
    public void Invalid_calibrations_are_reported(string good, string bad, string message)
    {
        const string calibration = """
            {"1h":{"kind":"measured","level":0.95,"threshold":1,"clusters":9,"panes":900,"rate_per_pane":0.01,
            "shapes":[{"transform":"identity","weight":0.75,"scale":1},{"transform":"log","weight":0.25,"scale":1}],
            "quantiles":[[0,0.5],[0.95,1]],"peaks":[]}}
            """;
        Assert.Contains(good, calibration, StringComparison.Ordinal);
        Assert.Single(Read(With(Edges, Counts, $",\"calibration\":{calibration}")).Calibration);

        Assert.Equal(
            $"cannot be used: {message}",
            Refusal(With(Edges, Counts, $",\"calibration\":{calibration.Replace(good, bad, StringComparison.Ordinal)}")));
    }

    [Fact]
    public void A_repeated_calibration_of_a_window_is_reported()
    {
        var once = CalibrationOf("1h");

        Assert.Equal(
            "cannot be used: calibration.1h is repeated; build it again",
            Refusal(With(Edges, Counts, $",\"calibration\":{{{once},{once}}}")));

        static string CalibrationOf(string window) =>
            $$"""
            "{{window}}":{"kind":"measured","level":0.95,"threshold":1,"clusters":9,"panes":900,"rate_per_pane":0.01,
            "shapes":[{"transform":"identity","weight":1,"scale":1}],"quantiles":[[0,0.5],[0.95,1]]}
            """;
    }

    [Fact]
    public void Writing_keeps_other_files_of_the_user_and_symbolic_links()
    {
        var target = Path.Combine(_folder.FullName, "out.json");
        var link = Path.Combine(_folder.FullName, "link.json");
        File.WriteAllText(target + ".tmp", "precious");
        File.WriteAllText(target, "old");
        File.CreateSymbolicLink(link, target);

        ReferenceFile.EnsureWritable(link);
        Assert.Equal("old", File.ReadAllText(target));
        Read(With(Edges, Counts)).Save(link);

        Assert.Equal("precious", File.ReadAllText(target + ".tmp"));
        Assert.Equal(target, new FileInfo(link).LinkTarget);
        Assert.Equal("x", ReferenceFile.Read(target, 0.5).Field);
        Assert.Equal(
            ["link.json", "out.json", "out.json.tmp", "reference.json"],
            Directory.GetFiles(_folder.FullName).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_missing_or_unreadable_file_is_reported_with_the_remedy()
    {
        var nowhere = Path.Combine(_folder.FullName, "nowhere.json");

        Assert.Equal(
            $"there is no reference file {nowhere}: make it with `driftmonitor reference build`",
            Assert.Throws<ReferenceException>(() => ReferenceFile.Read(nowhere, 0.5)).Message);
        Assert.Equal(
            $"cannot read the reference file {_folder.FullName}: it is a folder",
            Assert.Throws<ReferenceException>(() => ReferenceFile.Read(_folder.FullName, 0.5)).Message);
    }

    [Property]
    public Property Any_file_gives_a_reference_or_a_refusal() => Prop.ForAll(Damaged.ToArbitrary(), text =>
    {
        try
        {
            return Read(text).Reference.Events > 0;
        }
        catch (ReferenceException e)
        {
            return e.Message.Length > 0; // made one line when it is written
        }
    });

    private static Gen<EventTime> Times => Gen.Choose(-200_000, 200_000).Select(hours => new EventTime(hours * 3_600_000L));

    private static Gen<Period> Periods =>
        from start in Times
        from hours in Gen.Choose(1, 10_000)
        select new Period(start, start + TimeSpan.FromHours(hours));

    private static Gen<FieldBinning> Binnings => Gen.OneOf(
        ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite).NonEmptyListOf().Select(
            edges => edges.Append(-1e300).Append(0.1).Distinct().Order().ToList())
            .Select(edges => (FieldBinning)new NumericBinning(edges) { ReadsTextNumbers = edges.Count % 2 == 0 }),
        ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get).Where(IsText).NonEmptyListOf().Select(
            values => (FieldBinning)new CategoricalBinning(
                [.. values.DistinctBy(value => NumberLabel.Of(value) ?? value, StringComparer.Ordinal)], values.Count % 2 == 0)));

    private static Gen<ReferenceFile> Files =>
        from binning in Binnings
        from counts in Gen.Choose(0, int.MaxValue).Select(count => (long)count * 1_000).ArrayOf(binning.Count)
        from first in Gen.Choose(1, 9)
        from period in Gen.OneOf(Periods.Select(period => (Period?)period), Gen.Constant<Period?>(null))
        from excluded in Periods.ListOf()
        from mean in Gen.OneOf(Gen.Choose(1, 1_000_000_007).Select(numerator => (double?)numerator / 61), Gen.Constant<double?>(null))
        from path in ArbMap.Default.GeneratorFor<NonEmptyString>().Select(text => text.Get).Where(IsText)
        from calibration in Calibrations
        from segments in ArbMap.Default.GeneratorFor<string>().Where(text => text is not null && IsText(text)).ListOf()
        let reference = new Reference(binning, [first, .. counts[1..]])
        {
            Period = period,
            Excluded = [.. excluded],
            EventsPerPane = mean,
            MeanEvents = mean * 7,
        }
        let own = new Reference(binning, [.. counts[1..], first]) { Period = period, Excluded = [.. excluded], MeanEvents = mean }
        select new ReferenceFile(path, reference, calibration)
        {
            Pane = period is null ? null : TimeSpan.FromMinutes(first),
            SegmentBy = segments.Count > 0 ? path : null,
            Where = segments.Count > 1 ? new EventFilter(FieldPath.OfColumn(path), segments) : null,
            Segments = segments.Distinct(StringComparer.Ordinal).ToDictionary(
                segment => segment, _ => new SegmentReference(own, calibration)),
        };

    private static Gen<IReadOnlyDictionary<string, WindowCalibration>> Calibrations =>
        from seed in Gen.Choose(0, int.MaxValue)
        from kind in Gen.Elements(Enum.GetValues<CalibrationKind>())
        from time in Times
        from windows in Gen.Choose(0, 2)
        select (IReadOnlyDictionary<string, WindowCalibration>)Enumerable.Range(1, windows).ToDictionary(window => $"{window}h", window =>
        {
            var random = new Random(seed + window);
            var tail = Tail.Fit([.. Enumerable.Range(0, 300).Select(_ => -Math.Log(1 - random.NextDouble()))], window)!;
            return new WindowCalibration(
                kind, tail, kind == CalibrationKind.Dispersion ? 1 + random.NextDouble() : 1,
                [new CalibrationPeak(time, random.NextDouble())])
            {
                SpanPanes = kind == CalibrationKind.Measured ? tail.Panes : 17,
                WithinFactor = window == 1 ? 1 : 1 + random.NextDouble(),
            };
        });

    // A good file in which one value at a random place is replaced.
    private static Gen<string> Damaged =>
        from file in Files
        from tokens in Gen.Constant(
            System.Text.RegularExpressions.Regex.Matches(file.ToJson(), "\"(?:[^\"\\\\]|\\\\.)*\"|-?[0-9][-+.0-9eE]*|\\[\\]|\\{\\}"))
        from at in Gen.Choose(0, tokens.Count - 1)
        from other in Gen.Elements(
            "null", "true", "0", "-1", "1e400", "1.5", "9223372036854775807", "\"\"", "\"\\ud800\"", "[]", "{}", "[[]]", "{\"a\":[]}",
            "\"a\nb\"", "", ",", "\u0001")
        select file.ToJson()[..tokens[at].Index] + other + file.ToJson()[(tokens[at].Index + tokens[at].Length)..];

    private static bool IsText(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;

    private static string With(string bins, string counts, string more = "") =>
        $$"""{"format":"driftmonitor.reference/1","field":"x","bins":{{bins}},"counts":{{counts}}{{more}}}""";

    private static ReferenceFile Golden(string name) =>
        ReferenceFile.Read(
            Path.Combine(Repository.Root, "tests", "DriftMonitor.Tests", "References", "Golden", name), Reference.DefaultPseudoCount);

    private ReferenceFile Read(string text)
    {
        var path = Path.Combine(_folder.FullName, "reference.json");
        File.WriteAllText(path, text);
        return ReferenceFile.Read(path, Reference.DefaultPseudoCount);
    }

    private string Refusal(string text)
    {
        var message = Assert.Throws<ReferenceException>(() => Read(text)).Message;
        var beginning = $"the reference file {Path.Combine(_folder.FullName, "reference.json")} ";
        Assert.StartsWith(beginning, message);
        return message[beginning.Length..];
    }
}
