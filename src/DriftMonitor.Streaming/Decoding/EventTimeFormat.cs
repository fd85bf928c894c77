using System.Globalization;
using System.Text;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>
/// A form of event times other than those of <see cref="EventTimeText"/>: a format of .NET, in UTC unless it has a zone, or <c>days</c>
/// since 1970-01-01.
/// </summary>
public sealed record EventTimeFormat
{
    private const string Days = "days";
    private const int LongestText = 128; // bytes; a time is shorter
    private const DateTimeStyles Styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal
        | DateTimeStyles.NoCurrentDateDefault | DateTimeStyles.AllowLeadingWhite | DateTimeStyles.AllowTrailingWhite;

    private EventTimeFormat(string text) => Text = text;

    /// <summary>The format as written.</summary>
    public string Text { get; }

    /// <summary>Reads a format.</summary>
    /// <exception cref="FormatException">It is no format of .NET, or does not contain a whole date; the message has the remedy.</exception>
    public static EventTimeFormat Parse(string text)
    {
        const string Remedy = "write a format of .NET, such as dd.MM.yyyy HH:mm:ss, or days";
        if (text != Days)
        {
            var example = new DateTime(2001, 12, 23, 16, 45, 56, DateTimeKind.Utc);
            string written;
            try
            {
                written = example.ToString(text, CultureInfo.InvariantCulture);
            }
            catch (FormatException e)
            {
                throw new FormatException($"is \"{text}\", which is no format of times: {Remedy}", e);
            }

            if (text.Length == 0 || !DateTime.TryParseExact(written, text, CultureInfo.InvariantCulture, Styles, out var read)
                || read.Date != example.Date)
            {
                throw new FormatException($"is \"{text}\", which does not contain year, month and day: {Remedy}");
            }
        }

        return new EventTimeFormat(text);
    }

    /// <summary>The time that a text means; null if it does not have this form.</summary>
    public EventTime? Read(ReadOnlySpan<byte> utf8)
    {
        if (Text == Days)
        {
            return NumberText.TryRead(utf8, out var days) && Math.Abs(days) < 5_000_000
                && new EventTime((long)Math.Floor(days * 86_400_000)) is { IsInRange: true } time
                    ? time
                    : null;
        }

        Span<char> text = stackalloc char[LongestText];
        return utf8.Length <= LongestText && Encoding.UTF8.GetChars(utf8, text) is var length
            && DateTime.TryParseExact(text[..length], Text, CultureInfo.InvariantCulture, Styles, out var moment)
                ? EventTime.From(new DateTimeOffset(moment, TimeSpan.Zero))
                : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
