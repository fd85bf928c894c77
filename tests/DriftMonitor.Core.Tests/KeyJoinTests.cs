using System.Globalization;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using static DriftMonitor.Core.Tests.JoinTwin;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

/// <summary>Events of two topics that are joined by their keys.</summary>
public sealed class KeyJoinTests
{
    private const int Lateness = 45; // seconds
    private const int Bins = 2; // of each field

    private static readonly PairBinning Pairs = new(new CategoricalBinning(["0", "1"]), new CategoricalBinning(["0", "1"]));

    [Property(MaxTest = 1000)]
    public Property Events_are_joined_as_by_the_definition_however_they_interleave() => Prop.ForAll(Streams.ToArbitrary(), stream =>
    {
        var expected = Describe(JoinTwin.Join(stream.Partitions, stream.Within, Lateness));
        foreach (var seed in new[] { stream.Seed, stream.Seed + 1 })
        {
            Assert.Equal(expected, Describe(Play(stream, new Random(seed), restarts: false)));
            Assert.Equal(expected, Describe(Play(stream, new Random(seed), restarts: true)));
        }
    });

    [Fact]
    public void A_pair_counts_in_the_pane_of_its_later_event_and_an_event_without_a_partner_when_its_wait_ends()
    {
        Arrived[] sent = [new(false, 0, 10, Key: 1, 0), new(false, 0, 20, Key: 2, 1), new(false, 0, 30, Key: 0, 0)];
        Arrived[] received = [new(true, 0, 70, Key: 1, 1), new(true, 0, 80, Key: 3, 1), new(true, 0, 400, Key: 2, 1)];

        Assert.Equal(
            [(0, null), (1, (0, 1)), (2, null), (3, null)],
            Play(new Stream([sent, received], Within: 2, 1), new Random(1), restarts: false));
    }

    [Fact]
    public void Events_with_the_same_key_are_joined_in_their_order_and_a_repeated_one_ends_alone()
    {
        Arrived[] sent = [new(false, 0, 10, Key: 1, 0), new(false, 0, 20, Key: 1, 1), new(false, 0, 30, Key: 1, 1)];
        Arrived[] received = [new(true, 0, 40, Key: 1, 0), new(true, 0, 50, Key: 1, 1), new(true, 0, 200, Key: 9, 0)];

        Assert.Equal(
            [(0, (0, 0)), (0, (1, 1)), (1, null)],
            Play(new Stream([sent, received], Within: 1, 1), new Random(1), restarts: false).Where(one => one.Pane < 3));
    }

    [Fact]
    public void Beyond_the_limit_those_that_have_waited_longest_count_alone()
    {
        var join = new KeyJoin(within: 5, mostWaiting: 2);
        var panes = new KeyedPanes(join, Bins);
        for (var i = 0; i < 4; i++)
        {
            panes.Add(0, time: 10 - i, bin: i % 2, key: (UInt128)i);
        }

        join.TakeFirst(panes, 0);

        // Of times 10, 9, 8 and 7, the earliest two.
        Assert.Equal([new JoinedPair(1, JoinedPair.None), new JoinedPair(0, JoinedPair.None)], join.Close(0).ToArray());
        Assert.Equal((2, 2, 2, 0), (join.WaitingEvents, join.CutShort, join.Unmatched, join.Joined));
        Assert.Equal(5, join.FirstEnd);
    }

    [Fact]
    public void Events_that_find_no_room_in_open_panes_count_alone_in_their_pane()
    {
        var join = new KeyJoin(within: 1, mostOpen: 3);
        var (sent, received) = (new KeyedPanes(join, Bins), new KeyedPanes(join, Bins));
        for (var i = 0; i < 4; i++)
        {
            sent.Add(0, time: i, bin: 0, key: (UInt128)i);
        }

        join.TakeFirst(sent, 0);
        received.Add(0, time: 5, bin: 1, key: 1); // there is room again
        join.TakeSecond(received, 0);

        Assert.Equal([new JoinedPair(0, JoinedPair.None), new JoinedPair(0, 1)], join.Close(0).ToArray());
        Assert.Equal(1, join.CutShort);
    }

