using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>
/// Locates the fields that monitors read in an event, in one pass and without allocation, and returns their bins and event times.
/// </summary>
/// <remarks>
/// The whole event is read, even when all fields have been found: a record that is truncated after them is malformed too, and if a key is
/// repeated, the last value wins, as in every common parser. Not thread-safe: it keeps the places of the last event's fields.
/// </remarks>
public sealed class EventDecoder
{
    /// <summary>How deep JSON may be nested; deeper JSON is malformed.</summary>
    public const int MaxDepth = 64;

    private readonly FieldToken[] _tokens;
    private readonly JsonScanner? _json; // null where a field is no path, but only the name of a CSV column
    private readonly string? _jsonError;
    private readonly (int Field, int Found)[] _same; // fields at the place of a later one, which is found for both: a and ["a"]
    private readonly CsvFieldLocator _csv;
    private byte[] _scratch = new byte[256];
    private byte[] _segment = []; // of several fields
    private byte[] _kept = [];

    /// <summary>Creates a decoder for some fields; a field's index is its place in the list.</summary>
    public EventDecoder(IReadOnlyList<FieldPath> fields)
    {
        _tokens = new FieldToken[fields.Count];
        _jsonError = fields.FirstOrDefault(field => field.JsonError is not null)?.JsonError;
        _json = _jsonError is null ? new JsonScanner(PathNode.Root(fields), _tokens) : null;
        _same =
        [
            .. from field in fields.Index()
               let last = fields.Index().Last(other => other.Item.Steps.SequenceEqual(field.Item.Steps)).Index
               where last != field.Index
               select (field.Index, last),
        ];
        _csv = new CsvFieldLocator(fields, _tokens);
    }

    /// <summary>The place of a field in the event that was decoded last.</summary>
    public FieldToken this[int field] => _tokens[field];

    /// <summary>Locates the fields of an event.</summary>
    /// <returns><see cref="Rejection.None"/>, or the reason why the event cannot be read, whatever its bytes are.</returns>
    /// <exception cref="SourceException">
    /// A CSV header has two columns of the name of a field, or the event is JSON and a field is no path.
    /// </exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Rejection Decode(in RawEvent raw)
    {
        Array.Clear(_tokens);
        if (raw.IsTooLarge)
        {
            return Rejection.TooLarge;
        }

        var value = raw.Value;
        if (value.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            return Rejection.Empty;
        }

        if (value[0] <= 1 && raw.Header is null)
        {
            return DecodeFramed(value);
        }

        if (!Utf8.IsValid(value))
        {
            return Explain(raw);
        }

        return raw.Header is { } header ? _csv.Locate(value, header)
            : _json is null ? ThrowNoPath()
            : _json.TryScan(value, value.StartsWith("\uFEFF"u8) ? 3 : 0) ? Complete()
            : Explain(raw);
    }

    /// <summary>Locates the fields of an element of an array, in a record that has been checked.</summary>
    /// <param name="record">The record's bytes, to which the places of the fields refer.</param>
    /// <param name="at">The place of the element's first byte.</param>
    /// <returns>The place behind the element.</returns>
    /// <exception cref="SourceException">A field is no path.</exception>
    internal int DecodeElement(ReadOnlySpan<byte> record, int at)
    {
        if (_json is null)
        {
            ThrowNoPath();
        }

        Array.Clear(_tokens);
        var behind = _json.ScanValue(record, at);
        Complete();
        return behind;
    }

    /// <summary>The bin of a field's value.</summary>
    /// <param name="field">The field's index.</param>
    /// <param name="binning">The field's bins.</param>
    /// <param name="value">The bytes of the event that was decoded last.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int BinOf(int field, FieldBinning binning, ReadOnlySpan<byte> value)
    {
        var token = _tokens[field];
        if (IsMissing(token, value))
        {
            return binning.Missing;
        }

        if (binning is NumericBinning numeric)
        {
            return TryGetNumber(token, value, numeric.ReadsTextNumbers, out var number) ? numeric.BinOf(number) : binning.WrongType;
        }

        var categorical = (CategoricalBinning)binning;
        return token.Kind == FieldKind.Composite ? binning.WrongType
            : !TryGetText(token, value, out var text) ? categorical.Unseen
            : token.Kind == FieldKind.Number ? categorical.BinOfNumber(text)
            : token.Kind == FieldKind.Cell ? categorical.BinOfCell(text)
            : categorical.BinOf(text);
    }

