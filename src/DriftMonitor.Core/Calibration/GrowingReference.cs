using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.References;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Calibration;

/// <summary>
/// Everything so far: a reference that grows with the stream, and finds its bins in it. Between two refits it does not change.
/// </summary>
/// <remarks>
/// The values of each pane are counted finely. A refit is due after the warm-up, and at ⌈1.1 M⌉ panes after one at M panes; it is made when
/// the next pane closes, so that readings, bins and reference belong together as long as they are shown. It chooses the bins from all fine
/// counts, sums these up in them, re-bins the windows from their own fine counts, and refits the tail of each window to all z so far, as
/// they were given. z in the warm-up is taken when it has ended, as in the calibration of a reference file.
/// <para>
/// An excluded pane adds nothing, and neither does a z or V of a window that touches one. Panes that were never seen, after a restart,
/// count as excluded. So do further panes without events once so many have come that they fill no window and
/// <see cref="MostEmptyPanes"/> panes more: one date far ahead must not cost a step for each pane up to it.
/// </para>
/// </remarks>
public sealed class GrowingReference : WindowReference
{
    /// <summary>About how many bins are found.</summary>
    public const int Bins = 20;

    /// <summary>
    /// How many panes without events, after the longest window has become empty, are part of the history; a year of hours.
    /// </summary>
    public const int MostEmptyPanes = 10_000;

    private readonly ReadingSpec _spec;
    private readonly GrowingRules _rules;
    private readonly IReadOnlyList<int> _windowPanes;
    private readonly int _longest; // window, in panes
    private readonly RecentReadings[] _readings; // of each window
    private readonly List<Period> _leftOut = [];
    private readonly ValueKinds _kinds = new();
    private FineHistory? _numbers; // both until it is known what the values are
    private FineHistory? _labels;
    private ValueCounts? _entering; // of the pane that closes next
    private Reference? _reference;
    private ReferenceTerms? _terms;
    private long _pane = long.MinValue; // closed last
    private long _first;
    private long _last = long.MinValue; // the last one that it holds
    private long _emptyPanes; // without events, since the last one with some
    private long _leftOutPanes;
    private long _volumeSum;
    private long _volumePanes;

    /// <summary>A reference before the first event, or as it was when it was last saved.</summary>
    /// <param name="spec">The monitor's panes and windows.</param>
    /// <param name="rules">How it grows.</param>
    /// <param name="state">What it holds already; null for nothing.</param>
    public GrowingReference(ReadingSpec spec, GrowingRules rules, GrowingState? state = null)
        : base(rules.Binning ?? UnknownBinning.Instance)
    {
        (_spec, _rules, _windowPanes) = (spec, rules, spec.WindowPanes);
        _longest = _windowPanes[spec.LongestWindow];
        _readings = [.. spec.Windows.Select(_ => new RecentReadings())];
        if (state is null)
        {
            _numbers = rules.Binning is CategoricalBinning ? null : NumbersBefore(null);
            _labels = rules.Binning is NumericBinning || rules.NeedsNumbers ? null : new FineHistory(new LabelTable(), _longest);
        }
        else
        {
            Restore(state);
        }
    }

    /// <inheritdoc/>
    public override string? Description =>
        _reference is null ? "everything so far, once the warm-up has ended" : "everything so far";

    /// <inheritdoc/>
    public override Reference? Whole => _reference;

    /// <inheritdoc/>
    public override bool CanBeScarce => false;

    /// <inheritdoc/>
    public override bool CanHoldWindows => false;

    /// <inheritdoc/>
    public override ValueViews Views =>
        (_numbers is null ? 0 : ValueViews.Numbers) | (_labels is null ? 0 : ValueViews.Labels);

    /// <summary>How readings fluctuate, for each window; null in the warm-up.</summary>
    public IReadOnlyList<WindowCalibration>? Calibration { get; private set; }

    /// <summary>The start of the first pane; null before the first has closed.</summary>
    public EventTime? Start => HasBegun ? _spec.Pane.Start(_first) : null;

    /// <summary>The end of the last pane before the last refit; null in the warm-up.</summary>
    public EventTime? Refitted => _reference?.Period?.To;

    /// <summary>How often it has been refitted since it was made or restored.</summary>
    public int Refits { get; private set; }

