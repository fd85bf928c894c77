using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Commands;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Reports;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Independent;

/// <summary>
/// What monitors read depends on the events, and not on how a source cuts them into batches or on how many threads fold them. The
/// definition is the naive twin below: one event after the other, and after each of them whatever is due closes.
/// </summary>
public sealed class BatchesTests
{
    private const int Partitions = 3;
    private const double MaxRejected = 0.12; // about half of the windows have more
    private static readonly TimeSpan Lateness = TimeSpan.FromMinutes(30);
    private static readonly string[] Topics = ["events", "training"];
    private static readonly NumericBinning Numbers = new([0, 10, 20, 30, 40]);
    private static readonly CategoricalBinning Categories = new(["0", "1", "3"]);
    private static readonly string[] Vocabulary = ["ash", "Birch", "cedar", "doum"];
    private static readonly CategoricalBinning Known = new(["ash", "birch", "cedar"]);

    [Property(MaxTest = 60)] // D04
    public Property Readings_are_those_of_one_event_at_a_time_however_a_stream_is_cut_into_batches_and_many_threads_fold_them() =>
        Prop.ForAll(
            (from length in Gen.Choose(1, 1500)
             from events in Events(length)
             from most in Gen.OneOf(Gen.Constant(1), Gen.Choose(2, 20), Gen.Choose(300, 1500))
             from cuts in Gen.Choose(1, most).ArrayOf(50)
             from workers in Gen.Choose(1, 4)
             select (Events: events, Cuts: cuts, Workers: workers)).ToArbitrary(),
            stream => Assert.Equal(OneAtATime(stream.Events), InBatches(stream.Events, stream.Cuts, stream.Workers)));

    [Property(MaxTest = 60)]
    public Property Readings_are_the_same_if_records_hold_several_events() => Prop.ForAll(
        (from length in Gen.Choose(1, 1500)
         from events in Events(length)
         from sizes in Gen.OneOf(Gen.Choose(1, 20), Gen.Choose(200, 700)).ArrayOf(50)
         from path in Gen.Elements("records", "[]", "a.b")
         from cuts in Gen.Choose(1, 9).ArrayOf(50)
         from workers in Gen.Choose(1, 4)
         select (Events: events, Sizes: sizes, Path: path, Cuts: cuts, Workers: workers)).ToArbitrary(),
        stream =>
        {
            // The monitor at record time is left out: events of a record share that.
            var packed = Pack(stream.Events, stream.Sizes, stream.Path);
            var unpack = FieldPath.ParseArray(stream.Path);
            Assert.Equal(
                WithoutMoving(InBatches(stream.Events, stream.Cuts, 1)),
                WithoutMoving(InBatches(packed, stream.Cuts, stream.Workers, unpack)));
        });

    // The summary's range is that of all monitors, and so that of the one left out too.
    private static string WithoutMoving(string lines) => string.Join(
        '\n',
        lines.Split('\n')
            .Where(line => !line.Contains("\"monitor\":\"moving\"", StringComparison.Ordinal))
            .Select(line => line.Contains("\"type\":\"summary\"", StringComparison.Ordinal) ? line.Split(",\"from\"")[0] : line));

    // The events of a partition become the elements of records, in their order; those that are no JSON stay alone.
    private static Given[] Pack(Given[] events, int[] sizes, string path)
    {
        var records = new List<Given>();
        var open = new Dictionary<(int Topic, int Partition), Given>();
        foreach (var given in events)
        {
            var key = (given.Topic, given.Partition);
            if (!given.IsNoJson)
            {
                var record = open.GetValueOrDefault(key, given with { Elements = [], Path = path });
                record.Elements!.Add(given);
                open[key] = record with { RecordTime = given.RecordTime };
            }

            if (open.TryGetValue(key, out var whole) && (given.IsNoJson || whole.Elements!.Count >= sizes[records.Count % sizes.Length]))
            {
                records.Add(whole);
                open.Remove(key);
            }

            records.AddRange(given.IsNoJson ? [given] : []);
        }

        return [.. records, .. open.Values];
    }

