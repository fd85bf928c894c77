using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Proposals;

/// <summary>Finds the fields of a sample that are times, and which of them is the event time.</summary>
/// <remarks>
/// <para>
/// A field is a time where at least 95 % of its values can be read as one, in the same form, in the years 1990 to 2100. A number is a time
/// only if the field's name says so: an account number may look like milliseconds.
/// </para>
/// <para>
/// The event time is among those that at least 95 % of the events have. Of a topic, it must not be later than the record's own time, and it
/// must follow the order of the records: otherwise it is the time of something else, such as a birthday. Of several, one with a time of day
/// is preferred, then one with a usual name (<c>time</c>, <c>timestamp</c>, …), then the one that follows the order best.
/// </para>
/// </remarks>
internal static class EventTimeFinder
{
    /// <summary>The share of values, or events, that must have a time.</summary>
    public const double EnoughTimes = 0.95;

    private const double MostAhead = 0.05; // share of times after the record's own
    private const double MostDisorder = 0.5;
    private const double NearlyAll = 0.99;
    private const int Parts = 16;
    private const int FewestForOrder = 10 * Parts;
    private const int MostEvents = 200_000; // records may hold thousands
    private const int FirstLook = 200; // events after which forms that fit few values are dropped

    private static readonly EventTime EarliestInText = new(631_152_000_000); // 1990
    private static readonly EventTime EarliestInNumbers = new(946_684_800_000); // 2000
    private static readonly EventTime TooLate = new(4_102_444_800_000); // 2100
    private static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(5); // the default of the option

    // Where day and month could be either, both forms are listed.
    private static readonly EventTimeFormat[] Written =
    [
        .. new[]
        {
            "yyyyMMddHHmmss", "yyyyMMdd",
            "dd.MM.yyyy HH:mm:ss", "dd.MM.yyyy HH:mm", "dd.MM.yyyy",
            "dd/MM/yyyy HH:mm:ss", "MM/dd/yyyy HH:mm:ss", "dd/MM/yyyy HH:mm", "MM/dd/yyyy HH:mm", "dd/MM/yyyy", "MM/dd/yyyy",
            "M/d/yyyy h:mm:ss tt", "M/d/yyyy h:mm tt", "d/M/yyyy H:mm", "M/d/yyyy H:mm",
            "dd-MM-yyyy HH:mm:ss", "MM-dd-yyyy HH:mm:ss", "dd-MM-yyyy HH:mm", "MM-dd-yyyy HH:mm", "dd-MM-yyyy", "MM-dd-yyyy",
            "yyyy/MM/dd HH:mm:ss", "yyyy/MM/dd HH:mm", "yyyy/MM/dd",
            "dd/MMM/yyyy:HH:mm:ss zzz", "ddd, dd MMM yyyy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy", "dd MMM yyyy HH:mm:ss",
            "dd-MMM-yyyy HH:mm:ss", "MMM d, yyyy HH:mm:ss",
        }.Select(EventTimeFormat.Parse),
    ];

    private static readonly EventTimeFormat Days = EventTimeFormat.Parse("days");

    /// <summary>Finds the fields that are times.</summary>
    /// <param name="events">The events.</param>
    /// <param name="places">Which of them to look at, ascending.</param>
    /// <param name="decoder">Decodes the fields.</param>
    /// <param name="fields">The fields, in the order of the decoder's.</param>
    /// <param name="unsure">Gets the fields whose dates can be read with day and month in either order.</param>
    public static IReadOnlyList<EventTimeCandidate> Find(
        HeldEvents events, IReadOnlyList<int> places, RecordDecoder decoder, IReadOnlyList<FieldPath> fields, ICollection<FieldPath> unsure)
    {
        var attempts = fields.Select((field, index) => Attempts(field, index)).ToArray();
        var (all, present) = (0L, new long[fields.Count]);
        foreach (var place in places)
        {
            var raw = events[place];
            if (all >= MostEvents || decoder.Decode(raw, out var elements) != Rejection.None)
            {
                continue;
            }

            while (elements.MoveNext())
            {
                all++;
                for (var field = 0; field < fields.Count; field++)
                {
                    if (EventDecoder.IsMissing(decoder.Event[field], raw.Value))
                    {
                        continue;
                    }

                    present[field]++;
                    foreach (var attempt in attempts[field])
                    {
                        attempt.Add(decoder.Event, raw.Value, raw.Partition, raw.RecordTime);
                    }
                }

                if (all % FirstLook == 0)
                {
                    Array.ForEach(attempts, each => each.RemoveAll(attempt => attempt.Count < present[attempt.Field] / 2));
                }
            }
        }

        var found = new List<EventTimeCandidate>();
        foreach (var each in attempts)
        {
            each.RemoveAll(attempt => attempt.Count == 0 || attempt.Count < EnoughTimes * present[attempt.Field]);
            if (each.MaxBy(attempt => attempt.Count) is not { } best)
            {
                continue;
            }

            // A day after the 12th decides between the two orders.
            if (each.Exists(other => other.Count == best.Count && (best.IsTurned(other) || other.IsTurned(best))))
            {
                unsure.Add(fields[best.Field]);
            }
            else
            {
                found.Add(best.Conclude(all, present[best.Field]));
            }
        }

        return found;
    }

