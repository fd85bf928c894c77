using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using DriftMonitor.Core.Time;

namespace DriftMonitor.History;

/// <summary>
/// Reads a day of OpenMetrics text, and accepts only what every importer takes over completely: each metric once, its series ascending by
/// labels, the times of a series ascending, every sample with a time of the day in seconds, and an end mark.
/// </summary>
/// <remarks>promtool drops samples that are out of order, and takes milliseconds for seconds, without a word.</remarks>
internal sealed class OpenMetricsReader
{
    private const int BufferSize = 256 * 1024;

    private readonly HashSet<string> _families = new(StringComparer.Ordinal);
    private readonly Period _day;
    private byte[] _family = [];
    private byte[] _name = []; // of the family's samples
    private bool _hasSamples;
    private byte[] _labels = [];
    private int _labelsLength;
    private long _milliseconds;
    private long _line;
    private bool _hasEnded;

    private OpenMetricsReader(Period day) => _day = day;

    /// <summary>Reads a text to its end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="date">The day that its samples must be of.</param>
    /// <returns>The number of samples.</returns>
    /// <exception cref="InvalidDataException">It is not such a text; the message names the line.</exception>
    public static long Read(Stream text, DateOnly date)
    {
        var from = EventTime.From(new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero));
        return new OpenMetricsReader(new Period(from, from + TimeSpan.FromDays(1))).Read(text);
    }

    private long Read(Stream text)
    {
        var samples = 0L;
        var buffer = new byte[BufferSize];
        var length = 0;
        int read;
        while ((read = text.Read(buffer.AsSpan(length))) > 0)
        {
            length += read;
            var rest = buffer.AsSpan(0, length);
            while (rest.IndexOf((byte)'\n') is >= 0 and var end)
            {
                _line++;
                samples += Line(rest[..end]) ? 1 : 0;
                rest = rest[(end + 1)..];
            }

            rest.CopyTo(buffer);
            length = rest.Length;
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }
        }

        Require(length == 0, "the last line has no end");
        Require(_hasEnded, "# EOF is missing");
        return samples;
    }

    // Returns whether the line is a sample.
    private bool Line(ReadOnlySpan<byte> line)
    {
        Require(!_hasEnded, "there is text after # EOF");
        Require(Utf8.IsValid(line), "it is not UTF-8");
        if (line.SequenceEqual("# EOF"u8))
        {
            _hasEnded = true;
            return false;
        }

        if (line.StartsWith("# "u8))
        {
            Metadata(line[2..]);
            return false;
        }

        Sample(line);
        return true;
    }

    private void Metadata(ReadOnlySpan<byte> line)
    {
        var text = line;
        var keyword = Cut(ref text);
        var name = Cut(ref text);
        if (keyword.SequenceEqual("TYPE"u8))
        {
            var isCounter = text.SequenceEqual("counter"u8);
            Require(isCounter || text.SequenceEqual("gauge"u8), "the type is neither gauge nor counter");
            Require(_families.Add(Encoding.UTF8.GetString(name)), "the metric has been before");
            _family = name.ToArray();
            _name = isCounter ? [.. name, .. "_total"u8] : _family;
            _hasSamples = false;
            return;
        }

        Require(keyword.SequenceEqual("HELP"u8), "it is neither TYPE, HELP nor EOF");
        Require(name.SequenceEqual(_family) && !_hasSamples, "HELP must follow the TYPE of its metric");
    }

    private void Sample(ReadOnlySpan<byte> line)
    {
        Require(_name.Length > 0 && line.StartsWith(_name), "the sample belongs to another metric");
        var rest = line[_name.Length..];
        ReadOnlySpan<byte> labels = [];
        if (rest.StartsWith("{"u8))
        {
            var length = LabelsLength(rest[1..]);
            labels = rest[1..(1 + length)];
            rest = rest[(length + 2)..];
        }

        Require(rest.StartsWith(" "u8), "the value is missing");
        var time = rest[1..];
        var value = Cut(ref time);
        Require(
            Utf8Parser.TryParse(value, out double number, out var used) && used == value.Length && double.IsFinite(number),
            "the value is no finite number");
        var milliseconds = Milliseconds(time);
        Require(
            milliseconds >= _day.From.Milliseconds && milliseconds < _day.To.Milliseconds,
            "the time is not on this day, in seconds since 1970");
        var order = _hasSamples ? _labels.AsSpan(0, _labelsLength).SequenceCompareTo(labels) : -1;
        Require(order <= 0, "the labels do not ascend");
        Require(order < 0 || _milliseconds < milliseconds, "the times of the series do not ascend");
        if (order < 0)
        {
            _labels = _labels.Length >= labels.Length ? _labels : new byte[2 * labels.Length];
            labels.CopyTo(_labels);
            _labelsLength = labels.Length;
        }

        (_hasSamples, _milliseconds) = (true, milliseconds);
    }

    // The bytes up to the closing brace.
    private int LabelsLength(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (true)
        {
            var name = text[at..].IndexOf("=\""u8);
            Require(name > 0, "a label has no name or no value");
            for (at += name + 2; at < text.Length && text[at] != (byte)'"'; at++)
            {
                if (text[at] == (byte)'\\')
                {
                    at++;
                    Require(at < text.Length && text[at] is (byte)'\\' or (byte)'"' or (byte)'n', "a label's value has an unknown escape");
                }
            }

            Require(at + 1 < text.Length, "a label's value has no end");
            at++;
            if (text[at] == (byte)'}')
            {
                return at;
            }

            Require(text[at] == (byte)',', "labels must be separated by commas");
            at++;
        }
    }

    private long Milliseconds(ReadOnlySpan<byte> time)
    {
        Require(time.Length > 0, "the sample has no time");
        var isNumber = decimal.TryParse(
            time, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds);
        Require(isNumber, "the time is no number");
        var milliseconds = seconds * 1000;
        Require(milliseconds == decimal.Truncate(milliseconds), "the time is finer than a millisecond");
        return (long)milliseconds;
    }

    private static ReadOnlySpan<byte> Cut(ref ReadOnlySpan<byte> text)
    {
        var at = text.IndexOf((byte)' ');
        var before = at < 0 ? text : text[..at];
        text = at < 0 ? [] : text[(at + 1)..];
        return before;
    }

    private void Require(bool isTrue, string otherwise)
    {
        if (!isTrue)
        {
            throw new InvalidDataException($"line {Math.Max(1, _line)}: {otherwise}");
        }
    }
}