    /// <summary>A field's value, for bins that are found later; valid until the next call that returns text.</summary>
    /// <param name="token">The field's place.</param>
    /// <param name="value">The bytes of the event.</param>
    /// <param name="needsLabel">Whether numbers have their text too.</param>
    public FieldValue ValueOf(FieldToken token, ReadOnlySpan<byte> value, bool needsLabel)
    {
        if (IsMissing(token, value))
        {
            return new FieldValue(FieldValueKind.Missing);
        }

        if (token.Kind == FieldKind.Composite)
        {
            return new FieldValue(FieldValueKind.Composite);
        }

        var isNumber = TryGetNumber(token, value, readsText: true, out var number);
        if (isNumber && !needsLabel && token.Kind != FieldKind.Text)
        {
            return FieldValue.Of(number);
        }

        var hasLabel = TryGetText(token, value, out var text);
        var isString = token.Kind == FieldKind.Text;
        return new FieldValue(
            !isNumber ? FieldValueKind.Text : isString ? FieldValueKind.TextNumber : FieldValueKind.Number,
            isNumber ? number : 0,
            hasLabel ? text : default)
        {
            HasLabel = hasLabel,
            IsJsonToken = token.Kind == FieldKind.Number,
            IsString = isString,
            IsJsonNumber = isString && hasLabel && NumberText.IsJsonNumber(text),
            HasLeadingZero = isNumber && hasLabel && token.Kind != FieldKind.Number && NumberText.HasLeadingZero(text),
        };
    }

    /// <summary>Whether a field has no value: it is absent or null, or a CSV cell of blanks.</summary>
    public static bool IsMissing(FieldToken token, ReadOnlySpan<byte> value) =>
        token.Kind == FieldKind.Missing || (token.Kind == FieldKind.Cell && NumberText.Trim(token.In(value)).IsEmpty);

    /// <summary>
    /// The segment in a field, given its place, as text: a string, a number's label, or <c>true</c> or <c>false</c>; empty if the field is
    /// missing, null, or an object or array. Valid until the next call that returns text.
    /// </summary>
    public ReadOnlySpan<byte> SegmentOf(FieldToken token, ReadOnlySpan<byte> value) =>
        token.Kind != FieldKind.Composite && !IsMissing(token, value) && TryGetText(token, value, out var text) ? text : default;

    /// <summary>
    /// The segment of one or more fields, given their places, as <see cref="SegmentFields"/> makes it. Valid until the next call that
    /// returns text.
    /// </summary>
    public ReadOnlySpan<byte> SegmentOf(ReadOnlySpan<FieldToken> tokens, ReadOnlySpan<byte> value)
    {
        if (tokens.Length == 1)
        {
            return SegmentOf(tokens[0], value);
        }

        var length = 0;
        for (var i = 0; i < tokens.Length; i++)
        {
            length = AppendToSegment(SegmentOf(tokens[i], value), length, isFirst: i == 0);
        }

        return _segment.AsSpan(0, length);
    }

    /// <summary>The same, with the name of the event's topic as the first part.</summary>
    public ReadOnlySpan<byte> SegmentOf(ReadOnlySpan<byte> topic, ReadOnlySpan<FieldToken> tokens, ReadOnlySpan<byte> value)
    {
        if (tokens.IsEmpty)
        {
            return topic;
        }

        var length = AppendToSegment(topic, 0, isFirst: true);
        foreach (var token in tokens)
        {
            length = AppendToSegment(SegmentOf(token, value), length, isFirst: false);
        }

        return _segment.AsSpan(0, length);
    }