    /// <summary>The panes that have closed.</summary>
    public long Panes { get; private set; }

    /// <summary>The panes at which the next refit is due.</summary>
    public long NextRefit => FittedPanes == 0 ? _rules.LearnPanes : (11 * FittedPanes + 9) / 10; // ⌈1.1 M⌉

    /// <summary>Whether there were more categories than are kept: the others count as unseen.</summary>
    public bool HasManyCategories => _labels?.Table is LabelTable { IsFull: true };

    /// <summary>The panes before the last restart that were never seen; null where there are none.</summary>
    public Period? Gap { get; private set; }

    // As categories while it is not known what the values are: every value is one.
    private FineHistory History => _labels ?? _numbers!;

    private bool HasBegun => _last != long.MinValue;

    private long FittedPanes { get; set; }

    /// <inheritdoc/>
    public override SlidingHistogram CreateWindows(IReadOnlyList<int> windowPanes, long closedPanes) => _terms is null
        ? new SlidingHistogram(Binning.Count, windowPanes, closedPanes)
        : new SlidingHistogram(_terms, windowPanes, closedPanes);

    /// <inheritdoc/>
    public override void Add(ValueCounts values)
    {
        if (_entering is null)
        {
            _entering = values;
        }
        else
        {
            _entering.Add(values);
        }
    }

    /// <inheritdoc/>
    public override bool IsSteady => _emptyPanes >= MostEmptyPanes + _longest;

    /// <inheritdoc/>
    public override void CloseSteady(long first, long last, SlidingHistogram windows)
    {
    }

    /// <inheritdoc/>
    public override void Enter(long pane, ref SlidingHistogram windows)
    {
        if (_entering is null && IsSteady)
        {
            return; // left out, once events come again
        }

        var isUnread = !IsSteady; // what lies between
        _emptyPanes = _entering is null ? _emptyPanes + 1 : 0;
        var isRefitted = pane > _last && (Panes >= NextRefit || HasOtherBins) && TryRefit();
        if (HasBegun && pane > _last + 1)
        {
            SkipUnseen(pane, isUnread);
        }

        var values = _entering;
        (_entering, _pane) = (null, pane);
        var (isNew, isExcluded) = (pane > _last, IsExcluded(pane));
        if (isNew && !isExcluded && values is not null && _reference is null)
        {
            _kinds.Add(values.Kinds);
        }

        var hasMoved = _numbers?.Close(values, isNew, isExcluded) ?? false;
        _labels?.Close(values, isNew, isExcluded);
        if (hasMoved && _reference is not null)
        {
            UseReference(CountsIn(Binning, _numbers!.Fitted), _reference);
        }

        var history = History;
        if (isRefitted || (hasMoved && _reference is not null))
        {
            var closed = windows.ClosedPanes - history.Kept;
            windows = CreateWindows(_windowPanes, Math.Max(0, closed));
            history.Refill(windows, pane, Binning);
        }

        history.AddNewest(windows, pane, Binning);
    }

    /// <inheritdoc/>
    public override void Close(long pane, SlidingHistogram windows)
    {
    }

    /// <inheritdoc/>
    public override Reference? For(int window) => _reference;

    /// <summary>Learns from the readings of the pane closed last.</summary>
    /// <param name="readings">One for each window, as they were given.</param>
    /// <param name="volume">V.</param>
    internal void Observe(IReadOnlyList<Reading> readings, long volume)
    {
        if (_pane <= _last)
        {
            return; // it holds the pane already
        }

        if (!HasBegun)
        {
            _first = _pane;
        }

        _last = _pane;
        Panes++;
        if (IsExcluded(_pane))
        {
            LeaveOut(_pane, _pane + 1);
        }

        for (var window = 0; window < readings.Count && _reference is not null; window++)
        {
            AddReading(window, Touches(_windowPanes[window]) ? double.NaN : readings[window].Measurement?.Z ?? double.NaN);
        }

        if (_last - _first + 1 >= _longest && !Touches(_longest))
        {
            _volumeSum += volume;
            _volumePanes++;
        }
    }

