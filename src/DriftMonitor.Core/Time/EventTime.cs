using System.Globalization;

namespace DriftMonitor.Core.Time;

/// <summary>
/// Event time: a moment of the stream's own time, in whole milliseconds since 1970-01-01T00:00:00Z (the Unix epoch).
/// </summary>
/// <remarks>
/// The core uses event time only and never reads a clock, so a replay of last year gives last year's readings.
/// Valid times are in the years 1 to 9999; <see cref="IsInRange"/> checks that.
/// </remarks>
/// <param name="Milliseconds">Milliseconds since the Unix epoch; negative before it.</param>
public readonly record struct EventTime(long Milliseconds) : IComparable<EventTime>
{
    /// <summary>0001-01-01T00:00:00Z.</summary>
    public static readonly EventTime Earliest = new(-62_135_596_800_000);

    /// <summary>The last millisecond of the year 9999.</summary>
    public static readonly EventTime Latest = new(253_402_300_799_999);

    /// <summary>Whether the moment is in the years 1 to 9999.</summary>
    public bool IsInRange => Milliseconds >= Earliest.Milliseconds && Milliseconds <= Latest.Milliseconds;

    /// <summary>Seconds since the Unix epoch, the unit of exposed metrics.</summary>
    public double Seconds => Milliseconds / 1000.0;

    /// <summary>Converts a <see cref="DateTimeOffset"/>, rounding down to the millisecond.</summary>
    public static EventTime From(DateTimeOffset moment) => new(moment.ToUnixTimeMilliseconds());

    /// <summary>Converts to a <see cref="DateTimeOffset"/> in UTC, clamped to <see cref="Earliest"/> and <see cref="Latest"/>.</summary>
    public DateTimeOffset ToDateTimeOffset() =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(Milliseconds, Earliest.Milliseconds, Latest.Milliseconds));

    /// <inheritdoc/>
    public int CompareTo(EventTime other) => Milliseconds.CompareTo(other.Milliseconds);

    /// <summary>Adds a time span, in whole milliseconds.</summary>
    public static EventTime operator +(EventTime time, TimeSpan span) => new(time.Milliseconds + (long)span.TotalMilliseconds);

    /// <summary>Subtracts a time span, in whole milliseconds.</summary>
    public static EventTime operator -(EventTime time, TimeSpan span) => new(time.Milliseconds - (long)span.TotalMilliseconds);

    /// <summary>The time span between two moments; negative if <paramref name="later"/> is before <paramref name="earlier"/>.</summary>
    public static TimeSpan operator -(EventTime later, EventTime earlier) =>
        TimeSpan.FromMilliseconds(later.Milliseconds - earlier.Milliseconds);

    /// <summary>Whether the left moment is before the right one.</summary>
    public static bool operator <(EventTime left, EventTime right) => left.Milliseconds < right.Milliseconds;

    /// <summary>Whether the left moment is after the right one.</summary>
    public static bool operator >(EventTime left, EventTime right) => left.Milliseconds > right.Milliseconds;

    /// <summary>Whether the left moment is before the right one or the same.</summary>
    public static bool operator <=(EventTime left, EventTime right) => left.Milliseconds <= right.Milliseconds;

    /// <summary>Whether the left moment is after the right one or the same.</summary>
    public static bool operator >=(EventTime left, EventTime right) => left.Milliseconds >= right.Milliseconds;

    /// <summary>ISO 8601 in UTC: <c>2013-02-09T00:00:00Z</c>, with milliseconds only if they are not zero.</summary>
    public override string ToString()
    {
        var format = Milliseconds % 1000 == 0 ? "yyyy-MM-ddTHH:mm:ssZ" : "yyyy-MM-ddTHH:mm:ss.fffZ";
        return ToDateTimeOffset().UtcDateTime.ToString(format, CultureInfo.InvariantCulture);
    }
}
