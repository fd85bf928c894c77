using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DriftMonitor.Commands;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.References;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Reports;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Checkpoints;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit.Abstractions;

namespace DriftMonitor.Tests.Independent;

/// <summary>
/// A process that is killed at any point, and goes on from its last checkpoint, gives the readings that it would have given without. The
/// definition is the process that is never killed.
/// </summary>
public sealed class CheckpointCutsTests(ITestOutputHelper log)
{
    private const int Partitions = 3;
    private static readonly string[] Topics = ["events", "training"];
    private static readonly NumericBinning Numbers = new([0, 10, 20, 30, 40]);
    private static readonly TimeSpan Lateness = TimeSpan.FromMinutes(30);

    [Property(MaxTest = 20)] // D04
    public Property Readings_and_alerts_are_the_same_bit_for_bit_however_often_the_process_is_killed() => Prop.ForAll(
        Streams().ToArbitrary(),
        stream => AssertSame(Uncut(stream.Events, stream.Unpack), Killed(stream, monitorsAnew: 0)));

    [Property(MaxTest = 10)]
    public Property A_monitor_that_begins_anew_reads_from_the_start_and_the_others_count_nothing_twice() => Prop.ForAll(
        Streams().ToArbitrary(),
        stream => AssertSame(Uncut(stream.Events, stream.Unpack), Killed(stream, monitorsAnew: 3)));

    [Fact] // so that the properties are not about streams in which nothing happens
    public void The_streams_hold_alerts_late_events_wrong_dates_and_readings_of_every_monitor()
    {
        var lines = Streams().Sample(60, 8).Select(stream => Uncut(stream.Events, stream.Unpack)).ToList();

        foreach (var monitor in Watched.All(null))
        {
            var name = monitor.Monitor.Spec.Name;
            var readings = lines.SelectMany(text => text.Split('\n'))
                .Where(line => line.Contains($"\"monitor\":\"{name}\"", StringComparison.Ordinal));
            Assert.Contains(readings, line => line.Contains("\"kl_nats\"", StringComparison.Ordinal));
            Assert.Equal(
                monitor.Monitor.Binning is PairBinning,
                readings.Any(line => line.Contains("\"mutual_information_nats\":", StringComparison.Ordinal)));
            Assert.Equal(
                monitor.Monitor.Spec.CountsWords,
                readings.Any(line => line.Contains("\"cross_entropy_nats\":", StringComparison.Ordinal)));
            Assert.Equal(
                monitor.Monitor.Spec.HasMean, readings.Any(line => line.Contains("\"mean\":", StringComparison.Ordinal)));
        }

        Assert.Contains(lines, text => text.Contains("\"to\":\"firing\"", StringComparison.Ordinal));
        Assert.Contains(lines, text => text.Contains("\"to\":\"inactive\"", StringComparison.Ordinal));
        Assert.Contains(lines, text => text.Contains("\"until\"", StringComparison.Ordinal));
        Assert.Contains(lines, text => text.Contains("\"untrusted\"", StringComparison.Ordinal));
        Assert.Contains(lines, text => text.Contains("return_period_s", StringComparison.Ordinal));
    }

    [Fact] // an oracle that cannot fail shows nothing
    public void A_checkpoint_whose_offsets_are_one_too_high_or_too_low_is_noticed()
    {
        var streams = Streams().Sample(60, 6);
        foreach (var by in new[] { -1, 1 })
        {
            Assert.Contains(streams, stream => Uncut(stream.Events, stream.Unpack) != Killed(stream, monitorsAnew: 0, shift: by));
        }
    }