    /// <summary>All that it has to remember; null before the first pane has closed.</summary>
    public GrowingState? Save() => !HasBegun ? null : new GrowingState
    {
        First = _first,
        Last = _last,
        Panes = Panes,
        FittedPanes = FittedPanes,
        VolumeSum = _volumeSum,
        VolumePanes = _volumePanes,
        LeftOut = [.. _leftOut],
        Kinds = _reference is null ? _kinds : null,
        Numbers = _numbers is { Table: NumberTable numbers }
            ? StateOf(_numbers) with { Keys = [.. numbers.Keys], Level = numbers.Level, ReadsText = numbers.ReadsText }
            : null,
        Labels = _labels is { Table: LabelTable labels }
            ? StateOf(_labels) with { Texts = [.. labels.Labels], IsFull = labels.IsFull }
            : null,
        Fitted = _reference is null ? null : new FittedState(
            _reference, Calibration!, Array.ConvertAll(_readings, readings => readings.ToArray())),
    };

    internal override void Exchange(StateExchange state)
    {
        var saved = Save();
        if (state.Flag(saved is not null))
        {
            saved = GrowingState.Exchange(state, saved, _windowPanes.Count);
            if (state.IsLoading)
            {
                (_numbers, _labels) = (null, null);
                Restore(saved);
            }
        }

        state.Number(ref _pane);
        state.Number(ref _emptyPanes);
        foreach (var history in new[] { _numbers, _labels })
        {
            history?.ExchangeWindow(state);
        }
    }

    private static FineState StateOf(FineHistory history) => new()
    {
        Totals = history.Totals[..Math.Min(history.Totals.Length, history.Table.Count)].ToArray(),
        AtRefit = history.Fitted[..Math.Min(history.Fitted.Length, history.Table.Count)].ToArray(),
        WarmUp = history.WarmUp is null ? null : [.. history.WarmUp],
    };

    private void Restore(GrowingState state)
    {
        (_first, _last, _pane) = (state.First, state.Last, state.Last);
        (Panes, FittedPanes) = (state.Panes, state.FittedPanes);
        (_volumeSum, _volumePanes) = (state.VolumeSum, state.VolumePanes);
        foreach (var period in state.LeftOut)
        {
            LeaveOut(_spec.Pane.PaneOf(period.From), _spec.Pane.PaneOf(period.To));
        }

        if (state.Kinds is { } kinds)
        {
            _kinds.Add(kinds);
        }

        if (state.Numbers is { } numbers)
        {
            _numbers = NumbersBefore((state.Fitted?.Reference.Binning as NumericBinning)?.ReadsTextNumbers ?? numbers.ReadsText);
            ((NumberTable)_numbers.Table).Restore(numbers.Level, numbers.Keys);
            _numbers.Restore(numbers.Totals, numbers.AtRefit, numbers.WarmUp);
        }

        if (state.Labels is { } labels)
        {
            var table = new LabelTable();
            table.Restore(labels.Texts, labels.IsFull);
            _labels = new FineHistory(table, _longest);
            _labels.Restore(labels.Totals, labels.AtRefit, labels.WarmUp);
        }

        if (state.Fitted is { } fitted)
        {
            Use(fitted.Reference);
            Calibration = fitted.Calibration;
            foreach (var (window, readings) in fitted.Readings.Index())
            {
                Array.ForEach(readings, _readings[window].Add);
            }
        }
    }

    private FineHistory NumbersBefore(bool? readsText) =>
        new(new NumberTable(readsText ?? (_rules.Binning as NumericBinning)?.ReadsTextNumbers), _longest);

    // Whether the configured bins are others than those of the file that it was restored from.
    private bool HasOtherBins => _reference is not null && _rules.Binning is { } given && !given.IsSameAs(_reference.Binning);

    private bool IsExcluded(long pane)
    {
        var period = new Period(_spec.Pane.Start(pane), _spec.Pane.End(pane));
        return _rules.Exclude.Any(excluded => excluded.Overlaps(period));
    }

    // Whether a window that ends with the last pane touches what is left out.
    private bool Touches(int panes) => _leftOut.Count > 0 && _leftOut[^1].To > _spec.Pane.Start(_last - panes + 1);

    private void LeaveOut(long from, long to)
    {
        var period = new Period(_spec.Pane.Start(from), _spec.Pane.Start(to));
        _leftOutPanes += to - from;
        if (_leftOut.Count > 0 && _leftOut[^1].To == period.From)
        {
            _leftOut[^1] = new Period(_leftOut[^1].From, period.To);
        }
        else
        {
            _leftOut.Add(period);
        }
    }