    [Property(MaxTest = 60)]
    public Property A_reading_is_untrusted_exactly_where_the_rule_says_so() => Prop.ForAll(
        Gen.Choose(1, 1500).SelectMany(Events).ToArbitrary(),
        events =>
        {
            var shares = RejectedShares(events);
            foreach (var reading in ReadingsOf("segmented", OneAtATime(events)))
            {
                var end = Scene.At($"{reading["time"]}").Milliseconds / Hour;
                var share = shares(end, $"{reading["window"]}" == "2h" ? 2 : 1);
                var reason = $"{reading["unavailable"]}";
                Assert.True(
                    reason is "window_incomplete" or "too_few_events" || (reason == "untrusted") == share > MaxRejected,
                    $"{reading.ToJsonString()}, although {share:R} of its events were rejected");
            }
        });

    [Fact] // so that neither of the two properties is about none
    public void About_half_of_the_windows_are_untrusted()
    {
        var streams = Gen.Choose(500, 1500).SelectMany(Events).Sample(20, 20);
        var reasons = streams.SelectMany(events => ReadingsOf("segmented", OneAtATime(events)))
            .Select(reading => $"{reading["unavailable"]}").CountBy(reason => reason).ToDictionary();
        Assert.InRange((double)reasons["untrusted"] / (reasons["untrusted"] + reasons[""]), 0.2, 0.8);
    }

    // The watermarks pass the empty panes in several steps where events come singly, and in one where they come together.
    [Fact]
    public void A_run_of_empty_panes_is_one_line_however_the_stream_is_cut_into_batches()
    {
        double[] hours = [0, 0, 0, 9, 9, 9, 9, 9.3, 9.6, 9.9, 10.2, 10.5, 11, 11.5, 12, 30, 30, 30, 30, 30.5, 31, 31.5, 32];
        Given[] events =
        [
            .. from hour in hours
               from topic in new[] { 0, 1 }
               from partition in Enumerable.Range(0, Partitions)
               let time = Scene.At("2013-02-09T00:10Z") + TimeSpan.FromHours(hour)
               select new Given(topic, partition, time, time, Value: 5, Fault: 20),
        ];

        var one = OneAtATime(events);

        Assert.Equal(one, InBatches(events, [1], workers: 1));
        Assert.Equal(one, InBatches(events, [7], workers: 1));
        Assert.Equal(one, InBatches(events, [1000], workers: 1));
        var runs = ReadingsOf("moving", one).Where(line => line["until"] is not null && $"{line["window"]}" == "2h").ToList();
        Assert.Equal(["2013-02-09T03:00:00Z", "2013-02-09T15:00:00Z"], runs.Select(line => $"{line["time"]}"));
        Assert.Equal(["2013-02-09T09:00:00Z", "2013-02-10T06:00:00Z"], runs.Select(line => $"{line["until"]}"));
        Assert.DoesNotContain("rejected\":{\"", one);
    }

    private const long Hour = 3_600_000; // ms: the panes of the monitors

    // The rule, from the events alone: a rejected event counts in the pane of its partition's largest event time, or, before the first, in
    // the pane of that. Returns rejected ÷ (rejected + counted) over so many panes before a pane.
    private static Func<long, int, double> RejectedShares(Given[] events)
    {
        var (counted, rejected) = (new Dictionary<long, int>(), new Dictionary<long, int>());
        foreach (var partition in events.Where(each => each.Topic == 0).GroupBy(each => each.Partition))
        {
            long? largest = null;
            var waiting = 0;
            var arrival = new NaiveArrival(Scene.Watch().Monitor.Spec, _ => Reject());
            foreach (var given in partition)
            {
                if (given.IsNoJson || given.Fault == Given.WithoutTime)
                {
                    Reject();
                }
                else
                {
                    arrival.Add(given.Time, given.RecordTime, () => Count(given.Time.Milliseconds));
                }
            }

            arrival.End();

            bool Count(long time)
            {
                if (largest - (long)Lateness.TotalMilliseconds >= (time / Hour + 1) * Hour)
                {
                    Reject();
                    return false;
                }

                counted[time / Hour] = counted.GetValueOrDefault(time / Hour) + 1;
                largest = Math.Max(largest ?? time, time);
                Settle();
                return true;
            }

            void Reject()
            {
                waiting++;
                Settle();
            }

            void Settle()
            {
                if (largest is { } known)
                {
                    rejected[known / Hour] = rejected.GetValueOrDefault(known / Hour) + waiting;
                    waiting = 0;
                }
            }
        }

        return (end, panes) =>
        {
            var window = Enumerable.Range(1, panes).Select(back => end - back).ToList();
            double bad = window.Sum(pane => rejected.GetValueOrDefault(pane));
            return bad == 0 ? 0 : bad / (bad + window.Sum(pane => counted.GetValueOrDefault(pane)));
        };
    }

