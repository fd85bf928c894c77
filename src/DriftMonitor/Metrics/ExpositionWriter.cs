using System.Buffers;
using System.Globalization;
using System.Text;

namespace DriftMonitor.Metrics;

/// <summary>Writes families of samples in one of the two formats, for scrapes and for history with timestamps.</summary>
/// <remarks>
/// OpenMetrics 1.0 forbids that families, series or points interleave. The writer does not remember what was written; it requires an order
/// in which they cannot: within a family the labels ascend, and within a series the times. A sample out of order or written twice is a bug
/// of the caller: <see cref="InvalidOperationException"/>.
/// </remarks>
internal sealed class ExpositionWriter(IBufferWriter<byte> output, ExpositionFormat format)
{
    // A number takes at most 24 bytes, and a line has at most three (le, value, time); the rest is punctuation.
    private const int LineOverhead = 128;

    private static readonly SearchValues<char> HelpSpecial = SearchValues.Create("\\\n\0");
    private static readonly SearchValues<char> OpenMetricsHelpSpecial = SearchValues.Create("\\\n\"\0");

    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private byte[] _name = [];
    private MetricKind? _kind;
    private bool _ended;
    private bool _hasSample;
    private Labels _labels;
    private DateTimeOffset? _time;

    /// <summary>Begins a family, whose samples must follow.</summary>
    /// <param name="name">The family's name; for a counter, without <c>_total</c>.</param>
    /// <param name="kind">The kind of its samples.</param>
    /// <param name="unit">The unit, with which the name must end, or empty.</param>
    /// <param name="help">A sentence for people, or empty.</param>
    /// <exception cref="ArgumentException">
    /// The name is ill-formed, a counter's name ends in <c>_total</c>, or the name does not end in the unit.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// An earlier family has this name, or samples with this name, or the end has been written.
    /// </exception>
    public void Family(string name, MetricKind kind, string unit = "", string help = "")
    {
        if (!Labels.IsName(name.Replace(':', '_')))
        {
            throw new ArgumentException($"The metric name '{name}' must match [a-zA-Z_:][a-zA-Z0-9_:]*.", nameof(name));
        }

        if (kind == MetricKind.Counter && name.EndsWith("_total", StringComparison.Ordinal))
        {
            throw new ArgumentException($"The name of the counter '{name}' is given without _total.", nameof(name));
        }

        if (unit.Length > 0 && !name.EndsWith('_' + unit, StringComparison.Ordinal))
        {
            throw new ArgumentException($"The metric name '{name}' must end in its unit, '_{unit}'.", nameof(unit));
        }

        string[] suffixes = kind switch
        {
            MetricKind.Counter => ["", "_total"],
            MetricKind.Histogram => ["", "_bucket", "_sum", "_count"],
            _ => [""],
        };
        if (_ended || !suffixes.All(suffix => _taken.Add(name + suffix)))
        {
            throw new InvalidOperationException(_ended ? "The end has been written." : $"The family '{name}' clashes with an earlier one.");
        }

        var sample = kind == MetricKind.Counter ? name + "_total" : name;
        _name = Encoding.ASCII.GetBytes(sample);
        _kind = kind;
        _hasSample = false;
        var type = kind switch { MetricKind.Gauge => "gauge", MetricKind.Counter => "counter", _ => "histogram" };
        if (format == ExpositionFormat.Text004)
        {
            Header("# HELP ", sample, help, HelpSpecial);
            Header("# TYPE ", sample, type, HelpSpecial);
        }
        else
        {
            Header("# TYPE ", name, type, OpenMetricsHelpSpecial);
            Header("# UNIT ", name, unit, OpenMetricsHelpSpecial);
            Header("# HELP ", name, help, OpenMetricsHelpSpecial);
        }
    }

    /// <summary>Writes a sample of the gauge or counter begun last.</summary>
    /// <param name="labels">Its labels, not below those of the sample before.</param>
    /// <param name="value">Its value, written so that it reads back as the same double.</param>
    /// <param name="time">Its time, to the millisecond, after that of the same series before; none on a page that is scraped.</param>
    public void Sample(Labels labels, double value, DateTimeOffset? time = null)
    {
        if (_kind is not (MetricKind.Gauge or MetricKind.Counter))
        {
            throw new InvalidOperationException("A sample belongs to a gauge or counter, which has not been begun.");
        }

        Proceed(labels, time);
        Line("", labels, null, value, time);
    }

