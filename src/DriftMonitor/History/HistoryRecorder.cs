using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Streaming;

namespace DriftMonitor.History;

/// <summary>
/// Takes what the service would have exported at the end of each pane, and gives it to the targets a day at a time, once no monitor can
/// add to that day.
/// </summary>
/// <remarks>
/// Panes in which the longest window is empty come as a run. It has a sample at its first pane's end and one at its last pane's, however
/// many steps it was closed in, so that the result does not depend on batches.
/// </remarks>
internal sealed class HistoryRecorder : IReportSink
{
    /// <summary>Samples that are kept in memory: 64 MB, and twice as much while lists of them grow.</summary>
    public const long DefaultMostInMemory = 4 * 1024 * 1024;

    private readonly HistoryCatalogue _catalogue;
    private readonly Period _range;
    private readonly IReadOnlyList<IHistoryTarget> _targets;
    private readonly CancellationToken _stopping;
    private readonly SampleSpool _spool;
    private readonly long _mostInMemory;
    private readonly Dictionary<MonitorBinding, Course> _courses;
    private readonly SortedDictionary<DateOnly, HistoryDay> _days = [];

    /// <summary>A recorder before the first pane.</summary>
    /// <param name="bindings">The monitors.</param>
    /// <param name="catalogue">What is exported of them.</param>
    /// <param name="range">The pane ends that are written.</param>
    /// <param name="targets">Where the days go.</param>
    /// <param name="spool">Holds samples for which there is no room in memory.</param>
    /// <param name="stopping">Interrupts the writing of a day.</param>
    /// <param name="mostInMemory">How many samples are kept in memory.</param>
    public HistoryRecorder(
        IReadOnlyList<MonitorBinding> bindings, HistoryCatalogue catalogue, Period range, IReadOnlyList<IHistoryTarget> targets,
        SampleSpool spool, CancellationToken stopping, long mostInMemory = DefaultMostInMemory)
    {
        (_catalogue, _range, _targets, _spool, _stopping) = (catalogue, range, targets, spool, stopping);
        _mostInMemory = mostInMemory;
        _courses = bindings.ToDictionary(binding => binding, _ => new Course());
    }

    /// <summary>Days that have been given to the targets.</summary>
    public long Days { get; private set; }

    /// <summary>Samples that have been given to the targets.</summary>
    public long Samples { get; private set; }

    /// <inheritdoc/>
    public void OnPaneClosed(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        if (reports.Count == 0)
        {
            return;
        }

        var course = _courses[monitor];
        var spec = monitor.Monitor.Spec;
        foreach (var report in reports)
        {
            course.Count(monitor.Monitor, report);
        }

        if (reports[0].IsEmpty)
        {
            Extend(course, monitor.Monitor, reports);
        }
        else
        {
            EndRun(course, spec);
            Add(spec, reports[0].Time, [.. reports.Select(report => Snapshot(course, monitor.Monitor, report, isLast: false))]);
        }

        WriteDaysBefore(_courses.Min(other => Earliest(other.Key.Monitor, other.Value)));
    }

    /// <summary>Writes the last days, at the end of the source.</summary>
    public void Finish()
    {
        foreach (var (monitor, course) in _courses)
        {
            EndRun(course, monitor.Monitor.Spec);
        }

        WriteDaysBefore(new EventTime(long.MaxValue));
    }

    // The earliest pane end of which the monitor may still give samples.
    private static EventTime Earliest(FieldMonitor monitor, Course course) =>
        course.Run?.End ?? monitor.NextTime ?? EventTime.Earliest;

    private void Extend(Course course, FieldMonitor monitor, IReadOnlyList<SeriesReport> reports)
    {
        var spec = monitor.Spec;
        var end = reports[0].Until ?? reports[0].Time;
        if (course.Run is not { } run)
        {
            IReadOnlyList<SeriesSnapshot> first = [.. reports.Select(report => Snapshot(course, monitor, report, isLast: false))];
            course.Run = run = new Run(reports[0].Time, first);
        }

        run.End = end;
        run.Last = [.. reports.Select(report => Snapshot(course, monitor, report, isLast: true))];

        // The first pane end within the range. Readings within a run are like the first.
        if (run.Written is null && end >= _range.From)
        {
            run.Written = run.First >= _range.From ? run.First : spec.Pane.FirstEndFrom(_range.From);
            Add(spec, run.Written.Value, run.AtFirst);
        }
    }