    private static IEnumerable<JsonObject> ReadingsOf(string monitor, string lines) =>
        lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())
            .Where(line => $"{line["type"]}" == "reading" && $"{line["monitor"]}" == monitor);

    // Time goes forward by up to a few minutes an event, and each event lies some way back from there; some come too late, some have no
    // time, some are no JSON.
    private static Gen<Given[]> Events(int length) =>
        from steps in Gen.Choose(0, 240).ArrayOf(length)
        from back in Gen.Frequency((9, Gen.Choose(0, 1800)), (1, Gen.Choose(0, 4 * 3600))).ArrayOf(length)
        from values in Gen.Choose(-5, 45).ArrayOf(length)
        from places in Gen.Choose(0, 2 * Partitions * 4 - 1).ArrayOf(length)
        from faults in Gen.Choose(0, 39).ArrayOf(length)
        select Tell(steps, back, values, places, faults);

    private static Given[] Tell(int[] steps, int[] back, int[] values, int[] places, int[] faults)
    {
        var now = Scene.At("2013-02-09T00:00Z");
        var events = new Given[steps.Length];
        for (var i = 0; i < events.Length; i++)
        {
            now += TimeSpan.FromSeconds(steps[i]);

            // Three quarters are of the monitors' own topic.
            var topic = places[i] % 4 == 0 ? 1 : 0;
            events[i] = new Given(topic, places[i] / 8, now - TimeSpan.FromSeconds(back[i]), now, values[i], faults[i]);
        }

        return events;
    }

    private static string OneAtATime(Given[] events)
    {
        using var watched = new Watched();
        foreach (var monitor in watched.Bindings.Select(binding => binding.Monitor))
        {
            monitor.ExpectPartitions(Partitions);
        }

        var arrivals = new Dictionary<(FieldMonitor Monitor, int Partition, bool IsReference), NaiveArrival?>();
        var companion = watched.Companion.Monitor;
        companion.ExpectPartitions(Partitions, isReference: true);
        foreach (var each in events)
        {
            var (topic, partition, time, recordTime, value, fault) = each;
            EventTime? given = fault == Given.WithoutTime ? null : time;
            if (each.IsNoJson)
            {
                companion.Reject(partition, isReference: topic == 1);
                foreach (var other in watched.Bindings.Where(binding => topic == 0 && binding != watched.Companion))
                {
                    other.Monitor.Reject(partition);
                }
            }
            else if (topic == 1)
            {
                Add(companion, isReference: true, given, recordTime, at => companion.AddToReference(partition, at, null, Bin(value)));
            }
            else
            {
                var (segmented, categorical, moving) = (watched.Segmented.Monitor, watched.Categorical.Monitor, watched.Moving.Monitor);
                var segment = Encoding.UTF8.GetBytes($"{value & 3}");
                var category = Categories.BinOf(Encoding.UTF8.GetBytes($"{value / 10}"));
                Add(segmented, false, given, recordTime, at => segmented.Add(partition, at, null, Bin(value), segment));
                var filtered = watched.Filtered.Monitor;
                if (value / 10 is 0 or 3)
                {
                    var joined = Encoding.UTF8.GetBytes($"{value & 3}/{value / 10}");
                    Add(filtered, false, given, recordTime, at => filtered.Add(partition, at, null, Bin(value), joined));
                }
                else if (given is not null)
                {
                    ArrivalOf(filtered, isReference: false)
                        .Add(time, recordTime, () => filtered.Pass(partition, time, null), isOther: true);
                }

                Add(categorical, false, given, recordTime, at => categorical.Add(partition, at, null, category));
                var words = watched.Words.Monitor;
                Add(words, false, given, recordTime, at => words.AddWords(partition, at, null, WordBinsOf(value), segment));
                Add(moving, false, recordTime, null, at => moving.Add(partition, at, null, Bin(value)));
                Add(companion, false, given, recordTime, at => companion.Add(partition, at, null, Bin(value)));
            }

            watched.CloseWhatIs(binding => binding.Monitor.CloseDue());

            void Add(FieldMonitor monitor, bool isReference, EventTime? at, EventTime? of, Func<EventTime?, Rejection> count)
            {
                if (at is not { } known)
                {
                    count(null);
                    return;
                }

                ArrivalOf(monitor, isReference).Add(known, of, () => count(known) == Rejection.None);
            }

            NaiveArrival ArrivalOf(FieldMonitor monitor, bool isReference)
            {
                ref var arrival = ref CollectionsMarshal.GetValueRefOrAddDefault(arrivals, (monitor, partition, isReference), out _);
                return arrival ??= new NaiveArrival(monitor.Spec, reason =>
                {
                    var clock = isReference ? monitor.ReferenceFoldOf(partition).Clock : monitor.FoldOf(partition).Clock;
                    clock.Rejected.Add(reason);
                    monitor.Reject(partition, isReference);
                });
            }
        }

        foreach (var arrival in arrivals.Values)
        {
            arrival!.End();
        }

        watched.CloseWhatIs(binding => binding.Monitor.CloseAtEnd());
        return watched.Print();
    }

    private static int Bin(int value) => value % 9 == 0 ? Numbers.Missing : Numbers.BinOf(value);

    // Of each event up to four words; some have none, or no text.
    private static string[] WordsOf(int value) =>
        [.. Enumerable.Range(0, Math.Abs(value) % 5).Select(place => Vocabulary[(Math.Abs(value) + place) % Vocabulary.Length])];

    private static int[] WordBinsOf(int value) => value % 9 == 0 || WordsOf(value).Length == 0
        ? [Known.Missing]
        : [.. WordsOf(value).Select(word => Array.IndexOf(["ash", "Birch", "cedar"], word)).Select(bin => bin < 0 ? Known.Unseen : bin)];

    private static string InBatches(Given[] events, int[] cuts, int workers, FieldPath? unpack = null)
    {
        using var watched = new Watched(unpack);
        using var source = new CutSource(
            Topics,
            Partitions,
            [.. events.Select(each => new CutSource.Event(each.Topic, each.Partition, each.RecordTime, each.Bytes))],
            cuts);
        var pipeline = new Pipeline(source, watched.Bindings, TimeProvider.System, TimeSpan.MaxValue, [watched.Order], workers);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        Assert.Equal(
            Topics.Select((_, topic) => events.LongCount(each => each.Topic == topic)),
            pipeline.Tallies.Select(tally => tally.Events));
        Assert.Equal(events.LongCount(each => each.IsNoJson), pipeline.Tallies.Sum(tally => tally.Rejected[Rejection.Malformed]));
        return watched.Print();
    }

    private sealed record Given(int Topic, int Partition, EventTime Time, EventTime RecordTime, int Value, int Fault)
    {
        public const int WithoutTime = 0;

        public bool IsNoJson => Fault == 1;

        /// <summary>The events that the record holds in an array at <see cref="Path"/>; null if it is an event.</summary>
        public List<Given>? Elements { get; init; }

        public string Path { get; init; } = "";

        public byte[] Bytes => Encoding.UTF8.GetBytes(Elements is null ? Text : Path switch
        {
            "[]" => Array,
            "records" => $"{{\"x\":1,\"records\":[\"repeated: the last counts\"],\"records\" : {Array} ,\"t\":0}}",
            _ => $"{{\"a\":{{\"b\":{Array},\"c\":[{{}}]}}}}",
        });

        private string Array => $"[ {string.Join(" , ", Elements!.Select(element => element.Text))}]";

        private string Text => IsNoJson ? "{\"t\":" : string.Concat(
            "{", Fault == WithoutTime ? "" : $"\"t\":{Time.Milliseconds},", $"\"x\":{(Value % 9 == 0 ? "null" : Value)},",
            $"\"k\":\"{Value / 10}\",\"w\":{(Value % 9 == 0 ? "null" : $"\"{string.Join(", ", WordsOf(Value))}\"")},",
            $"\"segment\":\"{Value & 3}\"}}");
    }

    /// <summary>A monitor of each kind, and what they write.</summary>
    private sealed class Watched : IDisposable
    {
        private readonly MemoryStream _output = new();
        private readonly ReplayLines _lines;

        public Watched(FieldPath? unpack = null)
        {
            var time = FieldPath.Parse("t");
            Segmented = Scene.Watch(
                "segmented", lateness: Lateness, minimumEvents: 3, segments: ["0", "1", "2"], maxRejected: MaxRejected);
            Segmented = Segmented with { EventTime = time };
            Categorical = Scene.Watch("categorical", binning: Categories, field: "k", lateness: Lateness) with { EventTime = time };
            Moving = Scene.Watch("moving", lateness: Lateness, maxRejected: 0.03);
            Moving = Moving with
            {
                Monitor = new FieldMonitor(
                    Moving.Monitor.Spec, new PreviousWindow(Numbers, Moving.Monitor.Spec.WindowPanes, 0.5), new GivenCalibration(null)),
            };
            Companion = Scene.Watch("companion", lateness: Lateness, maxRejected: MaxRejected);
            Companion = Companion with
            {
                EventTime = time,
                ReferenceTopic = Topics[1],
                Monitor = new FieldMonitor(
                    Companion.Monitor.Spec,
                    new CompanionWindow(Numbers, Companion.Monitor.Spec.WindowPanes, 0.5, "the topic training"),
                    new GivenCalibration(null),
                    hasReferenceTopic: true),
            };
            Filtered = Scene.Watch(
                "filtered", lateness: Lateness, minimumEvents: 3, segments: ["0/0", "3/3"], maxRejected: MaxRejected) with
            {
                EventTime = time,
                SegmentBy = SegmentFields.Of(["segment", "k"]),
                Where = new EventFilter(FieldPath.Parse("k"), ["0", "3"]),
                Unpack = unpack,
            };
            Words = Scene.Watch(
                "words", binning: Known, field: "w", lateness: Lateness, minimumEvents: 3, segments: ["0", "1"], maxRejected: MaxRejected,
                countsWords: true) with
            {
                EventTime = time,
                Unpack = unpack,
            };
            Segmented = Segmented with { Unpack = unpack };
            Categorical = Categorical with { Unpack = unpack };
            Moving = Moving with { Unpack = unpack };
            Companion = Companion with { Unpack = unpack };
            _lines = new ReplayLines(_output, Bindings);
            Order = new ReplayOrder(Bindings, _lines.Write);
        }

        public MonitorBinding Segmented { get; }

        public MonitorBinding Filtered { get; }

        public MonitorBinding Categorical { get; }

        public MonitorBinding Words { get; }

        public MonitorBinding Moving { get; }

        public MonitorBinding Companion { get; }

        public ReplayOrder Order { get; }

        public IReadOnlyList<MonitorBinding> Bindings => [Segmented, Filtered, Categorical, Words, Moving, Companion];

        public void CloseWhatIs(Func<MonitorBinding, IReadOnlyList<SeriesReport>?> close)
        {
            foreach (var binding in Bindings)
            {
                while (close(binding) is { } reports)
                {
                    Order.OnPaneClosed(binding, reports);
                }
            }
        }

        public string Print()
        {
            Order.Flush();
            _lines.WriteSummary(new ReplayTotals(0, []));
            return Encoding.UTF8.GetString(_output.ToArray());
        }

        public void Dispose()
        {
            _lines.Dispose();
            _output.Dispose();
        }
    }
}
