using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.References;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// A monitor at work: it counts events of its field by their own time, closes panes as the partitions' watermarks pass, and gives readings.
/// </summary>
/// <remarks>
/// A pure fold: the result depends only on the events of each partition in their order. It does not depend on how the partitions
/// interleave, nor on any clock, with two exceptions: partitions that the host leaves out because they are silent, and which segments get a
/// series where there are more than <see cref="MonitorSpec.MostSegments"/>.
/// </remarks>
public sealed class FieldMonitor
{
    private readonly Watermarks _watermarks;
    private readonly Watermarks? _referenceWatermarks; // of the topic that windows are compared with
    private readonly SeriesSet _series;
    private readonly List<PartitionFold> _folds = []; // by partition
    private readonly List<ReferenceFold> _referenceFolds = []; // by partition of the reference's topic
    private readonly RejectedShares _rejectedShares;
    private readonly RejectedShares? _rejectedSharesOfReference; // of the topic that windows are compared with
    private readonly PaneVolume? _referenceVolume; // of the topic that windows are compared with, where values are numbers of events
    private readonly LostStretches _lost = new();
    private readonly KeyJoin? _join; // of the events of both topics; null where an event has all that is watched
    private readonly int _longest; // window, in panes
    private long _closedEvents; // counted in panes that have closed
    private long _next = long.MinValue; // the pane that closes next, once one has closed
    private long _lastWithEvents; // the last closed pane with counted events; the first one if there is none

    private static readonly List<ReferenceFold> NoFolds = [];

    private const int MostPartitions = 1_000_000; // of a topic: more than Kafka can have

    /// <summary>Longer segments, in bytes of UTF-8, get no series: some Prometheus servers refuse longer labels.</summary>
    public const int LongestSegment = 1024;

    /// <summary>A monitor before its first event, compared with one fixed distribution.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="reference">What windows are compared with.</param>
    /// <param name="calibration">
    /// How its readings fluctuate, for each window; null where that is not known, and there are no return periods.
    /// </param>
    public FieldMonitor(MonitorSpec spec, Reference reference, IReadOnlyList<WindowCalibration>? calibration = null)
        : this(spec, new CalibratedReference(reference, calibration))
    {
    }

    /// <summary>A monitor before its first event, compared with one fixed distribution.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="against">What windows are compared with.</param>
    public FieldMonitor(MonitorSpec spec, CalibratedReference against)
        : this(spec, new FixedReference(against.Reference), new GivenCalibration(against.Calibration))
    {
    }

    /// <summary>A monitor of segments before its first event.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="whole">What windows of a segment are compared with that has no reference of its own.</param>
    /// <param name="segments">The reference of each known segment.</param>
    public FieldMonitor(MonitorSpec spec, CalibratedReference whole, IReadOnlyDictionary<string, CalibratedReference> segments)
        : this(spec, new FixedReference(whole.Reference), new SegmentSeries(spec, whole, segments), hasReferenceTopic: false)
    {
    }

    /// <summary>A monitor before its first event.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="reference">What windows are compared with; used by this monitor alone.</param>
    /// <param name="calibration">How its readings fluctuate while nothing is wrong; used by this monitor alone.</param>
    /// <param name="hasReferenceTopic">Whether the reference's events come from another topic: <see cref="AddToReference"/>.</param>
    public FieldMonitor(MonitorSpec spec, WindowReference reference, SeriesCalibration calibration, bool hasReferenceTopic = false)
        : this(spec, reference, new SingleSeries(new Series(spec, reference, calibration)), hasReferenceTopic)
    {
    }

    /// <summary>A monitor of segments before its first event, each compared with all of its own events so far.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="rules">How the references grow.</param>
    /// <param name="known">What the references of known segments hold already.</param>
    public FieldMonitor(MonitorSpec spec, GrowingRules rules, IReadOnlyDictionary<string, GrowingState> known)
        : this(
            spec,
            new GrowingReference(spec, rules),
            new SegmentSeries(
                spec,
                known.Select(segment => CreateGrowing(spec, new GrowingReference(spec, rules, segment.Value), segment.Key)),
                (segment, closedPanes) => CreateGrowing(spec, new GrowingReference(spec, rules), segment, closedPanes),
                countsValues: !spec.CountsVolume),
            hasReferenceTopic: false)
    {
    }

    /// <summary>A monitor of segments before its first event, each compared with all others in the same window.</summary>
    /// <param name="spec">How events are windowed and judged.</param>
    /// <param name="all">The windows of all segments; used by this monitor alone.</param>
    /// <param name="calibrate">Makes the calibration of a new segment.</param>
    public FieldMonitor(MonitorSpec spec, AllSegments all, Func<SeriesCalibration> calibrate)
        : this(
            spec,
            new RestOfSegments(all),
            new SegmentSeries(
                spec,
                known: [],
                (segment, closedPanes) => new Series(
                    spec, new RestOfSegments(all), calibrate(), segment, isKnown: true, closedPanes, beginsWithEvent: true),
                countsValues: false,
                all),
            hasReferenceTopic: false)
    {
    }