    /// <summary>Writes the buckets, sum and count of a series of the histogram begun last.</summary>
    /// <param name="labels">Its labels, above those of the series before; <c>le</c> is added.</param>
    /// <param name="upperBounds">The buckets' inclusive upper bounds, ascending, without the infinite last one.</param>
    /// <param name="counts">Each bucket's own count, one more than there are bounds.</param>
    /// <param name="sum">The sum of the values counted.</param>
    /// <param name="time">As for <see cref="Sample"/>.</param>
    public void Histogram(
        Labels labels, ReadOnlySpan<double> upperBounds, ReadOnlySpan<long> counts, double sum, DateTimeOffset? time = null)
    {
        if (_kind is not MetricKind.Histogram)
        {
            throw new InvalidOperationException("A histogram's series belongs to a histogram, which has not been begun.");
        }

        if (counts.Length != upperBounds.Length + 1)
        {
            throw new ArgumentException(
                $"{upperBounds.Length} bounds make {upperBounds.Length + 1} buckets, not {counts.Length}.", nameof(counts));
        }

        // A quote within a value is escaped, so this can only be a label's name.
        if (labels.Utf8.StartsWith("le=\""u8) || labels.Utf8.IndexOf(",le=\""u8) >= 0)
        {
            throw new ArgumentException("A histogram's label 'le' is the bucket's bound.", nameof(labels));
        }

        Proceed(labels, time);
        var cumulative = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            cumulative += counts[i];
            Line("_bucket", labels, i < upperBounds.Length ? upperBounds[i] : double.PositiveInfinity, cumulative, time);
        }

        Line("_sum", labels, null, sum, time);
        Line("_count", labels, null, cumulative, time);
    }

    /// <summary>Ends the exposition. An OpenMetrics reader treats a text without an end as truncated.</summary>
    public void End()
    {
        if (_ended)
        {
            throw new InvalidOperationException("The end has been written.");
        }

        _ended = true;
        _kind = null;
        if (format == ExpositionFormat.OpenMetrics100)
        {
            output.Write("# EOF\n"u8);
        }
    }

    private void Proceed(Labels labels, DateTimeOffset? time)
    {
        var order = _hasSample ? _labels.CompareTo(labels) : -1;
        if (order > 0 || (order == 0 && !(time > _time)))
        {
            throw new InvalidOperationException(
                $"The sample {Encoding.ASCII.GetString(_name)}{labels} at {time:O} must come after {_labels} at {_time:O}: "
                    + "labels must ascend, and the times of a series.");
        }

        (_hasSample, _labels, _time) = (true, labels, time);
    }

    private void Header(string mark, string name, string text, SearchValues<char> special)
    {
        if (text.Length == 0)
        {
            return;
        }

        var line = output.GetSpan(mark.Length + name.Length + Labels.MaxEscapedLength(text) + 2);
        var length = Encoding.ASCII.GetBytes(mark, line);
        length += Encoding.ASCII.GetBytes(name, line[length..]);
        line[length++] = (byte)' ';
        length += Labels.Escape(text, special, line[length..]);
        line[length++] = (byte)'\n';
        output.Advance(length);
    }

    private void Line(ReadOnlySpan<char> suffix, Labels labels, double? le, double value, DateTimeOffset? time)
    {
        var encoded = labels.Utf8;
        var line = output.GetSpan(_name.Length + encoded.Length + LineOverhead);
        _name.CopyTo(line);
        var length = _name.Length;
        length += Encoding.ASCII.GetBytes(suffix, line[length..]);
        if (encoded.Length > 0 || le is not null)
        {
            line[length++] = (byte)'{';
            encoded.CopyTo(line[length..]);
            length += encoded.Length;
            if (le is { } bound)
            {
                length += Copy(encoded.Length > 0 ? ",le=\""u8 : "le=\""u8, line[length..]);
                length += Bound(bound, line[length..]);
                line[length++] = (byte)'"';
            }

            line[length++] = (byte)'}';
        }

        line[length++] = (byte)' ';
        length += Number(value, line[length..]);
        if (time is { } at)
        {
            line[length++] = (byte)' ';
            length += Time(at, line[length..]);
        }

        line[length++] = (byte)'\n';
        output.Advance(length);
    }

    private int Time(DateTimeOffset time, Span<byte> to)
    {
        var milliseconds = time.ToUnixTimeMilliseconds();
        int length;
        _ = format == ExpositionFormat.Text004
            ? milliseconds.TryFormat(to, out length, default, CultureInfo.InvariantCulture)
            : (milliseconds / 1000m).TryFormat(to, out length, "0.###", CultureInfo.InvariantCulture); // a decimal: exact
        return length;
    }

    // The canonical form has a point (OpenMetrics, "Canonical Numbers"). It is used in both formats: Prometheus 2 keeps the label
    // unchanged, and a bucket must not become two series when the scraper changes its format.
    private static int Bound(double bound, Span<byte> to)
    {
        var length = Number(bound, to);
        return to[..length].IndexOfAny(".EIN"u8) >= 0 ? length : length + Copy(".0"u8, to[length..]);
    }

    private static int Number(double value, Span<byte> to)
    {
        if (double.IsFinite(value))
        {
            _ = value.TryFormat(to, out var length, default, CultureInfo.InvariantCulture);
            return length;
        }

        return Copy(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8, to);
    }

    private static int Copy(ReadOnlySpan<byte> text, Span<byte> to)
    {
        text.CopyTo(to);
        return text.Length;
    }
}
