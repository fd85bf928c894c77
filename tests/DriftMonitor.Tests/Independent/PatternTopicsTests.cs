using System.Runtime.InteropServices;
using System.Text;
using DriftMonitor.Commands;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Reports;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Checkpoints;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Independent;

/// <summary>
/// A monitor of a pattern has the readings of the same monitor of one topic that holds all events, each with the name of its topic in a
/// field that is the segment. That monitor is the definition.
/// </summary>
public sealed class PatternTopicsTests
{
    private const string Pattern = "^orders-.*";
    private static readonly TimeSpan Lateness = TimeSpan.FromMinutes(30);

    // Numbers of partitions overlap, and are not those of the merged topic.
    private static readonly PartitionName[] Partitions =
        [new("orders-a", 0), new("orders-a", 1), new("orders-b", 0), new("orders-b", 1), new("orders-c", 0)];

    [Property(MaxTest = 40)]
    public Property Readings_are_those_of_one_topic_whose_events_name_theirs_however_they_are_cut_and_many_threads_decode_them() =>
        Prop.ForAll(Streams().ToArbitrary(), stream => Assert.Equal(
            Uncut(stream, Partitions, isMerged: true),
            Print(Play(stream, 0, Shuffled(stream.Seed), Monitors(isMerged: false, stream.Unpacks), int.MaxValue, out _, out _))));

    [Property(MaxTest = 20)]
    public Property They_are_the_same_bit_for_bit_however_often_the_process_is_killed_and_in_whatever_order_it_finds_the_topics() =>
        Prop.ForAll(Streams().ToArbitrary(), stream =>
            Assert.Equal(Uncut(stream, Partitions, isMerged: true), Killed(stream, keepsNumbers: true)));

    [Fact] // an oracle that cannot fail shows nothing
    public void A_restart_that_numbers_the_partitions_anew_is_noticed() => Assert.Contains(
        Streams().Sample(60, 8),
        stream => Uncut(stream, Partitions, isMerged: true) != Killed(stream, keepsNumbers: false));

    [Fact]
    public void The_streams_have_readings_of_each_topic_and_of_topics_with_another_segment_and_alerts()
    {
        var lines = string.Concat(Streams().Sample(60, 8).Select(stream => Uncut(stream, Partitions, isMerged: false)));

        foreach (var (monitor, segment) in new[]
        {
            ("topics", "orders-a"), ("topics", "orders-c"), ("topics and k", "orders-b/1"), ("so far", "orders-b"),
            ("difference", "orders-a/1"),
        })
        {
            Assert.Contains(lines.Split('\n'), line =>
                line.Contains($"\"monitor\":\"{monitor}\",\"segment\":\"{segment}\"", StringComparison.Ordinal)
                && line.Contains("\"kl_nats\"", StringComparison.Ordinal));
        }

        Assert.Contains("\"to\":\"firing\"", lines);
        Assert.Contains("\"untrusted\"", lines); // too many late events
    }

    private static string Killed(Stream stream, bool keepsNumbers)
    {
        var reports = new List<(string Monitor, IReadOnlyList<SeriesReport> Reports)>();
        var bindings = Monitors(isMerged: false, stream.Unpacks);
        IReadOnlyList<PartitionName> numbers = [];
        var start = 0;
        for (var life = 0; ; life++)
        {
            // Each process finds them in another order. Those that the checkpoint has keep their numbers.
            numbers = keepsNumbers ? [.. numbers.Union(Shuffled(stream.Seed + life))] : Shuffled(stream.Seed + life);
            var steps = life < stream.Kills.Length ? stream.Kills[life] : int.MaxValue;
            reports.AddRange(Play(stream, start, numbers, bindings, steps, out var source, out var hasEnded));
            if (hasEnded)
            {
                return Print(reports);
            }

            var checkpoint = Through(new Checkpoint(
                Scene.At("2013-03-01T00:00Z"), "test", [],
                [.. bindings.Select(binding => MonitorCheckpoint.Take(binding, [], source.Progress(), source.NamesOf(0)))]));
            bindings = Monitors(isMerged: false, stream.Unpacks);
            for (var i = 0; i < bindings.Count; i++)
            {
                var saved = checkpoint.Monitors[i];
                bindings[i].Monitor.Load(saved.State);
                bindings[i] = bindings[i] with
                {
                    CountedUpTo = saved.Positions.ToDictionary(
                        progress => (progress.Position.Topic, progress.Position.Partition), progress => progress.Position.NextOffset),
                };
                numbers = [.. saved.Positions.Select(at => new PartitionName(at.Position.Topic, at.Position.Partition))];
            }

            start = Math.Max(0, source.Next - stream.Again[life]);
        }
    }