    /// <summary>The event time in a field; null if there is none.</summary>
    /// <param name="field">The field's index.</param>
    /// <param name="format">How it is written; null for the forms of <see cref="EventTimeText"/>.</param>
    /// <param name="value">The bytes of the event that was decoded last.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public EventTime? TimeOf(int field, EventTimeFormat? format, ReadOnlySpan<byte> value)
    {
        var token = _tokens[field];
        return token.Kind switch
        {
            FieldKind.Number when format is null => EventTimeText.FromNumber(token.In(value)),
            FieldKind.Number => format.Read(token.In(value)),
            FieldKind.Text or FieldKind.Cell when TryGetText(token, value, out var text) =>
                format is null ? EventTimeText.FromText(text) : format.Read(text),
            _ => null,
        };
    }

    /// <summary>
    /// The start of a field's text as it is written in the event, for messages; null if it is missing, an object or an array.
    /// </summary>
    /// <param name="field">The field's index.</param>
    /// <param name="value">The bytes of the event that was decoded last.</param>
    public string? ExampleOf(int field, ReadOnlySpan<byte> value)
    {
        const int LongestExample = 40;
        var text = _tokens[field].In(value);
        return IsMissing(_tokens[field], value) || text.IsEmpty ? null
            : text.Length <= LongestExample ? Encoding.UTF8.GetString(text)
            : Encoding.UTF8.GetString(text[..LongestExample]) + "…";
    }

    /// <summary>The number in a field.</summary>
    /// <param name="token">The field's place.</param>
    /// <param name="value">The bytes of the event.</param>
    /// <param name="readsText">Whether a JSON string may contain it.</param>
    /// <param name="number">The number.</param>
    /// <returns>False if it contains no number.</returns>
    public bool TryGetNumber(FieldToken token, ReadOnlySpan<byte> value, bool readsText, out double number)
    {
        number = 0;
        switch (token.Kind)
        {
            case FieldKind.Number:
                number = token.Number;
                return true;
            case FieldKind.Cell:
            case FieldKind.Text when readsText:
                return TryGetText(token, value, out var text)
                    && TryUseDecimalPoint(token.DecimalMark, ref text)
                    && NumberText.TryRead(text, out number);
            default:
                return false;
        }
    }

    /// <summary>
    /// A field's text without its escapes, and that of a JSON number as its label; valid until the next call that returns text.
    /// </summary>
    /// <returns>False if it contains an unpaired surrogate, which is not text.</returns>
    public bool TryGetText(FieldToken token, ReadOnlySpan<byte> value, out ReadOnlySpan<byte> text)
    {
        text = token.In(value);
        return !token.IsEscaped || token.Kind switch
        {
            FieldKind.Cell => TryUnescapeCsv(ref text),
            FieldKind.Number => TryLabel(ref text),
            _ => TryUnescapeJson(ref text),
        };
    }

    private int AppendToSegment(ReadOnlySpan<byte> text, int length, bool isFirst)
    {
        if (_segment.Length < length + 1 + 2 * text.Length)
        {
            Array.Resize(ref _segment, 2 * (length + 1 + 2 * text.Length));
        }

        if (!isFirst)
        {
            _segment[length++] = (byte)'/';
        }

        return SegmentFields.Append(_segment, length, text);
    }

    /// <summary>Copies a text, so that it stays valid while other texts are returned; until the next one that is kept.</summary>
    public ReadOnlySpan<byte> Keep(ReadOnlySpan<byte> text)
    {
        if (_kept.Length < text.Length)
        {
            _kept = new byte[Math.Max(text.Length, 256)];
        }

        text.CopyTo(_kept);
        return _kept.AsSpan(0, text.Length);
    }

    /// <summary>
    /// Whether two fields have the same category: the same text, that of a JSON number being its label. Cells of CSV that are the same
    /// number are the same too, unless one has a leading zero, as postal codes have.
    /// </summary>
    /// <param name="a">The place of a field that is not missing, and is neither an object nor an array.</param>
    /// <param name="b">The place of another.</param>
    /// <param name="value">The bytes of the event.</param>
    public bool AreSameCategory(FieldToken a, FieldToken b, ReadOnlySpan<byte> value)
    {
        if (!TryGetText(a, value, out var text))
        {
            return false;
        }

        text = a.IsEscaped && b.IsEscaped ? Keep(text) : text;
        if (!TryGetText(b, value, out var other))
        {
            return false;
        }

        if (a.Kind != FieldKind.Cell)
        {
            return text.SequenceEqual(other);
        }

        text = NumberText.Trim(text);
        other = NumberText.Trim(other);
        return text.SequenceEqual(other) || AreSameNumber(text, other);
    }

