using System.Collections.Frozen;
using System.Collections.ObjectModel;
using System.Diagnostics.Metrics;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Live;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;

namespace DriftMonitor.Metrics;

/// <summary>
/// The monitors' state as instruments of the meter <see cref="MeterName"/>. Their descriptions are the reference of the metrics.
/// </summary>
/// <remarks>
/// All instruments are observable and read one snapshot, so the numbers of one scrape are of the same moment, the loop never waits for a
/// scrape, and a series that has ended is no longer exported. Where there is no reading there is no value, and never NaN:
/// <c>driftmonitor_reading_available</c> says why.
/// <para>
/// Instruments have no unit; their names end in it, so that every exporter gives them the same name.
/// </para>
/// </remarks>
internal sealed class MonitorMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "DriftMonitor";

    private const string AlertInfo = "driftmonitor.alert_info";
    private const int AlertsOfASeries = 2; // that have fired; more if others have had fewer

    private const int DefaultLabelSets = 2000; // of the SDK
    private const int RefitsOfAProcess = 32; // a refit at each tenth: in these, a reference has grown to 20 times its length

    // Of all topics. Their number is not known when the instruments are made, and the SDK reserves memory for each.
    private const int MostPartitions = 10_000;

    // One label set for each topic or monitor, or one at all.
    private static readonly FrozenSet<string> OfNoSeries = FrozenSet.Create(
        StringComparer.Ordinal,
        "driftmonitor.events",
        "driftmonitor.ingest_events",
        "driftmonitor.last_event_timestamp.seconds",
        "driftmonitor.consumer_lag_events",
        "driftmonitor.watermark_timestamp.seconds",
        "driftmonitor.series",
        "driftmonitor.series_dropped",
        "driftmonitor.series_evicted",
        "driftmonitor.events_unknown_segment",
        "driftmonitor.events_unpacked",
        "driftmonitor.events_without_history",
        "driftmonitor.join_pairs",
        "driftmonitor.join_unmatched",
        "driftmonitor.join_cut_short",
        "driftmonitor.join_waiting_events",
        "driftmonitor.pane.seconds",
        "driftmonitor.allowed_lateness.seconds",
        "driftmonitor.alert_threshold.nats",
        "driftmonitor.alert_return_period.seconds",
        "driftmonitor.reference_events",
        "driftmonitor.reference_loaded_timestamp.seconds",
        "driftmonitor.reference_start_timestamp.seconds",
        "driftmonitor.reference_refit_timestamp.seconds",
        "driftmonitor.build_info");

    private static readonly string[] EventReasons = Reasons(Rejection.Malformed, Rejection.Empty, Rejection.TooLarge, Rejection.Schema);
    private static readonly string[] MonitorReasons = Reasons(Rejection.NoEventTime, Rejection.Late, Rejection.Ahead, Rejection.TooOld);

    private static readonly string[] UnpackReasons = [.. MonitorReasons, .. Reasons(Rejection.TooLarge, Rejection.Schema)];

    private readonly Func<Snapshot> _current;
    private readonly HashSet<int> _haveRead = []; // the instruments that have read the pinned snapshot
    private readonly Lock _pinning = new(); // between scrapes; the loop never takes it
    private readonly SeenSegments[] _segments; // by monitor
    private readonly HashSet<FiringAlert> _alerts = new(ReferenceEqualityComparer.Instance); // whose label sets the SDK has seen
    private readonly int _mostAlerts;
    private readonly MetricGroups _groups;
    private readonly CountedBefore _before;
    private readonly RisingCounts? _rising;
    private Snapshot _pinned;
    private int _instruments;

    /// <summary>Makes the instruments.</summary>
    /// <param name="current">Gives the newest snapshot; called from any thread.</param>
    /// <param name="referencesLoaded">When the references were loaded.</param>
    /// <param name="build">The running version.</param>
    /// <param name="binContributions">Whether the bins' contributions and probabilities are exported.</param>
    /// <param name="meter">The meter that they belong to, which ends with them; null for one of their own.</param>
    /// <param name="groups">Which instruments to make.</param>
    /// <param name="before">What the counters of series leave out; null for nothing.</param>
    public MonitorMetrics(
        Func<Snapshot> current, DateTimeOffset referencesLoaded, BuildInfo build, bool binContributions = false, Meter? meter = null,
        MetricGroups groups = MetricGroups.All, CountedBefore? before = null)
    {
        _current = current;
        _groups = groups;
        _before = before ?? CountedBefore.Nothing;
        _rising = groups == MetricGroups.Counters ? new RisingCounts() : null;
        _pinned = current();
        _segments = !groups.HasFlag(MetricGroups.Changing) ? []
            : [.. _pinned.Monitors.Select(monitor => new SeenSegments(SeriesOf(monitor)))];
        _mostAlerts = MostLabelSets(_pinned, AlertInfo);
        Reserve(_pinned);
        Meter = meter ?? new Meter(MeterName);
        var loaded = referencesLoaded.ToUnixTimeMilliseconds() / 1000.0;

        foreach (var metric in SeriesMetrics.Of(_pinned.Monitors.SelectMany(monitor => monitor.Spec.Measures), binContributions))
        {
            Add(metric);
        }

        foreach (var metric in SeriesMetrics.OfMonitors)
        {
            Gauge<double>(
                metric.Instrument, metric.Description,
                snapshot => snapshot.Monitors.Where(monitor => metric.Observe(monitor.Spec) is not null)
                    .Select(monitor => new Measurement<double>(metric.Observe(monitor.Spec)!.Value, Monitor(monitor))));
        }

        Counter(
            "driftmonitor.events",
            "Events read from a topic, including rejected ones.",
            snapshot => snapshot.Topics.Select(topic => new Measurement<long>(topic.Events, Tag("topic", topic.Topic))));
        Counter(
            "driftmonitor.events_rejected",
            "Events left out, by reason; an empty monitor where the event itself can't be read.",
            EventsRejected);
        Counter(
            "driftmonitor.events_lost",
            "Events that a topic's log no longer held when they were to be read: deleted by retention, or truncated with the log.",
            EventsLost);
        Gauge<double>(
            "driftmonitor.checkpoint_timestamp.seconds",
            "When the newest checkpoint was taken, by the wall clock, in seconds since 1970; none without Checkpoint:Directory.",
            snapshot => snapshot.Checkpoint?.Taken is { } taken ? [new Measurement<double>(taken.Seconds)] : []);
        Gauge<long>(
            "driftmonitor.checkpoint_size.bytes",
            "Size of the newest checkpoint that was written.",
            snapshot => snapshot.Checkpoint?.Size is { } size ? [new Measurement<long>(size)] : []);
        Counter(
            "driftmonitor.checkpoint_failures",
            "Checkpoints that could not be written, or, at the start, read.",
            snapshot => snapshot.Checkpoint is { } checkpoint ? [new Measurement<long>(checkpoint.Failures)] : []);
        Counter(
            "driftmonitor.notifications",
            "Notifications that a receiver of DriftMonitor:Notifications has taken; for an Alertmanager, requests with all that fires.",
            snapshot => Notifications(snapshot, tally => tally.Sent));
        Counter(
            "driftmonitor.notification_failures",
            "Notifications that were given up, after retries; for an Alertmanager, requests that it did not take.",
            snapshot => Notifications(snapshot, tally => tally.Failed));
        Counter(
            "driftmonitor.ingest_requests",
            "Requests whose events were accepted at the port of Ingest.",
            snapshot => snapshot.Service?.Ingest is { } ingest ? [new Measurement<long>(ingest.Requests)] : []);
        Counter(
            "driftmonitor.ingest_requests_refused",
            "Requests at the port of Ingest none of whose events were accepted, by reason.",
            snapshot => (snapshot.Service?.Ingest?.Refused ?? ReadOnlyDictionary<string, long>.Empty)
                .Select(refused => new Measurement<long>(refused.Value, Tag("reason", refused.Key))));
        Counter(
            "driftmonitor.ingest_events",
            "Events that were accepted at the port of Ingest; driftmonitor_events_total has those of them that have been read since.",
            snapshot => (snapshot.Service?.Ingest?.Accepted ?? ReadOnlyDictionary<string, long>.Empty)
                .Select(accepted => new Measurement<long>(accepted.Value, Tag("topic", accepted.Key))));
        Gauge<long>(
            "driftmonitor.ingest_buffer.bytes",
            "Size of the bodies that are being received, or whose events have not been counted yet.",
            snapshot => snapshot.Service?.Ingest is { } ingest ? [new Measurement<long>(ingest.BufferBytes)] : []);
        Gauge<long>(
            "driftmonitor.config_last_reload_successful",
            "1 if the configuration file as it is now is what runs, 0 if it has a fault and the one before it goes on.",
            snapshot => snapshot.Service?.Reload is { } reload ? [new Measurement<long>(reload.IsSuccessful ? 1 : 0)] : []);
        Gauge<double>(
            "driftmonitor.config_last_reload_success_timestamp.seconds",
            "When the configuration was last read without a fault, by the wall clock, in seconds since 1970.",
            snapshot => snapshot.Service?.Reload is { } reload ? [new Measurement<double>(reload.Succeeded.Seconds)] : []);
        Gauge<double>(
            "driftmonitor.last_event_timestamp.seconds",
            "Time of a topic's last event, in seconds since 1970.",
            snapshot => snapshot.Topics.Where(topic => topic.LastEvent is not null)
                .Select(topic => new Measurement<double>(topic.LastEvent!.Value.Seconds, Tag("topic", topic.Topic))));
        Gauge<long>(
            "driftmonitor.consumer_lag_events",
            "Events of a partition that have not been read yet.",
            Lags);
        Gauge<double>(
            "driftmonitor.watermark_timestamp.seconds",
            "Event time up to which a monitor's panes have closed or may close, in seconds since 1970.",
            snapshot => snapshot.Monitors.Where(monitor => monitor.Watermark is not null)
                .Select(monitor => new Measurement<double>(monitor.Watermark!.Value.Seconds, Tag("monitor", monitor.Spec.Name))));
        Gauge<long>(
            "driftmonitor.series",
            "Series of a monitor: its segments.",
            snapshot => OfMonitors<long>(snapshot, monitor => monitor.Series.Count));
        Counter(
            "driftmonitor.series_dropped",
            "Events left out because their segment has no series: there were MaxSegments others, or its name is too long.",
            snapshot => OfSegmented(snapshot, monitor => monitor.Dropped));
        Counter(
            "driftmonitor.series_evicted",
            "Series that ended to make room for others: of segments that the reference does not know, without an event in any window.",
            snapshot => OfSegmented(snapshot, monitor => monitor.Evicted));
        Counter(
            "driftmonitor.events_unknown_segment",
            "Events in segments that the reference does not know: they have readings against the reference for all, and no alert.",
            snapshot => OfSegmented(snapshot, monitor => monitor.UnknownSegment));
        Counter(
            "driftmonitor.events_unpacked",
            "Events that a monitor with Unpack found in the records of its topic, with those that it rejected.",
            snapshot => snapshot.Monitors.Where(monitor => monitor.Unpacked is not null).Select(monitor => new Measurement<long>(
                monitor.Unpacked!.Value, Tag("topic", monitor.Topic), Tag("monitor", monitor.Spec.Name))));
        Counter(
            "driftmonitor.events_without_history",
            "Events that a monitor of a derived field left out, because not enough came before them.",
            snapshot => snapshot.Monitors.Where(monitor => monitor.WithoutHistory is not null)
                .Select(monitor => new Measurement<long>(monitor.WithoutHistory!.Value, Tag("monitor", monitor.Spec.Name))));
        Counter(
            "driftmonitor.join_pairs",
            "Pairs of events of two topics that a monitor with JoinBy has counted.",
            snapshot => OfJoined(snapshot, join => join.Joined));
        Counter(
            "driftmonitor.join_unmatched",
            "Events that a monitor with JoinBy has counted as missing, as they found no event of the other topic, or have no key.",
            snapshot => OfJoined(snapshot, join => join.Unmatched));
        Counter(
            "driftmonitor.join_cut_short",
            "Events that a monitor with JoinBy has counted as missing before JoinWithin was over, as more waited than have room.",
            snapshot => OfJoined(snapshot, join => join.CutShort));
        Gauge<long>(
            "driftmonitor.join_waiting_events",
            "Events of closed panes that wait for an event of the other topic with the same key.",
            snapshot => OfJoined(snapshot, join => join.Waiting));
        Gauge<long>(
            "driftmonitor.reference_events",
            "Events that a monitor's reference was made from.",
            snapshot => OfGrowing(snapshot, growth => growth.Events > 0 ? (long?)growth.Events : null).Concat(
                snapshot.Monitors.Where(monitor => monitor is { Reference: not null, Growth: null })
                    .Select(monitor => new Measurement<long>(monitor.Reference!.Events, Monitor(monitor)))));
        Gauge<double>(
            "driftmonitor.reference_start_timestamp.seconds",
            "Event time from which on a reference that grows holds events, in seconds since 1970; of segments, the earliest.",
            snapshot => OfGrowing(snapshot, growth => growth.Start?.Seconds));
        Gauge<double>(
            "driftmonitor.reference_refit_timestamp.seconds",
            "Event time up to which a reference that grows held events when it was last refitted, in seconds since 1970; of segments, the "
                + "latest. Absent in the warm-up.",
            snapshot => OfGrowing(snapshot, growth => growth.Refitted?.Seconds));
        Gauge<double>(
            "driftmonitor.reference_loaded_timestamp.seconds",
            "When a monitor's reference was loaded, in seconds since 1970; none for one that is learned or moves.",
            snapshot => snapshot.Monitors.Where(monitor => monitor.IsReferenceLoaded)
                .Select(monitor => new Measurement<double>(loaded, Monitor(monitor))));
        Gauge<long>(
            "driftmonitor.build_info",
            "1; the labels say what runs.",
            _ => [new Measurement<long>(1, Tag("version", build.Version), Tag("revision", build.Revision))]);
    }

    /// <summary>The meter that the instruments belong to.</summary>
    public Meter Meter { get; }

    /// <summary>
    /// Whether the SDK has room for the label sets of a snapshot beside those that it has seen. Where it has none, these instruments show
    /// the last snapshot that had.
    /// </summary>
    public bool HasRoomFor(Snapshot snapshot)
    {
        lock (_pinning)
        {
            return !_groups.HasFlag(MetricGroups.Changing)
                || (snapshot.Monitors.Zip(_segments).All(monitor => monitor.Second.HaveRoomFor(monitor.First))
                    && _alerts.Count + FiringIn(snapshot).Count(alert => !_alerts.Contains(alert)) <= _mostAlerts);
        }
    }

    /// <summary>
    /// The most label sets that an instrument can have. The SDK never forgets one that it has seen, and merges those beyond its limit
    /// (2000 by default) into one.
    /// </summary>
    public static int MostLabelSets(Snapshot snapshot, string instrument)
    {
        var most = instrument == "driftmonitor.consumer_lag_events" ? MostPartitions : DefaultLabelSets;
        var ofSeries = SeriesMetrics.Of(snapshot.Monitors.SelectMany(monitor => monitor.Spec.Measures), binContributions: true)
            .FirstOrDefault(metric => metric.Instrument == instrument);
        return Math.Max(most, snapshot.Monitors.Sum(monitor => instrument switch
        {
            "driftmonitor.events_rejected" => TopicsOf(monitor) * (EventReasons.Length + UnpackReasons.Length),
            "driftmonitor.events_lost" => 2 * TopicsOf(monitor), // and two reasons
            "driftmonitor.reading_available" => SeriesOf(monitor) * monitor.Spec.Windows.Count * ReasonsOf(monitor),
            "driftmonitor.calibration_info" => SeriesOf(monitor) * monitor.Spec.Windows.Count * CalibrationsOf(monitor),
            "driftmonitor.bin_contribution.nats" => SeriesOf(monitor) * monitor.Spec.Windows.Count * (BinsOf(monitor) + 1),
            "driftmonitor.bin_probability" => 2 * SeriesOf(monitor) * monitor.Spec.Windows.Count * (BinsOf(monitor) + 1),
            AlertInfo => AlertsOfASeries * SeriesOf(monitor),
            "driftmonitor.alert_state" or "driftmonitor.alert_transitions" => SeriesOf(monitor) * AlertStateNames.All.Count,
            _ when OfNoSeries.Contains(instrument) => monitor.Rejected.Count, // its topics, which are one at least
            _ => SeriesOf(monitor) * monitor.Spec.Windows.Count * (ofSeries?.SetsOfWindow(monitor) ?? 1),
        }));

        // A reference that was loaded is ready.
        static int ReasonsOf(MonitorSnapshot monitor) => Enum.GetValues<Unavailable>().Length - (monitor.IsReferenceLoaded ? 1 : 0);

        // Calibrating, and then a kind; a reference that was loaded has its kind from the start.
        static int CalibrationsOf(MonitorSnapshot monitor) => monitor.IsReferenceLoaded ? 1 : 2;

        // A reference that grows has other bins after each refit.
        static int BinsOf(MonitorSnapshot monitor) =>
            monitor.Growth is null ? monitor.Binning.Count : GrowingReference.Bins * 2 * RefitsOfAProcess;
    }

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    private static int TopicsOf(MonitorSnapshot monitor) =>
        TopicPattern.IsPattern(monitor.Topic) ? TopicPattern.MostTopics : monitor.Rejected.Count;

    private static int SeriesOf(MonitorSnapshot monitor) =>
        monitor.IsSegmented ? Math.Max(monitor.Spec.MostSegments, monitor.Series.Count) : 1;

    private static string[] Reasons(params ReadOnlySpan<Rejection> rejections)
    {
        var names = new string[rejections.Length];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = RejectionNames.Of(rejections[i]);
        }

        return names;
    }

    private static IEnumerable<Measurement<T>> OfMonitors<T>(Snapshot snapshot, Func<MonitorSnapshot, T> value)
        where T : struct =>
        snapshot.Monitors.Select(monitor => new Measurement<T>(value(monitor), Tag("monitor", monitor.Spec.Name)));

    private static IEnumerable<Measurement<long>> OfJoined(Snapshot snapshot, Func<JoinSnapshot, long> value) =>
        snapshot.Monitors.Where(monitor => monitor.Join is not null)
            .Select(monitor => new Measurement<long>(value(monitor.Join!), Monitor(monitor)));

    private static IEnumerable<Measurement<T>> OfGrowing<T>(Snapshot snapshot, Func<GrowthSnapshot, T?> value)
        where T : struct
    {
        foreach (var monitor in snapshot.Monitors)
        {
            if (monitor.Growth is { } growth && value(growth) is { } given)
            {
                yield return new Measurement<T>(given, Monitor(monitor));
            }
        }
    }

    private static IEnumerable<Measurement<long>> OfSegmented(Snapshot snapshot, Func<MonitorSnapshot, long> value) =>
        snapshot.Monitors.Where(monitor => monitor.IsSegmented)
            .Select(monitor => new Measurement<long>(value(monitor), Monitor(monitor)));

    private static IEnumerable<Measurement<T>> OfSeries<T>(
        Snapshot snapshot, SeriesMetric metric, Func<MonitorSnapshot, SeriesSnapshot, SeriesSample, T> valueOf)
        where T : struct
    {
        foreach (var monitor in snapshot.Monitors)
        {
            foreach (var series in monitor.Series)
            {
                foreach (var sample in metric.Observe(monitor.Spec, series))
                {
                    var value = valueOf(monitor, series, sample);
                    yield return (sample.Window, sample.Label) switch
                    {
                        ({ } window, { } label) when sample.Distribution is { } distribution => new Measurement<T>(
                            value, Monitor(monitor), Segment(series), Tag("window", window),
                            Tag(label, sample.LabelValue!), Tag("distribution", distribution)),
                        ({ } window, { } label) => new Measurement<T>(
                            value,
                            Monitor(monitor), Segment(series), Tag("window", window), Tag(label, sample.LabelValue!)),
                        ({ } window, null) => new Measurement<T>(
                            value, Monitor(monitor), Segment(series), Tag("window", window)),
                        (null, { } label) => new Measurement<T>(
                            value, Monitor(monitor), Segment(series), Tag(label, sample.LabelValue!)),
                        _ => new Measurement<T>(value, Monitor(monitor), Segment(series)),
                    };
                }
            }
        }
    }

    private static IEnumerable<Measurement<long>> EventsLost(Snapshot snapshot) =>
        snapshot.Topics.Select(topic => topic.Topic).Union(snapshot.Lost.Select(loss => loss.Topic)) // of a pattern, some were deleted
            .SelectMany(topic => LossNames.Counts(snapshot.Lost, topic).Select(loss =>
                new Measurement<long>(loss.Value, Tag("topic", topic), Tag("reason", loss.Key))));

    private static IEnumerable<Measurement<long>> EventsRejected(Snapshot snapshot)
    {
        foreach (var topic in snapshot.Topics)
        {
            foreach (var reason in EventReasons)
            {
                yield return Rejected(topic.Rejected, topic.Topic, "", reason);
            }
        }

        foreach (var monitor in snapshot.Monitors)
        {
            foreach (var (topic, rejected) in monitor.Rejected)
            {
                foreach (var reason in monitor.Unpacked is null ? MonitorReasons : UnpackReasons)
                {
                    yield return Rejected(rejected, topic, monitor.Spec.Name, reason);
                }
            }
        }
    }

    private static Measurement<long> Rejected(IReadOnlyDictionary<string, long> counts, string topic, string monitor, string reason) =>
        new(counts.GetValueOrDefault(reason), Tag("topic", topic), Tag("monitor", monitor), Tag("reason", reason));

    private static IEnumerable<Measurement<long>> Lags(Snapshot snapshot)
    {
        foreach (var topic in snapshot.Topics)
        {
            foreach (var partition in topic.Progress)
            {
                if (partition.Lag is { } lag)
                {
                    yield return new Measurement<long>(lag, Tag("topic", topic.Topic), Tag("partition", partition.Position.Partition));
                }
            }
        }
    }

    private static IEnumerable<Measurement<long>> Notifications(Snapshot snapshot, Func<NotificationTally, long> count) =>
        (snapshot.Service?.Notifications ?? []).Select(tally => new Measurement<long>(count(tally), Tag("sink", tally.Sink)));

    private static KeyValuePair<string, object?> Monitor(MonitorSnapshot monitor) => Tag("monitor", monitor.Spec.Name);

    private static KeyValuePair<string, object?> Segment(SeriesSnapshot series) => Tag("segment", series.Segment);

    private static KeyValuePair<string, object?> Tag(string key, object value) => new(key, value);

    private void Add(SeriesMetric metric)
    {
        if (metric.Kind == MetricKind.Counter)
        {
            Counter(
                metric.Instrument, metric.Description,
                snapshot => OfSeries(snapshot, metric, (monitor, series, sample) => (long)_before.Since(metric, monitor, series, sample)),
                MetricGroups.Changing);
        }
        else if (metric.IsWhole)
        {
            Gauge(metric.Instrument, metric.Description, snapshot => OfSeries(snapshot, metric, (_, _, sample) => (long)sample.Value));
        }
        else
        {
            Gauge(metric.Instrument, metric.Description, snapshot => OfSeries(snapshot, metric, (_, _, sample) => sample.Value));
        }
    }

    private void Gauge<T>(string name, string description, Func<Snapshot, IEnumerable<Measurement<T>>> observe)
        where T : struct
    {
        if (!_groups.HasFlag(MetricGroups.Changing))
        {
            return;
        }

        var instrument = _instruments++;
        Meter.CreateObservableGauge(name, () => observe(ReadBy(instrument)), unit: null, description);
    }

    private void Counter(
        string name, string description, Func<Snapshot, IEnumerable<Measurement<long>>> observe,
        MetricGroups group = MetricGroups.Counters)
    {
        if (!_groups.HasFlag(group))
        {
            return;
        }

        var instrument = _instruments++;
        Meter.CreateObservableCounter(
            name, () => _rising?.Of(name, observe(ReadBy(instrument))) ?? observe(ReadBy(instrument)), unit: null, description);
    }

    // A collection reads each instrument once, and collections do not overlap. So a new one has begun when an instrument is read that has
    // read the pinned snapshot before, or when none has.
    private Snapshot ReadBy(int instrument)
    {
        lock (_pinning)
        {
            if (_haveRead.Count == 0 || !_haveRead.Add(instrument))
            {
                var newest = _current();
                if (HasRoomFor(newest))
                {
                    Reserve(newest);
                    _pinned = newest;
                }

                _haveRead.Clear();
                _haveRead.Add(instrument);
            }

            return _pinned;
        }
    }

    private void Reserve(Snapshot snapshot)
    {
        if (!_groups.HasFlag(MetricGroups.Changing))
        {
            return;
        }

        foreach (var (monitor, segments) in snapshot.Monitors.Zip(_segments))
        {
            segments.Add(monitor);
        }

        _alerts.UnionWith(FiringIn(snapshot));
    }

    private static IEnumerable<FiringAlert> FiringIn(Snapshot snapshot) =>
        snapshot.Monitors.SelectMany(monitor => monitor.Series).Select(series => series.Firing).OfType<FiringAlert>();

    // The segments of a monitor whose label sets the SDK has seen.
    private sealed class SeenSegments(int most)
    {
        private readonly HashSet<string> _seen = [];
        private IReadOnlyList<SeriesSnapshot>? _last; // the same list until a segment or a reading is new

        public bool HaveRoomFor(MonitorSnapshot monitor) =>
            ReferenceEquals(monitor.Series, _last)
            || monitor.Series.Count(series => !_seen.Contains(series.Segment)) + _seen.Count <= most;

        public void Add(MonitorSnapshot monitor)
        {
            if (!ReferenceEquals(monitor.Series, _last))
            {
                _last = monitor.Series;
                _seen.UnionWith(monitor.Series.Select(series => series.Segment));
            }
        }
    }
}
