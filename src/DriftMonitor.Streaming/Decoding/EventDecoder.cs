using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>
/// Finds the fields that monitors read in an event, in one pass and without allocation, and gives their bins and event times.
/// </summary>
/// <remarks>
/// The whole event is read even when all fields have been found: a record cut off after them is malformed all the same, and of a key that
/// stands twice the last counts, as in every common parser. Not thread-safe: it keeps the last event's places.
/// </remarks>
public sealed class EventDecoder
{
    /// <summary>How deep JSON may nest before it counts as malformed.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = MaxDepth };

    private readonly IReadOnlyList<FieldPath> _fields;
    private readonly Node _root;
    private readonly FieldToken[] _tokens;
    private byte[] _scratch = new byte[256];
    private CsvHeader? _header;
    private int[] _fieldOfColumn = [];

    /// <summary>A decoder for some fields; a field's index is its place in the list.</summary>
    public EventDecoder(IReadOnlyList<FieldPath> fields)
    {
        _fields = fields;
        _tokens = new FieldToken[fields.Count];
        _root = new Node(null, -1);
        for (var i = 0; i < fields.Count; i++)
        {
            _root.Add(fields[i].Steps, i);
        }
    }

    /// <summary>What stands at a field's place in the event decoded last.</summary>
    public FieldToken this[int field] => _tokens[field];

    /// <summary>Finds the fields of an event.</summary>
    /// <returns><see cref="Rejection.None"/>, or why the event can't be read. Never throws, whatever the bytes are.</returns>
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

        if (!Utf8.IsValid(value))
        {
            return Rejection.Malformed;
        }

