using System.Globalization;
using System.Text;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;
using DriftMonitor.Tests.Independent;
using DriftMonitor.Wording;
using Xunit.Abstractions;
using Event = DriftMonitor.Tests.Independent.CutSource.Event;

namespace DriftMonitor.Tests;

/// <summary>Sent and received: the events of two topics, joined by the keys of their records, from bytes to readings.</summary>
public sealed class JoinPipelineTests(ITestOutputHelper log)
{
    private const int Partitions = 2;
    private const int Minutes = 600;
    private const int PerMinute = 40;
    private const double Lost = 0.05;
    private const double Errors = 0.02;
    private const double MoreErrors = 0.2;
    private const int RiseAt = 400; // minutes

    private static readonly string[] Names = ["sent", "received"];
    private static readonly CategoricalBinning Bits = new(["0", "1"]);
    private static readonly EventTime Start = Scene.At("2013-02-09T00:00Z");

    [Fact]
    public void Batches_interleavings_workers_and_restarts_change_no_reading()
    {
        var seed = Environment.TickCount;
        log.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var events = Channel(random);
        var expected = Run(Interleave(events, random), [1000], workers: 1).Lines;
        Assert.True(expected.Count > Minutes - 20);
        for (var i = 0; i < 3; i++)
        {
            int[] cuts = [.. Enumerable.Range(0, 7).Select(_ => random.Next(1, 700))];
            var interleaved = Interleave(events, random);

            Assert.Equal(expected, Run(interleaved, cuts, workers: 1 + i).Lines);
            Assert.Equal(expected, RunWithRestart(interleaved, cuts, random.Next(interleaved.Length)));
        }
    }

    [Fact]
    public void A_topic_that_is_read_far_ahead_of_the_other_is_held_back_and_no_reading_changes()
    {
        var events = Channel(new Random(8));
        var expected = Run(Interleave(events, new Random(9)), [1000], workers: 1).Lines;

        var (lines, most) = RunGreedily(events, canHold: true);
        var (_, mostUnheld) = RunGreedily(events, canHold: false);

        Assert.Equal(expected, lines);
        Assert.InRange(most, 500, 1000); // the limit, and what was read until a pane had passed
        Assert.True(mostUnheld > Minutes * PerMinute / 2);
    }

    [Fact]
    public void A_rising_error_rate_fires_the_pair_while_the_shares_of_both_fields_stand_still()
    {
        var events = Interleave(Channel(new Random(3)), new Random(4));
        var rule = new FixedThreshold(1, FireAboveNats: 0.1, ResolveBelowNats: 0.05);
        var pair = Joined(rule);
        MonitorBinding[] bindings = [Single("sent", rule), Single("received", rule), pair];
        var firing = new HashSet<(string Monitor, bool Before)>();
        var pipeline = new Pipeline(
            new CutSource(Names, Partitions, events, [500]), bindings, TimeProvider.System, TimeSpan.FromHours(1), [new Firing(firing)]);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        Assert.Equal([("pairs", false)], firing);

        // The last hour has the greater error rate. Of 2400 sent, those that were lost are missing.
        var information = pair.Monitor.LastReports[0].Readings[2].Measurement!.Pair!.MutualInformationNats;
        var missing = pair.Monitor.Series[0].Histogram(2).Counts()[pair.Monitor.Binning.Missing];
        Assert.Equal(Truth(MoreErrors), information, 0.04);
        Assert.InRange(missing / (60.0 * PerMinute), 0.7 * Lost, 1.5 * Lost); // some keys are repeated or missing
    }