    [Fact]
    public void What_waits_takes_no_more_room_for_all_that_has_been_joined()
    {
        var join = new KeyJoin(within: 1000);
        var (sent, received) = (new KeyedPanes(join, Bins), new KeyedPanes(join, Bins));
        for (var pane = 0; pane < 2000; pane++)
        {
            for (var i = 0; i < 50; i++)
            {
                sent.Add(pane, time: i, bin: 0, key: (UInt128)(pane * 50 + i));
                received.Add(pane, time: i, bin: 1, key: (UInt128)((pane - 1) * 50 + i));
            }

            join.TakeFirst(sent, pane);
            join.TakeSecond(received, pane);
            join.Close(pane);
        }

        Assert.Equal((50, 99_950, 50), (join.WaitingEvents, join.Joined, join.Unmatched)); // the last sent and the first received
        Assert.InRange(join.Room, 50, 50 + 1024);
    }

    [Fact]
    public void A_topic_that_has_fallen_silent_holds_back_neither_the_other_nor_its_waits()
    {
        foreach (var isSecondSilent in new[] { false, true })
        {
            var monitor = Create(within: 1);
            monitor.ExpectPartitions(1);
            monitor.ExpectPartitions(1, isReference: true);
            monitor.AddKeyed(0, At(0), null, 0, 1, isReference: isSecondSilent);
            monitor.LeaveOut(0, isReference: isSecondSilent);
            for (var minute = 0; minute < 5; minute++)
            {
                monitor.AddKeyed(0, At(minute), null, 0, (UInt128)(100 + minute), isReference: !isSecondSilent);
            }

            var panes = 0;
            while (monitor.CloseDue() is not null)
            {
                panes++;
            }

            // The watermark is 45 s behind minute 4. That of minute 0 and those of minutes 0 and 1 have waited for one pane.
            Assert.Equal((3, 3L, 1), (panes, monitor.Join!.Unmatched, monitor.Join.WaitingEvents));
        }
    }

    [Fact]
    public void Windows_lack_events_for_as_long_as_the_partners_of_lost_ones_may_wait()
    {
        var monitor = Create(within: 2);
        var withheld = new List<int>();
        for (var minute = 0; minute < 12; minute++)
        {
            if (minute == 4)
            {
                monitor.NoteLoss(0, isReference: true);
            }

            monitor.AddKeyed(0, At(minute), null, 0, (UInt128)(minute + 1));
            monitor.AddKeyed(0, At(minute), null, 0, (UInt128)(minute + 1), isReference: true);
            while (monitor.CloseDue() is [var report])
            {
                if (report.Readings[0].Unavailable == Readings.Unavailable.WindowIncomplete)
                {
                    withheld.Add((int)(report.Time.Milliseconds / 60_000) - 1);
                }
            }
        }

        // Lost between minute 3, less the lateness, and 4; partners of lost ones count up to 2 panes later.
        Assert.Equal([2, 3, 4, 5, 6], withheld);
    }

    [Fact]
    public void Saved_events_with_bins_that_there_are_not_are_refused()
    {
        foreach (var waits in new[] { false, true })
        {
            // In a bin more than the other monitor has, in an open pane or waiting.
            var more = Create(within: 2, new PairBinning(new CategoricalBinning(["0", "1", "2"]), Pairs.Second));
            more.AddKeyed(0, At(0), null, Pairs.First.Count, 1);
            more.AddKeyed(0, At(waits ? 2 : 0), null, 0, null, isReference: true);
            more.LeaveOut(0);
            more.CloseDue();
            Assert.Equal(waits ? 1 : 0, more.Join!.WaitingEvents);

            var refused = Assert.Throws<StateException>(() => Create(within: 2).Load(more.Save()));

            Assert.Contains("bin 5, which there is not", refused.Message);
        }
    }

    private static Gen<Stream> Streams =>
        from within in Gen.Choose(1, 3)
        from partitions in Gen.Choose(1, 2).SelectMany(count => Gen.ArrayOf(Gen.ListOf(Events), count))
        from others in Gen.Choose(1, 2).SelectMany(count => Gen.ArrayOf(Gen.ListOf(Events), count))
        from seed in Gen.Choose(0, 1_000_000)
        select new Stream(
            [
                .. partitions.Select((events, partition) => Place(events, isSecond: false, partition)),
                .. others.Select((events, partition) => Place(events, isSecond: true, partition)),
            ],
            within,
            seed);