    [Fact] // S02, in the state of every kind of monitor
    public void Any_bytes_in_a_state_are_loaded_or_refused_and_take_little_memory()
    {
        const int Cases = 200; // of each monitor
        var seed = RandomNumberGenerator.GetInt32(1_000_000_000);
        log.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var stream = Streams().Sample(60, 20).MaxBy(stream => stream.Events.Length)!;
        var bindings = Watched.All(PathOf(stream.Unpack));
        Play(stream.Events, 0, [7], 1, bindings, steps: stream.Events.Length / 10, out _, out _);
        foreach (var (place, binding) in bindings.Index())
        {
            var state = binding.Monitor.Save().ToArray();
            var (loaded, most) = (0, 0L);
            for (var i = 0; i < Cases; i++)
            {
                var damaged = state[..(i % 3 == 0 ? random.Next(state.Length) : state.Length)];
                for (var changes = damaged.Length == 0 ? 0 : random.Next(1, 4); changes > 0; changes--)
                {
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                }

                if (i % 4 == 0 && damaged.Length > sizeof(int))
                {
                    // As if it were a length, as large as it can be.
                    var at = random.Next(damaged.Length - sizeof(int));
                    BinaryPrimitives.WriteInt32LittleEndian(damaged.AsSpan(at), i % 8 == 0 ? int.MaxValue : random.Next());
                }

                var monitor = Watched.All(PathOf(stream.Unpack))[place].Monitor;
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    monitor.Load(damaged);
                    loaded++;
                }
                catch (StateException)
                {
                    // As it should be.
                }

                most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            log.WriteLine($"{binding.Monitor.Spec.Name}: {loaded} of {Cases} were loaded; one took at most {most >> 10} KiB");
            Assert.InRange(most, 0, 10 << 20);
        }
    }

    // The lines are too many to be shown.
    private static void AssertSame(string expected, string actual)
    {
        var (missing, added) = (expected.Split('\n').Except(actual.Split('\n')), actual.Split('\n').Except(expected.Split('\n')));
        Assert.True(
            expected == actual,
            $"missing:\n{string.Join('\n', missing.Take(5))}\nin their place:\n{string.Join('\n', added.Take(5))}");
    }

    private static Gen<Stream> Streams() =>
        from length in Gen.Choose(1, 500)
        from steps in Gen.Frequency((30, Gen.Choose(0, 240)), (1, Gen.Choose(0, 9 * 3600))).ArrayOf(length)
        from back in Gen.Frequency((9, Gen.Choose(0, 1800)), (1, Gen.Choose(0, 4 * 3600))).ArrayOf(length)
        from wrong in Gen.Frequency((60, Gen.Constant(0)), (1, Gen.Elements(-20_000, -30, 5, 40))).ArrayOf(length)
        from values in Gen.Choose(-5, 45).ArrayOf(length)
        from places in Gen.Choose(0, 2 * Partitions * 4 - 1).ArrayOf(length)
        from faults in Gen.Choose(0, 39).ArrayOf(length)
        from cuts in Gen.OneOf(Gen.Constant(1), Gen.Choose(2, 20), Gen.Choose(100, 500)).SelectMany(most => Gen.Choose(1, most).ArrayOf(50))
        from kills in Gen.Choose(1, 40).ArrayOf(6)
        from lost in Gen.Choose(0, 3).ArrayOf(6)
        from again in Gen.Choose(0, 5).ArrayOf(6)
        from workers in Gen.Choose(1, 3)
        from unpacks in Gen.Choose(0, 2)
        select new Stream(Tell(steps, back, wrong, values, places, faults, unpacks == 0), cuts, kills, lost, again, workers, unpacks == 0);

