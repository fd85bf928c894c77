using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Streaming;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Service;

/// <summary>
/// When the service is not ready, and what it says then. Monitors have panes of an hour and no allowed lateness, and the others are idle
/// after 30 seconds, so that two hours and a minute without a reading are too many.
/// </summary>
public sealed class ServiceHealthTests : IDisposable
{
    private const string Good = """{"x":5}""";

    private static readonly EventTime Start = At("2013-02-09T00:00Z");
    private static readonly TimeSpan TooLong = Minutes(2 * 60 + 1);

    private readonly ScriptedSource _source = new() { MayHaveUnread = true };

    private DateTimeOffset _began;

    // (b) Progress

    [Fact]
    public void A_partition_that_does_not_advance_for_a_minute_although_it_has_unread_events_is_reported()
    {
        var service = Read(partitions: 2, Watch());
        _source.Undelivered(42, partition: 1);

        service.Wait(Seconds(60));
        Assert.True(service.WasReady);

        Assert.Equal(
            [
                "progress: partition 1 of topic events has 42 unread events and did not advance for 60 seconds: look there for an open "
                + "transaction or a damaged record, and at the log of the broker",
            ],
            service.Wait(Seconds(1)).Failed);

        _source.Event(1, Good, Start);
        Assert.Empty(service.Play().Failed);
    }

    [Fact]
    public void Several_stuck_partitions_are_reported_together()
    {
        var service = Read(partitions: 7, Watch());
        for (var partition = 0; partition < 7; partition++)
        {
            _source.Undelivered(1, partition);
        }

        Assert.StartsWith(
            "progress: 7 partitions (0, 1, 2, 3, 4, …) of topic events have 7 unread events and did not advance for 61 seconds: ",
            Assert.Single(service.Wait(Seconds(62)).Failed));
    }

    [Fact]
    public void A_partition_at_its_end_may_be_silent_for_days()
    {
        var service = Read(partitions: 2, Watch());
        _source.Event(0, Good, Start);

        Assert.True(service.Wait(TimeSpan.FromDays(2)).WasReady);
    }

    [Fact]
    public void An_event_that_comes_after_hours_of_silence_has_a_minute_to_be_read()
    {
        var service = Read(partitions: 1, Watch()).Wait(TimeSpan.FromHours(3));
        _source.Undelivered(1, partition: 0);

        Assert.True(service.Wait(Seconds(60)).WasReady);
    }

    [Fact]
    public void A_partition_that_advances_is_not_stuck_however_many_events_are_unread()
    {
        var service = Read(partitions: 1, Watch());
        var time = Start;

        service.Wait(Minutes(60), step: Seconds(50), each: () =>
        {
            _source.Event(0, Good, time).Undelivered(1000, partition: 0);
            time += Seconds(50);
        });

        Assert.True(service.WasReady);
    }

    [Fact]
    public void Time_in_which_the_process_was_stopped_does_not_count()
    {
        var service = Read(partitions: 1, Watch());
        _source.Undelivered(1, partition: 0);
        service.Wait(Seconds(50));

        service.Clock.Advance(TimeSpan.FromHours(1));

        Assert.Empty(service.Play().Failed);
        Assert.True(service.Wait(Seconds(5)).WasReady);
        Assert.Single(service.Wait(Seconds(2)).Failed);
    }

    // (c) Rejections

    [Fact]
    public void A_topic_of_which_no_event_can_be_read_is_reported_after_a_minute()
    {
        var service = Read(partitions: 1, Watch());
        _source.Events(19, 0, "no JSON", Start).Tombstone(0, Start);

        Assert.True(service.Wait(Seconds(60)).WasReady);

        Assert.Equal(
            [
                "rejected: topic events: all 20 events of the last 60 seconds were rejected as malformed (expected in UTF-8: a JSON object "
                + "per event, or CSV rows that fit their header) or empty",
            ],
            service.Wait(Seconds(1)).Failed);
    }

    [Fact]
    public void Nineteen_rejected_events_are_too_few_to_report()
    {
        var service = Read(partitions: 1, Watch());
        _source.Events(19, 0, "no JSON", Start);

        Assert.True(service.Wait(TimeSpan.FromHours(1)).WasReady);
    }