    private FieldMonitor(MonitorSpec spec, WindowReference against, SeriesSet series, bool hasReferenceTopic)
    {
        (Spec, Against, _series) = (spec, against, series);
        if (spec.JoinWithin is { } within)
        {
            _join = new KeyJoin((int)(within.Ticks / spec.Pane.Length.Ticks));
            hasReferenceTopic = Pairs is not null && !series.IsSegmented
                ? true
                : throw new ArgumentException("joined events are pairs without segments");
        }

        _longest = spec.WindowPanes.Max();
        _watermarks = new Watermarks(spec.AllowedLateness);
        _referenceWatermarks = hasReferenceTopic ? new Watermarks(spec.AllowedLateness) : null;
        _rejectedShares = new RejectedShares(spec.WindowPanes);
        _rejectedSharesOfReference = hasReferenceTopic ? new RejectedShares(spec.WindowPanes) : null;
        _referenceVolume = hasReferenceTopic ? PaneVolume.Of(spec, Binning) : null;
    }

    /// <summary>How events are windowed and judged.</summary>
    public MonitorSpec Spec { get; }

    /// <summary>What windows are compared with; for a monitor of segments, those without a reference of their own.</summary>
    public WindowReference Against { get; }

    /// <summary>The bins, the same for all series and their references, except those of segments whose references grow.</summary>
    public FieldBinning Binning => Against.Binning;

    /// <summary>Whether events are counted by their values, in which their bins are found.</summary>
    public bool CountsValues => Against.Views != 0 && Spec.Derivation is null;

    /// <summary>Whether derived values are counted as such, and not by their bins: see <see cref="DerivedCode"/>.</summary>
    public bool CountsDerivedValues => Against.Views != 0 && Spec is { Derivation: not null, CountsVolume: false };

    /// <summary>Whether these values may be categories, so that numbers among them need their texts.</summary>
    public bool NeedsLabels => (Against.Views & ValueViews.Labels) != 0;

    /// <summary>
    /// Joins the events of two topics, where that is what the monitor watches: the second is then in place of the reference's topic. Null
    /// otherwise.
    /// </summary>
    public KeyJoin? Join => _join;

    /// <summary>Whether there is a series for each segment.</summary>
    public bool IsSegmented => _series.IsSegmented;

    /// <summary>Events of its own topic that this monitor rejected.</summary>
    public RejectionCounts Rejected => RejectionCounts.Sum(_folds.Select(fold => fold.Clock.Rejected));

    /// <summary>Events of a partition of its own topic that this monitor rejected.</summary>
    public RejectionCounts RejectedIn(int partition) =>
        partition < _folds.Count ? _folds[partition].Clock.Rejected : RejectionCounts.Sum([]);

    /// <summary>Events of the reference's topic that this monitor rejected; none where the reference has no topic.</summary>
    public RejectionCounts RejectedOfReference => RejectionCounts.Sum(_referenceFolds.Select(fold => fold.Clock.Rejected));

    /// <summary>Events that this monitor counted.</summary>
    public long Counted => _folds.Sum(fold => fold.Counted);

    /// <summary>Events of its own topic that are held until further ones decide about them: neither counted nor rejected.</summary>
    public long Held => _folds.Sum(fold => (long)fold.Clock.HeldEvents);

    /// <summary>Panes that have closed.</summary>
    public long ClosedPanes => _series.ClosedPanes;

    /// <summary>Counted events whose segment the reference does not know.</summary>
    public long UnknownSegment => _folds.Sum(fold => fold.UnknownSegment);

    /// <summary>
    /// Events left out because their segment has no series: it came after <see cref="MonitorSpec.MostSegments"/> others, or is longer than
    /// <see cref="LongestSegment"/> bytes.
    /// </summary>
    public long Dropped => _folds.Sum(fold => fold.Dropped);

    /// <summary>Series that have ended to make room for others.</summary>
    public long Evicted { get; private set; }

    /// <summary>Events left out because a derived field has no value for them: not enough came before.</summary>
    public long WithoutHistory => _folds.Sum(fold => fold.WithoutHistory);

    /// <summary>Whether events have come and the field was missing from all of them: its name is probably wrong.</summary>
    public bool IsAlwaysMissing => Counted + WithoutHistory is > 0 and var seen && _folds.Sum(fold => fold.Missing) == seen;

    /// <summary>The same for the second of two topics whose events are joined.</summary>
    public bool IsJoinedAlwaysMissing =>
        JoinedFolds.Sum(fold => fold.Counted) is > 0 and var seen && JoinedFolds.Sum(fold => fold.Missing) == seen;

