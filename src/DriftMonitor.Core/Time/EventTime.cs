using System.Globalization;

namespace DriftMonitor.Core.Time;

/// <summary>
/// A moment of the stream's own time, in whole milliseconds since 1970-01-01T00:00:00Z, from year 1 to year 9999.
/// </summary>
/// <remarks>
/// The core knows no other time: nothing in it asks what time it is now, so a replay of last year gives last year's readings.
/// </remarks>
/// <param name="Milliseconds">Milliseconds since the Unix epoch; negative before it.</param>
public readonly record struct EventTime(long Milliseconds) : IComparable<EventTime>
{
    /// <summary>0001-01-01T00:00:00Z.</summary>
    public static readonly EventTime Earliest = new(-62_135_596_800_000);

    /// <summary>The last millisecond of the year 9999.</summary>
    public static readonly EventTime Latest = new(253_402_300_799_999);

    /// <summary>Whether the moment lies in the years 1 to 9999.</summary>
    public bool IsInRange => Milliseconds >= Earliest.Milliseconds && Milliseconds <= Latest.Milliseconds;

    /// <summary>The moment as seconds since the Unix epoch, for exposition.</summary>
    public double Seconds => Milliseconds / 1000.0;

    /// <summary>The moment of a <see cref="DateTimeOffset"/>, rounded down to the millisecond.</summary>
    public static EventTime From(DateTimeOffset moment) => new(moment.ToUnixTimeMilliseconds());

    /// <summary>The moment as a <see cref="DateTimeOffset"/> in UTC; clamped to the range that it can show.</summary>
    public DateTimeOffset ToDateTimeOffset() =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(Milliseconds, Earliest.Milliseconds, Latest.Milliseconds));

    /// <inheritdoc/>
    public int CompareTo(EventTime other) => Milliseconds.CompareTo(other.Milliseconds);

    /// <summary>The moment so much later.</summary>
    public static EventTime operator +(EventTime time, TimeSpan span) => new(time.Milliseconds + (long)span.TotalMilliseconds);

    /// <summary>The moment so much earlier.</summary>
    public static EventTime operator -(EventTime time, TimeSpan span) => new(time.Milliseconds - (long)span.TotalMilliseconds);

    /// <summary>The time from one moment to another.</summary>
    public static TimeSpan operator -(EventTime later, EventTime earlier) => TimeSpan.FromMilliseconds(later.Milliseconds - earlier.Milliseconds);

    /// <summary>Whether one moment is before another.</summary>
    public static bool operator <(EventTime left, EventTime right) => left.Milliseconds < right.Milliseconds;

    /// <summary>Whether one moment is after another.</summary>
    public static bool operator >(EventTime left, EventTime right) => left.Milliseconds > right.Milliseconds;

    /// <summary>Whether one moment is not after another.</summary>
    public static bool operator <=(EventTime left, EventTime right) => left.Milliseconds <= right.Milliseconds;

    /// <summary>Whether one moment is not before another.</summary>
    public static bool operator >=(EventTime left, EventTime right) => left.Milliseconds >= right.Milliseconds;

    /// <summary>ISO 8601 in UTC: <c>2013-02-09T00:00:00Z</c>, with milliseconds only where they are not zero.</summary>
    public override string ToString()
    {
        var format = Milliseconds % 1000 == 0 ? "yyyy-MM-ddTHH:mm:ssZ" : "yyyy-MM-ddTHH:mm:ss.fffZ";
        return ToDateTimeOffset().UtcDateTime.ToString(format, CultureInfo.InvariantCulture);
    }
}