    private void EndRun(Course course, MonitorSpec spec)
    {
        if (course.Run is not { } run)
        {
            return;
        }

        course.Run = null;
        var (end, series) = run.End < _range.To
            ? (run.End, run.Last)
            : (spec.Pane.FirstEndFrom(_range.To) - spec.Pane.Length, run.AtFirst);
        if (run.Written < end)
        {
            Add(spec, end, series);
        }
    }

    private void Add(MonitorSpec spec, EventTime time, IReadOnlyList<SeriesSnapshot> series)
    {
        if (time < _range.From || time >= _range.To)
        {
            return;
        }

        var date = HistoryDay.Of(time);
        if (!_days.TryGetValue(date, out var day))
        {
            _days[date] = day = new HistoryDay(date, _spool);
        }

        foreach (var (one, value) in _catalogue.Observe(spec))
        {
            day.Add(one, time, value);
        }

        foreach (var snapshot in series)
        {
            foreach (var (one, value) in _catalogue.Observe(spec, snapshot with { Time = time }))
            {
                day.Add(one, time, value);
            }
        }

        if (_days.Values.Sum(pending => pending.InMemory) > _mostInMemory)
        {
            foreach (var pending in _days.Values)
            {
                pending.Spool();
            }
        }
    }

    // Now, as the series has its next pane's state when the report is looked at later.
    private SeriesSnapshot Snapshot(Course course, FieldMonitor monitor, SeriesReport report, bool isLast)
    {
        var series = monitor.Find(report.Segment)!;
        var isMeasured = _catalogue.HasBins && report.Readings.Any(reading => reading.Measurement is not null);
        return new SeriesSnapshot(
            report.Segment,
            series.Calibration,
            series.IsCalibrating,
            series.IsKnown,
            isLast ? report.LastReadings : report.Readings,
            isLast ? report.Until ?? report.Time : report.Time,
            isMeasured ? [.. monitor.Spec.Windows.Select((_, window) => series.Histogram(window))] : null,
            report.Alert,
            course.FiringOf(report.Segment),
            course.TransitionsOf(report.Segment),
            History: []);
    }

    private void WriteDaysBefore(EventTime before)
    {
        while (_days.Count > 0 && _days.First() is var (date, day) && EndOf(date) <= before)
        {
            foreach (var target in _targets)
            {
                target.Write(day, _stopping);
            }

            day.Release();
            _days.Remove(date);
            Days++;
            Samples += day.Samples;
        }
    }

    private static EventTime EndOf(DateOnly date) =>
        EventTime.From(new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)) + TimeSpan.FromDays(1);

    /// <summary>What is kept of a monitor.</summary>
    private sealed class Course
    {
        private readonly Dictionary<string, long[]> _transitions = [];
        private readonly Dictionary<string, FiringAlert> _firing = [];

        public Run? Run { get; set; }

        public void Count(FieldMonitor monitor, SeriesReport report)
        {
            if (FiringAlert.After(FiringOf(report.Segment), monitor.Spec, monitor.Find(report.Segment)!, report) is { } firing)
            {
                _firing[report.Segment] = firing;
            }
            else
            {
                _firing.Remove(report.Segment);
            }

            // Snapshots share the array until it changes.
            if (report.Transition is { } transition)
            {
                var counts = TransitionsOf(report.Segment).ToArray();
                counts[(int)transition.To]++;
                _transitions[report.Segment] = counts;
            }
        }

        public FiringAlert? FiringOf(string segment) => _firing.GetValueOrDefault(segment);

        public long[] TransitionsOf(string segment) => _transitions.GetValueOrDefault(segment, None);

        private static readonly long[] None = new long[Enum.GetValues<AlertState>().Length];
    }

    /// <summary>Panes in which the longest window is empty.</summary>
    /// <param name="first">The first one's end.</param>
    /// <param name="atFirst">The series then.</param>
    private sealed class Run(EventTime first, IReadOnlyList<SeriesSnapshot> atFirst)
    {
        public EventTime First { get; } = first;

        public IReadOnlyList<SeriesSnapshot> AtFirst { get; } = atFirst;

        public EventTime End { get; set; }

        public IReadOnlyList<SeriesSnapshot> Last { get; set; } = [];

        /// <summary>The time of its first sample; null before the range.</summary>
        public EventTime? Written { get; set; }
    }
}