    /// <summary>The earliest event time counted, where events are joined that of either topic; null before the first event.</summary>
    public EventTime? From
    {
        get
        {
            // Asked for every event until the first pane closes, so without allocation.
            EventTime? earliest = null;
            foreach (var fold in _folds)
            {
                earliest = fold.SmallestEventTime is { } time && (earliest is not { } before || time < before) ? time : earliest;
            }

            foreach (var fold in JoinedFolds)
            {
                earliest = fold.Clock.SmallestEventTime is { } time && (earliest is not { } before || time < before) ? time : earliest;
            }

            return earliest;
        }
    }

    /// <summary>The latest event time counted, where events are joined that of either topic; null before the first event.</summary>
    public EventTime? To =>
        _folds.Select(fold => fold.Clock).Concat(JoinedFolds.Select(fold => fold.Clock)).Max(clock => clock.LargestEventTime);

    /// <summary>The largest step by which one event's time was ahead of all before it in its partition: it shows a mistaken date.</summary>
    public TimeSpan LargestStepForward => _folds.Select(fold => fold.Clock.LargestStepForward).DefaultIfEmpty().Max();

    /// <summary>The least watermark of all partitions; null until each has had an event.</summary>
    /// <remarks>
    /// A reference's topic that has fallen silent or ended as a whole does not count: panes would stay open, and pile up, as long as it is.
    /// Nor does either of two topics whose events are joined.
    /// </remarks>
    public EventTime? Watermark => LeastOf(static watermarks => watermarks.Minimum);

    /// <summary>
    /// Up to where panes may close: as <see cref="Watermark"/>, but it goes back when a partition is added, or is no longer left out.
    /// </summary>
    public EventTime? ClosableUpTo => LeastOf(static watermarks => watermarks.Present);

    /// <summary>The end of the pane that closes next: no later report has an earlier time. Null before the first pane closes.</summary>
    public EventTime? NextTime => _next == long.MinValue ? null : Spec.Pane.End(_next);

    /// <summary>The end of the next pane, if the watermarks have passed it.</summary>
    public EventTime? DueEnd => Next is { } next && Spec.Pane.End(next) is var end && end <= ClosableUpTo ? end : null;

    /// <summary>The series of the monitor, in ordinal order of their segments.</summary>
    public IReadOnlyList<Series> Series => _series.All;

    /// <summary>The series of a segment; null where there is none.</summary>
    public Series? Find(string segment) => _series.Find(segment);

    /// <summary>Makes the monitor wait for so many partitions.</summary>
    /// <param name="partitions">How many there are.</param>
    /// <param name="isReference">Whether they are of the topic that the reference comes from.</param>
    public void ExpectPartitions(int partitions, bool isReference = false) => WatermarksOf(isReference).Grow(partitions);

    /// <summary>Stops waiting for a partition that is silent or at its end.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="isReference">Whether it is of the topic that the reference comes from.</param>
    public void LeaveOut(int partition, bool isReference = false) => WatermarksOf(isReference).MarkIdle(partition);

    /// <summary>The partitions for which it does not wait.</summary>
    /// <param name="isReference">Whether they are of the topic that the reference comes from.</param>
    public IReadOnlyList<int> LeftOut(bool isReference)
    {
        var watermarks = WatermarksOf(isReference);
        return [.. Enumerable.Range(0, watermarks.Partitions).Where(watermarks.IsIdle)];
    }

    /// <summary>Waits again for a partition that was left out.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="isReference">Whether it is of the topic that the reference comes from.</param>
    public void Include(int partition, bool isReference = false) => WatermarksOf(isReference).MarkActive(partition);

    /// <summary>Whether the watermark of another partition has passed that of this one, so that it holds the others back.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="isReference">Whether it is of the topic that the reference comes from.</param>
    public bool HoldsBack(int partition, bool isReference = false)
    {
        var (own, other) = (_watermarks.LargestEventTime, _referenceWatermarks?.LargestEventTime);
        return (own > other || other is null ? own : other) is { } largest && WatermarksOf(isReference).IsBehind(partition, largest);
    }

    /// <summary>Whether a partition has passed the pane that closes next, so that its further events wait for other partitions.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="isReference">Whether it is of the topic that the reference comes from.</param>
    public bool IsAhead(int partition, bool isReference = false) =>
        Next is { } next && WatermarksOf(isReference).HasReached(partition, Spec.Pane.End(next));