    [Fact]
    public void A_reference_that_is_built_of_the_events_counts_what_windows_count()
    {
        var random = new Random(5);
        var events = Channel(random, furthestBehind: 60); // none is late, as none is in a reference
        var binding = Joined();
        var spec = binding.Monitor.Spec;
        var from = Start + TimeSpan.FromMinutes(100);
        var to = from + TimeSpan.FromMinutes(60);
        var excluded = new Period(from + TimeSpan.FromMinutes(10), from + TimeSpan.FromMinutes(15));
        var choice = BinsChoice.Parse("categories:2");
        var builder = new ReferenceBuilder(new ReferenceRecipe(spec, binding.Field)
        {
            EventTime = FieldPath.Parse("time"),
            Period = new Period(from, to),
            Excluded = [excluded],
            DerivedFrom = FieldPath.Parse("bit"),
            Second = FieldPath.Parse("value"),
            Pairs = new PairChoice("sent:bit", "received:value", choice, choice, MinExpected: 0),
            SecondTopic = 1,
        });
        var source = new EventCursor(new CutSource(Names, Partitions, Interleave(events, random), [50]));
        while (source.Next(TimeSpan.Zero, out var raw) is var signal && signal != SourceSignal.End)
        {
            if (signal == SourceSignal.Event)
            {
                builder.Add(raw);
            }
        }

        var reference = builder.Build().Reference;

        // The panes of the period, without those that are excluded.
        var counts = new long[reference.Binning.Count];
        var collected = new Counts(
            binding.Monitor, time => time > from && time <= to && (time <= excluded.From || time > excluded.To), counts);
        var pipeline = new Pipeline(
            new CutSource(Names, Partitions, Interleave(events, random), [50]), [binding], TimeProvider.System, TimeSpan.FromHours(1),
            [collected]);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        Assert.Equal(Named(binding.Monitor.Binning, counts), Named(reference.Binning, reference.Counts));
        Assert.Equal((counts.Sum() - counts[reference.Binning.Missing], counts[reference.Binning.Missing]), builder.Joined);
    }

    [Fact]
    public void A_reference_of_topics_without_a_key_in_common_is_refused_with_the_reason()
    {
        var builder = new ReferenceBuilder(new ReferenceRecipe(Joined().Monitor.Spec, FieldPath.OfColumn("sent:bit × received:value"))
        {
            EventTime = FieldPath.Parse("time"),
            DerivedFrom = FieldPath.Parse("bit"),
            Second = FieldPath.Parse("value"),
            Pairs = new PairChoice("sent:bit", "received:value", BinsChoice.Auto, BinsChoice.Auto, 0),
            SecondTopic = 1,
        });
        for (var i = 0; i < 10; i++)
        {
            builder.Add(new RawEvent
            {
                Topic = i % 2,
                Value = Encoding.UTF8.GetBytes($$"""{"bit":"0","value":"0","time":"2013-02-09T00:0{{i}}:00Z"}"""),
                Key = [(byte)i],
            });
        }

        Assert.Equal(
            "no event of sent:bit has one of received:value with the same key within 00:02:00, of 10 events; check that both topics have "
            + "the same keys, and JoinWithin",
            Assert.Throws<ReferenceException>(builder.Build).Message);
    }

    [Fact]
    public void Rejected_events_of_either_topic_make_readings_untrusted()
    {
        foreach (var bad in new[] { 0, 1 })
        {
            var events = Interleave(Channel(new Random(6)), new Random(7))
                .Select((one, i) => one.Topic == bad && i % 2 == 0 ? one with { Value = "{}"u8.ToArray() } : one).ToArray();
            var binding = Joined();

            var lines = Run(events, [100], workers: 1, binding).Lines;

            Assert.All(lines.Skip(65), line => Assert.Contains("Untrusted", line, StringComparison.Ordinal));
            Assert.True((bad == 0 ? binding.Monitor.Rejected : binding.Monitor.RejectedOfReference)[Rejection.NoEventTime] > 1000);
            Assert.Equal(0, (bad == 1 ? binding.Monitor.Rejected : binding.Monitor.RejectedOfReference)[Rejection.NoEventTime]);
        }
    }

