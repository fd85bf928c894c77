using System.CommandLine;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Reflection;
using System.Text;
using DriftMonitor.Commands;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.References;
using DriftMonitor.Live;
using DriftMonitor.Metrics;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Tests.Metrics;

namespace DriftMonitor.Tests.Documents;

/// <summary>The tables of options, verbs and metrics are the code's own.</summary>
[Collection(Document.Collection)]
[Trait("Document", "generated")]
public sealed class DocumentTablesTests
{
    [Fact]
    public void The_table_of_options_is_that_of_the_code() => new Document("deploy/docs/configuration.md").SectionIs(
        "options", Table("key under `DriftMonitor`", "default", "meaning", Options(typeof(DriftMonitorOptions), "")));

    [Fact]
    public void The_table_of_verbs_is_that_of_the_code() => new Document("deploy/docs/cli.md").SectionIs(
        "verbs", Table("verb", "options", "what it does", VerbsOf(Verbs.Root(), "")));

    [Fact]
    public void The_table_of_metrics_is_that_of_the_code()
    {
        var source = new ScriptedSource("events").Partitions(1)
            .Events(2, 0, """{"x":5}""", Scene.At("2013-02-09T00:10Z")).Event(0, """{"x":5}""", Scene.At("2013-02-09T01:10Z"))
            .Event(0, """{"x":5}""", Scene.At("2013-02-09T02:10Z")).CaughtUp(0);
        Measure[] measures = [.. Enum.GetValues<MeasureKind>().Select(kind => new Measure(kind, kind == MeasureKind.Renyi ? 0.5 : 0))];
        var derived = Scene.Watch("derived");
        var gap = derived.Monitor.Spec with { Derivation = new Derivation(DerivedKind.Gap), HasMean = true };
        var regimes = Scene.Watch("regimes");
        var nearest = new NearestRegime([new Regime("base", regimes.Monitor.Against.Whole!, [1, 1])], 2);
        var scene = new Scene(
            source,
            Scene.Watch(rule: new FixedThreshold(0, 0.5, 0.1), measures: measures, segments: [""], isCalibrated: true),
            Scene.Watch("unpacked") with { Unpack = FieldPath.ParseArray("records") },
            regimes with { Monitor = new FieldMonitor(regimes.Monitor.Spec, nearest, new GivenCalibration(null)) },
            derived with { Monitor = new FieldMonitor(gap, derived.Monitor.Against.Whole!) },
            Scene.Watch("promised", rule: new FalseAlarmRate(EverySeconds: 86_400, SharedBy: 1, MinimumDivergenceNats: 0.01)),
            Scene.Grow("growing"),
            Scene.Watch("words", binning: new CategoricalBinning(["a"]), countsWords: true),
            PairOfFields(),
            PairOfTopics());
        using var metrics = new MonitorMetrics(() => All(scene.Play()), default, new BuildInfo("0.1.0", "0"), binContributions: true);
        var labels = new SortedDictionary<string, (string Labels, string Meaning)>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Meter == metrics.Meter)
                {
                    own.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        listener.Start();
        listener.RecordObservableInstruments();

        new Document("deploy/docs/metrics.md").SectionIs(
            "metrics", Table("metric", "labels", "meaning", labels.Select(metric =>
                ($"`{metric.Key}`", metric.Value.Labels, metric.Value.Meaning))));

        // With what is configured by keys of its own: checkpoints, notifications and ingest.
        static Live.Snapshot All(Live.Snapshot snapshot) => snapshot with
        {
            Checkpoint = new CheckpointSnapshot(Scene.At("2013-02-09T02:00Z"), Failures: 0, Size: 1),
            Service = new ServiceSnapshot([new NotificationTally("webhook", Sent: 1, Failed: 0)], new ReloadSnapshot(true, default))
            {
                Ingest = new IngestSnapshot(
                    new Dictionary<string, long> { ["events"] = 1 }, Requests: 1, new Dictionary<string, long> { ["buffer_full"] = 1 },
                    BufferBytes: 1),
            },
        };

        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var names = new List<string>();
            foreach (var tag in tags)
            {
                names.Add(tag.Key);
            }

            labels[MetricsHost.NameOf(instrument)] = (string.Join(", ", names), instrument.Description!);
        }
    }

    private static MonitorBinding PairOfTopics()
    {
        var pair = PairOfFields();
        var spec = pair.Monitor.Spec with { Name = "joined", JoinWithin = TimeSpan.FromHours(1) };
        return pair with
        {
            Monitor = new FieldMonitor(spec, pair.Monitor.Against.Whole!),
            SecondField = null,
            ReferenceTopic = "received",
            ReferenceField = FieldPath.Parse("x"),
        };
    }

    private static MonitorBinding PairOfFields()
    {
        var plain = Scene.Watch("pair");
        var pairs = new PairBinning(plain.Monitor.Binning, plain.Monitor.Binning, [(0, 0)]);
        var places = new long[pairs.Places];
        places[0] = 1;
        var reference = new Reference(pairs, [1, 0, 0, 0]) { Places = places };
        return plain with
        {
            Monitor = new FieldMonitor(plain.Monitor.Spec, reference),
            DerivedFrom = plain.Field,
            SecondField = plain.Field,
        };
    }

    private static IEnumerable<(string, string, string)> Options(Type type, string prefix)
    {
        var defaults = Activator.CreateInstance(type)!;
        foreach (var property in OptionsShape.PropertiesOf(type))
        {
            var key = prefix + property.Name;
            var kind = OptionsShape.KindOf(property.PropertyType);
            if (kind == ShapeKind.Object)
            {
                foreach (var row in Options(OptionsShape.NonNullable(property.PropertyType), key + ":"))
                {
                    yield return row;
                }
            }
            else if (kind == ShapeKind.List && OptionsShape.KindOf(OptionsShape.ItemOf(property.PropertyType)) == ShapeKind.Object)
            {
                foreach (var row in Options(OptionsShape.ItemOf(property.PropertyType), key + ":N:"))
                {
                    yield return row;
                }
            }
            else
            {
                yield return ($"`{key}`", Default(property, defaults), OptionsShape.DescriptionOf(property));
            }
        }
    }

    private static string Default(PropertyInfo property, object defaults) =>
        OptionsShape.IsRequired(property) ? "required"
        : OptionsShape.TextOf(property.GetValue(defaults)) is { Length: > 0 } text ? $"`{text}`"
        : "";

    private static IEnumerable<(string, string, string)> VerbsOf(Command command, string prefix)
    {
        foreach (var verb in command.Subcommands)
        {
            if (verb.Subcommands.Count > 0)
            {
                foreach (var row in VerbsOf(verb, verb.Name + " "))
                {
                    yield return row;
                }

                continue;
            }

            var options = verb.Arguments.Select(argument => $"`{argument.Name}`")
                .Concat(verb.Options.OrderBy(option => !option.Required).Select(option => $"`{option.Name}{ValueOf(option)}`"));
            yield return ($"`{prefix}{verb.Name}`", string.Join(' ', options), verb.Description!);
        }
    }

    private static string ValueOf(Option option) =>
        option.HelpName is { } help ? " " + help.Replace("|", "\\|", StringComparison.Ordinal) : "";

    private static string Table(string first, string second, string third, IEnumerable<(string First, string Second, string Third)> rows)
    {
        var table = new StringBuilder();
        table.Append(CultureInfo.InvariantCulture, $"| {first} | {second} | {third} |\n|---|---|---|\n");
        foreach (var row in rows)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {row.First} | {row.Second} | {row.Third} |\n");
        }

        return table.ToString();
    }
}
