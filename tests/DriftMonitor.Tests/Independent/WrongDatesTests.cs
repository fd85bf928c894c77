using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Independent;

/// <summary>One event with a wrong date costs at most itself.</summary>
public sealed class WrongDatesTests
{
    private static readonly EventTime Now = Scene.At("2013-02-09T12:00Z");

    private static MonitorSpec Spec => Scene.Watch(lateness: TimeSpan.FromMinutes(90)).Monitor.Spec with { MaxAge = TimeSpan.FromHours(9) };

    // Wrong dates at any place, beside a stream without them, with and without record times.
    public static TheoryData<string, string, bool> Faults()
    {
        var faults = new TheoryData<string, string, bool>();
        foreach (var hasRecordTime in new[] { false, true })
        {
            faults.Add("1970-01-01T00:00Z", "too_old", hasRecordTime);
            faults.Add("0001-01-01T00:00Z", "too_old", hasRecordTime);
            faults.Add("9999-12-31T23:59Z", "ahead", hasRecordTime);
            faults.Add("2099-01-01T00:00Z", "ahead", hasRecordTime);
        }

        faults.Add("2013-02-09T21:00Z", "ahead", false); // beyond the longest window, of two hours, at the end of the stream too
        return faults;
    }

    [Theory] // D01, D06, D07, D09
    [MemberData(nameof(Faults))]
    public void A_wrong_date_costs_its_own_event_wherever_it_comes_and_is_told_with_its_place(
        string wrong, string reason, bool hasRecordTime)
    {
        const int Good = 40;
        var twin = Play(place: -1, wrong, hasRecordTime);
        Assert.Equal((Good, ""), (twin.Monitor.Counted, RejectionNames.List(twin.Monitor.Rejected)));
        for (var place = 0; place <= Good; place++)
        {
            var (monitor, losses, other) = Play(place, wrong, hasRecordTime);

            Assert.Equal((Good, 1), (monitor.Counted, monitor.Rejected.Total));
            Assert.Equal((twin.Monitor.To, twin.Monitor.From), (monitor.To, monitor.From));
            Assert.Equal(twin.Monitor.ClosedPanes, monitor.ClosedPanes);
            Assert.Equal(twin.Other.ClosedPanes, other.ClosedPanes); // another topic beside it

            // After the third event, one of long ago is late rather than too old where that is known first.
            var given = Assert.Single(monitor.Rejected.Occurred).Key;
            Assert.Equal(reason == "too_old" && place == 2 && !hasRecordTime ? "late" : reason, RejectionNames.Of(given));
            Assert.Equal(place, losses.First[given]!.Offset);
        }
    }

    [Property(MaxTest = 2000)]
    public Property A_partition_s_clock_follows_the_rules_as_they_are_written_down() => Prop.ForAll(
        (from length in Gen.Choose(1, 40)
         from times in Gen.Frequency(
             (6, Gen.Choose(0, 60)), (2, Gen.Choose(-400, 400)), (1, Gen.Choose(-900, -500)), (1, Gen.Choose(500, 900))).ArrayOf(length)
         from drifts in Gen.Choose(0, 1).ArrayOf(length)
         from recordTimes in Gen.Choose(0, 9).ArrayOf(length)
         from mix in Gen.Choose(0, 2)
         select times.Select((minute, i) => (
             Time: Now + TimeSpan.FromMinutes(minute + 5 * i * drifts[0]),
             RecordTime: mix == 0 || (mix == 1 && recordTimes[i] < 5) ? (EventTime?)null
                 : Now + TimeSpan.FromMinutes(5 * i * drifts[0] + (recordTimes[i] == 9 ? minute : 30)))).ToArray()).ToArbitrary(),
        events =>
        {
            var fast = Fast(events);
            var naive = Naive(events);
            return (fast == naive).Label($"{fast}\n{naive}");
        });

    [Fact]
    public void Three_further_events_confirm_a_jump_and_fewer_do_not()
    {
        EventTime[] before = [Now, Now, Now];
        var later = Now + TimeSpan.FromDays(30);
        Assert.Equal("3 counted, 3 ahead", Fast([.. Without([.. before, later, later, later])]));
        Assert.Equal("7 counted", Fast([.. Without([.. before, later, later, later, later])]));
        Assert.Equal("5 counted, 3 ahead", Fast([.. Without([.. before, later, later, later, Now, Now])]));
        Assert.Equal("1 counted", Fast([.. Without([Now])]));
        Assert.Equal("2 counted", Fast([.. Without([Now, Now])]));

        static IEnumerable<(EventTime, EventTime?)> Without(EventTime[] times) => times.Select(time => (time, (EventTime?)null));
    }

    private static (FieldMonitor Monitor, Losses Losses, FieldMonitor Other) Play(int place, string wrong, bool hasRecordTime)
    {
        var source = new ScriptedSource().Partitions(1).On("other").Partitions(1).On("events");
        for (var i = 0; i <= 40; i++)
        {
            var now = Now + i * TimeSpan.FromMinutes(10);
            if (i == place)
            {
                source.Event(0, $$"""{"x":5,"t":"{{Scene.At(wrong)}}"}""", hasRecordTime ? now : null);
            }

            if (i < 40)
            {
                source.Event(0, $$"""{"x":5,"t":"{{now}}"}""", hasRecordTime ? now : null);
                source.On("other").Event(0, """{"x":5}""", now).On("events");
            }
        }

        source.End();
        var (watched, other) = (Scene.Watch() with { EventTime = FieldPath.Parse("t") }, Scene.Watch("other", topic: "other"));
        var pipeline = new Pipeline(source, [watched, other], TimeProvider.System, TimeSpan.MaxValue, []);
        var steps = 0;
        while (pipeline.Step(TimeSpan.Zero) != SourceSignal.End)
        {
            Assert.InRange(++steps, 1, 200);
        }

        return (watched.Monitor, pipeline.Losses.Single(losses => losses.Monitor == watched), other.Monitor);
    }

    private static string Fast((EventTime Time, EventTime? RecordTime)[] events)
    {
        var clock = new PartitionClock(Spec);
        var counted = 0;
        foreach (var (time, recordTime) in events)
        {
            if (clock.TryPlace(time, recordTime, out _))
            {
                counted++;
                continue;
            }

            var admission = clock.Judge(time, recordTime);
            counted += Settled(clock) + (admission is { Reason: Rejection.None, IsHeld: false } ? 1 : 0);
            Assert.InRange(clock.HeldEvents, 0, PartitionClock.MostHeld);
        }

        clock.End();
        return Describe(counted + Settled(clock), clock.Rejected);

        static int Settled(PartitionClock clock) => clock.Settled.ToArray().Count(settled => settled.Reason == Rejection.None);
    }

    private static string Naive((EventTime Time, EventTime? RecordTime)[] events)
    {
        var monitor = new FieldMonitor(Spec, Scene.Watch().Monitor.Against.Whole!);
        var rejected = new RejectionCounts();
        var arrival = new NaiveArrival(Spec, rejected.Add);
        foreach (var (time, recordTime) in events)
        {
            arrival.Add(time, recordTime, () => monitor.Add(0, time, null, 0) == Rejection.None);
        }

        arrival.End();
        return Describe((int)monitor.Counted, rejected.With(monitor.Rejected));
    }

    private static string Describe(int counted, RejectionCounts rejected) =>
        $"{counted} counted{(rejected.Total > 0 ? ", " : "")}{RejectionNames.List(rejected)}";
}