    [Fact]
    public void Records_without_a_key_count_as_missing_at_once_also_where_the_clock_has_held_them()
    {
        // The first three events of a partition are held, as their records have no time of their own.
        var events = new List<Event>();
        for (var i = 0; i < 3; i++)
        {
            events.Add(Sent(0, i, "0", key: ""));
            events.Add(Received(0, i, "0", key: "a"));
        }

        events.Add(Sent(0, 60, "1", key: "a"));
        events.Add(Received(0, 60, "1", key: "b"));
        var binding = Joined();
        var counts = new long[binding.Monitor.Binning.Count];
        var collected = new Counts(binding.Monitor, time => time == Start + TimeSpan.FromMinutes(1), counts);
        var pipeline = new Pipeline(
            new CutSource(Names, partitions: 1, [.. events], [1]), [binding], TimeProvider.System, TimeSpan.FromHours(1), [collected]);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        Assert.Equal([0, 0, 0, 0, 0, 3, 0], counts); // of the first minute
        Assert.Equal((1, 3), (binding.Monitor.Join!.Joined, binding.Monitor.Join.Unmatched)); // "a" of 60 s with the first received
    }

    private static SortedDictionary<string, long> Named(FieldBinning binning, ReadOnlySpan<long> counts)
    {
        var named = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var bin = 0; bin < counts.Length; bin++)
        {
            named.Add(binning.Label(bin), counts[bin]);
        }

