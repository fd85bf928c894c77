using System.Globalization;
using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Independent;

/// <summary>
/// Monitors of derived fields, on random streams in random batches by several workers, against the definition: each value from the whole
/// list of the events before it in its partition and segment, counted by a monitor whose field is not derived.
/// </summary>
public sealed class DerivedStreamsTests
{
    private const int Partitions = 3;
    private const long Hour = 3_600_000; // ms: the panes
    private const long Day = 24 * Hour;
    private static readonly TimeSpan OneHour = TimeSpan.FromMilliseconds(Hour);
    private static readonly TimeSpan Lateness = TimeSpan.FromMinutes(90);
    private static readonly NumericBinning Numbers = new([-30, -5, -1, 0, 1, 5, 12, 30]);
    private static readonly CategoricalBinning Presence = new(["true", "false"]);
    private static readonly string[] Known = ["a", "b"];

    private static readonly string[] Fields =
    [
        "difference(x)", "absdiff(x)", "deviation(x, 1)", "deviation(x, 4)", "deviation(x, day)", "length(s)", "gap()", "present(x)",
        "hour()", "volume()",
    ];

    [Property(MaxTest = 60)]
    public Property Values_are_those_of_the_definition_whatever_the_batches_and_workers() => Prop.ForAll(
        (from length in Gen.Choose(1, 1200)
         from events in Events(length)
         from most in Gen.OneOf(Gen.Constant(1), Gen.Choose(2, 20), Gen.Choose(300, 1500))
         from cuts in Gen.Choose(1, most).ArrayOf(50)
         from workers in Gen.Choose(1, 4)
         from isUnpacked in ArbMap.Default.GeneratorFor<bool>()
         select (Events: events, Cuts: cuts, Workers: workers, IsUnpacked: isUnpacked)).ToArbitrary(),
        stream =>
        {
            MonitorBinding[] bindings =
            [
                .. from field in Fields
                   from isSegmented in new[] { false, true }
                   select Derived(field, isSegmented, stream.IsUnpacked),
            ];
            var readings = ReadingsOf(bindings, stream.Events, stream.Cuts, stream.Workers);
            foreach (var binding in bindings)
            {
                var expected = Define(binding, stream.Events);
                Assert.Equal(expected, readings[binding].Take(expected.Count).ToList());
            }
        });

    [Fact] // so that the property is about values, and not only about events without enough before them
    public void Most_events_of_such_a_stream_have_a_value_also_of_earlier_days()
    {
        MonitorBinding[] bindings = [Derived("deviation(x, day)", isSegmented: true), Derived("deviation(x, 4)", isSegmented: true)];
        foreach (var events in Gen.Constant(1200).SelectMany(Events).Sample(10, 10))
        {
            _ = ReadingsOf(bindings, events, [100], workers: 1);
        }

        Assert.All(bindings, binding => Assert.InRange(binding.Monitor.WithoutHistory, 1, binding.Monitor.Counted));
    }

    private static Dictionary<MonitorBinding, List<string>> ReadingsOf(
        MonitorBinding[] bindings, Given[] events, int[] cuts, int workers)
    {
        var isUnpacked = bindings[0].Unpack is not null;
        CutSource.Event[] records =
        [
            .. events.Select(each => new CutSource.Event(
                0, each.Partition, null, Encoding.UTF8.GetBytes(isUnpacked ? $"[{each.Json}]" : each.Json))),
        ];
        using var source = new CutSource(["events"], Partitions, records, cuts);
        var sink = new Sink();
        var pipeline = new Pipeline(source, bindings, TimeProvider.System, TimeSpan.MaxValue, [sink], workers);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        return bindings.ToDictionary(binding => binding, binding => sink.Lines.GetValueOrDefault(binding, []));
    }