    private static Checkpoint Through(Checkpoint checkpoint)
    {
        using var file = new MemoryStream();
        CheckpointFile.Write(file, checkpoint);
        file.Position = 0;
        return CheckpointFile.Read(file);
    }

    private static PartitionName[] Shuffled(int seed)
    {
        PartitionName[] names = [.. Partitions];
        new System.Random(seed).Shuffle(names);
        return names;
    }

    private static string Uncut(Stream stream, IReadOnlyList<PartitionName> numbers, bool isMerged) => Print(
        Play(stream with { Cuts = [1000], Workers = 1 }, 0, numbers, Monitors(isMerged, stream.Unpacks), int.MaxValue, out _, out _));

    private static List<(string Monitor, IReadOnlyList<SeriesReport> Reports)> Play(
        Stream stream, int start, IReadOnlyList<PartitionName> numbers, List<MonitorBinding> bindings, int steps, out Source source,
        out bool hasEnded)
    {
        source = new Source(stream, numbers, start);
        var sink = new Collected();
        var pipeline = new Pipeline(source, bindings, TimeProvider.System, TimeSpan.MaxValue, [sink], stream.Workers);
        var signal = SourceSignal.Nothing;
        for (var step = 0; step < steps && signal != SourceSignal.End; step++)
        {
            signal = pipeline.Step(TimeSpan.Zero);
        }

        hasEnded = signal == SourceSignal.End;
        return sink.Reports;
    }

    private static string Print(List<(string Monitor, IReadOnlyList<SeriesReport> Reports)> reports)
    {
        var bindings = Monitors(isMerged: false, unpacks: false).ToDictionary(binding => binding.Monitor.Spec.Name);
        using var output = new MemoryStream();
        using (var lines = new ReplayLines(output, [.. bindings.Values]))
        {
            var order = new ReplayOrder([.. bindings.Values], lines.Write);
            foreach (var (monitor, closed) in reports)
            {
                order.OnPaneClosed(bindings[monitor], closed);
            }

            order.Flush();
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }

    // Either of the pattern, or of one topic whose events have the topic's name in a field.
    private static List<MonitorBinding> Monitors(bool isMerged, bool unpacks)
    {
        var threshold = new FixedThreshold(1, FireAboveNats: 0.5, ResolveBelowNats: 0.3);
        var difference = DerivedField.Parse("difference(x)")!;
        var derived = Scene.Watch("difference", lateness: Lateness, segments: ["orders-a"]);
        var spec = derived.Monitor.Spec with { Derivation = difference.Derivation };
        var whole = new CalibratedReference(derived.Monitor.Against.Whole!);
        var growing = Scene.Grow("so far", isSegmented: true, learn: 4);
        return
        [
            .. new (MonitorBinding Binding, string[] Fields)[]
            {
                (Scene.Watch(
                    "topics", lateness: Lateness, minimumEvents: 3, segments: ["orders-a", "orders-b"], maxRejected: 0.12,
                    rule: threshold), []),
                (Scene.Watch("topics and k", lateness: Lateness, segments: ["orders-b/1", "orders-c/0"], mostSegments: 9), ["k"]),
                (growing with
                {
                    Monitor = new FieldMonitor(
                        growing.Monitor.Spec with { AllowedLateness = Lateness },
                        new GrowingRules(4),
                        new Dictionary<string, GrowingState>()),
                }, []),
                (derived with
                {
                    Monitor = new FieldMonitor(spec, whole, new Dictionary<string, CalibratedReference> { ["orders-a"] = whole }),
                    Field = FieldPath.OfColumn("difference(x)"),
                    DerivedFrom = difference.From,
                }, ["k"]),
            }.Select(monitor => monitor.Binding with
            {
                Topic = isMerged ? "orders" : Pattern,
                EventTime = FieldPath.Parse("t"),
                Unpack = unpacks ? FieldPath.ParseArray("records") : null,
                SegmentBy = isMerged ? SegmentFields.Of(["topic", .. monitor.Fields]) : SegmentFields.Of(hasTopic: true, monitor.Fields),
            }),
        ];
    }

    private static Gen<Stream> Streams() =>
        from length in Gen.Choose(1, 500)
        from steps in Gen.Frequency((30, Gen.Choose(0, 240)), (1, Gen.Choose(0, 9 * 3600))).ArrayOf(length)
        from back in Gen.Frequency((9, Gen.Choose(0, 1800)), (1, Gen.Choose(0, 4 * 3600))).ArrayOf(length)
        from values in Gen.Choose(-5, 45).ArrayOf(length)
        from places in Gen.Choose(0, Partitions.Length - 1).ArrayOf(length)
        from faults in Gen.Choose(0, 39).ArrayOf(length)
        from cuts in Gen.OneOf(Gen.Constant(1), Gen.Choose(2, 20), Gen.Choose(100, 500)).SelectMany(most => Gen.Choose(1, most).ArrayOf(50))
        from kills in Gen.Choose(1, 40).ArrayOf(6)
        from again in Gen.Choose(0, 5).ArrayOf(6)
        from workers in Gen.Choose(1, 3)
        from unpacks in Gen.Choose(0, 2)
        from seed in Gen.Choose(0, 1000)
        select new Stream(
            Tell(steps, back, values, places, faults, unpacks == 0), cuts, kills, again, workers, unpacks == 0, seed);

    private static Event[] Tell(int[] steps, int[] back, int[] values, int[] places, int[] faults, bool unpacks)
    {
        var now = Scene.At("2013-02-09T00:00Z");
        var events = new Event[steps.Length];
        for (var i = 0; i < events.Length; i++)
        {
            now += TimeSpan.FromSeconds(steps[i]);
            var time = now - TimeSpan.FromSeconds(back[i]);
            var place = Partitions[places[i]];
            var drifts = i > events.Length / 2 ? Math.Abs(values[i]) / 4 : values[i];
            var element = string.Concat(
                "{", faults[i] == 0 ? "" : $"\"t\":\"{time}\",", $"\"x\":{(values[i] % 9 == 0 ? "null" : drifts)},",
                $"\"k\":\"{values[i] & 1}\",\"topic\":\"{place.Topic}\"}}");
            var text = faults[i] == 1 ? "{\"t\":" : unpacks ? $"{{\"records\":[{element},{element}]}}" : element;
            events[i] = new Event(place, faults[i] % 3 == 0 ? null : now, Encoding.UTF8.GetBytes(text));
        }

        return events;
    }

    private sealed record Event(PartitionName Place, EventTime? RecordTime, byte[] Value);

    private sealed record Stream(Event[] Events, int[] Cuts, int[] Kills, int[] Again, int Workers, bool Unpacks, int Seed);

    private sealed class Collected : IReportSink
    {
        public List<(string Monitor, IReadOnlyList<SeriesReport> Reports)> Reports { get; } = [];

        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports) =>
            Reports.Add((monitor.Monitor.Spec.Name, reports));
    }