        return named;
    }

    [Fact]
    public void A_field_that_no_event_of_its_topic_has_is_told_of_by_its_own_name()
    {
        foreach (var isSecond in new[] { false, true })
        {
            var binding = Joined();
            for (var i = 0; i < 3; i++)
            {
                binding.Monitor.AddKeyed(0, Start, null, isSecond ? 0 : Bits.Missing, 1);
                binding.Monitor.AddKeyed(0, Start, null, isSecond ? Bits.Missing : 0, 1, isReference: true);
            }

            Assert.Equal(
                $"the monitor \"pairs\" found no value of the field \"{(isSecond ? "value" : "bit")}\" in any event of the topic "
                + $"{(isSecond ? "received" : "sent")}: is the name right?",
                BlindMonitor.Describe(binding, []));
        }
    }

    // Error rates e: in nats, of a symmetric channel and bits that are as often 0 as 1.
    private static double Truth(double e) => Math.Log(2) + e * Math.Log(e) + (1 - e) * Math.Log(1 - e);

    // The events of each partition in their order. A part of the received is in another minute than what was sent; some have late events,
    // repeated keys, or none.
    private static Event[][] Channel(Random random, int furthestBehind = 100)
    {
        var partitions = Enumerable.Range(0, 2 * Partitions).Select(_ => new List<Event>()).ToArray();
        var received = new PriorityQueue<Event, double>();
        for (var i = 0; i < Minutes * PerMinute; i++)
        {
            var second = i * 60.0 / PerMinute;
            var key = random.Next(500) == 0 ? $"{i - 1}" : random.Next(500) == 0 ? "" : $"{i}";
            var bit = random.Next(2);
            var partition = random.Next(Partitions);
            var behind = random.Next(50) == 0 ? random.Next(furthestBehind) : 0;
            partitions[partition].Add(Sent(partition, Math.Max(0, second - behind), $"{bit}", key));
            if (random.NextDouble() < Lost)
            {
                continue;
            }

            var error = random.NextDouble() < (second < RiseAt * 60 ? Errors : MoreErrors);
            partition = random.Next(Partitions);
            var at = second + random.NextDouble() * 5;
            received.Enqueue(Received(partition, at, $"{(error ? 1 - bit : bit)}", key), at + random.NextDouble());
        }

        while (received.TryDequeue(out var one, out _))
        {
            partitions[Partitions + one.Partition].Add(one);
        }

        return [.. partitions.Select(partition => partition.ToArray())];
    }

    // Topics and partitions at random, each of them in its order, and none far behind.
    private static Event[] Interleave(Event[][] partitions, Random random)
    {
        var events = new List<Event>();
        var next = new int[partitions.Length];
        while (Enumerable.Range(0, partitions.Length).Where(i => next[i] < partitions[i].Length).ToArray() is { Length: > 0 } open)
        {
            var place = open[random.Next(open.Length)];
            for (var run = random.Next(1, 300); run > 0 && next[place] < partitions[place].Length; run--)
            {
                events.Add(partitions[place][next[place]++]);
            }
        }

        return [.. events];
    }

    private static Event Sent(int partition, double second, string bit, string key) => At(0, partition, second, "bit", bit, key);

    private static Event Received(int partition, double second, string bit, string key) => At(1, partition, second, "value", bit, key);

    private static Event At(int topic, int partition, double second, string field, string bit, string key)
    {
        var time = (Start + TimeSpan.FromMilliseconds(Math.Round(second * 1000))).ToString();
        return new Event(topic, partition, null, Encoding.UTF8.GetBytes($$"""{"{{field}}":"{{bit}}","time":"{{time}}"}"""))
        {
            Key = Encoding.UTF8.GetBytes(key),
        };
    }

    private static MonitorBinding Joined(AlertRule? rule = null)
    {
        var spec = Spec("pairs", rule) with { JoinWithin = TimeSpan.FromMinutes(2) };
        var pairs = new PairBinning(Bits, Bits);
        return new MonitorBinding(
            new FieldMonitor(spec, new Reference(pairs, [465, 10, 10, 465, 0, 50, 0])), "sent",
            FieldPath.OfColumn("sent:bit × received:value"), FieldPath.Parse("time"))
        {
            DerivedFrom = FieldPath.Parse("bit"),
            ReferenceTopic = "received",
            ReferenceField = FieldPath.Parse("value"),
        };
    }

    private static MonitorBinding Single(string topic, AlertRule rule) => new(
        new FieldMonitor(Spec(topic, rule), new Reference(Bits, [500, 500, 0, 0, 0])), topic,
        FieldPath.Parse(topic == "sent" ? "bit" : "value"), FieldPath.Parse("time"));

    private static MonitorSpec Spec(string name, AlertRule? rule) => new()
    {
        Name = name,
        Pane = new PaneGrid(TimeSpan.FromMinutes(1)),
        Windows =
        [
            new WindowSpec(TimeSpan.FromMinutes(1), "1m"), new WindowSpec(TimeSpan.FromMinutes(20), "20m"),
            new WindowSpec(TimeSpan.FromHours(1), "1h"),
        ],
        AllowedLateness = TimeSpan.FromMinutes(1),
        MinimumEvents = 100,
        Rule = rule,
    };

    private static (IReadOnlyList<string> Lines, MonitorBinding Binding) Run(
        Event[] events, int[] cuts, int workers, MonitorBinding? binding = null)
    {
        binding ??= Joined();
        var lines = new Lines();
        var pipeline = new Pipeline(
            new CutSource(Names, Partitions, events, cuts), [binding], TimeProvider.System, TimeSpan.FromHours(1), [lines], workers);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        return (lines.All, binding);
    }

    // Stops after some batch, and goes on with another monitor that has loaded the state.
    private static List<string> RunWithRestart(Event[] events, int[] cuts, int stopAt)
    {
        var (lines, first) = (new Lines(), Joined());
        var before = new CutSource(Names, Partitions, events, cuts);
        var pipeline = new Pipeline(before, [first], TimeProvider.System, TimeSpan.FromHours(1), [lines], workers: 1);
        while (before.Next < stopAt && pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        var second = Joined();
        second.Monitor.Load(first.Monitor.Save());
        second = second with
        {
            CountedUpTo = before.Progress().ToDictionary(
                at => (at.Position.Topic, at.Position.Partition), at => at.Position.NextOffset),
        };
        pipeline = new Pipeline(
            new CutSource(Names, Partitions, events, cuts, before.Next), [second], TimeProvider.System, TimeSpan.FromHours(1), [lines],
            workers: 1);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        return lines.All;
    }

    private static (List<string> Lines, int MostOpen) RunGreedily(Event[][] partitions, bool canHold)
    {
        var (lines, binding, most) = (new Lines(), Joined(), 0);
        var pipeline = new Pipeline(
            new GreedySource(partitions, canHold), [binding], TimeProvider.System, TimeSpan.FromHours(1), [lines], mostOpen: 500);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
            most = Math.Max(most, binding.Monitor.Join!.OpenEvents);
        }

        return (lines.All, most);
    }

    // Gives what it has of the last partition as long as that is not held, then of the one before, and so on.
    private sealed class GreedySource(Event[][] partitions, bool canHold) : IEventSource
    {
        private readonly CopiedBatch _batch = new();
        private readonly int[] _next = new int[partitions.Length];
        private readonly bool[] _isHeld = new bool[partitions.Length];
        private readonly bool[] _hasEnded = new bool[partitions.Length];
        private bool _isStarted;

        public string? Trouble => null;

        public int TopicOf(string topic) => Array.IndexOf(Names, topic);

        public int Partitions(int topic) => JoinPipelineTests.Partitions;

        public void Hold(int topic, int partition, bool isHeld) =>
            _isHeld[topic * JoinPipelineTests.Partitions + partition] = canHold && isHeld;

        public EventBatch Read(TimeSpan patience)
        {
            _batch.Clear();
            for (var topic = 0; topic < Names.Length && !_isStarted; topic++)
            {
                _batch.Append(SourceSignal.Partitions, topic);
            }

            _isStarted = true;
            for (var place = partitions.Length - 1; place >= 0; place--)
            {
                if (_hasEnded[place] || _isHeld[place])
                {
                    continue;
                }

                for (var left = 50; left > 0 && _next[place] < partitions[place].Length; left--)
                {
                    var one = partitions[place][_next[place]++];
                    _batch.Append(new RawEvent
                    {
                        Topic = one.Topic,
                        Partition = one.Partition,
                        Offset = _next[place],
                        Value = one.Value,
                        Key = one.Key,
                    });
                }

                if (_next[place] == partitions[place].Length)
                {
                    _hasEnded[place] = true;
                    _batch.Append(
                        SourceSignal.PartitionEnded, place / JoinPipelineTests.Partitions, place % JoinPipelineTests.Partitions);
                }

                break;
            }

            if (Array.TrueForAll(_hasEnded, hasEnded => hasEnded))
            {
                _batch.Append(SourceSignal.End);
            }

            return _batch;
        }

        public IReadOnlyList<Progress> Progress() => [];

        public void Commit(IReadOnlyList<Progress> positions)
        {
        }

        public void Dispose()
        {
        }
    }

    private sealed class Lines : IReportSink
    {
        public List<string> All { get; } = [];

        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports) => All.AddRange(reports.Select(report =>
            string.Create(CultureInfo.InvariantCulture, $"{report.Time} {string.Join("; ", report.Readings.Select(reading =>
                string.Create(CultureInfo.InvariantCulture, $"{reading}")))}")));
    }

    private sealed class Counts(FieldMonitor monitor, Func<EventTime, bool> isIn, long[] counts) : IReportSink
    {
        public void OnPaneClosed(MonitorBinding binding, IReadOnlyList<SeriesReport> reports)
        {
            foreach (var report in reports.Where(report => isIn(report.Time)))
            {
                var pane = monitor.Series[0].Histogram(0).Counts();
                for (var bin = 0; bin < counts.Length; bin++)
                {
                    counts[bin] += pane[bin];
                }
            }
        }
    }

    private sealed class Firing(HashSet<(string Monitor, bool Before)> firing) : IReportSink
    {
        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
        {
            foreach (var report in reports)
            {
                if (report.Alert?.State == AlertState.Firing)
                {
                    firing.Add((monitor.Monitor.Spec.Name, report.Time <= Start + TimeSpan.FromMinutes(RiseAt)));
                }
            }
        }
    }
}