    [Fact]
    public void One_good_event_a_minute_among_thousands_is_enough()
    {
        var service = Read(partitions: 1, Watch());

        service.Wait(Minutes(30), step: Minutes(1), each: () => _source.Events(500, 0, "no JSON", Start).Event(0, Good, Start));

        Assert.True(service.WasReady);
    }

    [Fact]
    public void A_good_event_ends_a_run_of_rejected_ones()
    {
        var service = Read(partitions: 1, Watch());
        _source.Events(500, 0, "no JSON", Start);
        Assert.Single(service.Wait(Minutes(5)).Failed);

        _source.Event(0, Good, Start);
        Assert.Empty(service.Play().Failed);

        // Not at once again, with one more.
        _source.Event(0, "no JSON", Start);
        Assert.True(service.Wait(Minutes(5)).WasReady);
    }

    [Fact]
    public void A_bad_batch_in_an_idle_topic_is_forgotten_after_ten_minutes_unless_nothing_was_ever_good()
    {
        var (good, never) = (Read(partitions: 1, Watch()), new ScriptedSource().Partitions(1).CaughtUp(0));
        var other = new WatchedService(never, Watch()).Play();
        _source.Event(0, Good, Start);
        good.Wait(Seconds(1));
        _source.Events(500, 0, "no JSON", Start);
        never.Events(500, 0, "no JSON", Start);

        Assert.Single(good.Wait(Minutes(10)).Failed);
        Assert.Empty(good.Wait(Seconds(2)).Failed);
        Assert.Single(other.Wait(Minutes(20)).Failed);
    }

    [Fact]
    public void A_slow_stream_of_rejected_events_stays_reported_between_them()
    {
        var service = Read(partitions: 1, Watch());
        _source.Event(0, Good, Start);
        service.Wait(TimeSpan.FromHours(7), step: Minutes(20), each: () => _source.Event(0, "no JSON", Start));

        Assert.Single(service.Failed);
        service.Wait(TimeSpan.FromHours(2), step: Minutes(20), each: () => _source.Event(0, "no JSON", Start));
        Assert.False(service.WasReady);
        Assert.Single(service.Failed);
    }

    [Fact]
    public void A_monitor_that_rejects_all_events_is_named_and_one_that_accepts_them_is_not()
    {
        var service = Read(partitions: 1, Watch("strict"), Watch("patient", lateness: TimeSpan.FromHours(6)));
        _source.Events(3, 0, Good, Start + TimeSpan.FromHours(3));

        service.Wait(Seconds(1)).Wait(Minutes(2), each: () => _source.Event(0, Good, Start));

        Assert.Equal(
            ["rejected: monitor strict: all 120 events of the last 119 seconds were rejected as late (see AllowedLateness)"],
            service.Failed);
    }

    [Fact]
    public void Events_without_a_time_are_a_reason_too()
    {
        var service = Read(partitions: 1, Watch());

        service.Wait(Minutes(2), each: () => _source.Event(0, Good));

        Assert.Equal(
            ["rejected: monitor delay: all 120 events of the last 119 seconds were rejected as no_event_time (check EventTime)"],
            service.Failed);
    }

    // (d) Readings

    [Fact]
    public void A_partition_whose_events_are_all_rejected_holds_the_panes_back_which_is_reported()
    {
        var service = Read(partitions: 2, Watch());

        // From the event at 01:00 on, the pane is due.
        service.Wait(Minutes(60) + TooLong, each: () => Flow(0));
        Assert.True(service.Wait(Seconds(1), each: () => Flow(0)).WasReady);

        Assert.Equal(
            [
                "readings: monitor delay has had no reading for 2 hours: the pane that ends at 2013-02-09T01:00:00Z is due, but a "
                + "partition holds it back whose events are all rejected, or whose event times do not advance",
            ],
            service.Wait(Seconds(1), each: () => Flow(0)).Failed);

        // Once it has good events, the panes close.
        _source.Events(3, 1, Good, Start + TimeSpan.FromHours(4));
        Assert.Empty(service.Play().Failed);

        void Flow(int partition) => _source.Event(partition, Good, TimeOf(service)).Event(1, "no JSON", Start);
    }