    /// <summary>A stream that ends, in batches of the given sizes, of the topics of a pattern.</summary>
    private sealed class Source(Stream stream, IReadOnlyList<PartitionName> numbers, int start) : IEventSource
    {
        private readonly CopiedBatch _batch = new();
        private readonly Dictionary<PartitionName, long> _offsets = stream.Events[..start]
            .CountBy(each => each.Place).ToDictionary(partition => partition.Key, partition => (long)partition.Value);

        private readonly Dictionary<PartitionName, int> _numbers = numbers.Index().ToDictionary(name => name.Item, name => name.Index);
        private int _batches;

        public int Next { get; private set; } = start;

        public string? Trouble => null;

        public int TopicOf(string topic) => 0;

        public int Partitions(int topic) => numbers.Count;

        public IReadOnlyList<PartitionName> NamesOf(int topic) => numbers;

        public EventBatch Read(TimeSpan patience)
        {
            _batch.Clear();
            if (_batches == 0)
            {
                _batch.Append(SourceSignal.Partitions);
            }

            for (var left = stream.Cuts[_batches++ % stream.Cuts.Length]; left > 0 && Next < stream.Events.Length; left--)
            {
                var next = stream.Events[Next++];
                ref var offset = ref CollectionsMarshal.GetValueRefOrAddDefault(_offsets, next.Place, out _);
                _batch.Append(new RawEvent
                {
                    Partition = _numbers[next.Place],
                    Offset = offset++,
                    RecordTime = next.RecordTime,
                    Value = next.Value,
                });
            }

            if (Next == stream.Events.Length)
            {
                _batch.Append(SourceSignal.End);
            }

            return _batch;
        }

        public IReadOnlyList<Progress> Progress() =>
            [.. _offsets.Select(at => new Progress(new Position(at.Key.Topic, at.Key.Partition, at.Value), null))];

        public void Commit(IReadOnlyList<Progress> positions)
        {
        }

        public void Dispose()
        {
        }
    }
}
