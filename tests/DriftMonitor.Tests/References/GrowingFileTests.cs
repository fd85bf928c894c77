using System.Globalization;
using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;
using DriftMonitor.Streaming.References;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.References;

public sealed class GrowingFileTests : IDisposable
{
    private static readonly MonitorSpec Spec = new()
    {
        Name = "m",
        Pane = new PaneGrid(TimeSpan.FromMinutes(1)),
        Windows = [new WindowSpec(TimeSpan.FromMinutes(1), "1m"), new WindowSpec(TimeSpan.FromMinutes(3), "3m")],
        MinimumEvents = 1,
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("driftmonitor-growing-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Property(MaxTest = 50)]
    public Property A_reference_continues_from_its_file_as_if_nothing_had_happened() => Prop.ForAll(Streams.ToArbitrary(), stream =>
    {
        var rules = new GrowingRules(stream.Learn)
        {
            Exclude = [new Period(Minute(stream.Excluded), Minute(stream.Excluded + 2))],
        };
        var reference = new GrowingReference(Spec, rules);
        Close(reference, stream.Panes, from: 0);
        var state = reference.Save()!;
        var read = Reread(FileOf(reference));
        var again = new GrowingReference(Spec, rules, read.Series[""]);

        // One that was never written goes on likewise, and then holds the same.
        reference = new GrowingReference(Spec, rules, state);
        Close(reference, stream.Panes, from: stream.Panes.Length);
        Close(again, stream.Panes, from: stream.Panes.Length);
        var (one, other) = (TextOf(reference.Save()!), TextOf(again.Save()!));
        Assert.Equal(one, other);
    });

    [Fact]
    public void The_file_names_the_last_pane_and_is_a_reference_file_after_the_warm_up()
    {
        var reference = new GrowingReference(Spec, new GrowingRules(LearnPanes: 2));
        Close(reference, [[Number(1)], [Number(1), Number(2)], [Number(2)]], from: 0);
        var path = Path.Combine(_folder.FullName, "kept.json");
        FileOf(reference).Save(path);

        var (file, kept) = (ReferenceFile.Read(path, 0.5), GrowingFile.Read(path, 0.5));
        Assert.Equal(3, file.Reference.Events);
        Assert.Equal(new Period(Minute(0), Minute(2)), file.Reference.Period); // as of the refit
        Assert.Equal((0, 2), (kept.Series[""].First, kept.Series[""].Last));
        Assert.Contains("\"to\":\"1970-01-01T00:03:00Z\"", File.ReadAllText(path));
        Assert.True(GrowingFile.IsAt(path));
    }

    [Fact]
    public void In_the_warm_up_it_is_no_reference_file_yet()
    {
        var reference = new GrowingReference(Spec, new GrowingRules(LearnPanes: 20));
        Close(reference, [[Number(1)], [Number(1), Number(2)]], from: 0);
        var path = Path.Combine(_folder.FullName, "kept.json");
        FileOf(reference).Save(path);

        var refusal = Assert.Throws<ReferenceException>(() => ReferenceFile.Read(path, 0.5));
        Assert.Equal(
            $"the reference file {path} cannot be used: it is what a reference of the kind so_far remembers in its warm-up, or of segments",
            refusal.Message);
        Assert.Equal(2, GrowingFile.Read(path, 0.5).Series[""].Panes);
    }

    [Theory]
    [InlineData(
        "\"so_far\":", "\"so_near\":",
        "it has no \"so_far\", so no reference of this kind has written it; choose another file, or delete it to learn again")]
    [InlineData("\"panes\":3", "\"panes\":30", "so_far has 30 panes, 2 at the refit, from pane 0 to 2; delete it to learn again")]
    [InlineData("\"panes\":3", "\"panes\":-3", "so_far.panes is -3: it must be a whole number, not negative; delete it to learn again")]
    [InlineData(
        "\"values\":[1,2]", "\"values\":[1,1]", "so_far has 2 values, and counts of others or a value twice; delete it to learn again")]
    [InlineData(
        "\"values\":[1,2]", "\"values\":[1]", "so_far has 1 values, and counts of others or a value twice; delete it to learn again")]
    [InlineData("1970-01-01T00:03:00Z", "1970-01-01T00:03:01Z", "so_far.to is not the start of a pane; delete it to learn again")]
    [InlineData("\"1m\":{\"kind\"", "\"2m\":{\"kind\"", "it has no calibration for 1m; delete it to learn again")]
    [InlineData("\"z\":{\"1m\":[", "\"z\":{\"1m\":[1,2,3,4,", "so_far.z.1m has 7 z of 3 panes; delete it to learn again")]
    [InlineData("\"z\":{\"1m\":[", "\"z\":{\"1m\":[\"high\",", "so_far.z.1m has \"high\": z are numbers or null; delete it to learn again")]
    [InlineData("\"windows\":[\"1m\"", "\"windows\":[1", "so_far.windows has 1: labels are strings; delete it to learn again")]
    [InlineData("\"values\":[1,2]", "\"values\":[1,true]", "so_far.numbers.values has true: they are numbers; delete it to learn again")]
    [InlineData("\"in_text\":", "\"in_words\":", "it has no \"in_text\"; delete it to learn again")]
    [InlineData("\"panes_at_refit\":2", "\"panes_at_refit\":0", "so_far and bins do not belong together; delete it to learn again")]
    public void What_is_not_possible_in_a_file_is_refused_in_one_line(string old, string replacement, string message)
    {
        var reference = new GrowingReference(Spec, new GrowingRules(LearnPanes: 2));
        Close(reference, [[Number(1)], [Number(1), Number(2)], [Number(2)]], from: 0);
        var path = Path.Combine(_folder.FullName, "kept.json");
        var text = Encoding.UTF8.GetString(FileOf(reference).ToJson().Span);
        Assert.Contains(old, text);
        File.WriteAllText(path, text.Replace(old, replacement, StringComparison.Ordinal));

        var refusal = Assert.Throws<ReferenceException>(() => GrowingFile.Read(path, 0.5));
        Assert.Equal($"the reference file {path} cannot be used: {message}", refusal.Message);
    }

    private static GrowingFile FileOf(GrowingReference reference) => new(
        "x", Spec.Pane.Length, null, ["1m", "3m"], new Dictionary<string, GrowingState> { [""] = reference.Save()! });

    private static string TextOf(GrowingState state) => Encoding.UTF8.GetString(new GrowingFile(
        "x", Spec.Pane.Length, null, ["1m", "3m"], new Dictionary<string, GrowingState> { [""] = Sorted(state) }).ToJson().Span);

    // The order of values in a file says nothing.
    private static GrowingState Sorted(GrowingState state) => state with
    {
        Numbers = state.Numbers is not { } numbers ? null : Sort(numbers, [.. numbers.Keys.Order()], numbers.Keys, key => key),
        Labels = state.Labels is not { } labels
            ? null
            : Sort(labels, [.. labels.Texts.OrderBy(Convert.ToHexString, StringComparer.Ordinal)], labels.Texts, Convert.ToHexString),
    };

    private static FineState Sort<T, TKey>(FineState state, T[] sorted, IReadOnlyList<T> values, Func<T, TKey> key)
    {
        int[] places = [0, 1, 2, .. sorted.Select(value => 3 + values.ToList().FindIndex(other => Equals(key(other), key(value))))];
        return state with
        {
            Keys = sorted as long[] ?? [],
            Texts = sorted as byte[][] ?? [],
            Totals = Array.ConvertAll(places, place => place < state.Totals.Length ? state.Totals[place] : 0),
            AtRefit = Array.ConvertAll(places, place => place < state.AtRefit.Length ? state.AtRefit[place] : 0),
            WarmUp = state.WarmUp?.Select(pane => pane is null ? null : Repack(pane)).ToArray(),
        };

        byte[] Repack(byte[] pane)
        {
            var counts = new long[places.Length];
            ReadOnlySpan<byte> packed = pane;
            var at = -1;
            while (PackedCounts.TryRead(ref packed, ref at, out var count))
            {
                counts[Array.IndexOf(places, at)] = count;
            }

            return PackedCounts.Pack(counts);
        }
    }

    private GrowingFile Reread(GrowingFile file)
    {
        var path = Path.Combine(_folder.FullName, "file.json");
        file.Save(path);
        return GrowingFile.Read(path, 0.5);
    }

    // Closes panes of a series that starts anew at the given one.
    private static void Close(GrowingReference reference, Value[][] panes, int from)
    {
        var series = new Series(Spec, reference, new GrowingCalibration(reference));
        foreach (var (place, pane) in panes.Index())
        {
            var values = new ValueCounts(reference.Views);
            foreach (var value in pane)
            {
                values.Add(new FieldValue(value.Kind, value.Number, Encoding.UTF8.GetBytes(value.Text))
                {
                    IsJsonToken = value.Kind == FieldValueKind.Number,
                    IsString = value.Kind != FieldValueKind.Number,
                    IsJsonNumber = value.Kind == FieldValueKind.TextNumber,
                });
            }

            if (pane.Length > 0)
            {
                series.Add(from + place, values);
            }

            series.Close(from + place);
        }
    }

    private static EventTime Minute(int minute) => new(minute * 60_000L);

    private static Value Number(double number) => new(FieldValueKind.Number, number, number.ToString(CultureInfo.InvariantCulture));

    private static Gen<Value> Numbers => Gen.Frequency(
        (9, Gen.Choose(-20, 2000).Select(i => Number(i / 7.0))),
        (1, Gen.Elements(double.NaN, double.PositiveInfinity, double.NegativeInfinity, 5e-324, 0).Select(Number)));

    private static Gen<Value> Texts => Gen.Frequency(
        (5, Gen.Elements("a", "b", "ü \"", "\t\u0001", "").Select(text => new Value(FieldValueKind.Text, 0, text))),
        (2, Gen.Choose(0, 9).Select(i => Number(i))),
        (5, Gen.Choose(0, 9).Select(i => new Value(FieldValueKind.TextNumber, i, $"{i}"))));

    private static Gen<Stream> Streams =>
        from values in Gen.Elements(Numbers, Texts)
        from panes in values.ArrayOf().ListOf()
        from begin in values
        from learn in Gen.Choose(1, 12)
        from excluded in Gen.Choose(0, 20)
        select new Stream([[begin], .. panes.Select(pane => pane.Take(9).ToArray())], learn, excluded);

    private sealed record Value(FieldValueKind Kind, double Number, string Text);

    private sealed record Stream(Value[][] Panes, int Learn, int Excluded);
}