    [Fact]
    public void A_silent_partition_holds_no_pane_back_for_long()
    {
        var service = Read(partitions: 2, Watch());

        service.Wait(TimeSpan.FromHours(6), each: () => _source.Event(0, Good, TimeOf(service)).CaughtUp(1));

        Assert.True(service.WasReady);
        Assert.Contains("monitor delay has readings up to 2013-02-09T05:00:00Z", Reasons(service));
    }

    [Fact]
    public void A_partition_that_never_had_an_event_and_is_never_confirmed_to_be_empty_is_named()
    {
        var service = Read(partitions: 2, Watch());

        service.Wait(Minutes(60) + TooLong + Seconds(2), each: () => _source.Event(0, Good, TimeOf(service)));

        Assert.EndsWith(
            "the pane that ends at 2013-02-09T01:00:00Z is due, but no event has come from partition 1 of topic events",
            Assert.Single(service.Failed));
    }

    [Fact]
    public void A_partition_that_is_behind_is_given_as_the_reason_with_its_unread_events()
    {
        var service = Read(partitions: 2, Watch());

        // One old event a second, of many.
        service.Wait(Minutes(60) + TooLong + Seconds(2), each: () =>
            _source.Event(0, Good, TimeOf(service)).Event(1, Good, Start).Undelivered(100, partition: 1));

        Assert.EndsWith(" is due, but topic events has 100 unread events", Assert.Single(service.Failed));
    }

    [Fact]
    public void A_partition_that_is_three_hours_behind_the_others_delays_readings_and_nothing_else()
    {
        var service = Read(partitions: 2, Watch());

        service.Wait(TimeSpan.FromHours(12), each: () =>
            _source.Event(0, Good, TimeOf(service) + TimeSpan.FromHours(3)).Event(1, Good, TimeOf(service)));

        Assert.True(service.WasReady);
        Assert.Contains("monitor delay has readings up to 2013-02-09T11:00:00Z", Reasons(service));
    }

    [Fact]
    public void Event_times_that_stand_still_are_reported_although_events_are_counted()
    {
        var service = Read(partitions: 1, Watch());

        // The first two events are judged with the third, and the time between the first and the last counts.
        service.Wait(TooLong + Seconds(2), each: () => _source.Event(0, Good, Start));
        Assert.True(service.Wait(Seconds(1), each: () => _source.Event(0, Good, Start)).WasReady);

        Assert.Equal(
            [
                "readings: monitor delay has had no reading for 2 hours, although 7264 events were counted: their times do not pass "
                + "2013-02-09T00:00:00Z, and a pane closes at 2013-02-09T01:00:00Z; check EventTime and Pane",
            ],
            service.Wait(Seconds(1), each: () => _source.Event(0, Good, Start)).Failed);
    }

    [Fact]
    public void Event_times_that_advance_are_good()
    {
        var service = Read(partitions: 1, Watch());

        service.Wait(TimeSpan.FromHours(6), each: () => _source.Event(0, Good, TimeOf(service)));

        Assert.True(service.WasReady);
    }

    [Fact]
    public void An_idle_topic_whose_pane_cannot_close_is_no_fault()
    {
        var service = Read(partitions: 1, Watch());
        service.Wait(Minutes(30), each: () => _source.Event(0, Good, TimeOf(service)));

        Assert.True(service.Wait(TimeSpan.FromDays(1)).WasReady);
    }

    [Fact]
    public void Bursts_that_are_farther_apart_than_panes_are_no_fault_in_any_order_of_the_partitions()
    {
        var service = Read(partitions: 2, Watch());
        for (var burst = 0; burst < 12; burst++)
        {
            _source.Events(10, burst % 2, Good, TimeOf(service)).CaughtUp(burst % 2);
            service.Wait(Seconds(5));
            Assert.True(service.WasReady, $"burst {burst}");
            _source.Events(10, 1 - burst % 2, Good, TimeOf(service)).CaughtUp(1 - burst % 2);
            service.Wait(TimeSpan.FromHours(3));
            Assert.True(service.WasReady, $"burst {burst}");
        }
    }