        return raw.Header is { } header ? DecodeCsv(value, header) : DecodeJson(value);
    }

    /// <summary>The bin of a field's value.</summary>
    /// <param name="field">The field's index.</param>
    /// <param name="binning">The field's bins.</param>
    /// <param name="value">The bytes of the event decoded last.</param>
    public int BinOf(int field, FieldBinning binning, ReadOnlySpan<byte> value)
    {
        var token = _tokens[field];
        if (token.Kind == FieldKind.Missing)
        {
            return binning.Missing;
        }

        if (binning is NumericBinning numeric)
        {
            return TryNumber(token, value, out var number) ? numeric.BinOf(number) : binning.WrongType;
        }

        var categorical = (CategoricalBinning)binning;
        return token.Kind == FieldKind.Composite ? binning.WrongType
            : TryText(token, value, out var text) ? categorical.BinOf(text) : categorical.Unseen;
    }

    /// <summary>
    /// The segment that a field gives, as text: a string, or a number's or boolean's JSON text; empty where the field is missing, null, or an object or array.
    /// Valid until the next call for text.
    /// </summary>
    public ReadOnlySpan<byte> SegmentOf(int field, ReadOnlySpan<byte> value)
    {
        var token = _tokens[field];
        return token.Kind is not (FieldKind.Missing or FieldKind.Composite) && TryText(token, value, out var text) ? text : default;
    }

    /// <summary>The event time that a field gives; null where it gives none.</summary>
    public EventTime? TimeOf(int field, ReadOnlySpan<byte> value)
    {
        var token = _tokens[field];
        switch (token.Kind)
        {
            case FieldKind.Number:
                return EventTimeText.FromNumber(token.In(value));
            case FieldKind.Text:
                return TryText(token, value, out var text) ? EventTimeText.FromIso8601(text) : null;
            case FieldKind.Cell when TryText(token, value, out var cell):
                return NumberText.IsJsonNumber(cell is [(byte)'-', ..] ? cell[1..] : cell) ? EventTimeText.FromNumber(cell) : EventTimeText.FromIso8601(cell);
            default:
                return null;
        }
    }

    /// <summary>The number that a field holds, if it holds one.</summary>
    public bool TryNumber(FieldToken token, ReadOnlySpan<byte> value, out double number)
    {
        number = 0;
        switch (token.Kind)
        {
            case FieldKind.Number:
                number = NumberText.ToDouble(token.In(value));
                return true;
            case FieldKind.Cell:
                return TryText(token, value, out var cell) && !cell.IsEmpty && NumberText.TryReadCell(cell, out number);
            default:
                return false;
        }
    }

    /// <summary>A field's text with its escapes resolved, valid until the next call; false where it holds half a surrogate pair, which no text has.</summary>
    public bool TryText(FieldToken token, ReadOnlySpan<byte> value, out ReadOnlySpan<byte> text)
    {
        text = token.In(value);
        return !token.IsEscaped || (token.Kind == FieldKind.Cell ? Undouble(ref text) : Unescape(token, value, ref text));
    }

    private Rejection DecodeJson(ReadOnlySpan<byte> value)
    {
        var mark = value.StartsWith("\uFEFF"u8) ? 3 : 0;
        try
        {
            var reader = new Utf8JsonReader(value[mark..], Strict);
            reader.Read();
            Read(ref reader, _root, mark);
            reader.Read(); // nothing may follow: throws if something does
            return Rejection.None;
        }
        catch (JsonException)
        {
            return Rejection.Malformed; // the reader has no other way to say so
        }
    }

    private void Read(ref Utf8JsonReader reader, Node node, int mark)
    {
        if (node.Field >= 0)
        {
            _tokens[node.Field] = Token(ref reader, mark);
        }

        if (reader.TokenType == JsonTokenType.StartObject && node.HasNames)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var child = node.Named(ref reader);
                reader.Read();
                Enter(ref reader, child, mark);
            }
        }
        else if (reader.TokenType == JsonTokenType.StartArray && node.LastIndex >= 0)
        {
            for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            {
                Enter(ref reader, index <= node.LastIndex ? node.Indexed(index) : null, mark);
            }
        }
        else
        {
            reader.Skip();
        }
    }

    private void Enter(ref Utf8JsonReader reader, Node? child, int mark)
    {
        if (child is null)
        {
            reader.Skip();
            return;
        }

        Forget(child); // a key that stands twice: the last one counts, with all below it
        Read(ref reader, child, mark);
    }

    private void Forget(Node node)
    {
        if (node.Field >= 0)
        {
            _tokens[node.Field] = default;
        }

        foreach (var child in node.Children)
        {
            Forget(child);
        }
    }

    private static FieldToken Token(ref Utf8JsonReader reader, int mark)
    {
        var start = (int)reader.TokenStartIndex + mark;
        return reader.TokenType switch
        {
            JsonTokenType.String => new FieldToken(FieldKind.Text, reader.ValueIsEscaped, start + 1, reader.ValueSpan.Length),
            JsonTokenType.Number => new FieldToken(FieldKind.Number, false, start, reader.ValueSpan.Length),
            JsonTokenType.True or JsonTokenType.False => new FieldToken(FieldKind.Boolean, false, start, reader.ValueSpan.Length),
            JsonTokenType.Null => default,
            _ => new FieldToken(FieldKind.Composite, false, start, 0),
        };
    }

    private Rejection DecodeCsv(ReadOnlySpan<byte> row, CsvHeader header)
    {
        if (!ReferenceEquals(header, _header))
        {
            _header = header;
            _fieldOfColumn = [.. header.Columns.Select(FieldOf)];
            if (_fieldOfColumn.Where(field => field >= 0).GroupBy(field => field).FirstOrDefault(columns => columns.Count() > 1) is { } twice)
            {
                throw new SourceException($"the CSV header names two columns \"{_fields[twice.Key].Text}\": rename one of them");
            }
        }

        var cells = new CsvCells(row);
        var count = 0;
        while (cells.MoveNext(out var start, out var length, out var isEscaped))
        {
            if (count < _fieldOfColumn.Length && _fieldOfColumn[count] is >= 0 and var field)
            {
                _tokens[field] = length == 0 ? default : new FieldToken(FieldKind.Cell, isEscaped, start, length);
            }

            count++;
        }

        return count == _fieldOfColumn.Length && !cells.IsMalformed ? Rejection.None : Rejection.Malformed;
    }

    private int FieldOf(string column)
    {
        for (var field = 0; field < _fields.Count; field++)
        {
            if (_fields[field].Text == column)
            {
                return field;
            }
        }

        return -1;
    }

    private bool Undouble(ref ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            _scratch[length++] = text[i];
            i += text[i] == '"' ? 1 : 0; // its double
        }

        text = _scratch.AsSpan(0, length);
        return true;
    }

    private bool Unescape(FieldToken token, ReadOnlySpan<byte> value, ref ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        var reader = new Utf8JsonReader(value.Slice(token.Start - 1, token.Length + 2));
        reader.Read();
        try
        {
            text = _scratch.AsSpan(0, reader.CopyString(_scratch));
            return true;
        }
        catch (InvalidOperationException)
        {
            return false; // "\ud800" alone; the reader has no other way to say so
        }
    }

    private void Reserve(int length)
    {
        if (_scratch.Length < length)
        {
            _scratch = new byte[length];
        }
    }

    /// <summary>A step that some field's path takes.</summary>
    private sealed class Node(string? name, int index)
    {
        private readonly byte[] _name = name is null ? [] : Encoding.UTF8.GetBytes(name);

        public List<Node> Children { get; } = [];

        public int Field { get; private set; } = -1;

        public bool HasNames { get; private set; }

        /// <summary>The last element of an array that some path leads to; -1 where none does.</summary>
        public int LastIndex { get; private set; } = -1;

        public void Add(IReadOnlyList<FieldPath.Step> steps, int field)
        {
            var node = this;
            foreach (var step in steps)
            {
                var next = node.Children.Find(child => child.Is(step));
                if (next is null)
                {
                    node.Children.Add(next = new Node(step.Name, step.Index));
                    node.HasNames |= step.Name is not null;
                    node.LastIndex = Math.Max(node.LastIndex, next.Index);
                }

                node = next;
            }

            node.Field = field;
        }

        public Node? Named(ref Utf8JsonReader reader)
        {
            foreach (var child in Children)
            {
                if (child.Index < 0 && IsNamed(ref reader, child._name))
                {
                    return child;
                }
            }

            return null;
        }

        private static bool IsNamed(ref Utf8JsonReader reader, byte[] name)
        {
            if (!reader.ValueIsEscaped)
            {
                return reader.ValueTextEquals(name);
            }

            try
            {
                return reader.ValueTextEquals(name);
            }
            catch (InvalidOperationException)
            {
                return false; // "\ud800" alone is the name of no field
            }
        }

        // A loop, as a predicate would be made anew for each element of each event.
        public Node? Indexed(int at)
        {
            foreach (var child in Children)
            {
                if (child.Index == at)
                {
                    return child;
                }
            }

            return null;
        }

        private int Index => index;

        private bool Is(FieldPath.Step step) => step.Name is null ? index == step.Index : index < 0 && name == step.Name;
    }
}
