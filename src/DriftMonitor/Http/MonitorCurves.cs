using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>The curves of a monitor's series on the page, all with the same axes.</summary>
internal sealed class MonitorCurves
{
    private const int Height = 56; // pixels
    private const int LeastPanes = 24; // a short history does not fill the whole width

    private readonly MonitorSpec _spec;
    private readonly ILookup<string, AlertEpisode> _alerts;
    private readonly Period _period;
    private readonly TimeChart _chart;

    /// <summary>Finds the axes.</summary>
    /// <param name="spec">The monitor.</param>
    /// <param name="shown">The series with curves.</param>
    /// <param name="alerts">The alerts of the monitor.</param>
    public MonitorCurves(MonitorSpec spec, IReadOnlyList<SeriesSnapshot> shown, IEnumerable<AlertEpisode> alerts)
    {
        (_spec, _alerts) = (spec, alerts.ToLookup(alert => alert.Segment));
        var panes = Math.Max(LeastPanes, shown.Max(series => series.History[0].Count));
        var last = shown.Max(series => series.Time) ?? EventTime.Earliest + panes * spec.Pane.Length;
        _period = new Period(last - (panes - 1) * spec.Pane.Length, last);
        var fireAbove = (spec.Rule as FixedThreshold)?.FireAboveNats ?? 0;
        _chart = new TimeChart(_period, DivergenceScale.For(Math.Max(Highest(shown), fireAbove)), Height);
    }

    /// <summary>Writes the curves of a series, one for each window that had a reading.</summary>
    public void Write(Html html, SeriesSnapshot series)
    {
        for (var window = 0; window < series.History.Count; window++)
        {
            if (series.Time is { } last && PointsOf(series.History[window], last) is { Count: > 0 } points)
            {
                Write(html, series, window, points);
            }
        }
    }

    private void Write(Html html, SeriesSnapshot series, int window, List<CurvePoint> points)
    {
        var threshold = _spec.Rule is FixedThreshold configured && configured.Window == window ? configured.FireAboveNats : (double?)null;
        var (name, panes) = (_spec.Windows[window].Label, Phrases.Count(series.History[window].Count, "pane"));
        var last = points[^1].Time == series.Time ? Figures.Nats(points[^1].KlNats) : "no reading";
        var fires = threshold is { } level ? $", fires above {Figures.Configured(level)}" : "";
        html.Write($"<figure><figcaption>KL over {name}</figcaption>\n");
        _chart.Write(
            html,
            $"KL over {name} at the last {panes}: highest {Figures.Nats(points.Max(point => point.KlNats))}, last {last}{fires}",
            points,
            _spec.Pane.Length,
            _alerts[series.Segment].Select(alert => (new Period(alert.From, EndOf(alert, series)), alert.Describe())),
            threshold);
        html.Write($"</figure>\n");
    }

    // Of one that was firing when a process ended, and whose series has begun anew, only the beginning is known.
    private EventTime EndOf(AlertEpisode alert, SeriesSnapshot series) =>
        alert.To ?? (series.Alert?.Since == alert.From ? _period.To : alert.From);

    private List<CurvePoint> PointsOf(PastReadings readings, EventTime last)
    {
        var points = new List<CurvePoint>(readings.Count);
        var kl = readings.KlNats.Span;
        var noise = readings.NoiseNats.Span;
        for (var i = 0; i < readings.Count; i++)
        {
            if (!double.IsNaN(kl[i]))
            {
                var time = last - (readings.Count - 1 - i) * _spec.Pane.Length;
                points.Add(new CurvePoint(time, time, time, kl[i], noise[i]));
            }
        }

        return points;
    }

    private static double Highest(IReadOnlyList<SeriesSnapshot> shown)
    {
        var highest = 0.0;
        foreach (var readings in shown.SelectMany(series => series.History))
        {
            foreach (var nats in readings.KlNats.Span)
            {
                highest = nats > highest ? nats : highest; // also where nats is NaN
            }
        }

        return highest;
    }
}
