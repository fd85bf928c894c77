using System.Globalization;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>
/// Judges whether the service does its work: its loop turns, nothing keeps events from coming, every partition has been read to its end and
/// advances, not all events are rejected, and the monitors have readings. Depends only on successive snapshots and the time of each.
/// </summary>
/// <remarks>
/// Only time in which the service was watched counts: after a pause of the process, nothing can have advanced.
/// Where every reading of a monitor is withheld, or some of its events are rejected, that is a warning: the service does what it can.
/// </remarks>
/// <param name="idleAfter">How long a silent partition may hold panes open.</param>
internal sealed class ServiceHealth(TimeSpan idleAfter)
{
    /// <summary>A turn takes at most one poll and a few hundred events, so a loop without a turn for this long hangs.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(60);

    /// <summary>A longer time between two judgements counts as this one.</summary>
    public static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, TopicWatch> _topics = [];
    private readonly Dictionary<string, MonitorWatch> _monitors = []; // by name
    private TimeSpan _last;
    private TimeSpan _watched;

    /// <summary>Judges the service as of a snapshot.</summary>
    /// <param name="snapshot">The newest snapshot.</param>
    /// <param name="sinceLastTurn">How long ago the loop completed a turn.</param>
    /// <param name="now">The time of any clock that does not go back.</param>
    public HealthReport Judge(Snapshot snapshot, TimeSpan sinceLastTurn, TimeSpan now)
    {
        _watched += now - _last < LongestGap ? now - _last : LongestGap;
        _last = now;
        foreach (var topic in snapshot.Topics)
        {
            Watch(topic).Observe(topic, _watched);
        }

        var isReading = snapshot.Trouble is null && snapshot.IsCaughtUp;
        foreach (var monitor in snapshot.Monitors)
        {
            Watch(monitor).Observe(monitor, isReading, _watched);
        }

        return new HealthReport(
        [
            Loop(sinceLastTurn),
            new("source", snapshot.Trouble is null, snapshot.Trouble ?? "no trouble"),
            .. snapshot.Topics.Select(Partitions),
            new("caught_up", snapshot.IsCaughtUp, snapshot.IsCaughtUp ? "every partition has been read to its end" : Behind(snapshot)),
            .. snapshot.Topics.Where(topic => topic.Progress.Count > 0).Select(Progress),
            .. snapshot.Topics.Select(Rejections),
            .. snapshot.Monitors.SelectMany(Rejections),
            .. snapshot.Monitors.Select(Readings),
        ]);
    }

    /// <summary>Whether the loop turns.</summary>
    public static HealthCheck Loop(TimeSpan sinceLastTurn)
    {
        var isAlive = sinceLastTurn < DeadAfter;
        var excess = isAlive ? "" : $", and {DeadAfter.TotalSeconds} s are too long";
        return new("loop", isAlive, $"last turn {sinceLastTurn.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s ago{excess}");
    }

    private static HealthCheck Partitions(TopicSnapshot topic)
    {
        var count = topic.Progress.Count;
        return new(
            "partitions", count > 0, count > 0 ? $"topic {topic.Topic} has {count}" : $"those of topic {topic.Topic} are not known yet");
    }

    private static string Behind(Snapshot snapshot)
    {
        var lag = snapshot.Topics.SelectMany(topic => topic.Progress).Sum(partition => partition.Lag ?? 0);
        return lag > 0
            ? $"still catching up: {Phrases.Count(lag, "event")} to go"
            : "not every partition has been read to its end";
    }

    private HealthCheck Progress(TopicSnapshot topic) => Watch(topic).Stuck.Reason is { } stuck
        ? new("progress", IsGood: false, stuck)
        : new("progress", IsGood: true, topic.Progress.Sum(partition => partition.Lag ?? 0) is > 0 and var lag
            ? $"topic {topic.Topic} is being read, with {Phrases.Count(lag, "unread event")}"
            : $"topic {topic.Topic} has no unread events");

    private HealthCheck Rejections(TopicSnapshot topic) => Watch(topic).Unreadable.Reason is { } all
        ? new("rejected", IsGood: false, $"topic {topic.Topic}: {all}")
        : new("rejected", IsGood: true,
            $"{topic.Rejected.Values.Sum()} of {Phrases.Count(topic.Events, "event")} of topic {topic.Topic} could not be read");

    private IEnumerable<HealthCheck> Rejections(MonitorSnapshot monitor)
    {
        if (Watch(monitor).Rejected.Reason is { } all)
        {
            yield return new("rejected", IsGood: false, $"monitor {monitor.Spec.Name}: {all}");
        }

        var warnings = RejectedShares(monitor).ToList();
        foreach (var warning in warnings)
        {
            yield return new("rejected", IsGood: true, warning, IsWarning: true);
        }

        if (warnings.Count == 0 && Watch(monitor).Rejected.Reason is null)
        {
            var share = $"{monitor.RejectedEvents} of {Phrases.Count(monitor.RejectedEvents + monitor.Accepted, "event")}";
            yield return new("rejected", IsGood: true, $"{share} were rejected for monitor {monitor.Spec.Name}");
        }
    }

