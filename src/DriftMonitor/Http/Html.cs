using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Http;

/// <summary>
/// Builds HTML from interpolated strings. The literal parts are markup; the interpolated values are text and are always encoded.
/// </summary>
/// <example><code>html.Write($"&lt;td&gt;{topic}&lt;/td&gt;")</code></example>
internal sealed class Html
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private readonly StringBuilder _text = new(16 * 1024);

    /// <summary>Appends markup with encoded values.</summary>
    /// <returns>This page.</returns>
    public Html Write([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        _ = markup; // the handler has written to the page already
        return this;
    }

    /// <summary>Appends markup of our own as it is, such as a style sheet.</summary>
    public void WriteMarkup(string markup) => _text.Append(markup);

    /// <summary>Appends a moment of event time, to the minute or, where it is between two, to the second.</summary>
    public void WriteTime(EventTime time)
    {
        var shown = time.ToDateTimeOffset();
        var format = shown.Second == 0 && shown.Millisecond == 0 ? "yyyy-MM-dd HH:mm" : "yyyy-MM-dd HH:mm:ss";
        Write($"""<time datetime="{time.ToString()}">{shown.ToString(format, CultureInfo.InvariantCulture)}</time>""");
    }

    /// <summary>The page in UTF-8.</summary>
    public byte[] ToUtf8() => Encoding.UTF8.GetBytes(_text.ToString());

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>
    /// Appends the parts of an interpolated string: literals unchanged, values encoded, numbers in the invariant culture.
    /// </summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Markup
    {
        private readonly StringBuilder _text;

        public Markup(int literalLength, int formattedCount, Html html)
        {
            _ = (literalLength, formattedCount);
            _text = html._text;
        }

        public void AppendLiteral(string markup) => _text.Append(markup);

        public void AppendFormatted(string? text) => _text.Append(Encoder.Encode(text ?? ""));

        public void AppendFormatted<T>(T value, string? format = null)
            where T : IFormattable => AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));
    }
}