    // The readings of a monitor that counts given bins, each of the value that the definition gives.
    private static List<string> Define(MonitorBinding binding, Given[] events)
    {
        var monitor = Monitor(binding.Monitor.Spec with { Derivation = null, AllowedLateness = TimeSpan.FromDays(1000) });
        monitor.ExpectPartitions(Partitions);
        var largest = new long?[Partitions];
        var histories = new Dictionary<(int, string), List<(long Time, double X)>>();
        var volumes = new SortedDictionary<(long Pane, string Segment), int>();
        NaiveArrival[] partitions =
            [.. Enumerable.Range(0, Partitions).Select(_ => new NaiveArrival(binding.Monitor.Spec, _ => { }))];
        foreach (var given in events)
        {
            partitions[given.Partition].Add(new EventTime(given.Time), null, () => Count(given));
        }

        Array.ForEach(partitions, partition => partition.End());
        AddVolumes(monitor, binding.SegmentBy is null ? [""] : Known, volumes);
        var sink = new Sink();
        while (monitor.CloseAtEnd() is { } reports)
        {
            sink.OnPaneClosed(binding, reports);
        }

        return sink.Lines.GetValueOrDefault(binding, []);

        bool Count(Given given)
        {
            var pane = Floor(given.Time, Hour);
            if (largest[given.Partition] - (long)Lateness.TotalMilliseconds >= (pane + 1) * Hour)
            {
                return false; // late
            }

            largest[given.Partition] = Math.Max(largest[given.Partition] ?? given.Time, given.Time);
            var segment = binding.SegmentBy is null ? "" : given.Segment;
            if (binding.Field.Text == "volume()")
            {
                volumes[(pane, segment)] = volumes.GetValueOrDefault((pane, segment)) + 1;
                return true;
            }

            if (!histories.TryGetValue((given.Partition, segment), out var history))
            {
                histories[(given.Partition, segment)] = history = [];
            }

            if (BinOf(binding.Field.Text, given, history) is { } bin)
            {
                monitor.Add(given.Partition, new EventTime(given.Time), null, bin, Encoding.UTF8.GetBytes(segment));
            }

            return true;
        }
    }

    // One value for each pane from the first one on; of a segment that the reference does not know, from its own first one on.
    private static void AddVolumes(FieldMonitor monitor, string[] known, SortedDictionary<(long Pane, string Segment), int> volumes)
    {
        if (volumes.Count == 0)
        {
            return;
        }

        var (first, last) = (volumes.Keys.First().Pane, volumes.Keys.Last().Pane);
        foreach (var segment in volumes.Keys.Select(key => key.Segment).Union(known))
        {
            var own = known.Contains(segment) ? first : volumes.Keys.First(key => key.Segment == segment).Pane;
            for (var pane = own; pane <= last; pane++)
            {
                var bin = Numbers.BinOf(volumes.GetValueOrDefault((pane, segment)));
                monitor.Add(0, new EventTime(pane * Hour), null, bin, Encoding.UTF8.GetBytes(segment));
            }
        }
    }

    private static int? BinOf(string field, Given given, List<(long Time, double X)> history)
    {
        switch (field)
        {
            case "hour()":
                return Numbers.BinOf(Modulo(given.Time, Day) / Hour);
            case "gap()":
                var gap = history.Count > 0 ? (given.Time - history[^1].Time) / 1000.0 : (double?)null;
                history.Add((given.Time, 0));
                return gap is { } seconds ? Numbers.BinOf(seconds) : null;
            case "present(x)":
                return Presence.BinOf(Encoding.UTF8.GetBytes(given.X is "null" or "" ? "false" : "true"));
            case "length(s)":
                return Numbers.BinOf(given.Text.Length);
        }

        var before = Before(field, given.Time, history);
        if (given.X is "null" or "" || !double.TryParse(given.X, NumberStyles.Float, CultureInfo.InvariantCulture, out var x))
        {
            return before is null ? null : given.X is "null" or "" ? Numbers.Missing : Numbers.WrongType;
        }

        if (double.IsFinite(x))
        {
            history.Add((given.Time, x));
        }

        return before is { } from ? Numbers.BinOf(field[0] == 'a' ? Math.Abs(x - from) : x - from) : null;
    }

    private static double? Before(string field, long time, List<(long Time, double X)> history)
    {
        var (fewest, most) = field switch
        {
            "deviation(x, 4)" => (4, 4),
            "deviation(x, day)" => (3, 20),
            _ => (1, 1),
        };
        double[] last =
        [
            .. history.Where(past => most < 20 || IsOfEarlierDay(past.Time, time)).TakeLast(most).Select(past => past.X).Order(),
        ];
        var (lower, upper) = last.Length < fewest ? (0, 0) : (last[(last.Length - 1) / 2], last[last.Length / 2]);
        return last.Length < fewest ? null : double.IsFinite(lower + upper) ? (lower + upper) / 2 : lower / 2 + upper / 2;
    }

    private static bool IsOfEarlierDay(long past, long time) =>
        Floor(past, Day) < Floor(time, Day) && Modulo(Floor(past, Hour) - Floor(time, Hour), 24) is 0 or 1 or 23;

