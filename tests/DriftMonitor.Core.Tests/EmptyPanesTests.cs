using System.Text;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

/// <summary>While the longest window is empty, panes close in one step, as if one by one.</summary>
public sealed class EmptyPanesTests
{
    private const double Alpha = Reference.DefaultPseudoCount;

    private static readonly MonitorSpec Windows =
        Spec(1, 3).WithThreshold(fire: 0.3, resolve: 0.1, holdMinutes: 2) with { MaxRejected = 0.3 };

    // Every way in which a pane that closes leaves a trace.
    private static readonly (string Name, Func<FieldMonitor> Create)[] Kinds =
    [
        ("fixed", () => new FieldMonitor(Windows, Even)),
        ("segments", () => new FieldMonitor(
            Windows, new CalibratedReference(Even, null), new Dictionary<string, CalibratedReference> { ["0"] = new(Even, null) })),
        ("hour of the week", () => new FieldMonitor(Hourly, new HourOfWeek(Hourly, Even, Hours), new GivenCalibration(null))),
        ("previous window", () => Calibrating(Windows, Previous, minutes: 5)),
        ("previous window, promised", () => Calibrating(Promised, Previous, minutes: 40)),
        ("other field", () => Calibrating(Windows, new CompanionWindow(Even.Binning, Windows.WindowPanes, Alpha, "y"), minutes: 7)),
        ("other topic", () => Calibrating(
            Windows, new CompanionWindow(Even.Binning, Windows.WindowPanes, Alpha, "z"), minutes: 4, hasReferenceTopic: true)),
        ("other segments", OfSegments),
        ("first panes", () => Learning(panes: 12, events: null)),
        ("first events", () => Learning(panes: null, events: 25)),
    ];

    private static PreviousWindow Previous => new(Even.Binning, Windows.WindowPanes, Alpha);

    private static MonitorSpec Promised => Windows with { Rule = new FalseAlarmRate(600, 1, 0.01) };

    private static MonitorSpec Hourly => Windows with { Pane = new PaneGrid(Minutes(20)), Windows = [Window(20), Window(60)] };

    // Nothing in every third hour.
    private static long[][] Hours => [.. Enumerable.Range(0, 168).Select(hour => new long[] { hour % 3, 3 * (hour % 3), 0, 0, 0, 0, 0 })];

    [Property(MaxTest = 300)]
    public Property Panes_close_as_if_one_by_one() => Prop.ForAll(Streams.ToArbitrary(), stream =>
    {
        foreach (var (name, create) in Kinds)
        {
            var (together, apart) = (new Closed(create()), new Closed(create()));
            foreach (var arrived in stream)
            {
                together.Add(arrived);
                apart.Add(arrived);
                together.Close();
                apart.CloseOneByOne();
                Assert.Equal((name, apart.State()), (name, together.State()));
            }

            Assert.Equal(apart.Log, together.Log);
        }
    });

    [Fact]
    public void Eight_thousand_years_close_in_one_step()
    {
        foreach (var (name, create) in Kinds)
        {
            var monitor = create();
            var closed = new Closed(monitor);
            for (var minute = 0; minute < 60; minute++)
            {
                closed.Add(new Arrived(minute, minute % 2, Kind.Event));
                closed.Add(new Arrived(minute, 0, Kind.OfReference));
            }

            closed.Close();
            var last = EventTime.Latest.Milliseconds / 60_000;
            closed.Add(new Arrived(last, 0, Kind.Event));
            closed.Add(new Arrived(last, 0, Kind.OfReference));

            var steps = closed.Close();

            Assert.InRange(steps, 1, 10);
            Assert.True(monitor.ClosedPanes > 8000L * 365 * 24, name);
        }
    }

    [Fact]
    public void A_run_ends_before_the_pane_of_the_next_event_and_its_readings_are_those_of_its_first_pane()
    {
        var monitor = new FieldMonitor(Windows, Even);
        monitor.Add(0, At(minute: 0), null, 0);
        monitor.Add(0, At(minute: 9), null, 0);
        var reports = new List<SeriesReport>();
        while (monitor.CloseDue() is { } closed)
        {
            reports.AddRange(closed);
        }

        Assert.Equal([At(1), At(2), At(3), At(4)], reports.Select(report => report.Time));
        Assert.Equal([null, null, null, At(9)], reports.Select(report => report.Until));
        Assert.Equal([1, 1, 1, 0], reports.Select(report => report.Readings[1].Events));
        Assert.Equal(At(4), reports[3].Readings[0].Time);
        Assert.Equal(At(9), reports[3].LastReadings[0].Time);
    }

    [Fact]
    public void A_calibration_in_which_no_event_came_begins_again()
    {
        var monitor = Calibrating(Windows, Previous, minutes: 2);
        for (var minute = 0; minute < 6; minute++)
        {
            monitor.Add(0, At(minute), null, 0);
        }

        monitor.Add(0, At(minute: 20), null, 0);
        while (monitor.CloseDue() is not null)
        {
        }

        Assert.False(monitor.Series[0].IsCalibrating); // minutes 5 and 6 end it: the windows and those before them are full at 6
        var late = Calibrating(Windows, Previous, minutes: 2);
        for (var minute = 0; minute < 5; minute++)
        {
            late.Add(0, At(minute), null, 0);
        }

        late.Add(0, At(minute: 20), null, 0);
        while (late.CloseDue() is not null)
        {
        }

        Assert.True(late.Series[0].IsCalibrating); // minutes 6 and 7, the first with full windows, have no event
    }

