using DriftMonitor.Core.Binning;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Monitoring;

/// <summary>
/// What one partition contributes to one monitor: counts in open panes, which are added to the series when their pane closes.
/// </summary>
/// <remarks>Folds of different partitions share only which segments have a series.</remarks>
public sealed class PartitionFold
{
    /// <summary>In place of a bin: the value is still to be derived from the events before.</summary>
    public const int DependsOnHistory = -1;

    private readonly SeriesCounts _counts;
    private readonly OpenPanes _reference; // of the field that windows are compared with, in the same events
    private readonly RejectedPanes _rejected;
    private readonly int _missingBin;
    private readonly DerivedValues? _derived; // null where values do not depend on the events before
    private EventTime? _smallest; // of the events counted with derived values
    private readonly bool _countsValues; // derived values are counted as such
    private readonly SeriesSums? _sums; // of numbers, for means; null where the monitor does not ask for them
    private readonly NumericBinning? _numbers; // the bins, if they are for numbers
    private readonly KeyedPanes? _keyed; // events that are joined with those of another topic; null where there is no join
    private readonly EventsOfWords? _texts; // null where an event is one value
    private Queue<Held>? _held; // what the clock holds

    internal PartitionFold(
        PartitionClock clock, SeriesCounts counts, FieldBinning binning, int missingBin,
        DerivedValues? derived, bool countsValues, SeriesSums? sums, bool countsWords, KeyedPanes? keyed)
    {
        (Clock, _counts, _missingBin, _derived, _countsValues, _sums) = (clock, counts, missingBin, derived, countsValues, sums);
        _keyed = keyed;
        _texts = countsWords ? new EventsOfWords(binning.Count) : null;
        _numbers = binning as NumericBinning;
        _reference = new OpenPanes(binning.Count);
        _rejected = new RejectedPanes(clock);
    }

    /// <summary>Judges the partition's event times.</summary>
    public PartitionClock Clock { get; private set; }

    /// <summary>Events that were counted.</summary>
    public long Counted { get; private set; }

    /// <summary>Events whose segment has no series.</summary>
    public long Dropped { get; private set; }

    /// <summary>Events left out because a derived field has no value for them: not enough came before.</summary>
    public long WithoutHistory { get; private set; }

    /// <summary>The smallest event time counted; null before the first event.</summary>
    public EventTime? SmallestEventTime => _derived is null ? Clock.SmallestEventTime : _smallest;

    /// <summary>Events without a value of the field, among those counted and <see cref="WithoutHistory"/>.</summary>
    public long Missing { get; private set; }

    /// <summary>Counted events whose segment the reference does not know.</summary>
    public long UnknownSegment => _counts.UnknownSegment;

    /// <summary>
    /// Lets another monitor's clock judge the event times, where both are in the same state: they are then read and judged once.
    /// </summary>
    /// <returns>Whether they are.</returns>
    public bool TryShare(PartitionClock clock)
    {
        if (ReferenceEquals(clock, Clock))
        {
            return true;
        }

        var isSame = clock.IsSameAs(Clock) && clock.Rejected.Occurred.SequenceEqual(Clock.Rejected.Occurred);
        if (isSame)
        {
            (Clock, _rejected.Clock) = (clock, clock);
        }

        return isSame;
    }

    /// <summary>Counts an event that <see cref="Clock"/> has admitted.</summary>
    /// <param name="pane">Its pane.</param>
    /// <param name="bin">The bin of its value.</param>
    /// <param name="segment">Its segment in UTF-8, empty where the event has none; ignored by a monitor without segments.</param>
    /// <param name="referenceBin">The bin of the event's other field, where the reference is that field; negative otherwise.</param>
    public void Count(long pane, int bin, ReadOnlySpan<byte> segment = default, int referenceBin = -1)
    {
        _rejected.OnAdmitted(pane);
        if (!_counts.TryAdd(pane, bin, segment))
        {
            Dropped++;
            return;
        }

        Counted++;
        Missing += bin == _missingBin ? 1 : 0;
        if (referenceBin >= 0)
        {
            _reference.Add(pane, referenceBin);
        }
    }