    private void SkipUnseen(long pane, bool isUnread)
    {
        Gap = isUnread ? new Period(_spec.Pane.End(_last), _spec.Pane.Start(pane)) : Gap;
        if (_reference is null && pane - _last > _rules.LearnPanes)
        {
            Forget();
            return;
        }

        LeaveOut(_last + 1, pane);
        _numbers?.Skip(pane - _last - 1);
        _labels?.Skip(pane - _last - 1);
        for (_last = Math.Max(_last, pane - RecentReadings.Most); _last < pane - 1;)
        {
            _last++;
            for (var window = 0; window < _readings.Length && _reference is not null; window++)
            {
                AddReading(window, double.NaN);
            }
        }
    }

    // What it has learned of the warm-up is older than the warm-up is long.
    private void Forget()
    {
        (_last, Panes, _leftOutPanes, _volumeSum, _volumePanes) = (long.MinValue, 0, 0, 0, 0);
        _leftOut.Clear();
        _kinds.Clear();
        _numbers = _numbers is null ? null : NumbersBefore(readsText: null);
        _labels = _labels is null ? null : new FineHistory(new LabelTable(), _longest);
    }

    // From the first pane on at which the window is full.
    private void AddReading(int window, double z)
    {
        if (_last - _first + 1 >= _windowPanes[window])
        {
            _readings[window].Add(z);
        }
    }

    private bool TryRefit()
    {
        if (!TryDecide())
        {
            return false;
        }

        var history = History;
        if (history.Totals.IndexOfAnyExcept(0L) < 0 || FindBins(history) is not { } binning)
        {
            return false; // no event, or none with a value
        }

        var counts = CountsIn(binning, history.Totals);
        var period = new Period(_spec.Pane.Start(_first), _spec.Pane.End(_last));
        var panes = checked((int)(_last - _first + 1));
        var reference = new Reference(binning, counts, _rules.PseudoCount)
        {
            Period = period,
            Excluded = [.. _leftOut],
            EventsPerPane = (double)counts.Sum() / (panes - _leftOutPanes),
            MeanEvents = _volumeSum > 0 ? (double)_volumeSum / _volumePanes : null,
        };
        if (history.WarmUp is not null)
        {
            foreach (var (window, measured) in Calibrator.Measure(_spec, reference, history.CourseIn(binning)).Index())
            {
                Array.ForEach(measured.Readings, _readings[window].Add);
            }
        }

        Use(reference);
        var readings = Array.ConvertAll(_readings, recent => new MeasuredWindow(recent.ToArray(), WithinFactor: 1));
        Calibration = Calibrator.Calibrate(_spec, reference, readings, panes);
        history.Fit();
        FittedPanes = Panes;
        Refits++;
        return true;
    }

    // Whether it is known if the values are numbers or categories.
    private bool TryDecide()
    {
        if (_numbers is not { Table: NumberTable { ReadsText: null } table })
        {
            return true;
        }

        if (_kinds is { Numbers: 0, Texts: 0 })
        {
            return false;
        }

        if (_labels is not null && !_kinds.AreNumbers)
        {
            _numbers = null;
            return true;
        }

        _labels = null;
        _numbers.Move(table.Decide(_kinds.ReadsTextNumbers));
        return true;
    }

    private FieldBinning? FindBins(FineHistory history)
    {
        if (_rules.Binning is { } given)
        {
            return given;
        }

        var found = history.Table.FindBins(history.Totals, Bins);
        return found is NumericBinning numbers && history.Table is NumberTable { ReadsText: true }
            ? new NumericBinning(numbers.Edges.ToArray()) { ReadsTextNumbers = true }
            : found;
    }

    private long[] CountsIn(FieldBinning binning, ReadOnlySpan<long> totals) => History.In(binning, totals);

    // The same reference with counts that have moved.
    private void UseReference(long[] counts, Reference before) => Use(new Reference(before.Binning, counts, before.PseudoCount)
    {
        Period = before.Period,
        Excluded = before.Excluded,
        EventsPerPane = before.EventsPerPane,
        MeanEvents = before.MeanEvents,
    });

    private void Use(Reference reference)
    {
        (_reference, _terms) = (reference, new ReferenceTerms(reference));
        Binning = reference.Binning;
    }
}