    // Events, rejected ones, and events of the other topic, with gaps of up to many windows.
    private static Gen<Arrived[]> Streams =>
        from length in Gen.Choose(1, 60)
        from steps in Gen.Frequency((6, Gen.Choose(0, 1)), (2, Gen.Choose(2, 9)), (1, Gen.Choose(10, 400))).ArrayOf(length)
        from bins in Gen.Choose(0, 1).ArrayOf(length)
        from kinds in Gen.Frequency(
            (6, Gen.Constant(Kind.Event)), (1, Gen.Constant(Kind.Rejected)), (2, Gen.Constant(Kind.OfReference))).ArrayOf(length)
        select steps.Select((_, i) => new Arrived(steps.Take(i + 1).Sum(), bins[i], kinds[i])).ToArray();

    private static FieldMonitor Calibrating(MonitorSpec spec, WindowReference reference, int minutes, bool hasReferenceTopic = false) =>
        new(spec, reference, new SelfCalibration(spec, Even.Binning, Minutes(minutes)), hasReferenceTopic);

    private static FieldMonitor OfSegments()
    {
        var all = new AllSegments(Even.Binning, Windows.WindowPanes, Alpha);
        return new FieldMonitor(Windows, all, () => new SelfCalibration(Windows, Even.Binning, Minutes(6)));
    }

    private static FieldMonitor Learning(int? panes, long? events)
    {
        var reference = new LearnedReference(Windows, Even.Binning, Alpha, panes, events);
        return new FieldMonitor(Windows, reference, new LearnedCalibration(reference));
    }

    private enum Kind
    {
        Event,
        Rejected,
        OfReference,
    }

    private sealed record Arrived(long Minute, int Bin, Kind Kind);

    /// <summary>A monitor and what it reported.</summary>
    private sealed class Closed
    {
        private readonly FieldMonitor _monitor;
        private readonly bool _hasOtherField;
        private readonly bool _hasReferenceTopic;
        private readonly StringBuilder _log = new();
        private readonly TimeSpan _pane;
        private SeriesReport? _last;

        public Closed(FieldMonitor monitor)
        {
            (_monitor, _pane) = (monitor, monitor.Spec.Pane.Length);
            _hasOtherField = monitor.Against.Description == "y";
            _hasReferenceTopic = monitor.Against.Description == "z";
        }

        public string Log => _log.ToString();

        public void Add(Arrived arrived)
        {
            var (minute, bin, kind) = arrived;
            if (kind == Kind.OfReference && _hasReferenceTopic)
            {
                _monitor.AddToReference(0, At(minute), null, bin);
            }
            else if (kind == Kind.Rejected)
            {
                _monitor.Reject(0);
            }
            else
            {
                _monitor.Add(0, At(minute), null, bin, Encoding.UTF8.GetBytes($"{minute % 3}"), _hasOtherField ? 1 - bin : -1);
            }
        }

        public int Close()
        {
            var steps = 0;
            for (; _monitor.CloseDue() is { } reports; steps++)
            {
                Note(reports);
            }

            return steps;
        }

        public void CloseOneByOne()
        {
            while (_monitor.Watermark is { } least && (_monitor.NextTime ?? FirstEnd()) is { } end && end <= least)
            {
                Note(_monitor.CloseUpTo(end)!);
            }

            EventTime? FirstEnd() => _monitor.From is { } from ? _monitor.Spec.Pane.End(_monitor.Spec.Pane.PaneOf(from)) : null;
        }

        // Everything that is visible as of the pane closed last.
        public string State()
        {
            var series = _monitor.Series.Select(one => string.Join(", ",
                one.Segment, one.Alert, one.IsCalibrating, one.Calibration?[0],
                string.Join(" ", _monitor.Spec.Windows.Select((_, w) =>
                    $"{string.Join("/", one.Histogram(w).Counts())} against {one.ReferenceOf(w)?.Events}"))));
            var shares = _monitor.Spec.Windows.Select((_, w) => _monitor.RejectedShareOf(w));
            return $"{_monitor.ClosedPanes} panes, next {_monitor.NextTime}, open {_monitor.Open}, shares {string.Join(" ", shares)}, "
                + $"{string.Join("; ", series)}; {string.Join(" ", _last?.LastReadings ?? [])}";
        }

        // Readings in panes that are empty say nothing but why they are none; what depends on the hour may differ within a run.
        private void Note(IReadOnlyList<SeriesReport> reports)
        {
            _last = reports.Count > 0 ? reports[^1] : _last;
            var lines = new List<(EventTime Time, string Text)>();
            foreach (var report in reports)
            {
                var readings = report.Readings.Select(reading =>
                    report.IsEmpty ? $"{reading.Events} {reading.Measurement}" : $"{reading with { Time = default }}");
                var text = $"{report.Segment} {string.Join(" | ", readings)} {report.Alert} {report.Transition}";
                var end = report.Until is { } until && until - report.Time < TimeSpan.FromDays(30) ? until : report.Time;
                for (var time = report.Time; time <= end; time += _pane)
                {
                    lines.Add((time, text));
                }
            }

            foreach (var (time, text) in lines.OrderBy(line => line.Time))
            {
                _log.AppendLine($"{time} {text}");
            }
        }
    }
}
