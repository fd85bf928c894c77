using System.Text;
using DriftMonitor.Commands;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Reports;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;
using DriftMonitor.Wording;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Sources;

/// <summary>
/// Files are partitions of one stream: it does not matter how its events are divided, nor in which order the files are given.
/// </summary>
public sealed class SeveralFilesTests : IDisposable
{
    private const long Start = 1_360_368_000_000; // 2013-02-09, in ms
    private const int Minute = 60_000;

    private static readonly FileOrder ByTime = new([new EventTimeField(FieldPath.Parse("t"))], null);

    private readonly InputFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Property(MaxTest = 60)]
    public Property A_replay_prints_the_same_lines_as_of_the_merged_and_sorted_stream() => Prop.ForAll(
        (from length in Gen.Choose(1, 2000)
         from files in Gen.Choose(1, 24)
         from overlap in Gen.Choose(0, length)
         from steps in Gen.Choose(0, 300).ArrayOf(length)
         from back in Gen.Choose(0, 1800).ArrayOf(length) // within the allowed lateness of half an hour
         from strays in Gen.Choose(0, 3 * length / 2 + 1).ArrayOf(length)
         from places in Gen.Choose(0, files - 1).ArrayOf(length)
         from order in Gen.Shuffle(Enumerable.Range(0, files))
         from forms in Gen.Choose(0, 3).ArrayOf(files)
         let mixed = places.Select((place, i) => PlaceOf(i, place, strays[i], overlap, length, files)).ToArray()
         select (Steps: steps, Back: back, Places: mixed, Order: order, Forms: forms)).ToArbitrary(),
        stream =>
        {
            var events = EventsOf(stream.Steps, stream.Back);
            var parts = stream.Order.Select(file => Write(
                $"part-{file}", stream.Forms[file], events.Where((_, i) => stream.Places[i] == file)));
            var merged = Write("merged", 0, events.OrderBy(e => e.Time));
            var (one, several) = (Replay(1, [merged]), Replay(1, [.. parts]));
            Assert.DoesNotContain("late", one, StringComparison.Ordinal);
            return (several == one).Label($"{string.Join('\n', one.Split('\n').Except(several.Split('\n')).Take(3))}")
                .And((Replay(2, [.. parts]) == several).Label("two workers"));
        });

    [Fact]
    public void Files_that_follow_one_another_are_read_in_order_of_time_with_few_of_them_open()
    {
        const int Files = 40;
        const int Rows = 700;
        var parts = Enumerable.Range(0, Files).Select(file => Write(
            $"day-{file}", file % 4, Enumerable.Range(file * Rows, Rows).Select(i => (Start + i * (long)Minute, i)))).ToArray();
        new Random(1).Shuffle(parts);
        using var source = new FileSource(parts, 1000, () => Stream.Null, ByTime);
        var (times, mostOpen) = (new List<long>(), 0);
        for (EventBatch batch; (batch = source.Read(TimeSpan.Zero)).Runs is not [.., { Signal: SourceSignal.End }];)
        {
            times.AddRange(TimesOf(batch));
            mostOpen = Math.Max(mostOpen, OpenFiles());
        }

        // The first four events of each file come first; the others are then in order, but for a stride at each seam.
        const int AtFirst = 4 * Files;
        Assert.Equal(Files * Rows, times.Count);
        Assert.Equal(Files * Rows, times.Distinct().Count());
        var largest = times[AtFirst];
        for (var i = AtFirst; i < times.Count; i++)
        {
            Assert.InRange(times[i], largest - 256 * Minute, long.MaxValue);
            largest = Math.Max(largest, times[i]);
        }

        Assert.InRange(mostOpen, 1, 3);
    }

    [Fact]
    public void Files_that_overlap_are_read_side_by_side_and_none_runs_ahead()
    {
        const int Files = 20;
        const int Rows = 2000;
        var parts = Enumerable.Range(0, Files)
            .Select(file => Write(
                $"part-{file}", file % 4, Enumerable.Range(0, Rows).Select(i => (Start + i * (long)Minute + file, i))))
            .ToArray();
        using var source = new FileSource(parts, 1000, () => Stream.Null, ByTime);
        var reached = new long[Files];
        var events = new EventCursor(source);
        while (events.Next(TimeSpan.Zero, out var raw) is var signal && signal != SourceSignal.End)
        {
            if (signal == SourceSignal.Event)
            {
                reached[raw.Partition] = TimeOf(raw);
            }
            else if (signal == SourceSignal.PartitionEnded)
            {
                reached[raw.Partition] = long.MaxValue;
            }

            var open = reached.Where(time => time is > 0 and < long.MaxValue).DefaultIfEmpty().ToList();
            Assert.InRange(open.Max() - open.Min(), 0, 256 * Minute);
        }

        Assert.All(reached, time => Assert.Equal(long.MaxValue, time));
    }

    [Fact]
    public void One_event_dated_far_ahead_does_not_make_its_file_wait_for_the_others()
    {
        const int Rows = 3000;
        var far = Start + 86 * 365L * 24 * 60 * Minute;
        var dated = Enumerable.Range(0, Rows).Select(i => (i is 83 or 339 or 595 ? far : Start + i * (long)Minute, i));
        string[] parts = [Write("a", 0, dated), Write("b", 0, Enumerable.Range(0, Rows).Select(i => (Start + i * (long)Minute, i)))];
        using var source = new FileSource(parts, 1000, () => Stream.Null, ByTime);
        var events = new EventCursor(source);
        var rows = new int[2];
        while (events.Next(TimeSpan.Zero, out var raw) is var signal && signal != SourceSignal.End)
        {
            if (signal == SourceSignal.Event)
            {
                rows[raw.Partition]++;
                Assert.InRange(Math.Abs(rows[0] - rows[1]), 0, 256);
            }
        }

        Assert.Equal([Rows, Rows], rows);
    }

    [Fact]
    public void A_file_without_events_ends_at_once_and_one_without_event_times_is_read_first()
    {
        var timeless = _folder.Write("timeless.ndjson", string.Concat(Enumerable.Repeat("{\"v\":1}\nx\n\n", 500)));
        var noTimes = string.Concat(Enumerable.Repeat(",1\n", 50));
        var late = _folder.Write("some.csv", $"t,v\n{noTimes}{Start + Minute},2\n{Start + 9 * Minute},3\n");
        var piped = $"{{\"t\":{Start + 2 * Minute}}}\n{{\"t\":{Start + 7 * Minute}}}\n";
        string[] parts =
        [
            Write("a", 0, [(Start, 1), (Start + 5 * Minute, 1)]), _folder.Write("none.ndjson", ""), _folder.Write("head.csv", "t,v\n"),
            timeless, late, "-",
        ];
        using var source = new FileSource(parts, 1000, () => new Dribble(Encoding.UTF8.GetBytes(piped)), ByTime);
        var events = new EventCursor(source);
        var order = new List<int>();
        while (events.Next(TimeSpan.Zero, out var raw) is var signal && signal != SourceSignal.End)
        {
            order.Add(signal switch
            {
                SourceSignal.Event => raw.Partition,
                SourceSignal.PartitionEnded => -1 - raw.Partition,
                _ => 99,
            });
        }

        Assert.Equal(99, order[0]); // the partitions
        Assert.Equal([-6, -5, -4, -3, -2, -1], order.Where(entry => entry < 0).Order());
        Assert.Equal(1500, order.Count(entry => entry == 3));
        Assert.True(order.IndexOf(-4) < order.IndexOf(4)); // read to its end before the next is begun
        Assert.Equal((52, 2, 2), (order.Count(e => e == 4), order.Count(e => e == 5), order.Count(e => e == 0)));
        Assert.Equal(6, source.Partitions(0));
        Assert.Equal([2, 0, 0, 1500, 52, 2], source.Progress().Select(progress => progress.Position.NextOffset));
    }

    [Fact]
    public void Each_event_tells_its_file_and_row()
    {
        string[] parts = [_folder.Write("a.csv", "t,v\n1,2\n3,4\n"), _folder.Write("b.csv", "# c\nt,v\n2,9\n")];
        using var source = new FileSource(parts, 1000, () => Stream.Null, ByTime);
        var events = new EventCursor(source);
        var places = new List<(int, long)>();
        while (events.Next(TimeSpan.Zero, out var raw) is var signal && signal != SourceSignal.End)
        {
            if (signal == SourceSignal.Event)
            {
                places.Add((raw.Partition, raw.Offset));
            }
        }

        Assert.Equal([(0, 2), (0, 3), (1, 3)], places.Order());
        Assert.Equal([(parts[0], 0), (parts[1], 1)], source.Progress().Select(p => (p.Position.Topic, p.Position.Partition)));
    }

    [Theory]
    [InlineData(1440)]
    [InlineData(100)]
    [InlineData(12)]
    public void A_file_in_falling_order_of_time_is_refused_where_order_matters(int rows)
    {
        var step = 1440 / rows * Minute;
        var falling = Write("falling", 0, Enumerable.Range(0, rows).Select(i => (Start - i * (long)step, i)));
        var needed = ByTime with { Tolerance = TimeSpan.FromMinutes(60) };
        Assert.StartsWith(
            $"{falling}: its rows are in falling order of time, from 2013-02-09T00:00:00Z in row 1 to ",
            Assert.Throws<SourceException>(() => Count(falling, needed)).Message);
        Assert.Equal(rows, Count(falling, ByTime)); // a reference has no order
        Assert.Equal(rows, Count(falling, needed with { Tolerance = TimeSpan.FromDays(3) })); // nothing would be late
    }

    [Fact]
    public void A_file_whose_times_rise_is_never_refused_for_late_events_or_wrong_dates_in_it()
    {
        var needed = ByTime with { Tolerance = TimeSpan.FromMinutes(60) };
        var random = new Random(7);
        for (var run = 0; run < 200; run++)
        {
            var bad = random.Next(-2_000_000, 2_000_000) * (long)Minute;
            var rows = random.Next(1, 600);
            var path = Write("x", 0, Enumerable.Range(0, rows).Select(i => (
                Start + i * (long)Minute + (random.Next(8) == 0 || i == 0 ? bad : 0), i)));
            Assert.Equal(rows, Count(path, needed));
        }
    }

    [Fact]
    public void The_times_of_a_file_whose_records_hold_several_events_are_those_of_the_events()
    {
        var falling = Enumerable.Range(0, 2000).Select(i => $$"""{"t":1,"records":[{},{"t":{{Start - i * (long)Minute}}}]}""");
        var path = _folder.Write("x.ndjson", Encoding.UTF8.GetBytes(string.Join('\n', falling)));
        var order = new FileOrder(
            [new EventTimeField(FieldPath.Parse("t"), Unpack: FieldPath.ParseArray("records"))], TimeSpan.FromHours(1));

        var refused = Assert.Throws<SourceException>(() => Count(path, order));

        Assert.Contains("its rows are in falling order of time", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2000, Count(path, order with { EventTimes = [new EventTimeField(FieldPath.Parse("t"))] }));
    }

    [Fact]
    public void Reading_one_file_allocates_nothing_once_it_has_begun()
    {
        var path = Write("x", 0, Enumerable.Range(0, 600_000).Select(i => (Start + i * (long)Minute, i)));
        using var source = new FileSource([path], 1000, () => Stream.Null, ByTime with { Tolerance = TimeSpan.FromHours(1) });
        for (var step = 0; step < 100; step++) // the runtime recompiles hot methods on this thread
        {
            source.Read(TimeSpan.Zero);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var events = 0;
        for (var step = 0; step < 20; step++)
        {
            foreach (ref readonly var run in source.Read(TimeSpan.Zero).Runs)
            {
                events += run.Count;
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(events, 10_000, 100_000);
    }

    // From one file after the other (no overlap) to any file (full overlap), and events that stray from their file.
    private static int PlaceOf(int i, int place, int stray, int overlap, int length, int files) =>
        stray < overlap ? place : Math.Min(files - 1, i * files / length);

    private static (long Time, int Value)[] EventsOf(int[] steps, int[] back)
    {
        var now = Start;
        var events = new (long, int)[steps.Length];
        for (var i = 0; i < steps.Length; i++)
        {
            now += steps[i] * 1000L;
            events[i] = (now - back[i] * 1000L, (int)((now / 1000 + i * 7919L) % 50) - 5);
        }

        return events;
    }

    // As JSON or CSV, plain or compressed.
    private string Write(string name, int form, IEnumerable<(long Time, int Value)> events)
    {
        var isCsv = form is 1 or 3;
        var text = new StringBuilder(isCsv ? "t;x;k\n" : "");
        foreach (var (time, value) in events)
        {
            text.Append(isCsv
                ? $"{time};{(value % 9 == 0 ? "" : $"{value},0")};{value / 10}\n"
                : $$"""{"t":{{time}},"x":{{(value % 9 == 0 ? "null" : $"{value}.0")}},"k":"{{value / 10}}"}""" + "\n");
        }

        return _folder.Write(name + form switch { 0 => ".ndjson", 1 => ".csv", 2 => ".ndjson.gz", _ => ".csv.zst" }, text.ToString());
    }

    private static string Replay(int workers, string[] paths)
    {
        var bindings = new[] { Watch("x", null), Watch("k", new CategoricalBinning(["0", "1", "3"])) };
        var order = ByTime with { Tolerance = TimeSpan.FromMinutes(90) };
        using var source = new FileSource(paths, 1000, () => Stream.Null, order);
        using var output = new MemoryStream();
        using var lines = new ReplayLines(output, bindings);
        var ordered = new ReplayOrder(bindings, lines.Write);
        var pipeline = new Pipeline(source, bindings, TimeProvider.System, TimeSpan.MaxValue, [ordered], workers);
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
        }

        ordered.Flush();
        lines.WriteSummary(ReplayTotals.Of(pipeline));
        // The largest step of time within a partition does depend on the partitions.
        return System.Text.RegularExpressions.Regex.Replace(
            Encoding.UTF8.GetString(output.ToArray()), ",\"largest_step_forward_s\":[^}]*", "");
    }

    private static MonitorBinding Watch(string field, FieldBinning? binning)
    {
        var rule = new FixedThreshold(1, FireAboveNats: 0.4, ResolveBelowNats: 0.3);
        var watched = Scene.Watch(
            field, binning: binning, field: field, lateness: TimeSpan.FromMinutes(30), minimumEvents: 3, rule: rule);

        // A window that is longer than the stream: events that lie far apart in a part of it are then no jumps that need confirmation.
        var spec = watched.Monitor.Spec;
        spec = spec with { Windows = [.. spec.Windows, new WindowSpec(TimeSpan.FromDays(30), "30d")] };
        return watched with { EventTime = FieldPath.Parse("t"), Monitor = new FieldMonitor(spec, watched.Monitor.Against.Whole!) };
    }

    private static int Count(string path, FileOrder order)
    {
        using var source = new FileSource([path], 1000, () => Stream.Null, order);
        var count = 0;
        for (EventBatch batch; (batch = source.Read(TimeSpan.Zero)).Runs is not [.., { Signal: SourceSignal.End }];)
        {
            count += TimesOf(batch).Count;
        }

        return count + TimesOf(source.Read(TimeSpan.Zero)).Count;
    }

    private static List<long> TimesOf(EventBatch batch)
    {
        var times = new List<long>();
        foreach (ref readonly var run in batch.Runs)
        {
            for (var place = run.First; place < run.First + run.Count; place++)
            {
                times.Add(TimeOf(batch[place]));
            }
        }

        return times;
    }

    private static long TimeOf(in RawEvent raw)
    {
        var decoder = new EventDecoder([ByTime.EventTimes[0].Field]);
        return decoder.Decode(raw) == Rejection.None && decoder.TimeOf(0, null, raw.Value) is { } time ? time.Milliseconds : 0;
    }

    private int OpenFiles() => Directory.GetFiles("/proc/self/fd").Count(descriptor =>
        new FileInfo(descriptor).LinkTarget?.StartsWith(_folder.Path, StringComparison.Ordinal) == true);
}