    /// <summary>The same for a monitor that takes the mean of its numbers too.</summary>
    /// <param name="pane">As above.</param>
    /// <param name="bin">As above.</param>
    /// <param name="number">Its number; ignored where the bin is none of numbers.</param>
    /// <param name="segment">As above.</param>
    /// <param name="referenceBin">As above.</param>
    public void CountNumber(long pane, int bin, double number, ReadOnlySpan<byte> segment = default, int referenceBin = -1)
    {
        var dropped = Dropped;
        Count(pane, bin, segment, referenceBin);
        if (Dropped == dropped && IsNumber(bin))
        {
            _sums!.Add(_counts.PlaceOf(segment, pane), pane, number);
        }
    }

    /// <summary>Counts an event that <see cref="Clock"/> has admitted by its value, where the reference finds the bins in them.</summary>
    /// <param name="pane">Its pane.</param>
    /// <param name="value">Its value.</param>
    /// <param name="segment">As above.</param>
    public void Count(long pane, in FieldValue value, ReadOnlySpan<byte> segment)
    {
        _rejected.OnAdmitted(pane);
        if (!_counts.TryAdd(pane, value, segment))
        {
            Dropped++;
            return;
        }

        Counted++;
        Missing += value.Kind == FieldValueKind.Missing ? 1 : 0;
        if (_sums is not null && value.Kind == FieldValueKind.Number)
        {
            _sums.Add(_counts.PlaceOf(segment, pane), pane, value.Number);
        }
    }

    /// <summary>
    /// Derives the value of an event that <see cref="Clock"/> has admitted from the events before it, and counts it if enough have come.
    /// </summary>
    /// <param name="pane">Its pane.</param>
    /// <param name="time">Its event time.</param>
    /// <param name="bin">
    /// <see cref="DependsOnHistory"/>, or the bin of an event without a number, such as that of missing values; where the reference finds
    /// the bins, one of <see cref="DerivedCode"/>.
    /// </param>
    /// <param name="x">The number that the value is derived from; ignored where it is derived from times, or has a bin.</param>
    /// <param name="segment">As for <see cref="Count(long, int, ReadOnlySpan{byte}, int)"/>.</param>
    public void CountDerived(long pane, EventTime time, int bin, double x, ReadOnlySpan<byte> segment)
    {
        _rejected.OnAdmitted(pane);
        var series = _counts.PlaceOf(segment, pane);
        if (series < 0)
        {
            Dropped++;
            return;
        }

        Missing += bin == _missingBin ? 1 : 0;
        if (_derived is not null && !_derived.TryNext(series, time, ref x, ref bin))
        {
            WithoutHistory++;
            return;
        }

        if (_countsValues)
        {
            _counts.Add(series, pane, DerivedCode.ValueOf(bin, x));
        }
        else
        {
            _counts.Add(series, pane, bin);
        }

        if (_sums is not null && IsNumber(bin))
        {
            _sums.Add(series, pane, x);
        }

        Counted++;
        _smallest = _smallest is { } smallest && smallest <= time ? smallest : time;
    }

    /// <summary>Counts an event that <see cref="Clock"/> has admitted, and that is joined with one of another topic.</summary>
    /// <param name="pane">Its pane.</param>
    /// <param name="time">Its event time.</param>
    /// <param name="bin">The bin of its value.</param>
    /// <param name="key">The hash of its record's key; null where the record has none.</param>
    public void CountKeyed(long pane, EventTime time, int bin, UInt128? key)
    {
        _rejected.OnAdmitted(pane);
        Counted++;
        Missing += bin == _missingBin ? 1 : 0;
        _keyed!.Add(pane, time.Milliseconds, bin, key);
    }

