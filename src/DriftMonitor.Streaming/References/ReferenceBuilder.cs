using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.References;

/// <summary>Makes a reference of the events that a bounded source gives.</summary>
/// <remarks>
/// A reference is a batch: every event with an event time in the period counts, in whatever order they come, and none is late.
/// </remarks>
public sealed class ReferenceBuilder
{
    /// <summary>A reference has no more panes: a year and a half of seconds. More of them are mostly the work of one mistaken date.</summary>
    public const int MostPanes = 50_000_000;

    private readonly MonitorSpec _spec;
    private readonly FieldPath _field;
    private readonly FieldPath? _segmentBy;
    private readonly int _timeField; // its index in the decoder; -1 for the record's own time
    private readonly bool _byHourOfWeek;
    private readonly int _segmentField; // likewise; -1 without segments
    private readonly Period? _period;
    private readonly IReadOnlyList<Period> _excluded;
    private readonly BinsChoice _bins;
    private readonly double _pseudoCount;
    private readonly EventDecoder _decoder;
    private readonly FieldSample _sample;
    private EventTime? _earliest;
    private EventTime? _latest;

    /// <summary>A builder for a monitor's field, panes and windows.</summary>
    /// <param name="spec">The monitor's pane and windows.</param>
    /// <param name="field">Its field.</param>
    /// <param name="eventTime">The field of its event time; null for the record's own.</param>
    /// <param name="period">The period to take, aligned to the pane; an open end is that of the events (<see cref="EventTime.Earliest"/>, <see cref="EventTime.Latest"/>).</param>
    /// <param name="excluded">Stretches to leave out, aligned to the pane.</param>
    /// <param name="bins">How the bins are found.</param>
    /// <param name="pseudoCount">α of the monitor: the calibration's readings are smoothed as the monitor's will be.</param>
    /// <param name="segmentBy">The field of the monitor's segments; null for none.</param>
    /// <param name="byHourOfWeek">Whether windows will be compared with the same hours of the week, and are so in the calibration.</param>
    public ReferenceBuilder(
        MonitorSpec spec, FieldPath field, FieldPath? eventTime, Period? period, IReadOnlyList<Period> excluded, BinsChoice bins, double pseudoCount, FieldPath? segmentBy = null, bool byHourOfWeek = false)
    {
        _byHourOfWeek = byHourOfWeek;
        _spec = spec;
        _pseudoCount = pseudoCount;
        _field = field;
        _period = period;
        _excluded = excluded;
        _bins = bins;
        _segmentBy = segmentBy;
        List<FieldPath> fields = [.. new[] { field, eventTime, segmentBy }.OfType<FieldPath>().Distinct()];
        _timeField = eventTime is null ? -1 : fields.IndexOf(eventTime);
        _segmentField = segmentBy is null ? -1 : fields.IndexOf(segmentBy);
        _decoder = new EventDecoder(fields);
        _sample = new FieldSample(spec.Pane, bins.IsCategorical);
    }

    /// <summary>Events read.</summary>
    public long Events { get; private set; }

    /// <summary>Segments that have no reference of their own, as more than <see cref="MonitorSpec.MostSegments"/> have more events.</summary>
    public int SegmentsLeftOut => Math.Max(0, _sample.SegmentCount - _spec.MostSegments);

    /// <summary>Events that could not be read, or have no event time.</summary>
    public RejectionCounts Rejected { get; } = new();

    /// <summary>What people should know of how the bins were found, a line each; known once the reference has been built.</summary>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>The longest stretch without an event that is not excluded; null where there is none. Known once the reference has been built.</summary>
    public Period? LongestSilence { get; private set; }

    /// <summary>Takes an event, if it lies in the period.</summary>
    public void Add(in RawEvent raw)
    {
        Events++;
        var rejection = _decoder.Decode(raw);
        if (rejection != Rejection.None)
        {
            Rejected.Add(rejection);
            return;
        }

        var time = _timeField < 0 ? raw.RecordTime : _decoder.TimeOf(_timeField, raw.Value);
        if (time is not { IsInRange: true } moment)
        {
            Rejected.Add(Rejection.NoEventTime);
            return;
        }

        if (_period is { } period && (moment < period.From || moment >= period.To))
        {
            return;
        }

        _earliest = _earliest is { } earliest && earliest <= moment ? earliest : moment;
        _latest = _latest is { } latest && latest >= moment ? latest : moment;
        foreach (var excluded in _excluded)
        {
            if (moment >= excluded.From && moment < excluded.To)
            {
                return;
            }
        }

        _sample.Add(moment, _decoder, 0, raw.Value);
        if (_segmentField >= 0)
        {
            _sample.Assign(_decoder.SegmentOf(_segmentField, raw.Value));
        }
    }