    // Mostly forward, some so far that panes are empty, some back and then perhaps late.
    private static Gen<int> Deltas => Gen.Frequency(
        (6, Gen.Choose(0, 40)), (2, Gen.Choose(-100, 0)), (1, Gen.Choose(100, 600)));

    private static Gen<(int Delta, int Key, int Bin)> Events =>
        from delta in Deltas
        from key in Keys
        from bin in Values
        select (delta, key, bin);

    private static Gen<int> Keys => Gen.Choose(0, 4);

    private static Gen<int> Values => Gen.Choose(0, Bins - 1);

    private static Arrived[] Place(IEnumerable<(int Delta, int Key, int Bin)> events, bool isSecond, int partition)
    {
        var second = 100;
        return [.. events.Select(one =>
        {
            second = Math.Max(0, second + one.Delta);
            return new Arrived(isSecond, partition, second, one.Key, one.Bin);
        })];
    }

    private static string Describe(IEnumerable<(int Pane, (int First, int Second)? Bins)> counted) => string.Join(' ', counted
        .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Pane:d4}:{one.Bins}")).Order(StringComparer.Ordinal));

    private static FieldMonitor Create(int within, PairBinning? binning = null)
    {
        var spec = Spec(1, 3) with { JoinWithin = Minutes(within), AllowedLateness = TimeSpan.FromSeconds(Lateness) };
        binning ??= Pairs;
        var counts = new long[binning.Count];
        counts.AsSpan(0, binning.Regular).Fill(100);
        return new FieldMonitor(spec, new Reference(binning, counts));
    }

    // Plays the partitions in a random interleaving; panes close at random moments, and the monitor may restart at any.
    private static List<(int Pane, (int First, int Second)? Bins)> Play(Stream stream, Random random, bool restarts)
    {
        var monitor = Create(stream.Within);
        var counted = new List<(int Pane, (int First, int Second)? Bins)>();
        var next = new int[stream.Partitions.Length];
        List<(int Place, bool IsSecond, int Partition)> open = [];
        var (first, second) = (0, 0);
        foreach (var (place, isSecond) in stream.Sides.Index())
        {
            open.Add((place, isSecond, isSecond ? second++ : first++));
        }

        monitor.ExpectPartitions(first);
        monitor.ExpectPartitions(second, isReference: true);
        while (open.Count > 0)
        {
            var (place, isSecond, partition) = open[random.Next(open.Count)];
            if (next[place] == stream.Partitions[place].Length)
            {
                monitor.LeaveOut(partition, isSecond);
                open.RemoveAll(one => one.Place == place);
            }
            else
            {
                var one = stream.Partitions[place][next[place]++];
                monitor.AddKeyed(partition, At(0, one.Second), null, one.Bin, one.Key == 0 ? null : (UInt128)one.Key, isSecond);
            }

            while (random.Next(3) > 0 && monitor.CloseDue() is [var report])
            {
                Note(monitor, report.Time, counted);
            }

            if (restarts && random.Next(5) == 0)
            {
                var again = Create(stream.Within);
                again.Load(monitor.Save());
                monitor = again;
            }
        }

        while ((monitor.CloseDue() ?? monitor.CloseAtEnd()) is [var report])
        {
            Note(monitor, report.Time, counted);
        }

        return counted;
    }

    // The window of one pane.
    private static void Note(FieldMonitor monitor, EventTime time, List<(int Pane, (int First, int Second)? Bins)> counted)
    {
        var counts = monitor.Series[0].Histogram(0).Counts();
        for (var bin = 0; bin < counts.Length; bin++)
        {
            for (var i = 0L; i < counts[bin]; i++)
            {
                counted.Add(((int)(time.Milliseconds / 60_000) - 1, bin < Pairs.Regular ? Pairs.Kept[bin] : null));
            }
        }
    }

    private sealed record Stream(Arrived[][] Partitions, int Within, int Seed)
    {
        // Whether each partition is of the second topic; those without events too.
        public bool[] Sides { get; init; } = [.. Partitions.Select(partition => partition is [{ IsSecond: true }, ..])];
    }
}