    /// <summary>What a partition contributes.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="clock">
    /// Judges its event times, if it is shared with other monitors; used when the fold is made, on the first call.
    /// </param>
    public PartitionFold FoldOf(int partition, PartitionClock? clock = null)
    {
        while (_folds.Count <= partition)
        {
            var own = clock is not null && _folds.Count == partition ? clock : new PartitionClock(Spec);
            own.FirstOpenPane = Math.Max(own.FirstOpenPane, _next);
            var counts = _series.CreateCounts(CountedBins);
            var isByValue = CountsDerivedValues;
            var missing = _join is not null ? Pairs!.First.Missing
                : Spec.CountsVolume ? -1
                : isByValue ? DerivedCode.Missing
                : Pairs is { } pairs ? pairs.MissingPlace
                : Binning.Missing;
            var derived = DerivedValues.Of(Spec, isByValue ? null : Binning);
            var sums = Spec is { HasMean: true, CountsVolume: false } ? new SeriesSums(counts) : null;
            var keyed = _join is null ? null : new KeyedPanes(_join, Pairs!.First.Count);
            _folds.Add(new PartitionFold(own, counts, Binning, missing, derived, isByValue, sums, Spec.CountsWords, keyed));
        }

        return _folds[partition];
    }

    /// <summary>Judges a partition's event times; null before <see cref="FoldOf"/> was called for it.</summary>
    public PartitionClock? FindClock(int partition) => partition < _folds.Count ? _folds[partition].Clock : null;

    /// <summary>What a partition of the reference's topic contributes.</summary>
    public ReferenceFold ReferenceFoldOf(int partition)
    {
        while (_referenceFolds.Count <= partition)
        {
            var clock = new PartitionClock(Spec) { FirstOpenPane = _next };
            _referenceFolds.Add(_join is null
                ? new ReferenceFold(clock, CountedBins, DerivedValues.Of(Spec, Binning), Spec.CountsWords)
                : new ReferenceFold(clock, new KeyedPanes(_join, Pairs!.Second.Count), Pairs.Second.Missing));
        }

        return _referenceFolds[partition];
    }

    /// <summary>
    /// The share of a window's events that was rejected, as of the pane closed last; the larger one of its own topic and that of its
    /// reference. 0 before the first pane.
    /// </summary>
    public double RejectedShareOf(int window) => Math.Max(_rejectedShares[window], _rejectedSharesOfReference?[window] ?? 0);

    /// <summary>
    /// Events of its own topic that have come since the pane closed last: counted, and rejected. No reading includes them.
    /// </summary>
    public (long Counted, long Rejected) Open => (Counted - _closedEvents, _folds.Sum(fold => fold.OpenRejected));

    /// <summary>The panes of series and partitions that hold events and have not closed: what memory depends on.</summary>
    public int OpenPanes => _folds.Sum(fold => fold.OpenPanes) + JoinedFolds.Sum(fold => fold.Keyed!.Count);

    /// <summary>Counts an event that cannot be read.</summary>
    /// <param name="partition">The partition that it came from.</param>
    /// <param name="isReference">Whether it is of the topic that the reference comes from.</param>
    public void Reject(int partition, bool isReference = false)
    {
        if (isReference)
        {
            ReferenceFoldOf(partition).Reject();
        }
        else
        {
            FoldOf(partition).Reject();
        }
    }

    /// <summary>
    /// Events of a partition were lost before they could be read: windows that may lack them give no reading,
    /// <see cref="Unavailable.WindowIncomplete"/>.
    /// </summary>
    /// <param name="partition">The partition.</param>
    /// <param name="isReference">Whether it is of the topic that the reference comes from.</param>
    public void NoteLoss(int partition, bool isReference = false)
    {
        var clock = isReference ? ReferenceFoldOf(partition).Clock : FoldOf(partition).Clock;
        clock.MarkLoss();
        var from = clock.LargestBeforeLoss is { } largest ? Spec.Pane.PaneOf(largest - Spec.AllowedLateness) : long.MinValue;
        _lost.Begin(partition, isReference, from);
    }

    /// <summary>Moves the watermark of a partition to what its fold has come to.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="isReference">Whether it is of the topic that the reference comes from.</param>
    public void Advance(int partition, bool isReference = false)
    {
        // A fold is made with its first event, as it may share the clock of other monitors.
        var clock = isReference ? _referenceFolds.ElementAtOrDefault(partition)?.Clock : _folds.ElementAtOrDefault(partition)?.Clock;
        if (clock?.LargestEventTime is { } largest)
        {
            WatermarksOf(isReference).Observe(partition, largest);
            if (_lost.HasOpen && clock.FirstAfterLoss is { } first)
            {
                _lost.End(partition, isReference, Spec.Pane.PaneOf(first) + (_join?.Within ?? 0)); // partners of lost ones count then
            }
        }
    }