    private static long Modulo(long number, long by) => (number % by + by) % by;

    private static long Floor(long number, long by) => (number - Modulo(number, by)) / by;

    private static MonitorBinding Derived(string field, bool isSegmented, bool isUnpacked = false)
    {
        var derived = DerivedField.Parse(field)!;
        var spec = new MonitorSpec
        {
            Name = isSegmented ? $"{field} by k" : field,
            Pane = new PaneGrid(TimeSpan.FromHours(1)),
            Windows = [new WindowSpec(TimeSpan.FromHours(1), "1h"), new WindowSpec(TimeSpan.FromHours(3), "3h")],
            AllowedLateness = Lateness,
            MinimumEvents = 1,
            MaxRejected = 1, // the naive monitor is not told of rejected events
            Derivation = derived.Derivation,
        };
        var segmentBy = isSegmented ? FieldPath.Parse("k") : null;
        return new MonitorBinding(Monitor(spec), "events", FieldPath.OfColumn(field), FieldPath.Parse("t"), segmentBy)
        {
            DerivedFrom = derived.From,
            Unpack = isUnpacked ? FieldPath.ParseArray("[]") : null,
        };
    }

    private static FieldMonitor Monitor(MonitorSpec spec)
    {
        FieldBinning binning = spec.Name.StartsWith("present", StringComparison.Ordinal) ? Presence : Numbers;
        var reference = new CalibratedReference(new Reference(binning, [.. Enumerable.Repeat(100L, binning.Count)]));
        return spec.Name.EndsWith("by k", StringComparison.Ordinal)
            ? new FieldMonitor(spec, reference, Known.ToDictionary(segment => segment, _ => reference))
            : new FieldMonitor(spec, reference);
    }

    // Time goes forward by seconds or by half an hour, and each event lies some way back from there; some come too late.
    private static Gen<Given[]> Events(int length) =>
        from longest in Gen.Elements(200, 1800, 4000)
        from steps in Gen.Choose(0, longest).ArrayOf(length)
        from back in Gen.Frequency((9, Gen.Choose(0, 3600)), (1, Gen.Choose(0, 4 * 3600))).ArrayOf(length)
        from places in Gen.Choose(0, 4 * Partitions - 1).ArrayOf(length)
        from numbers in Gen.Frequency(
            (20, Gen.Choose(-20, 20).Select(number => (number / 2.0).ToString(CultureInfo.InvariantCulture))),
            (2, Gen.Elements("null", "", "\"text\"", "\"5\"", "true", "[1]", "{}", "NaN", "Infinity", "-Infinity", "1e308", "-1e308")))
            .ArrayOf(length)
        select Tell(steps, back, places, numbers);

    private static Given[] Tell(int[] steps, int[] back, int[] places, string[] numbers)
    {
        var now = Scene.At("2013-02-09T22:00Z").Milliseconds;
        var events = new Given[steps.Length];
        for (var i = 0; i < events.Length; i++)
        {
            now += steps[i] * 1000L;
            var segment = "abcd"[(places[i] & 3)..][..1];
            events[i] = new Given(places[i] / 4, now - back[i] * 1000L, segment, numbers[i], new string('é', i % 14));
        }

        return events;
    }

    private sealed record Given(int Partition, long Time, string Segment, string X, string Text)
    {
        public string Json =>
            $"{{\"t\":{Time},\"k\":\"{Segment}\",{(X.Length == 0 ? "" : $"\"x\":{X},")}\"s\":\"{Text}\"}}";
    }

    private sealed class Sink : IReportSink
    {
        public Dictionary<MonitorBinding, List<string>> Lines { get; } = [];

        public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
        {
            if (!Lines.TryGetValue(monitor, out var lines))
            {
                Lines[monitor] = lines = [];
            }

            // A line for each pane: how many close in one step depends on when the watermarks move.
            lines.AddRange(
                from pane in Enumerable.Range(0, 1 + (int)(((reports[0].Until ?? reports[0].Time) - reports[0].Time) / OneHour))
                from report in reports
                let time = report.Time + pane * OneHour
                from reading in report.Readings
                select $"{monitor.Monitor.Spec.Name} {time} {report.Segment} {reading.Window.Label}: {reading.Events} "
                    + $"{reading.Unavailable} {reading.Measurement?.KlNats:R}");
        }
    }
}