    private static CutSource.Event[] Tell(int[] steps, int[] back, int[] wrong, int[] values, int[] places, int[] faults, bool unpacks)
    {
        var now = Scene.At("2013-02-09T00:00Z");
        var events = new CutSource.Event[steps.Length];
        for (var i = 0; i < events.Length; i++)
        {
            now += TimeSpan.FromSeconds(steps[i]);
            var time = now - TimeSpan.FromSeconds(back[i]) + TimeSpan.FromHours(wrong[i]);
            var drifts = i > events.Length / 2 ? Math.Abs(values[i]) / 4 : values[i]; // in the second half all values are small
            var element = string.Concat(
                "{", faults[i] == 0 ? "" : $"\"t\":\"{time}\",", $"\"x\":{(values[i] % 9 == 0 ? "null" : drifts)},\"y\":{values[i]}.1,",
                $"\"k\":\"{values[i] / 10}\",\"w\":\"{string.Join(' ', Enumerable.Range(0, Math.Abs(values[i]) % 4))} x\",",
                $"\"segment\":\"{values[i] & 3}\"}}");
            var text = faults[i] == 1 ? "{\"t\":" : unpacks ? $"{{\"records\":[{element},{element}]}}" : element;
            EventTime? recordTime = faults[i] % 3 == 0 ? null : now;
            events[i] = new CutSource.Event(places[i] % 4 == 0 ? 1 : 0, places[i] / 8, recordTime, Encoding.UTF8.GetBytes(text));
        }

        return events;
    }

    private static string Uncut(CutSource.Event[] events, bool unpacks) =>
        Print(Play(events, 0, [1000], 1, Watched.All(PathOf(unpacks)), steps: int.MaxValue, out _, out _), PathOf(unpacks));

    private static FieldPath? PathOf(bool unpacks) => unpacks ? FieldPath.ParseArray("records") : null;

    private static string Killed(Stream stream, int monitorsAnew, int shift = 0)
    {
        var unpack = PathOf(stream.Unpack);
        var reports = new List<(string Monitor, IReadOnlyList<SeriesReport> Reports)>();
        var bindings = Watched.All(unpack);
        var start = 0;
        for (var life = 0; ; life++)
        {
            var steps = life < stream.Kills.Length ? stream.Kills[life] : int.MaxValue;
            var played = Play(stream.Events, start, stream.Cuts, stream.Workers, bindings, steps, out var source, out var hasEnded);
            reports.AddRange(played);
            if (hasEnded)
            {
                return Print(reports, unpack);
            }

            var checkpoint = Through(new Checkpoint(
                Scene.At("2013-03-01T00:00Z"), "test", [],
                [.. bindings.Select(binding => MonitorCheckpoint.Take(binding, [], source.Progress()))]));

            // What is done between the last checkpoint and the kill leaves no trace: it is done again.
            Play(stream.Events, source.Next, stream.Cuts, stream.Workers, bindings, stream.Lost[life], out _, out _);

            bindings = Watched.All(unpack);
            for (var i = 0; i < bindings.Count; i++)
            {
                var saved = checkpoint.Monitors.Single(monitor => monitor.Name == bindings[i].Monitor.Spec.Name);
                if (i < monitorsAnew)
                {
                    reports.RemoveAll(report => report.Monitor == saved.Name);
                    continue;
                }

                bindings[i].Monitor.Load(saved.State);
                bindings[i] = bindings[i] with
                {
                    CountedUpTo = saved.Positions.ToDictionary(
                        progress => (progress.Position.Topic, progress.Position.Partition),
                        progress => progress.Position.NextOffset + shift),
                };
                Assert.Equal(saved.Name, bindings[i].Monitor.Spec.Name);
                var last = bindings[i].Monitor.LastReports;
                Assert.Equal(saved.ClosedUpTo, last.Count == 0 ? saved.ClosedUpTo : last[0].Time);
            }

            // Some records come again that the checkpoint holds already.
            start = monitorsAnew > 0 ? 0 : Math.Max(0, source.Next - stream.Again[life]);
        }
    }

    private static Checkpoint Through(Checkpoint checkpoint)
    {
        using var file = new MemoryStream();
        CheckpointFile.Write(file, checkpoint);
        file.Position = 0;
        return CheckpointFile.Read(file);
    }