    /// <summary>Counts an event that <see cref="Clock"/> has admitted by its words.</summary>
    /// <param name="pane">Its pane.</param>
    /// <param name="bins">The bins of its words, or that of an event without any.</param>
    /// <param name="segment">As for <see cref="Count(long, int, ReadOnlySpan{byte}, int)"/>.</param>
    public void CountWords(long pane, ReadOnlySpan<int> bins, ReadOnlySpan<byte> segment = default)
    {
        _rejected.OnAdmitted(pane);
        if (!_counts.TryAdd(pane, bins, segment))
        {
            Dropped++;
            return;
        }

        Counted++;
        Missing += bins[0] == _missingBin ? 1 : 0;
        _texts!.Add(pane);
    }

    private bool IsNumber(int bin) => _countsValues ? bin == DerivedCode.Number : bin <= _numbers?.Above;

    /// <summary>Counts an event that was rejected, by <see cref="Clock"/> or before.</summary>
    public void Reject() => _rejected.Add();

    /// <summary>Forgets the events rejected before a pane: they are in no window.</summary>
    internal void DropRejectedBefore(long pane) => _rejected.DropBefore(pane);

    /// <summary>
    /// Keeps an event that <see cref="Clock"/> holds; the arguments are those with which it would be counted, with or without a derivation.
    /// </summary>
    public void Hold(int bin, double x, ReadOnlySpan<byte> segment = default, int referenceBin = -1) =>
        Hold(new Held(bin, x, null, Kept(segment), referenceBin, null));

    /// <summary>The same for an event that is joined with one of another topic.</summary>
    public void HoldKeyed(int bin, UInt128? key) => Hold(new Held(bin, 0, null, [], -1, key));

    /// <summary>Keeps an event that <see cref="Clock"/> holds and that is counted by its words.</summary>
    public void HoldWords(ReadOnlySpan<int> bins, ReadOnlySpan<byte> segment)
    {
        _texts!.Hold(bins);
        Hold(new Held(0, 0, null, Kept(segment), -1, null));
    }

    /// <summary>Keeps an event that <see cref="Clock"/> holds and that is counted by its value.</summary>
    public void Hold(in FieldValue value, ReadOnlySpan<byte> segment) =>
        Hold(new Held(0, 0, new KeptValue(value), Kept(segment), -1, null));

    /// <summary>Keeps the place of an event that <see cref="Clock"/> holds and that is not to be counted.</summary>
    public void HoldOther()
    {
        _texts?.Hold([]);
        Hold(new Held(0, 0, null, [], -1, null));
    }

    private void Hold(Held held) => (_held ??= new(PartitionClock.MostHeld)).Enqueue(held);

    // A longer segment gets no series; one byte too many is enough to know.
    private static byte[] Kept(ReadOnlySpan<byte> segment) =>
        segment[..Math.Min(segment.Length, FieldMonitor.LongestSegment + 1)].ToArray();

    /// <summary>Counts or rejects the event that has been held longest.</summary>
    /// <param name="admission">What <see cref="Clock"/> decided.</param>
    public void Settle(in Admission admission)
    {
        var (bin, x, value, segment, referenceBin, key) = _held!.Dequeue();
        var words = _texts?.TakeHeld();
        if (admission.IsOther)
        {
            return;
        }

        if (admission.Reason != Rejection.None)
        {
            _rejected.Add(admission.Pane);
        }
        else if (_keyed is not null)
        {
            CountKeyed(admission.Pane!.Value, admission.Time!.Value, bin, key);
        }
        else if (words is not null)
        {
            CountWords(admission.Pane!.Value, words, segment);
        }
        else if (value is not null)
        {
            Count(admission.Pane!.Value, value.Value, segment);
        }
        else if (_derived is null && !_countsValues && _sums is null)
        {
            Count(admission.Pane!.Value, bin, segment, referenceBin);
        }
        else if (_derived is null && !_countsValues)
        {
            CountNumber(admission.Pane!.Value, bin, x, segment, referenceBin);
        }
        else
        {
            CountDerived(admission.Pane!.Value, admission.Time!.Value, bin, x, segment);
        }
    }