    /// <summary>
    /// Counts one event, or rejects it. Unlike in <see cref="PartitionClock.Judge"/>, no other event need confirm its time.
    /// </summary>
    /// <param name="partition">The partition that it came from.</param>
    /// <param name="time">Its event time; null where it has none that can be read.</param>
    /// <param name="recordTime">The record's own time where that is not the event time; null otherwise.</param>
    /// <param name="bin">The bin of its value.</param>
    /// <param name="segment">Its segment in UTF-8, empty where the event has none; ignored by a monitor without segments.</param>
    /// <param name="referenceBin">The bin of the event's other field, where the reference is that field; negative otherwise.</param>
    /// <returns>Why it was rejected, or <see cref="Rejection.None"/>.</returns>
    public Rejection Add(
        int partition, EventTime? time, EventTime? recordTime, int bin, ReadOnlySpan<byte> segment = default, int referenceBin = -1)
    {
        var fold = FoldOf(partition);
        var admission = fold.Clock.PlaceBelieved(time, recordTime);
        if (admission.Reason == Rejection.None)
        {
            fold.Count(admission.Pane!.Value, bin, segment, referenceBin);
            Advance(partition);
        }
        else
        {
            fold.Reject();
        }

        return admission.Reason;
    }

    /// <summary>Counts one event that is to be joined with one of the other topic, or rejects it.</summary>
    /// <param name="partition">The partition of its topic.</param>
    /// <param name="time">As for <see cref="Add"/>.</param>
    /// <param name="recordTime">As for <see cref="Add"/>.</param>
    /// <param name="bin">The bin of its value, among those of its topic's field.</param>
    /// <param name="key">The hash of its record's key; null where the record has none.</param>
    /// <param name="isReference">Whether it is of the second topic.</param>
    /// <returns>As for <see cref="Add"/>.</returns>
    public Rejection AddKeyed(
        int partition, EventTime? time, EventTime? recordTime, int bin, UInt128? key, bool isReference = false)
    {
        var clock = isReference ? ReferenceFoldOf(partition).Clock : FoldOf(partition).Clock;
        var admission = clock.PlaceBelieved(time, recordTime);
        if (admission.Reason != Rejection.None)
        {
            Reject(partition, isReference);
            return admission.Reason;
        }

        if (isReference)
        {
            ReferenceFoldOf(partition).CountKeyed(admission.Pane!.Value, time!.Value, bin, key);
        }
        else
        {
            FoldOf(partition).CountKeyed(admission.Pane!.Value, time!.Value, bin, key);
        }

        Advance(partition, isReference);
        return Rejection.None;
    }

    /// <summary>
    /// Moves the time of a partition by an event that is not to be counted. As for <see cref="Add"/>, no other event need confirm it.
    /// </summary>
    /// <param name="partition">As for <see cref="Add"/>.</param>
    /// <param name="time">As for <see cref="Add"/>.</param>
    /// <param name="recordTime">As for <see cref="Add"/>.</param>
    /// <returns>Whether it would have been counted.</returns>
    public bool Pass(int partition, EventTime? time, EventTime? recordTime)
    {
        var admission = FoldOf(partition).Clock.PlaceBelieved(time, recordTime, isOther: true);
        Advance(partition);
        return admission.Reason == Rejection.None;
    }

    /// <summary>Counts one event by its value, or rejects it; for a monitor that <see cref="CountsValues"/>.</summary>
    /// <param name="partition">As for <see cref="Add"/>.</param>
    /// <param name="time">As for <see cref="Add"/>.</param>
    /// <param name="recordTime">As for <see cref="Add"/>.</param>
    /// <param name="value">Its value.</param>
    /// <param name="segment">As for <see cref="Add"/>.</param>
    /// <returns>As for <see cref="Add"/>.</returns>
    public Rejection AddValue(
        int partition, EventTime? time, EventTime? recordTime, in FieldValue value, ReadOnlySpan<byte> segment = default)
    {
        var fold = FoldOf(partition);
        var admission = fold.Clock.PlaceBelieved(time, recordTime);
        if (admission.Reason == Rejection.None)
        {
            fold.Count(admission.Pane!.Value, value, segment);
            Advance(partition);
        }
        else
        {
            fold.Reject();
        }

        return admission.Reason;
    }

    /// <summary>Counts one event by its words, or rejects it; for a monitor that counts words.</summary>
    /// <param name="partition">As for <see cref="Add"/>.</param>
    /// <param name="time">As for <see cref="Add"/>.</param>
    /// <param name="recordTime">As for <see cref="Add"/>.</param>
    /// <param name="bins">The bins of its words, or that of an event without any.</param>
    /// <param name="segment">As for <see cref="Add"/>.</param>
    /// <returns>As for <see cref="Add"/>.</returns>
    public Rejection AddWords(
        int partition, EventTime? time, EventTime? recordTime, ReadOnlySpan<int> bins, ReadOnlySpan<byte> segment = default)
    {
        var fold = FoldOf(partition);
        var admission = fold.Clock.PlaceBelieved(time, recordTime);
        if (admission.Reason == Rejection.None)
        {
            fold.CountWords(admission.Pane!.Value, bins, segment);
            Advance(partition);
        }
        else
        {
            fold.Reject();
        }

        return admission.Reason;
    }

