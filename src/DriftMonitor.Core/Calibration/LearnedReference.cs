using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.References;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.Calibration;

/// <summary>
/// Learns the reference from the monitor's own first panes: a stretch of event time, or as many panes as hold a number of events.
/// From then on it is fixed.
/// </summary>
public sealed class LearnedReference : WindowReference
{
    /// <summary>
    /// Where a number of events decides, the most panes that it learns from: after a silence that makes them more, it begins again.
    /// </summary>
    public const int MostPanes = 10_000_000;

    private readonly ReadingSpec _spec;
    private readonly double _pseudoCount;
    private readonly int? _panes;
    private readonly long? _events;
    private readonly List<long[]?> _course = [];
    private long _counted;
    private long _first;

    /// <summary>A reference before the first event.</summary>
    /// <param name="spec">The monitor's panes and windows.</param>
    /// <param name="binning">The bins.</param>
    /// <param name="pseudoCount">α of the smoothing.</param>
    /// <param name="panes">How many panes it learns from; null where <paramref name="events"/> decides.</param>
    /// <param name="events">
    /// How many events it learns from at least. It takes whole panes, so that the order of partitions does not matter.
    /// </param>
    public LearnedReference(ReadingSpec spec, FieldBinning binning, double pseudoCount, int? panes, long? events)
        : base(binning)
    {
        (_spec, _pseudoCount, _panes, _events) = (spec, pseudoCount, panes, events);
    }

    /// <inheritdoc/>
    public override string? Description => Learned is null ? "its own first events, not yet known" : "its own first events";

    /// <inheritdoc/>
    public override Reference? Whole => Learned?.Reference;

    /// <inheritdoc/>
    public override bool CanBeScarce => false;

    /// <summary>What has been learned; null until then.</summary>
    public CalibratedReference? Learned { get; private set; }

    /// <inheritdoc/>
    public override void Close(long pane, SlidingHistogram windows)
    {
        if (Learned is not null)
        {
            return;
        }

        var closed = windows.Windows[^1];
        MakeRoom(1);
        if (_course.Count == 0 && closed.Events == 0)
        {
            return; // it begins with an event
        }

        _first = _course.Count == 0 ? pane : _first;
        _course.Add(closed.Events == 0 ? null : closed.Counts.ToArray());
        _counted += closed.Events;
        if (_counted > 0 && (_course.Count >= _panes || _counted >= _events))
        {
            Learned = Learn(pane);
            _course.Clear();
        }
    }

    /// <inheritdoc/>
    public override bool IsSteady => Learned is not null || _events is not null || _course.Count == 0;

    /// <inheritdoc/>
    public override void CloseSteady(long first, long last, SlidingHistogram windows)
    {
        if (Learned is null)
        {
            var panes = last - first + 1;
            MakeRoom(panes);
            if (_course.Count > 0)
            {
                _course.AddRange(Enumerable.Repeat<long[]?>(null, (int)panes));
            }
        }
    }

    /// <inheritdoc/>
    public override Reference? For(int window) => Learned?.Reference;

    internal override void Exchange(StateExchange state)
    {
        state.Number(ref _counted);
        state.Number(ref _first);
        var course = _course.ConvertAll(counts => counts is null ? null : PackedCounts.Pack(counts)).ToArray();
        var panes = (int)state.Number((long)course.Length);
        if (panes is < 0 or > MostPanes)
        {
            throw new StateException($"a reference is learned from {panes} panes");
        }

        course = state.IsLoading ? new byte[panes][] : course;
        PackedCounts.Exchange(state, course, Binning.Count);
        if (state.IsLoading)
        {
            _course.AddRange(course.Select(packed => packed is null ? null : PackedCounts.Unpack(packed, Binning.Count)));
        }

        if (state.Flag(Learned is not null))
        {
            Learned = new CalibratedReference(
                Reference.Exchange(state, Learned?.Reference),
                WindowCalibration.Exchange(state, Learned?.Calibration, _spec.Windows.Count));
        }
    }

    private void MakeRoom(long panes)
    {
        if (_events is not null && _course.Count + panes > MostPanes)
        {
            _course.Clear();
            _counted = 0;
        }
    }

    private CalibratedReference Learn(long last)
    {
        var period = new Period(_spec.Pane.Start(_first), _spec.Pane.End(last));
        var longest = _spec.WindowPanes[_spec.LongestWindow];
        var reference = Reference.FromPanes(Binning, _course, period, [], _pseudoCount, _spec.Pane, longest);
        return new CalibratedReference(reference, Calibrator.Calibrate(_spec, reference, _course));
    }
}