    private static List<(string Monitor, IReadOnlyList<SeriesReport> Reports)> Play(
        CutSource.Event[] events, int start, int[] cuts, int workers, List<MonitorBinding> bindings, int steps, out CutSource source,
        out bool hasEnded)
    {
        source = new CutSource(Topics, Partitions, events, cuts, start);
        var sink = new Collected();
        var pipeline = new Pipeline(source, bindings, TimeProvider.System, TimeSpan.MaxValue, [sink], workers);
        var signal = SourceSignal.Nothing;
        for (var step = 0; step < steps && signal != SourceSignal.End; step++)
        {
            signal = pipeline.Step(TimeSpan.Zero);
        }

        hasEnded = signal == SourceSignal.End;
        return sink.Reports;
    }

    private static string Print(List<(string Monitor, IReadOnlyList<SeriesReport> Reports)> reports, FieldPath? unpack)
    {
        var bindings = Watched.All(unpack).ToDictionary(binding => binding.Monitor.Spec.Name);
        using var output = new MemoryStream();
        using (var lines = new ReplayLines(output, [.. bindings.Values]))
        {
            var order = new ReplayOrder([.. bindings.Values], lines.Write);
            foreach (var (monitor, closed) in reports)
            {
                order.OnPaneClosed(bindings[monitor], closed);
            }

            order.Flush();
            lines.WriteSummary(new ReplayTotals(0, []));
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }

    private sealed record Stream(CutSource.Event[] Events, int[] Cuts, int[] Kills, int[] Lost, int[] Again, int Workers, bool Unpack);

    private sealed class Collected : IReportSink
    {
        public List<(string Monitor, IReadOnlyList<SeriesReport> Reports)> Reports { get; } = [];

        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports) =>
            Reports.Add((monitor.Monitor.Spec.Name, reports));
    }

    /// <summary>A monitor of each kind of reference, calibration, series and field.</summary>
    private static class Watched
    {
        private static readonly FixedThreshold Threshold = new(1, FireAboveNats: 0.5, ResolveBelowNats: 0.3);
        private static readonly FalseAlarmRate Rate = new(6 * 3600, SharedBy: 1, MinimumDivergenceNats: 0.01);