    /// <summary>Counts one event of the topic that the reference comes from, or rejects it.</summary>
    /// <param name="partition">The partition of that topic.</param>
    /// <param name="time">As for <see cref="Add"/>.</param>
    /// <param name="recordTime">As for <see cref="Add"/>.</param>
    /// <param name="bin">As for <see cref="Add"/>.</param>
    /// <returns>As for <see cref="Add"/>.</returns>
    public Rejection AddToReference(int partition, EventTime? time, EventTime? recordTime, int bin)
    {
        var fold = ReferenceFoldOf(partition);
        var admission = fold.Clock.PlaceBelieved(time, recordTime);
        if (admission.Reason == Rejection.None)
        {
            fold.Count(admission.Pane!.Value, bin);
            Advance(partition, isReference: true);
        }
        else
        {
            fold.Reject();
        }

        return admission.Reason;
    }

    /// <summary>
    /// Closes the next pane, if the watermarks have passed it; and, in the same step, all due panes after it at whose ends the longest
    /// window is empty, as it is at this one's.
    /// </summary>
    /// <returns>The reports of the series that have begun, in ordinal order of their segments; null when no pane is due.</returns>
    public IReadOnlyList<SeriesReport>? CloseDue() => CloseDue(new EventTime(long.MaxValue));

    /// <summary>As above, but closes no pane that ends after a limit, wherever the watermarks are.</summary>
    /// <param name="limit">The limit.</param>
    /// <returns>As above.</returns>
    public IReadOnlyList<SeriesReport>? CloseDue(EventTime limit)
    {
        if (ClosableUpTo is not { } least)
        {
            return null;
        }

        least = limit < least ? limit : least;

        if (Next is null)
        {
            // Derived values may be long in coming. Meanwhile, events rejected in panes of no window must not pile up.
            DropRejectedBefore(Spec.Pane.PaneOf(least));
        }

        return CloseUpTo(least);
    }

    /// <summary>Closes panes as <see cref="CloseDue()"/> does, but none that ends after a moment, wherever the watermarks are.</summary>
    /// <param name="end">The moment; nothing of what ends before may still come.</param>
    /// <returns>As for <see cref="CloseDue()"/>.</returns>
    public IReadOnlyList<SeriesReport>? CloseUpTo(EventTime end) =>
        Next is { } next && end >= Spec.Pane.End(next) ? Close(next, Spec.Pane.PaneOf(end) - 1) : null;

    /// <summary>Closes the next pane, or panes, up to the last one that has an event: for the end of a bounded input.</summary>
    /// <returns>The reports of the series that have begun, in ordinal order of their segments; null when all have closed.</returns>
    public IReadOnlyList<SeriesReport>? CloseAtEnd() =>
        To is { } last && Next is { } next && next <= Spec.Pane.PaneOf(last) ? Close(next, Spec.Pane.PaneOf(last)) : null;

    /// <summary>Saves the state: all that later readings depend on, but not what has been counted for people.</summary>
    /// <returns>Bytes for <see cref="Load"/>.</returns>
    public ReadOnlyMemory<byte> Save()
    {
        var saver = new StateSaver();
        Exchange(saver);
        return saver.Saved;
    }

    /// <summary>
    /// Loads the state of a monitor with the same settings and reference, into this one, which has counted nothing. Afterwards both give
    /// the same readings for the same events, bit for bit. The counters for people start at 0 again.
    /// </summary>
    /// <param name="saved">What <see cref="Save"/> has returned.</param>
    /// <param name="version">The version of its form.</param>
    /// <exception cref="StateException">It is not such a state. This monitor is then unusable.</exception>
    public void Load(ReadOnlyMemory<byte> saved, int version = StateExchange.CurrentVersion) =>
        StateLoader.Load(saved, version, Exchange);

    /// <summary>
    /// The readings at the end of the pane closed last, of the series that have begun; empty before the first. For a monitor that was
    /// loaded, whose last reports are not known.
    /// </summary>
    public IReadOnlyList<SeriesReport> LastReports
    {
        get
        {
            if (_next == long.MinValue)
            {
                return [];
            }

            var withheld = WithheldAt(_next - 1);
            return [.. Series.Where(series => series.HasBegun(_next - 1)).Select(series => series.LastReport(_next - 1, withheld))];
        }
    }