    /// <summary>Events rejected and not yet in a pane that has closed.</summary>
    internal long OpenRejected => _rejected.Open;

    /// <summary>The panes of series with counted events.</summary>
    internal int OpenPanes => _counts.OpenPanes + (_keyed?.Count ?? 0);

    /// <summary>The events that are to be joined; null where there is no join.</summary>
    internal KeyedPanes? Keyed => _keyed;

    /// <summary>Adds the series that have events in open panes.</summary>
    internal void AddOpen(HashSet<Series> series) => _counts.AddOpen(series);

    /// <summary>Forgets series without events in open panes, and what values derived from their events depend on.</summary>
    internal void Remove(IReadOnlySet<Series> series)
    {
        var places = _counts.Remove(series);
        _derived?.Remove(places);
        _sums?.Remove(places);
    }

    /// <summary>The first pane with counted events from a pane on; <see cref="long.MaxValue"/> if there is none.</summary>
    internal long FirstFrom(long pane) => _keyed?.FirstFrom(pane) ?? _counts.FirstFrom(pane);

    /// <summary>The panes with rejected events, in no order.</summary>
    internal IEnumerable<long> RejectedIn => _rejected.Panes;

    /// <summary>Moves the counts of a pane that closes to the series.</summary>
    /// <returns>How many events they are.</returns>
    internal long MergeSeries(long pane)
    {
        _sums?.Merge(pane);
        var values = _counts.Merge(pane);
        return _texts is null ? values : _texts.Take(pane);
    }

    /// <summary>Removes the events rejected in a pane that closes.</summary>
    /// <returns>How many they are.</returns>
    internal long TakeRejected(long pane) => _rejected.Take(pane);

    /// <summary>Removes the reference's counts of a pane that closes; null where there are none.</summary>
    internal long[]? TakeReference(long pane) => _reference.Take(pane);

    /// <summary>Gives back counts that <see cref="TakeReference"/> gave.</summary>
    internal void Reuse(long[] counts) => _reference.Reuse(counts);

    /// <summary>Events counted and not yet in a pane that has closed, and the rest of the state.</summary>
    internal void Exchange(StateExchange state)
    {
        Clock.Exchange(state);
        _counts.Exchange(state);
        _reference.Exchange(state);
        _rejected.Exchange(state);
        _derived?.Exchange(state);
        _sums?.Exchange(state);
        _keyed?.Exchange(state);
        _smallest = state.Optional(_smallest?.Milliseconds) is { } smallest ? new EventTime(smallest) : null;
        List<Held> held = [.. _held ?? []];
        state.List(held, (ref Held one) => one = Exchange(state, one, _keyed is not null));
        _texts?.Exchange(state);
        if (state.IsLoading)
        {
            held.ForEach(Hold);
            if (held.Count != Clock.HeldEvents || (_texts is not null && _texts.HeldEvents != held.Count))
            {
                throw new StateException("events that are held are missing");
            }
        }
    }

    private static Held Exchange(StateExchange state, Held held, bool hasKey)
    {
        var (bin, x) = ((int)state.Number((long)held.Bin), state.Number(held.X));
        var value = state.Flag(held.Value is not null) ? KeptValue.Exchange(state, held.Value) : null;
        var segment = held.Segment ?? [];
        state.Bytes(ref segment);
        var referenceBin = (int)state.Number((long)held.ReferenceBin);
        return new Held(bin, x, value, segment, referenceBin, hasKey ? KeyedPanes.Exchange(state, held.Key) : null);
    }

    private readonly record struct Held(int Bin, double X, KeptValue? Value, byte[] Segment, int ReferenceBin, UInt128? Key);
}