    /// <summary>The best candidate; null if none can be the event time.</summary>
    /// <param name="candidates">The candidates.</param>
    /// <param name="fields">The fields.</param>
    /// <param name="hasRecordTime">Whether records have a time of their own.</param>
    public static EventTimeCandidate? Choose(
        IEnumerable<EventTimeCandidate> candidates, IReadOnlyList<FieldPath> fields, bool hasRecordTime) =>
        candidates
            .Where(candidate => candidate.ShareOfEvents >= EnoughTimes)
            .Where(candidate => !hasRecordTime
                || (candidate is { ShareAhead: <= MostAhead, Disorder: <= MostDisorder, IsDateOnly: false }))
            .OrderBy(candidate => candidate.IsDateOnly)
            .ThenByDescending(candidate => FieldName.IsOfEventTime(fields[candidate.Field]))
            .ThenBy(candidate => fields[candidate.Field].Steps.Count)
            .ThenBy(candidate => candidate.Disorder)
            .FirstOrDefault();

    private static List<Attempt> Attempts(FieldPath field, int index)
    {
        List<EventTimeFormat?> formats = [null, .. Written];
        if (FieldName.IsOfDays(field))
        {
            formats.Add(Days);
        }

        var isNamed = FieldName.IsOfTime(field);
        return formats.ConvertAll(format => new Attempt(index, format, isNamed));
    }

    /// <summary>A field that is read in one form.</summary>
    private sealed class Attempt(int index, EventTimeFormat? format, bool isNamed)
    {
        private readonly List<(int Partition, long Milliseconds)> _times = [];
        private long _dates;
        private long _withRecordTime;
        private long _ahead;

        public int Field => index;

        public int Count => _times.Count;

        public void Add(EventDecoder decoder, ReadOnlySpan<byte> value, int partition, EventTime? recordTime)
        {
            var token = decoder[index];
            var isNumber = token.Kind == FieldKind.Number || decoder.TryGetNumber(token, value, readsText: true, out _);
            if ((isNumber && !isNamed && format != Days) || decoder.TimeOf(index, format, value) is not { } time
                || time < (isNumber ? EarliestInNumbers : EarliestInText) || time >= TooLate)
            {
                return;
            }

            _times.Add((partition, time.Milliseconds));
            _dates += time.Milliseconds % 86_400_000 == 0 ? 1 : 0;
            _withRecordTime += recordTime is null ? 0 : 1;
            _ahead += time > recordTime + MaxAhead ? 1 : 0;
        }

        /// <summary>Whether another attempt reads the same field with day and month in the other order.</summary>
        public bool IsTurned(Attempt other) => IsDayFirst(format?.Text) && IsMonthFirst(other.Format?.Text);

        public EventTimeCandidate Conclude(long all, long present) => new(
            index,
            format,
            (double)Count / all,
            (double)Count / present,
            _dates >= NearlyAll * Count,
            _withRecordTime == 0 ? 0 : (double)_ahead / _withRecordTime,
            FindDisorder());

        private EventTimeFormat? Format => format;

        private static bool IsDayFirst(string? text) =>
            text?.StartsWith('d') == true && !text.StartsWith("ddd", StringComparison.Ordinal) && !HasMonthName(text)
            && !text.Contains('.', StringComparison.Ordinal);

        private static bool IsMonthFirst(string? text) => text?.StartsWith('M') == true && !HasMonthName(text);

        private static bool HasMonthName(string text) => text.Contains("MMM", StringComparison.Ordinal);

        private double FindDisorder()
        {
            var largest = _times.GroupBy(time => time.Partition).MaxBy(partition => partition.Count())!
                .Select(time => time.Milliseconds).ToArray();
            if (largest.Length < FewestForOrder || Spread(largest) is not (> 0 and var whole))
            {
                return 0;
            }

            var length = largest.Length / Parts;
            var parts = Enumerable.Range(0, Parts).Select(part => Spread(largest[(part * length)..((part + 1) * length)])).Order();
            return parts.ElementAt(Parts / 2) / whole;
        }

        private static double Spread(long[] times)
        {
            var sorted = times.Order().ToArray();
            return sorted[3 * sorted.Length / 4] - sorted[sorted.Length / 4];
        }
    }
}
