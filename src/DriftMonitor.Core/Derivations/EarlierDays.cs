using DriftMonitor.Core.Numerics;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Derivations;

/// <summary>
/// <c>deviation(x, day)</c>: x minus the median of the last <see cref="Most"/> values of earlier days at the same time of day. With fewer
/// than <see cref="Fewest"/>, an event has none.
/// </summary>
/// <remarks>
/// A day has D = 24 h ÷ pane panes, 0 … D − 1, in UTC. An event of pane s of day d is compared with values of the panes s − 1, s and s + 1
/// (modulo D) of days before d, the last ones in their order of arrival. For each pane of the day, and no more, the values that can still
/// be among those are kept: the last ones of all days that have ended, and of each day that has not.
/// </remarks>
public sealed class EarlierDays : DerivedState
{
    /// <summary>The largest number of values that the median is of.</summary>
    public const int Most = 20;

    /// <summary>The smallest number of values that the median is of.</summary>
    public const int Fewest = 3;

    /// <summary>The largest number of panes of a day: each keeps values of its own.</summary>
    public const int MostPanesADay = 86_400;

    private const long Day = 86_400_000; // ms

    private readonly int _panesADay;
    private readonly long _pane; // ms
    private readonly long? _lateness; // ms
    private readonly Dictionary<int, PastValues> _byPane = []; // by the pane of the day
    private readonly Dictionary<long, int> _perDay = []; // of PastValues.Prune, used again
    private long _largest = long.MinValue; // event time, ms
    private long _arrived;

    /// <summary>Before the first event.</summary>
    /// <param name="pane">The panes; they divide a day.</param>
    /// <param name="lateness">See <see cref="Derivation.CreateState"/>.</param>
    /// <exception cref="ArgumentException">The panes do not divide a day, or divide it into too many.</exception>
    public EarlierDays(PaneGrid pane, TimeSpan? lateness)
    {
        if (!Divides(pane))
        {
            throw new ArgumentException($"panes of {pane.Length} do not divide a day into at most {MostPanesADay}", nameof(pane));
        }

        _pane = (long)pane.Length.TotalMilliseconds;
        _panesADay = (int)(Day / _pane);
        _lateness = lateness is { } limit ? (long)limit.TotalMilliseconds : null;
    }

    /// <summary>How many values are kept.</summary>
    public int Kept => _byPane.Values.Sum(values => values.All.Length);

    /// <summary>Whether panes divide a day into at most <see cref="MostPanesADay"/>.</summary>
    public static bool Divides(PaneGrid pane)
    {
        var length = pane.Length.Ticks;
        return length > 0 && TimeSpan.TicksPerDay % length == 0 && TimeSpan.TicksPerDay / length <= MostPanesADay;
    }

    /// <inheritdoc/>
    public override bool TryNext(EventTime time, double x, out double value)
    {
        var (day, pane) = PlaceOf(time);
        Span<double> values = stackalloc double[Most];
        values = values[..CollectBefore(day, pane, values)];
        var isKnown = values.Length >= Fewest;
        value = 0;
        if (isKnown)
        {
            values.Sort();
            value = x - RunningMedian.MedianOf(values);
        }

        if (double.IsFinite(x))
        {
            Remember(day, pane, x);
        }

        _largest = Math.Max(_largest, time.Milliseconds);
        return isKnown;
    }

    /// <inheritdoc/>
    public override bool HasEnoughFor(EventTime time)
    {
        var (day, pane) = PlaceOf(time);
        Span<double> values = stackalloc double[Fewest];
        return CollectBefore(day, pane, values) == Fewest;
    }

    internal override void Exchange(StateExchange state)
    {
        List<KeyValuePair<int, PastValues>> panes = [.. _byPane.OrderBy(pane => pane.Key)];
        state.List(panes, (ref KeyValuePair<int, PastValues> pane) =>
        {
            var number = (int)state.Number(pane.Key);
            var values = pane.Value ?? new PastValues();
            values.Exchange(state);
            pane = new(number, values);
        });
        if (state.IsLoading)
        {
            panes.ForEach(pane => _byPane.Add(pane.Key, pane.Value));
        }

        state.Number(ref _largest);
        state.Number(ref _arrived);
    }

    private (long Day, int Pane) PlaceOf(EventTime time)
    {
        var day = DayOf(time.Milliseconds);
        return (day, (int)((time.Milliseconds - day * Day) / _pane));
    }

    private static long DayOf(long time) => Math.DivRem(time, Day, out var rest) - (rest < 0 ? 1 : 0);

    // The last values, at most as many as there is room for, in any order.
    private int CollectBefore(long day, int pane, Span<double> values)
    {
        // Of a day with one pane or two, a pane is its own neighbour, or both neighbours are the same: it is looked at once.
        var before = new PastCursor(_panesADay > 2 ? Find((pane + _panesADay - 1) % _panesADay) : null, day);
        var same = new PastCursor(Find(pane), day);
        var after = new PastCursor(_panesADay > 1 ? Find((pane + 1) % _panesADay) : null, day);
        var count = 0;
        while (count < values.Length)
        {
            ref var last = ref same;
            last = ref before.Arrival > last.Arrival ? ref before : ref last;
            last = ref after.Arrival > last.Arrival ? ref after : ref last;
            if (last.Arrival < 0)
            {
                break;
            }

            values[count++] = last.Value;
            last.MoveBack();
        }

        return count;
    }

    private PastValues? Find(int pane) => _byPane.GetValueOrDefault(pane);

    private void Remember(long day, int pane, double x)
    {
        if (!_byPane.TryGetValue(pane, out var values))
        {
            _byPane[pane] = values = new PastValues();
        }

        if (values.IsFull)
        {
            // No event of a day before this one can come any more: it would be late.
            var firstOpen = _lateness is { } lateness && _largest != long.MinValue ? DayOf(_largest - lateness) : long.MinValue;
            values.Prune(firstOpen, Most, _perDay);
        }

        values.Add(_arrived++, day, x);
    }

    // Goes back through the values of a pane of the day that are of days before one.
    private ref struct PastCursor
    {
        private readonly ReadOnlySpan<PastValue> _values;
        private readonly long _day;
        private int _at;

        public PastCursor(PastValues? values, long day)
        {
            _values = values is null ? [] : values.All;
            _day = day;
            _at = _values.Length;
            MoveBack();
        }

        // Negative at the end.
        public readonly long Arrival => _at < 0 ? -1 : _values[_at].Arrival;

        public readonly double Value => _values[_at].Value;

        public void MoveBack()
        {
            do
            {
                _at--;
            }
            while (_at >= 0 && _values[_at].Day >= _day);
        }
    }
}