    [Fact]
    public void While_it_catches_up_and_during_trouble_no_readings_are_expected()
    {
        var service = new WatchedService(_source.Partitions(2).CaughtUp(0), Watch());
        service.Play().Wait(Minutes(60) + TooLong + Seconds(9), each: () => _source.Event(0, Good, TimeOf(service)));
        Assert.Equal(["caught_up: not every partition has been read to its end"], service.Failed);

        _source.CaughtUp(1).Troubled("no broker answers");
        service.Play().Wait(TooLong + Seconds(9), each: () => _source.Event(0, Good, TimeOf(service)));
        Assert.Equal(["source: no broker answers"], service.Failed);
    }

    [Fact]
    public void A_monitor_whose_every_reading_is_withheld_is_a_warning()
    {
        var service = Read(partitions: 1, Watch("few", minimumEvents: 1000), Watch("longer", minimumEvents: 100), Watch("enough"));
        service.Wait(Minutes(180), each: () => _source.Event(0, Good, TimeOf(service)));
        Assert.Empty(service.Failed);
        Assert.Empty(service.Warnings); // 3600 events an hour

        // 60 events an hour: enough for the second monitor's window of two hours.
        service.Wait(Minutes(180), step: Minutes(1), each: () => _source.Event(0, Good, TimeOf(service)));

        Assert.True(service.WasReady);
        Assert.Equal(["readings: every reading of monitor few is withheld: too_few_events (2 readings)"], service.Warnings);
    }

    [Fact]
    public void Readings_that_are_all_untrusted_are_a_warning_beside_the_shares()
    {
        var service = Read(partitions: 1, Watch());
        service.Wait(Minutes(200), each: () => _source.Event(0, Good, TimeOf(service)).Event(0, "no JSON", Start));

        Assert.True(service.WasReady);
        Assert.Equal("readings: every reading of monitor delay is withheld: untrusted (2 readings)", service.Warnings.Last());
    }

    [Fact]
    public void A_window_that_is_still_filling_is_no_warning()
    {
        var service = Read(partitions: 1, Watch(), Watch("few", minimumEvents: 10_000));
        service.Wait(Minutes(61), each: () => _source.Event(0, Good, TimeOf(service)));

        // Its window of two hours is not yet one with too few events.
        Assert.Equal(["readings: every reading of monitor few is withheld: too_few_events (1 reading)"], service.Warnings);
        Assert.Contains("monitor delay has readings up to 2013-02-09T01:00:00Z", Reasons(service));
    }

    // What has been counted begins at 0 again when a topic was created anew.
    [Fact]
    public void Counts_that_start_anew_are_judged_anew()
    {
        var health = new ServiceHealth(Seconds(30));
        var before = new WatchedService(new ScriptedSource().Partitions(1).Events(5000, 0, "no JSON").CaughtUp(0), Watch());
        var after = new WatchedService(new ScriptedSource().Partitions(1).Events(30, 0, "no JSON").CaughtUp(0), Watch());
        var (old, young) = (before.Play().Snapshot, after.Play().Snapshot);

        Assert.True(JudgeAt(0, old).IsReady);
        Assert.True(Enumerable.Range(1, 50).All(second => JudgeAt(second, old).IsReady));
        Assert.True(Enumerable.Range(51, 600).All(second => JudgeAt(second, young).IsReady));

        HealthReport JudgeAt(int second, Live.Snapshot snapshot) => health.Judge(snapshot, TimeSpan.Zero, Seconds(second));
    }

    public void Dispose() => _source.Dispose();

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);

    private static IEnumerable<string> Reasons(WatchedService service) => service.Judge().Checks.Select(check => check.Reason);

    // A service that has read its partitions to their ends.
    private WatchedService Read(int partitions, params MonitorBinding[] monitors)
    {
        _source.Partitions(partitions);
        for (var partition = 0; partition < partitions; partition++)
        {
            _source.CaughtUp(partition);
        }

        var service = new WatchedService(_source, monitors).Play();
        _began = service.Clock.GetUtcNow();
        service.Judge();
        return service;
    }

    // The wall clock, if the service has begun at Start.
    private EventTime TimeOf(WatchedService service) =>
        Start + (service.Clock.GetUtcNow() - (_began == default ? _began = service.Clock.GetUtcNow() : _began));
}