        public static List<MonitorBinding> All(FieldPath? unpack) =>
        [
            .. new[]
            {
                Scene.Watch("segmented", lateness: Lateness, minimumEvents: 3, segments: ["0", "1"], maxRejected: 0.12, rule: Threshold),
                Scene.Watch(
                    "categorical", binning: new CategoricalBinning(["0", "1", "3"]), field: "k", lateness: Lateness, rule: Rate,
                    isCalibrated: true),
                Scene.Watch("record time", lateness: Lateness, rule: Threshold),
                With("previous", spec => new FieldMonitor(
                    spec, new PreviousWindow(Numbers, spec.WindowPanes, 0.5), new SelfCalibration(spec, Numbers, TimeSpan.FromHours(9)))),
                With("field", spec => new FieldMonitor(
                    spec,
                    new CompanionWindow(Numbers, spec.WindowPanes, 0.5, "y"),
                    new SelfCalibration(spec, Numbers, TimeSpan.FromHours(9))))
                    with { ReferenceField = FieldPath.Parse("y") },
                With("topic", spec => new FieldMonitor(
                    spec,
                    new CompanionWindow(Numbers, spec.WindowPanes, 0.5, "training"),
                    new GivenCalibration(null),
                    hasReferenceTopic: true))
                    with { ReferenceTopic = Topics[1] },
                OfSegments("rest"),
                With("regimes", spec => new FieldMonitor(
                    spec,
                    new NearestRegime(
                        [.. Enumerable.Range(0, 3).Select(bin => new Regime($"{bin}", new Reference(Numbers, Counts(bin)), [1, 1]))], 2),
                    new GivenCalibration(null))),
                With("first", spec => Learning(spec, panes: 5, events: null)),
                With("first events", spec => Learning(spec, panes: null, events: 90)),
                With("hours", spec => new FieldMonitor(spec, HoursOfWeek(spec), new GivenCalibration(null))),
                Grow("so far", isSegmented: false, field: "x"),
                Grow("so far segments", isSegmented: true, field: "y"),
                Grow("so far categories", isSegmented: false, field: "k"),
                Derived("difference(x)", Scene.Watch("difference", lateness: Lateness, rule: Threshold)),
                Derived("gap()", Scene.Watch("gap", lateness: Lateness, segments: ["0"])),
                Derived("deviation(x, 3)", Scene.Watch("deviation", lateness: Lateness)),
                Derived("deviation(y, day)", Scene.Watch("day", lateness: Lateness)),
                Derived("volume()", Scene.Watch("volume", lateness: Lateness)),
                Derived("absdiff(y)", Grow("so far difference", isSegmented: true, field: "y")),
                Derived("volume()", Grow("so far volume", isSegmented: false, field: "y")),
                Pairs("pairs", spec => new FieldMonitor(spec, PairsReference)),
                Pairs("previous pairs", spec => new FieldMonitor(
                    spec,
                    new PreviousWindow(PairsReference.Binning, spec.WindowPanes, 0.5),
                    new SelfCalibration(spec, ((PairBinning)PairsReference.Binning).AsCategories(), TimeSpan.FromHours(9)))),
                WithMean(Scene.Watch("mean", field: "y", lateness: Lateness, segments: ["0", "1"], maxRejected: 0.12, rule: Threshold)),
                WithMean(Derived("residual(x, y)", Scene.Watch("mean residual", lateness: Lateness))),
                WithMean(Derived("difference(x)", Scene.Watch("mean difference", lateness: Lateness, segments: ["0"]))),
                WithMean(Derived("volume()", Scene.Watch("mean volume", lateness: Lateness))),
                WithMean(Derived("absdiff(y)", Grow("so far mean difference", isSegmented: true, field: "y"))),
                WithMean(Grow("so far mean", isSegmented: true, field: "y")),
                WithMean(With("mean of field", spec => new FieldMonitor(
                    spec,
                    new CompanionWindow(Numbers, spec.WindowPanes, 0.5, "y"),
                    new SelfCalibration(spec, Numbers, TimeSpan.FromHours(9))))
                    with { ReferenceField = FieldPath.Parse("y") }),
                OfWords("words", segments: null),
                OfWords("words of segments", segments: ["0"]),
                OfWordsOfTopic("words of topic"),
            }.Select(binding => binding with
            {
                EventTime = binding.Monitor.Spec.Name == "record time" ? null : FieldPath.Parse("t"),
                Unpack = unpack,
            }),
        ];

        private static MonitorBinding With(string name, Func<MonitorSpec, FieldMonitor> create)
        {
            var binding = Scene.Watch(name, lateness: Lateness, rule: Rate, maxRejected: 0.3);
            return binding with { Monitor = create(binding.Monitor.Spec) };
        }

        private static readonly CategoricalBinning WordBins = new(["x", "0", "1"]);

        private static MonitorBinding OfWords(string name, string[]? segments) => Scene.Watch(
            name, binning: WordBins, field: "w", lateness: Lateness, rule: Rate, maxRejected: 0.12, segments: segments,
            countsWords: true);

        private static MonitorBinding OfWordsOfTopic(string name)
        {
            var binding = OfWords(name, segments: null);
            var spec = binding.Monitor.Spec;
            return binding with
            {
                ReferenceTopic = Topics[1],
                Monitor = new FieldMonitor(
                    spec,
                    new CompanionWindow(WordBins, spec.WindowPanes, 0.5, "training"),
                    new GivenCalibration(null),
                    hasReferenceTopic: true),
            };
        }

        private static MonitorBinding OfSegments(string name)
        {
            var binding = Scene.Watch(name, lateness: Lateness, segments: ["0"], maxRejected: 0.3, rule: Rate);
            var spec = binding.Monitor.Spec;
            var all = new AllSegments(Numbers, spec.WindowPanes, 0.5);
            return binding with { Monitor = new FieldMonitor(spec, all, () => new SelfCalibration(spec, Numbers, TimeSpan.FromHours(9))) };
        }