    private void Exchange(StateExchange state)
    {
        state.Number(ref _next);
        state.Number(ref _lastWithEvents);
        var open = state.Number(Counted - _closedEvents);
        _closedEvents = state.IsLoading ? -open : _closedEvents; // none of them has been counted by this one
        _watermarks.Exchange(state);
        _referenceWatermarks?.Exchange(state);
        _rejectedShares.Exchange(state);
        _rejectedSharesOfReference?.Exchange(state);
        _lost.Exchange(state);
        _series.Exchange(state);
        _join?.Exchange(state, Pairs!.First.Count, Pairs.Second.Count);
        var folds = (int)state.Number((long)_folds.Count);
        var referenceFolds = (int)state.Number((long)_referenceFolds.Count);
        if (folds is < 0 or > MostPartitions || referenceFolds is < 0 or > MostPartitions)
        {
            throw new StateException($"it counts {folds} and {referenceFolds} partitions");
        }

        if (referenceFolds > 0 && _referenceWatermarks is null)
        {
            throw new StateException($"it counts {referenceFolds} partitions of a topic to compare with, and has none");
        }

        for (var partition = 0; partition < folds; partition++)
        {
            FoldOf(partition).Exchange(state);
        }

        for (var partition = 0; partition < referenceFolds; partition++)
        {
            ReferenceFoldOf(partition).Exchange(state);
        }

        if (state.Version < 2)
        {
            foreach (var series in Series)
            {
                series.LastEvent = _next - 1; // unknown: it may be the pane closed last
            }
        }
    }

    private static Series CreateGrowing(MonitorSpec spec, GrowingReference reference, string segment, long? closedPanes = null) => new(
        spec, reference, new GrowingCalibration(reference), segment, isKnown: true, closedPanes ?? 0, closedPanes is not null);

    // The pane that closes next; the first is the earliest with an event.
    private long? Next => _next != long.MinValue ? _next : From is { } first ? Spec.Pane.PaneOf(first) : null;

    // Where a pane's value is the number of its events, that is all that is counted of them.
    private int CountedBins => Spec.CountsVolume ? 1 : Pairs is { } pairs ? pairs.Places : Binning.Count;

    // The bins, where they are of two fields.
    private PairBinning? Pairs => Binning as PairBinning;

    // The partitions of the second of two topics whose events are joined.
    private List<ReferenceFold> JoinedFolds => _join is null ? NoFolds : _referenceFolds;

    private EventTime? LeastOf(Func<Watermarks, EventTime?> watermark)
    {
        var own = watermark(_watermarks);
        if (_referenceWatermarks is null)
        {
            return own;
        }

        var other = watermark(_referenceWatermarks);
        return (_join is not null && _watermarks.AreAllIdle, _referenceWatermarks.AreAllIdle) switch
        {
            (true, true) => own > other || other is null ? own : other,
            (true, false) => other,
            (false, true) => own,
            _ => own is null || other is null ? null : own <= other ? own : other,
        };
    }

    private Watermarks WatermarksOf(bool isReference) =>
        !isReference ? _watermarks
        : _referenceWatermarks ?? throw new InvalidOperationException($"the reference of {Spec.Name} comes from no topic of its own");

    private void DropRejectedBefore(long pane)
    {
        foreach (var fold in _folds)
        {
            fold.DropRejectedBefore(pane);
        }
    }

    private List<SeriesReport> Close(long pane, long last)
    {
        var reports = CloseStep(pane, last);
        Evicted += _series.Evict(_next - 1, _longest, _folds).Count;
        return reports;
    }

    private List<SeriesReport> CloseStep(long pane, long last)
    {
        if (_next == long.MinValue)
        {
            DropRejectedBefore(pane);
            _referenceFolds.ForEach(fold => fold.DropBefore(pane));
            _lastWithEvents = pane;
        }

        var reports = Close(pane);
        if (pane - Math.Max(_lastWithEvents, _series.LastWithOthers) < _longest)
        {
            return reports;
        }

        last = Math.Min(last, FirstWithCounts(pane) - 1);
        if (last <= pane)
        {
            return reports.ConvertAll(report => report with { IsEmpty = true });
        }

        var readings = CloseEmpty(pane + 1, last);
        return
        [
            .. reports.Zip(readings, (report, ends) =>
                report with { IsEmpty = true, Until = Spec.Pane.End(last), LastReadings = ends }),
        ];
    }

    // The first pane from one on in which something will count.
    private long FirstWithCounts(long pane)
    {
        var first = _join?.FirstEnd ?? long.MaxValue;
        foreach (var fold in _folds)
        {
            first = Math.Min(first, fold.FirstFrom(pane));
        }

        foreach (var fold in JoinedFolds)
        {
            first = Math.Min(first, fold.Keyed!.FirstFrom(pane));
        }

        return first;
    }

    // Closes panes without counted events. Those in which events were rejected, or the reference has some, close one by one. Returns the
    // last readings of the series that have begun.
    private List<IReadOnlyList<Reading>> CloseEmpty(long first, long last)
    {
        List<IReadOnlyList<Reading>> readings = [];
        var others = new SortedSet<long>(
            _folds.SelectMany(fold => fold.RejectedIn).Concat(_referenceFolds.SelectMany(fold => fold.Panes))
                .Where(pane => pane >= first && pane <= last)) { last + 1 };
        foreach (var other in others)
        {
            if (first < other)
            {
                readings = SkipEmpty(first, other - 1);
            }

            if (other <= last)
            {
                readings = Close(other).ConvertAll(report => report.Readings);
            }

            first = other + 1;
        }

        return readings;
    }

