using DriftMonitor.Core.Binning;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.References;

/// <summary>The course of a reference: the counts of its bins in each pane of its period.</summary>
internal sealed class ReferenceCourse
{
    private readonly PaneGrid _grid;
    private readonly Period _period;
    private readonly FieldBinning _binning;

    /// <summary>Creates a course without events.</summary>
    public ReferenceCourse(PaneGrid grid, Period period, FieldBinning binning)
    {
        _grid = grid;
        _period = period;
        _binning = binning;
        Panes = new long[]?[checked((int)(grid.PaneOf(period.To) - grid.PaneOf(period.From)))];
    }

    /// <summary>The counts of each pane, in the order of the bins; null for a pane without events.</summary>
    public long[]?[] Panes { get; }

    /// <summary>How many panes of a period are not excluded.</summary>
    public static int CountIncludedPanes(PaneGrid grid, Period period, IReadOnlyList<Period> excluded) =>
        IncludedPanes(grid, period, excluded).Count();

    /// <summary>The panes of a period that are not excluded.</summary>
    public static IEnumerable<long> IncludedPanes(PaneGrid grid, Period period, IReadOnlyList<Period> excluded)
    {
        var end = grid.PaneOf(period.To);
        for (var pane = grid.PaneOf(period.From); pane < end; pane++)
        {
            if (!IsExcluded(new Period(grid.Start(pane), grid.End(pane)), excluded))
            {
                yield return pane;
            }
        }
    }

    /// <summary>Counts an event.</summary>
    /// <param name="pane">A pane of the period, by its number in the grid.</param>
    /// <param name="bin">Its bin.</param>
    public void Add(long pane, int bin) => (Panes[pane - _grid.PaneOf(_period.From)] ??= new long[_binning.Count])[bin]++;

    /// <summary>
    /// The longest stretch of panes without events that are not excluded; null if there is none. The first of those of equal length.
    /// </summary>
    public Period? FindLongestSilence(IReadOnlyList<Period> excluded)
    {
        Period? longest = null;
        var first = 0;
        for (var pane = 0; pane <= Panes.Length; pane++)
        {
            if (pane < Panes.Length && Panes[pane] is null && !IsExcluded(PeriodOf(pane), excluded))
            {
                continue;
            }

            var silence = new Period(PeriodOf(first).From, PeriodOf(pane).From);
            longest = silence.Length > (longest?.Length ?? TimeSpan.Zero) ? silence : longest;
            first = pane + 1;
        }

        return longest;
    }

    /// <summary>
    /// The counts of each hour of the week, from Monday 00:00 UTC, in the order of the bins. A pane longer than an hour counts in the hour
    /// in which it starts.
    /// </summary>
    public long[][] SumByHourOfWeek()
    {
        long[][] hours = [.. Enumerable.Range(0, HourOfWeek.Hours).Select(_ => new long[_binning.Count])];
        foreach (var (pane, counts) in Panes.Index())
        {
            var hour = hours[HourOfWeek.Of(PeriodOf(pane).From)];
            for (var bin = 0; bin < counts?.Length; bin++)
            {
                hour[bin] += counts[bin];
            }
        }

        return hours;
    }

    private static bool IsExcluded(Period pane, IReadOnlyList<Period> excluded)
    {
        foreach (var period in excluded)
        {
            if (period.Overlaps(pane))
            {
                return true;
            }
        }

        return false;
    }

    private Period PeriodOf(int pane) => new(_period.From + pane * _grid.Length, _period.From + (pane + 1) * _grid.Length);
}