    /// <summary>The reference.</summary>
    /// <exception cref="ReferenceException">There is nothing to make it of; the message says what was read instead.</exception>
    public ReferenceFile Build()
    {
        if (_earliest is null || _sample.Count == 0)
        {
            throw new ReferenceException($"no event to make a reference of: {WhyNone()}");
        }

        var grid = _spec.Pane;
        var from = _period is { } p && p.From > EventTime.Earliest ? p.From : grid.Start(grid.PaneOf(_earliest.Value));
        var to = _period is { } q && q.To < EventTime.Latest ? q.To : grid.End(grid.PaneOf(_latest!.Value));
        var period = new Period(from, to);
        if (grid.PaneOf(to) - grid.PaneOf(from) is var panes and > MostPanes)
        {
            throw new ReferenceException($"the reference would have {panes} panes, from {from} to {to}, and {MostPanes} is the most: one of its events likely has a wrong time; give --from and --to, or a longer Pane");
        }

        ChosenBins chosen;
        try
        {
            chosen = _bins.For(_sample, _spec.WindowPanes.Min() / (double)PanesWithin(grid.PaneOf(from), grid.PaneOf(to)));
        }
        catch (ArgumentException e)
        {
            throw new ReferenceException($"no bins can be made of the field \"{_field}\": {e.Message}", e);
        }

        Notes = chosen.Notes;
        var binning = chosen.Binning;
        var bins = _sample.Bins(binning).ToArray();
        var course = CourseOf(binning, period, bins.Length, place => bins[place]);
        LongestSilence = SilenceOf(course, from);
        var whole = Make(binning, period, course);
        if (_byHourOfWeek)
        {
            var hours = HoursOf(binning, period, course);
            var seasonal = Calibrator.Calibrate(_spec, whole, new HourOfWeek(_spec, whole, hours), course);
            return new ReferenceFile(_field.Text, whole, ByWindow(seasonal)) { Pane = grid.Length, HourOfWeek = hours };
        }

        return new ReferenceFile(_field.Text, whole, ByWindow(Calibrator.Calibrate(_spec, whole, course)))
        {
            Pane = grid.Length,
            SegmentBy = _segmentBy?.Text,
            Segments = _segmentBy is null ? new Dictionary<string, SegmentReference>() : _sample.Segments(_spec.MostSegments).ToDictionary(segment => segment.Segment, segment =>
            {
                var own = CourseOf(binning, period, segment.Places.Length, i => bins[segment.Places.Span[i]]);
                var reference = Make(binning, period, own);
                return new SegmentReference(reference, ByWindow(Calibrator.Calibrate(_spec, reference, own)));
            }),
        };
    }

    private long[]?[] CourseOf(FieldBinning binning, Period period, int values, Func<int, (long Pane, int Bin)> value)
    {
        var first = _spec.Pane.PaneOf(period.From);
        var course = new long[]?[checked((int)(_spec.Pane.PaneOf(period.To) - first))];
        for (var i = 0; i < values; i++)
        {
            var (pane, bin) = value(i);
            (course[pane - first] ??= new long[binning.Count])[bin]++;
        }

        return course;
    }

    private Period? SilenceOf(long[]?[] course, EventTime from)
    {
        Period? longest = null;
        var first = 0;
        for (var pane = 0; pane <= course.Length; pane++)
        {
            if (pane < course.Length && course[pane] is null && !IsExcluded(PaneAt(pane)))
            {
                continue;
            }

            var silence = new Period(PaneAt(first).From, PaneAt(pane).From);
            longest = silence.Length > (longest?.Length ?? TimeSpan.Zero) ? silence : longest;
            first = pane + 1;
        }

        return longest;

        Period PaneAt(int pane) => new(from + pane * _spec.Pane.Length, from + (pane + 1) * _spec.Pane.Length);
    }

    private Reference Make(FieldBinning binning, Period period, long[]?[] course) =>
        Reference.FromPanes(binning, course, period, _excluded, _pseudoCount, _spec.Pane, _spec.WindowPanes[_spec.LongestWindow]);

    // A pane longer than an hour belongs to the hour that it begins in.
    private long[][] HoursOf(FieldBinning binning, Period period, long[]?[] course)
    {
        long[][] hours = [.. Enumerable.Range(0, HourOfWeek.Hours).Select(_ => new long[binning.Count])];
        foreach (var (pane, counts) in course.Index())
        {
            var hour = hours[HourOfWeek.Of(period.From + pane * _spec.Pane.Length)];
            for (var bin = 0; bin < counts?.Length; bin++)
            {
                hour[bin] += counts[bin];
            }
        }

        return hours;
    }

    private Dictionary<string, WindowCalibration> ByWindow(IReadOnlyList<WindowCalibration> calibration) =>
        _spec.Windows.Zip(calibration).ToDictionary(window => window.First.Label, window => window.Second);

    // The panes of a stretch that are not excluded.
    private int PanesWithin(long first, long end)
    {
        var panes = 0;
        for (var pane = first; pane < end; pane++)
        {
            var period = new Period(_spec.Pane.Start(pane), _spec.Pane.End(pane));
            panes += IsExcluded(period) ? 0 : 1;
        }

        return panes;
    }

    private bool IsExcluded(Period pane)
    {
        foreach (var excluded in _excluded)
        {
            if (excluded.Overlaps(pane))
            {
                return true;
            }
        }

        return false;
    }

    private string WhyNone() =>
        Events == 0 ? "none was read; check the source"
        : Rejected[Rejection.Malformed] == Events ? $"{Events} read, and all are malformed: an event is a JSON object on a line of its own, or a row of CSV below a header"
        : $"{Events} read, {Describe()}; check --from, --to, the field of the event time, and the source";

    private string Describe() =>
        Rejected.Occurred.Any() ? string.Join(", ", Rejected.Occurred.Select(reason => $"{reason.Value} {reason.Key}")) : "none of them within the period";
}
