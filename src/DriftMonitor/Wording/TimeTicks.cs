using System.Globalization;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Wording;

/// <summary>The labels of a time axis, in UTC, at round times.</summary>
internal static class TimeTicks
{
    private static readonly TimeSpan[] Steps =
    [
        .. new[] { 1, 5, 15, 30 }.Select(seconds => TimeSpan.FromSeconds(seconds)),
        .. new[] { 1, 5, 15, 30 }.Select(minutes => TimeSpan.FromMinutes(minutes)),
        .. new[] { 1, 3, 6, 12 }.Select(hours => TimeSpan.FromHours(hours)),
        .. new[] { 1, 2, 7 }.Select(days => TimeSpan.FromDays(days)),
    ];

    private static readonly int[] Months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12_000];

    // Weeks begin on Mondays; the Unix epoch was a Thursday.
    private static readonly EventTime Monday = EventTime.From(new DateTimeOffset(1970, 1, 5, 0, 0, 0, TimeSpan.Zero));

    /// <summary>At most so many ticks within a period, its ends included: as many as the roundest step that fits gives.</summary>
    /// <param name="period">The period.</param>
    /// <param name="most">The most ticks, at least 1.</param>
    /// <returns>Times with their labels, in order; perhaps none.</returns>
    public static IReadOnlyList<(EventTime Time, string Label)> Of(Period period, int most)
    {
        foreach (var step in Steps.Where(step => period.Length / step <= most + 1))
        {
            var ticks = At(period, step).ToList();
            if (ticks.Count <= most)
            {
                return ticks.ConvertAll(time => (time, Label(time, step)));
            }
        }

        var months = Months.Select(count => AtMonths(period, count).Take(most + 1).ToList()).FirstOrDefault(ticks => ticks.Count <= most);
        return months?.ConvertAll(time => (time, Label(time, TimeSpan.FromDays(28)))) ?? [];
    }

    private static IEnumerable<EventTime> At(Period period, TimeSpan step)
    {
        var from = period.From - Monday;
        var first = period.From + (step - TimeSpan.FromTicks((from.Ticks % step.Ticks + step.Ticks) % step.Ticks));
        if (first - step == period.From)
        {
            first = period.From;
        }

        for (var time = first; time <= period.To; time += step)
        {
            yield return time;
        }
    }

    private static IEnumerable<EventTime> AtMonths(Period period, int count)
    {
        var start = period.From.ToDateTimeOffset();
        var month = (start.Year * 12 + start.Month - 1) / count * count;
        for (; month < 9999 * 12; month += count)
        {
            if (month < 12)
            {
                continue; // there is no year 0
            }

            var time = EventTime.From(new DateTimeOffset(month / 12, month % 12 + 1, 1, 0, 0, 0, TimeSpan.Zero));
            if (time > period.To)
            {
                yield break;
            }

            if (time >= period.From)
            {
                yield return time;
            }
        }
    }

    private static string Label(EventTime time, TimeSpan step)
    {
        var moment = time.ToDateTimeOffset();
        return moment.ToString(
            moment.TimeOfDay == TimeSpan.Zero || step >= TimeSpan.FromDays(1) ? "yyyy-MM-dd"
                : step >= TimeSpan.FromMinutes(1) ? "HH:mm" : "HH:mm:ss",
            CultureInfo.InvariantCulture);
    }
}