        private static FieldMonitor Learning(MonitorSpec spec, int? panes, long? events)
        {
            var learned = new LearnedReference(spec, Numbers, 0.5, panes, events);
            return new FieldMonitor(spec, learned, new LearnedCalibration(learned));
        }

        private static HourOfWeek HoursOfWeek(MonitorSpec spec)
        {
            long[][] hours = [.. Enumerable.Range(0, HourOfWeek.Hours).Select(hour => Counts(hour % 4))];
            long[] whole = [.. Enumerable.Range(0, Numbers.Count).Select(bin => hours.Sum(hour => hour[bin]))];
            return new HourOfWeek(spec, new Reference(Numbers, whole), hours);
        }

        private static long[] Counts(int bin)
        {
            var counts = new long[Numbers.Count];
            counts.AsSpan(0, Numbers.Regular).Fill(10);
            counts[bin] = 20;
            return counts;
        }

        private static MonitorBinding Grow(string name, bool isSegmented, string field)
        {
            var grown = Scene.Grow(name, isSegmented, learn: 4, field: field);
            var spec = grown.Monitor.Spec with { AllowedLateness = Lateness, Rule = Rate };
            var rules = new GrowingRules(4)
            {
                Exclude = [new Period(Scene.At("2013-02-09T06:00Z"), Scene.At("2013-02-09T07:00Z"))],
            };
            var reference = new GrowingReference(spec, rules);
            return grown with
            {
                Monitor = isSegmented
                    ? new FieldMonitor(spec, rules, new Dictionary<string, GrowingState>())
                    : new FieldMonitor(spec, reference, new GrowingCalibration(reference)),
            };
        }

        private static MonitorBinding Derived(string field, MonitorBinding binding)
        {
            var derived = DerivedField.Parse(field)!;
            return Again(binding, binding.Monitor.Spec with { Derivation = derived.Derivation }) with
            {
                Field = FieldPath.OfColumn(field),
                DerivedFrom = derived.From,
                SecondField = derived.With,
            };
        }

        private static readonly Reference PairsReference = PairsOf(Numbers, new CategoricalBinning(["0", "1", "3"]));

        private static Reference PairsOf(FieldBinning first, FieldBinning second)
        {
            var binning = new PairBinning(first, second, [(0, 0), (1, 1), (2, 1), (3, 2), (first.Regular, second.Regular)]);
            return new Reference(binning, [40, 30, 20, 10, 5, 20, 3, 1]);
        }

        private static MonitorBinding Pairs(string name, Func<MonitorSpec, FieldMonitor> create) => With(name, create) with
        {
            DerivedFrom = FieldPath.Parse("x"),
            SecondField = FieldPath.Parse("k"),
        };

        private static MonitorBinding WithMean(MonitorBinding binding) => Again(binding, binding.Monitor.Spec with { HasMean = true });

        private static MonitorBinding Again(MonitorBinding binding, MonitorSpec spec)
        {
            if (binding.ReferenceField is not null)
            {
                var other = new CompanionWindow(Numbers, spec.WindowPanes, 0.5, "y");
                return binding with { Monitor = new FieldMonitor(spec, other, new GivenCalibration(null)) };
            }

            var against = binding.Monitor.Against;
            var whole = against.Whole is { } reference ? new CalibratedReference(reference) : null;
            var rules = new GrowingRules(4) { NeedsNumbers = true };
            var growing = new GrowingReference(spec, rules);
            var monitor = (whole, binding.Monitor.IsSegmented) switch
            {
                (null, true) => new FieldMonitor(spec, rules, new Dictionary<string, GrowingState>()),
                (null, false) => new FieldMonitor(spec, growing, new GrowingCalibration(growing)),
                (_, true) => new FieldMonitor(spec, whole, new Dictionary<string, CalibratedReference> { ["0"] = whole }),
                (_, false) => new FieldMonitor(spec, whole),
            };
            return binding with { Monitor = monitor };
        }
    }
}
