using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using DriftMonitor.Http;

namespace DriftMonitor.Reports;

/// <summary>
/// A window's divergences over a replay of any length in bounded memory: the largest of each stretch of panes. Stretches are equally long,
/// and twice as long whenever there are more than <see cref="MostStretches"/>.
/// </summary>
/// <param name="grid">The panes.</param>
internal sealed class Curve(PaneGrid grid)
{
    /// <summary>The most stretches: about as many as a chart has pixels to show them in.</summary>
    public const int MostStretches = 512;

    private readonly List<Stretch?> _stretches = []; // null where there was no reading
    private long _first; // pane
    private long _panes = 1; // in a stretch

    /// <summary>The largest divergence; null where there was no reading.</summary>
    public CurvePoint? Peak { get; private set; }

    /// <summary>The length of a stretch.</summary>
    public TimeSpan Step => _panes * grid.Length;

    /// <summary>Adds the measurement of a later pane.</summary>
    /// <param name="end">The pane's end.</param>
    /// <param name="measurement">What the window showed.</param>
    public void Add(EventTime end, Measurement measurement)
    {
        var pane = grid.PaneOf(end);
        if (_stretches.Count == 0)
        {
            _first = pane;
        }

        while ((pane - _first) / _panes >= MostStretches)
        {
            Halve();
        }

        var place = (int)((pane - _first) / _panes);
        while (_stretches.Count <= place)
        {
            _stretches.Add(null);
        }

        var added = new Stretch(pane, measurement.KlNats, measurement.NoiseNats);
        _stretches[place] = Larger(_stretches[place], added);
        if (Peak is not { } peak || measurement.KlNats > peak.KlNats)
        {
            Peak = new CurvePoint(end, end, end, measurement.KlNats, measurement.NoiseNats);
        }
    }

    /// <summary>The stretches with readings, in the order of time.</summary>
    public IEnumerable<CurvePoint> Points =>
        from stretch in _stretches.Index()
        where stretch.Item is not null
        let first = _first + stretch.Index * _panes
        let largest = stretch.Item.GetValueOrDefault()
        select new CurvePoint(
            grid.Start(first), grid.Start(first + _panes - 1), grid.Start(largest.Pane), largest.KlNats, largest.NoiseNats);

    private void Halve()
    {
        for (var i = 0; 2 * i < _stretches.Count; i++)
        {
            _stretches[i] = Larger(_stretches[2 * i], 2 * i + 1 < _stretches.Count ? _stretches[2 * i + 1] : null);
        }

        _stretches.RemoveRange((_stretches.Count + 1) / 2, _stretches.Count / 2);
        _panes *= 2;
    }

    private static Stretch? Larger(Stretch? one, Stretch? other) =>
        one is { } first && other is { } second ? second.KlNats > first.KlNats ? second : first : one ?? other;

    /// <summary>The largest divergence of a stretch.</summary>
    /// <param name="Pane">The pane that begins where the reading's pane ends.</param>
    /// <param name="KlNats">The divergence, in nats.</param>
    /// <param name="NoiseNats">Its noise, in nats.</param>
    private readonly record struct Stretch(long Pane, double KlNats, double NoiseNats);
}
