using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Wording;

namespace DriftMonitor.Tests;

/// <summary>Two fields together, from events to readings.</summary>
public sealed class PairPipelineTests
{
    private static readonly NumericBinning Numbers = new([0, 10, 20]);
    private static readonly CategoricalBinning Letters = new(["a", "b"]);

    [Fact]
    public void Events_are_counted_by_the_pair_of_their_values()
    {
        var binding = Pairs(new PairBinning(Numbers, Letters, [(0, 0), (1, 1), (Numbers.Above, 0)]), [5, 5, 1, 2, 0, 0]);
        var source = new ScriptedSource().Partitions(1);
        foreach (var (x, y) in new[]
        {
            ("5", "\"a\""), ("15", "\"\\u0062\""), ("25", "\"a\""), ("5", "\"b\""), ("-1", "\"z\""), ("5", "null"), ("\"a\"", "\"a\""),
            ("null", "[]"),
        })
        {
            source.Event(0, $$"""{"x":{{x}},"y":{{y}}}""", Scene.At("2013-02-09T00:10Z"));
        }

        var scene = new Scene(source.Event(0, """{"x":5,"y":"a"}""", Scene.At("2013-02-09T01:10Z")), binding);
        scene.Play();

        Assert.Equal([1, 1, 1, 2, 1, 2], binding.Monitor.Series[0].Histogram(0).Counts());
        Assert.Equal(8, binding.Monitor.Counted - binding.Monitor.Open.Counted);
    }

    [Fact]
    public void The_golden_joint_distributions_have_their_information_through_the_whole_path()
    {
        const int Scale = 20_000;
        foreach (var golden in JsonNode.Parse(File.ReadAllText(Path.Combine(
            Repository.Root, "tests/DriftMonitor.Core.Tests/Vectors/joint.json")))!.AsArray())
        {
            var rows = golden!["joint"]!.AsArray().Select(row => row!.AsArray().Select(p => p!.GetValue<double>()).ToArray()).ToArray();
            var (first, second) = (Names("r", rows.Length), Names("c", rows[0].Length));
            var source = new ScriptedSource().Partitions(1);
            long[] counts = [.. rows.SelectMany(row => row).Select(p => (long)Math.Round(p * Scale))];
            foreach (var (pair, count) in counts.Index())
            {
                source.Events(
                    (int)count, 0, $$"""{"x":"r{{pair / rows[0].Length}}","y":"c{{pair % rows[0].Length}}"}""",
                    Scene.At("2013-02-09T00:10Z"));
            }

            var binning = new PairBinning(new CategoricalBinning(first), new CategoricalBinning(second));
            var binding = Pairs(binning, [.. counts, 0, 0, 0]);
            var scene = new Scene(source.Event(0, """{"x":"r0","y":"c0"}""", Scene.At("2013-02-09T01:10Z")), binding);

            var reading = scene.Play().Monitors[0].Series[0].Readings[0];
            var json = Json(reading);

            // The counts are rounded: by definition the same digits, and the golden ones but for that.
            double[] joint = [.. counts.Select(count => (double)count / counts.Sum())];
            Assert.Equal(JointInformation.MutualInformation(joint, second.Length), Number("mutual_information_nats"), 1e-12);
            Assert.Equal(JointInformation.ConditionalEntropy(joint, second.Length), Number("conditional_entropy_nats"), 1e-12);
            Assert.Equal(Expected("mutual_information_nats"), Number("mutual_information_nats"), 5e-4);
            Assert.Equal(Expected("conditional_entropy_y_given_x_nats"), Number("conditional_entropy_nats"), 5e-4);
            var entropy = json.GetProperty("entropy_nats");
            Assert.Equal(Expected("entropy_x_nats"), entropy.GetProperty("first").GetDouble(), 5e-4);
            Assert.Equal(Expected("entropy_y_nats"), entropy.GetProperty("second").GetDouble(), 5e-4);
            Assert.Equal(Expected("joint_entropy_nats"), entropy.GetProperty("joint").GetDouble(), 5e-4);
            Assert.Equal(Number("mutual_information_nats"), Number("reference_mutual_information_nats"));
            Assert.InRange(Number("mutual_information_corrected_nats"), 0, Number("mutual_information_nats"));

            double Number(string key) => json.GetProperty(key).GetDouble();
            double Expected(string key) => golden["expected"]![key]!.GetValue<double>();
        }

        static string[] Names(string letter, int count) => [.. Enumerable.Range(0, count).Select(i => $"{letter}{i}")];
    }