    // Warnings: taken out of service, the pod would neither repair the events nor tell of them.
    private static IEnumerable<string> RejectedShares(MonitorSnapshot monitor)
    {
        var (spec, limit) = (monitor.Spec, $"above MaxRejected ({Figures.Percent(monitor.Spec.MaxRejected)})");
        var windows = spec.Windows.Zip(monitor.RejectedShares)
            .Where(window => window.Second > spec.MaxRejected)
            .Select(window => $"{Figures.Percent(window.Second)} of the events of {window.First.Label}")
            .ToList();
        if (windows.Count > 0)
        {
            yield return $"readings of monitor {spec.Name} are untrusted, and its alert is held: "
                + $"{string.Join(", ", windows)} were rejected, {limit}";
        }

        // While all events are rejected, no pane closes.
        var (counted, rejected) = monitor.Open;
        var share = rejected / Math.Max(1.0, rejected + counted);
        if (share > spec.MaxRejected && rejected >= spec.MinimumEvents)
        {
            yield return $"of {Phrases.Count(rejected + counted, "event")} since the last reading of monitor {spec.Name}, "
                + $"{Figures.Percent(share)} were rejected, {limit}";
        }
    }

    private HealthCheck Readings(MonitorSnapshot monitor)
    {
        var (name, watch) = (monitor.Spec.Name, Watch(monitor));
        if (watch.Delay.Reason(() => HoldingBack(monitor)) is { } late)
        {
            return new("readings", IsGood: false, $"monitor {name} {late}");
        }

        return watch.Withheld is { } withheld
            ? new("readings", IsGood: true, $"every reading of monitor {name} is withheld: {withheld}", IsWarning: true)
            : new("readings", IsGood: true, watch.Newest is { } time
                ? $"monitor {name} has readings up to {time}"
                : $"no pane of monitor {name} has closed yet");
    }

    // What can hold a due pane back, as far as the snapshots show it.
    private string HoldingBack(MonitorSnapshot monitor)
    {
        List<string> causes = [];
        foreach (var topic in _topics.Where(topic => monitor.Rejected.ContainsKey(topic.Key)))
        {
            if (topic.Value.Unread > 0)
            {
                causes.Add($"topic {topic.Key} has {Phrases.Count(topic.Value.Unread, "unread event")}");
            }

            if (topic.Value.Stuck.WithoutEvents is { } without)
            {
                causes.Add($"no event has come from {without} of topic {topic.Key}");
            }
        }

        return causes.Count > 0
            ? string.Join(", and ", causes)
            : "a partition holds it back whose events are all rejected, or whose event times do not advance";
    }

    private TopicWatch Watch(TopicSnapshot topic) =>
        _topics.TryGetValue(topic.Topic, out var watch) ? watch : _topics[topic.Topic] = new TopicWatch();

    private MonitorWatch Watch(MonitorSnapshot monitor) =>
        _monitors.TryGetValue(monitor.Spec.Name, out var watch) ? watch
            : _monitors[monitor.Spec.Name] = new MonitorWatch(new ReadingDelay(monitor.Spec, idleAfter));

    private sealed class TopicWatch
    {
        public StuckPartitions Stuck { get; } = new();

        public RejectionRun Unreadable { get; } = new();

        public long Unread { get; private set; }

        public void Observe(TopicSnapshot topic, TimeSpan now)
        {
            var rejected = topic.Rejected.Values.Sum();
            Stuck.Observe(topic, now);
            Unreadable.Observe(topic.Events - rejected, rejected, topic.Rejected, now);
            Unread = topic.Progress.Sum(partition => partition.Lag ?? 0);
        }
    }

    private sealed class MonitorWatch(ReadingDelay delay)
    {
        private IReadOnlyList<SeriesSnapshot>? _series;

        public ReadingDelay Delay => delay;

        public RejectionRun Rejected { get; } = new();

        /// <summary>Why every reading is withheld, but for windows that are filling; null where one is given.</summary>
        public string? Withheld { get; private set; }

        /// <summary>The time of the newest readings; null before the first.</summary>
        public EventTime? Newest { get; private set; }

        public void Observe(MonitorSnapshot monitor, bool isReading, TimeSpan now)
        {
            delay.Observe(monitor, isReading, now);
            Rejected.Observe(monitor.Accepted, monitor.RejectedEvents, monitor.RejectedOfOwn, now);
            if (!ReferenceEquals(_series, monitor.Series)) // there may be 100 000
            {
                _series = monitor.Series;
                Newest = monitor.Series.Max(series => series.Time);
                Withheld = ReasonsIn(monitor.Series);
            }
        }

        private static string? ReasonsIn(IReadOnlyList<SeriesSnapshot> series)
        {
            var counts = new int[Enum.GetValues<Unavailable>().Length];
            foreach (var reading in series.Where(one => one.Time is not null).SelectMany(one => one.Readings))
            {
                counts[(int)reading.Unavailable]++;
            }

            var reasons = Enum.GetValues<Unavailable>()
                .Where(reason => counts[(int)reason] > 0 && reason is not (Unavailable.None or Unavailable.WindowIncomplete))
                .Select(reason => $"{UnavailableNames.Of(reason)} ({Phrases.Count(counts[(int)reason], "reading")})")
                .ToList();
            return counts[(int)Unavailable.None] > 0 || reasons.Count == 0 ? null : string.Join(", ", reasons);
        }
    }
}
