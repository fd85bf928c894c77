using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.State;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;

namespace DriftMonitor.Core.References;

/// <summary>
/// Compares each window with what a reference held in the same hours of the week, in UTC: a Monday morning with Monday mornings.
/// </summary>
/// <remarks>
/// A window's reference is the sum of the counts of the hours of the week that it touches, each hour once. So a daily or weekly season
/// is no drift. m, the events that a window is compared with, is what these hours held: about 1/168 of the reference for a window of
/// one hour.
/// </remarks>
public sealed class HourOfWeek : WindowReference
{
    /// <summary>The hours in a week; the first begins on Monday at 00:00 UTC.</summary>
    public const int Hours = 168;

    private const long Hour = 3_600_000; // ms
    private const long FirstMonday = 4 * 24 * Hour; // 1970-01-05

    private readonly Reference _whole;
    private readonly IReadOnlyList<long[]> _hours;
    private readonly ReadingSpec _spec;
    private readonly Dictionary<(int From, int Hours), Reference?> _known = []; // the sums never change
    private long _pane = long.MinValue;

    /// <summary>A reference of a course's hours.</summary>
    /// <param name="spec">The monitor's panes and windows.</param>
    /// <param name="whole">All hours together.</param>
    /// <param name="hours">The counts of each hour of the week, from Monday 00:00 UTC on; together those of the whole.</param>
    public HourOfWeek(ReadingSpec spec, Reference whole, IReadOnlyList<long[]> hours)
        : base(whole.Binning)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hours.Count, Hours);
        _spec = spec;
        _whole = whole;
        _hours = hours;
    }

    /// <inheritdoc/>
    public override string? Description => "the same hours of the week";

    /// <inheritdoc/>
    public override Reference? Whole => _whole;

    /// <inheritdoc/>
    public override bool IsLoaded => true;

    /// <inheritdoc/>
    public override bool IsSteady => true;

    /// <summary>The hour of the week that a moment belongs to, 0 to 167.</summary>
    public static int Of(EventTime time) => (int)((Since(time) % Hours + Hours) % Hours);

    /// <inheritdoc/>
    public override void Close(long pane, SlidingHistogram windows) => _pane = pane;

    /// <inheritdoc/>
    public override Reference? For(int window)
    {
        if (_pane == long.MinValue)
        {
            return null;
        }

        var end = _spec.Pane.End(_pane);
        var start = end - _spec.Windows[window].Length;
        var from = Of(start);
        var touched = (int)Math.Min(Hours, Since(new EventTime(end.Milliseconds - 1)) - Since(start) + 1);
        if (touched == Hours)
        {
            return _whole;
        }

        if (!_known.TryGetValue((from, touched), out var reference))
        {
            var sum = new long[Binning.Count];
            for (var hour = 0; hour < touched; hour++)
            {
                var counts = _hours[(from + hour) % Hours];
                for (var bin = 0; bin < sum.Length; bin++)
                {
                    sum[bin] += counts[bin];
                }
            }

            _known[(from, touched)] = reference = Array.TrueForAll(sum, count => count == 0)
                ? null
                : new Reference(Binning, sum, _whole.PseudoCount)
                {
                    Period = _whole.Period,
                    Excluded = _whole.Excluded,
                    EventsPerPane = _whole.EventsPerPane,
                    MeanEvents = _whole.MeanEvents,
                };
        }

        return reference;
    }

    internal override void Exchange(StateExchange state) => state.Number(ref _pane);

    // Whole hours since the first Monday, rounded down.
    private static long Since(EventTime time)
    {
        var (hours, rest) = Math.DivRem(time.Milliseconds - FirstMonday, Hour);
        return rest < 0 ? hours - 1 : hours;
    }
}