    private List<IReadOnlyList<Reading>> SkipEmpty(long first, long last)
    {
        _next = last + 1;
        _series.CloseEmpty(first, last);
        _folds.ForEach(fold => fold.Clock.FirstOpenPane = _next);
        _referenceFolds.ForEach(fold => fold.Clock.FirstOpenPane = _next);
        _rejectedShares.CloseEmpty(last - first + 1);
        _rejectedSharesOfReference?.CloseEmpty(last - first + 1);
        var readings = new List<IReadOnlyList<Reading>>(_series.All.Count);
        foreach (var series in _series.All)
        {
            if (series.HasBegun(last))
            {
                readings.Add(series.CloseEmpty(first, last));
            }
            else
            {
                series.SkipEmpty(first, last);
            }
        }

        return readings;
    }

    private List<SeriesReport> Close(long pane)
    {
        _next = pane + 1;
        Merge(pane);
        _series.Close(pane);
        var withheld = WithheldAt(pane);
        _lost.Trim(pane, _longest);
        var reports = new List<SeriesReport>(_series.All.Count);
        foreach (var series in _series.All)
        {
            if (series.HasBegun(pane))
            {
                reports.Add(series.Close(pane, withheld));
            }
            else
            {
                series.Skip(pane);
            }
        }

        return reports;
    }

    // Why windows give no reading whatever they hold.
    private Unavailable[] WithheldAt(long pane)
    {
        var withheld = new Unavailable[Spec.Windows.Count];
        for (var window = 0; window < withheld.Length; window++)
        {
            withheld[window] = _lost.Touch(pane, Spec.WindowPanes[window]) ? Unavailable.WindowIncomplete
                : RejectedShareOf(window) > Spec.MaxRejected ? Unavailable.Untrusted
                : Unavailable.None;
        }

        return withheld;
    }

    private void Merge(long pane)
    {
        if (_join is not null)
        {
            MergeJoined(_join, pane);
            return;
        }

        var (counted, rejected) = (0L, 0L);
        foreach (var fold in _folds)
        {
            fold.Clock.FirstOpenPane = _next;
            counted += fold.MergeSeries(pane);
            rejected += fold.TakeRejected(pane);
            if (fold.TakeReference(pane) is { } counts)
            {
                MergeReference(pane, counts);
                fold.Reuse(counts);
            }
        }

        _closedEvents += counted;
        _lastWithEvents = counted > 0 || Spec.CountsVolume ? pane : _lastWithEvents; // a pane without events has the volume 0
        _rejectedShares.Close(counted, rejected);
        (counted, rejected) = (0, 0);
        foreach (var fold in _referenceFolds)
        {
            fold.Clock.FirstOpenPane = _next;
            rejected += fold.TakeRejected(pane);
            if (fold.Take(pane) is { } counts)
            {
                counted += fold.TakeEvents(pane, MergeReference(pane, counts));
                fold.Reuse(counts);
            }
        }

        _rejectedSharesOfReference?.Close(counted, rejected);
        if (_referenceVolume is not null)
        {
            Against.Add(pane, _referenceVolume.Take().Bin!.Value, 1);
        }
    }

    private void MergeJoined(KeyJoin join, long pane)
    {
        var (counted, rejected) = (0L, 0L);
        foreach (var fold in _folds)
        {
            fold.Clock.FirstOpenPane = _next;
            counted += join.TakeFirst(fold.Keyed!, pane);
            rejected += fold.TakeRejected(pane);
        }

        _closedEvents += counted;
        _rejectedShares.Close(counted, rejected);
        (counted, rejected) = (0, 0);
        foreach (var fold in _referenceFolds)
        {
            fold.Clock.FirstOpenPane = _next;
            counted += join.TakeSecond(fold.Keyed!, pane);
            rejected += fold.TakeRejected(pane);
        }

        _rejectedSharesOfReference!.Close(counted, rejected);
        foreach (var pair in join.Close(pane))
        {
            var place = pair.IsComplete ? Pairs!.PlaceOf(pair.First, pair.Second) : Pairs!.MissingPlace;
            Series[0].AddEvents(pane, place, 1);
            _lastWithEvents = pane;
        }
    }

    private long MergeReference(long pane, ReadOnlySpan<long> counts)
    {
        var events = 0L;
        for (var bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] != 0 && _referenceVolume is null)
            {
                Against.Add(pane, bin, counts[bin]);
            }

            events += counts[bin];
        }

        _referenceVolume?.Add(events);
        return events;
    }
}