    private static bool AreSameNumber(ReadOnlySpan<byte> cell, ReadOnlySpan<byte> other)
    {
        const int Longest = 64;
        Span<byte> label = stackalloc byte[Longest + NumberLabel.MostAdded];
        Span<byte> otherLabel = stackalloc byte[Longest + NumberLabel.MostAdded];
        return cell.Length <= Longest && other.Length <= Longest
            && !NumberText.HasLeadingZero(cell) && !NumberText.HasLeadingZero(other)
            && NumberLabel.TryWrite(cell, label, out var length) && NumberLabel.TryWrite(other, otherLabel, out var otherLength)
            && label[..length].SequenceEqual(otherLabel[..otherLength]);
    }

    // Writes a number with a decimal comma with a point; false if the cell cannot be a number in its column.
    private bool TryUseDecimalPoint(DecimalMark mark, ref ReadOnlySpan<byte> cell)
    {
        if (mark == DecimalMark.Point)
        {
            return true;
        }

        var hasPoint = cell.Contains((byte)'.');
        var comma = cell.IndexOf((byte)',');
        if (comma < 0 || hasPoint || mark == DecimalMark.Unsure)
        {
            return comma < 0 && (!hasPoint || mark == DecimalMark.Either);
        }

        EnsureScratch(cell.Length);
        cell.CopyTo(_scratch); // onto itself if it was unescaped
        _scratch[comma] = (byte)'.';
        cell = _scratch.AsSpan(0, cell.Length);
        return true;
    }

    private bool TryLabel(ref ReadOnlySpan<byte> number)
    {
        EnsureScratch(number.Length + NumberLabel.MostAdded);
        number = NumberLabel.TryWrite(number, _scratch, out var length) ? _scratch.AsSpan(0, length) : number;
        return true;
    }

    private Rejection Complete()
    {
        foreach (var (field, found) in _same)
        {
            _tokens[field] = _tokens[found];
        }

        return Rejection.None;
    }

    // JSON behind the frame of a schema registry, or something else there.
    private Rejection DecodeFramed(ReadOnlySpan<byte> value)
    {
        var frame = SchemaFrame.LengthIn(value);
        var payload = value[frame..];
        return frame == 0 ? Rejection.Malformed
            : !SchemaFrame.IsJson(payload) || !Utf8.IsValid(payload) ? Rejection.Schema
            : _json is null ? ThrowNoPath()
            : _json.TryScan(value, frame) ? Complete()
            : Rejection.Malformed;
    }

    // Why a value is not JSON.
    private static Rejection Explain(in RawEvent raw) =>
        raw.Header is null && (SchemaFrame.IsAvro(raw.Value) || IsOfSchema(raw)) ? Rejection.Schema : Rejection.Malformed;

    // Whether a header names the schema of a value that is not meant to be JSON.
    private static bool IsOfSchema(in RawEvent raw) =>
        raw.HasRecordHeader(SchemaFrame.Header) && !(SchemaFrame.IsJson(raw.Value) && Utf8.IsValid(raw.Value));

    [DoesNotReturn]
    private Rejection ThrowNoPath() => throw new SourceException($"the events are JSON, and {_jsonError}");

    private bool TryUnescapeCsv(ref ReadOnlySpan<byte> text)
    {
        EnsureScratch(text.Length);
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            _scratch[length++] = text[i];
            i += text[i] == '"' ? 1 : 0; // skip the second of two quotes
        }

        text = _scratch.AsSpan(0, length);
        return true;
    }

    private bool TryUnescapeJson(ref ReadOnlySpan<byte> text)
    {
        EnsureScratch(text.Length);
        var isText = EscapedText.TryResolve(text, _scratch, out var length);
        text = _scratch.AsSpan(0, length);
        return isText;
    }

    private void EnsureScratch(int length)
    {
        if (_scratch.Length < length)
        {
            _scratch = new byte[length];
        }
    }
}