    [Fact]
    public void A_correlation_that_moves_fires_the_pair_and_neither_field_whose_shares_stand_still()
    {
        const int Hours = 48, Drifted = 36, Events = 400;
        var random = new Random(11);
        var rule = new FixedThreshold(0, FireAboveNats: 0.1, ResolveBelowNats: 0.05);
        CategoricalBinning categories = new(["a", "b"]);

        // Both are a or b, each half of the time: as a pair the same in nine of ten events, and from an hour on in five of ten.
        MonitorBinding[] bindings =
        [
            Scene.Watch("x", binning: categories, reference: [500, 500], rule: rule, field: "x"),
            Scene.Watch("y", binning: categories, reference: [500, 500], rule: rule, field: "y"),
            Pairs(new PairBinning(categories, categories), [450, 50, 50, 450, 0, 0, 0], rule),
        ];
        var source = new ScriptedSource().Partitions(1);
        for (var i = 0; i < Hours * Events; i++)
        {
            var hour = i / Events;
            var x = random.Next(2) == 0 ? "a" : "b";
            var isSame = random.NextDouble() < (hour < Drifted ? 0.9 : 0.5);
            var y = isSame == (x == "a") ? "a" : "b";
            source.Event(
                0, $$"""{"x":"{{x}}","y":"{{y}}"}""",
                Scene.At("2013-02-09T00:00Z") + TimeSpan.FromMilliseconds(3_600_000.0 / Events * i));
        }

        var firing = new HashSet<(string Monitor, bool Before)>();
        var pipeline = new Pipeline(source.End(), bindings, TimeProvider.System, TimeSpan.FromHours(1), [new Firing(firing, Drifted)]);
        while (pipeline.Step(TimeSpan.Zero) != Streaming.Events.SourceSignal.End)
        {
        }

        Assert.Equal([("pairs", false)], firing);
    }

    private static MonitorBinding Pairs(PairBinning binning, long[] counts, AlertRule? rule = null)
    {
        var plain = Scene.Watch("pairs", rule: rule);
        var places = new long[binning.Places];
        for (var place = 0; place < binning.MissingPlace; place++)
        {
            places[place] = binning.BinOfPlace(place) is var bin && bin < binning.Regular ? counts[bin] : 0;
        }

        var reference = new Reference(binning, counts) { Places = places };
        return plain with
        {
            Monitor = new FieldMonitor(plain.Monitor.Spec, reference),
            Field = FieldPath.OfColumn("x × y"),
            DerivedFrom = FieldPath.Parse("x"),
            SecondField = FieldPath.Parse("y"),
        };
    }

    private static JsonElement Json(Reading reading)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            ReadingJson.WriteFigures(json, reading);
            json.WriteEndObject();
        }

        return JsonDocument.Parse(Encoding.UTF8.GetString(buffer.ToArray())).RootElement;
    }

    private sealed class Firing(HashSet<(string Monitor, bool Before)> firing, int drifted) : IReportSink
    {
        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
        {
            foreach (var report in reports)
            {
                if (report.Alert?.State == AlertState.Firing)
                {
                    firing.Add((monitor.Monitor.Spec.Name, report.Time <= Scene.At("2013-02-09T00:00Z") + TimeSpan.FromHours(drifted)));
                }
            }
        }
    }
}
