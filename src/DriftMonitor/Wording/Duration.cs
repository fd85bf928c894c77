using System.Globalization;

namespace DriftMonitor.Wording;

/// <summary>A length of time as configurations write it: <c>500ms</c>, <c>10s</c>, <c>5m</c>, <c>6h</c>, <c>30d</c>.</summary>
/// <remarks>.NET's own TimeSpan would take <c>30</c> as thirty days and refuse <c>10s</c>.</remarks>
internal readonly record struct Duration(TimeSpan Span)
{
    /// <summary>The form of a duration, as a regular expression.</summary>
    public const string Pattern = "^[0-9]+(ms|s|m|h|d)$";

    private static readonly (string Suffix, long Milliseconds)[] Units =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    private readonly string? _written;

    private Duration(TimeSpan span, string written)
        : this(span) => _written = written;

    /// <summary>Reads a duration; at most 100 years.</summary>
    public static bool TryParse(string? text, out Duration duration)
    {
        duration = default;
        foreach (var (suffix, milliseconds) in Units)
        {
            if (text is not null && text.EndsWith(suffix, StringComparison.Ordinal)
                && text.AsSpan(0, text.Length - suffix.Length) is var digits
                && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                if (count > 36_525L * 86_400_000 / milliseconds)
                {
                    return false;
                }

                duration = new Duration(TimeSpan.FromMilliseconds(count * milliseconds), text);
                return true;
            }
        }

        return false;
    }

    /// <summary>Compares lengths, not how they are written: 24h equals 1d.</summary>
    public bool Equals(Duration other) => Span == other.Span;

    /// <inheritdoc/>
    public override int GetHashCode() => Span.GetHashCode();

    /// <summary>As it was written; a computed one in the largest unit of which it is a whole number.</summary>
    public override string ToString()
    {
        if (_written is not null)
        {
            return _written;
        }

        var total = (long)Span.TotalMilliseconds;
        var (suffix, unit) = total == 0 ? ("s", 1000) : Units.Last(unit => total % unit.Milliseconds == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{total / unit}{suffix}");
    }
}
