using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.References;

/// <summary>The values of a field over a period of event time, kept until its bins are known.</summary>
/// <remarks>Takes 24 bytes per event, 4 more with segments, and each distinct text once.</remarks>
public sealed class FieldSample
{
    private const int NoText = -1;
    private const int Missing = -2;
    private const int WrongType = -3;

    /// <summary>
    /// If the values decide whether the field is categorical, at most this many distinct numbers are also kept as texts: a field with more
    /// is hardly categorical, and each costs memory.
    /// </summary>
    public const int MostNumberTexts = 10_000;

    private const double ShareOfNumbers = 0.95; // from which on texts are numbers, or a field of categories is one of numbers

    private readonly bool? _isCategorical;
    private readonly PaneGrid _grid;
    private readonly List<Value> _values = [];
    private readonly Dictionary<string, int> _textIds = new(StringComparer.Ordinal);
    private readonly List<int> _segments = []; // the segment of each value, if there are segments
    private readonly Dictionary<string, int> _segmentIds;
    private int _numberTexts; // how many of the texts are numbers
    private long _numbers;
    private long _others;
    private long _missing;
    private long _composites;
    private long _wrongTypes; // of what values are derived from
    private (long Strings, long TextNumbers) _source; // that values are derived from
    private long _strings; // of JSON
    private long _jsonNumbers; // among the strings
    private long _textNumbers; // among the strings, in any spelling
    private int? _added; // values, where not all of them were kept
    private bool _hasCells;
    private bool _hasZeroInCells; // a cell is a number with a leading zero
    private bool _hasZeroInStrings;
    private byte[]? _example; // the smallest text, so that it does not depend on the order of the events
    private byte[]? _numberExample; // the smallest number in a string
    private byte[]? _zeroExample; // the smallest number with a leading zero

    /// <summary>Creates an empty sample.</summary>
    /// <param name="grid">The panes that values are assigned to.</param>
    /// <param name="isCategorical">Whether values will be treated as categories; null if the sample decides.</param>
    public FieldSample(PaneGrid grid, bool? isCategorical)
        : this(grid, isCategorical, segmentIds: null)
    {
    }

    /// <summary>Creates an empty sample of derived values.</summary>
    /// <param name="grid">As above.</param>
    /// <param name="isCategorical">As above.</param>
    /// <param name="segmentIds">The segments and their ids; null if there are none, or they are still to be found.</param>
    internal FieldSample(PaneGrid grid, bool? isCategorical, Dictionary<string, int>? segmentIds)
    {
        _grid = grid;
        _isCategorical = isCategorical;
        _segmentIds = segmentIds ?? new Dictionary<string, int>(StringComparer.Ordinal);
    }

    /// <summary>The number of values, including missing ones.</summary>
    public int Count => _values.Count;

    /// <summary>
    /// Whether the values are numbers rather than categories: more of them are numbers than texts, and no cell has a leading zero, as
    /// postal codes have.
    /// </summary>
    public bool IsMostlyNumbers => _isCategorical == false || (HasMoreNumbers && !_hasZeroInCells);

    /// <summary>
    /// Whether numbers in JSON strings are numbers: at least 95 % of the strings are JSON numbers and none has a leading zero, or, where
    /// somebody has chosen numeric bins, at least half of them are numbers.
    /// </summary>
    public bool ReadsTextNumbers => Strings > 0 && (_isCategorical == false
        ? 2 * TextNumbers >= Strings
        : _jsonNumbers >= ShareOfNumbers * _strings && !_hasZeroInStrings);

    /// <summary>
    /// Whether categories are labels of numbers: at least 95 % of the values are numbers, not in JSON strings, and no cell has a leading
    /// zero.
    /// </summary>
    public bool HasNumberLabels => _numbers > 0 && _numbers >= ShareOfNumbers * ((_added ?? Count) - _missing) && !_hasZeroInCells;

    /// <summary>
    /// A number with a leading zero that makes the values categories; null if there is none, or if they would be categories without it.
    /// </summary>
    public string? LeadingZero =>
        _zeroExample is { } zero && (HasMoreNumbers || _numbers + _textNumbers > Texts - _textNumbers) ? Shorten(zero) : null;

    /// <summary>Whether the values are derived from those of another field, whose strings may be numbers.</summary>
    public bool IsDerived => _source.Strings > 0;

    /// <summary>The number of JSON strings, also of those that values are derived from.</summary>
    public long Strings => _strings + _source.Strings;

    /// <summary>The number of JSON strings that are numbers.</summary>
    public long TextNumbers => _textNumbers + _source.TextNumbers;

    /// <summary>How many of the most frequent categories hold a share of the categories' events.</summary>
    public int CategoriesFor(double share)
    {
        var counts = CountCategories().Select(category => category.Value).OrderDescending().ToList();
        var (wanted, categories) = (share * counts.Sum(), 0);
        for (var held = 0L; held < wanted; categories++)
        {
            held += counts[categories];
        }

        return categories;
    }

    /// <summary>Whether the field is missing from every event.</summary>
    public bool IsMissing => _missing == (_added ?? Count);

    /// <summary>Whether there are texts or booleans among the values that are not read as numbers.</summary>
    public bool HasTexts => Texts > 0;

    /// <summary>
    /// Numbers that would be unseen as categories, because they first occurred after <see cref="MostNumberTexts"/> distinct numbers.
    /// </summary>
    public long NumbersWithoutText { get; private set; }

    /// <summary>Describes the values for people: <c>57 texts such as "UA", 12 missing</c>.</summary>
    public string Describe() => string.Join(", ", new[]
    {
        (Texts, $"text{(Texts > 1 ? "s" : "")} such as \"{Shorten(_example ?? _numberExample)}\""),
        (Numbers - FiniteNumbers().Length, "infinite or NaN"),
        (FiniteNumbers().Length, "finite numbers"),
        (_composites, "objects or arrays"),
        (_wrongTypes, "of another type"),
        (_missing, "missing"),
    }.Where(part => part.Item1 > 0).Select(part => $"{part.Item1} {part.Item2}"));

    private long Numbers => _numbers + (ReadsTextNumbers ? _textNumbers : 0);

    private long Texts => _others - (ReadsTextNumbers ? _textNumbers : 0);

    private bool HasMoreNumbers => Numbers > Texts;

    private static string Shorten(byte[]? utf8)
    {
        const int Longest = 40;
        var text = Encoding.UTF8.GetString(utf8 ?? []);
        return text.Length <= Longest ? text : $"{text[..Longest]}…";
    }

    /// <summary>Adds a field's value.</summary>
    public void Add(EventTime time, EventDecoder decoder, int field, ReadOnlySpan<byte> raw)
    {
        var token = decoder[field];
        var isMissing = EventDecoder.IsMissing(token, raw);
        var isNumber = decoder.TryGetNumber(token, raw, readsText: true, out var number);
        var type = !isNumber ? NumberType.None : token.Kind == FieldKind.Text ? NumberType.InText : NumberType.Plain;
        _numbers += type == NumberType.Plain ? 1 : 0;
        _hasCells |= token.Kind == FieldKind.Cell;
        var text = isMissing ? Missing
            : token.Kind == FieldKind.Composite ? WrongType
            : _isCategorical == false ? NoText
            : GetTextId(decoder, token, raw, type == NumberType.Plain);
        _missing += isMissing ? 1 : 0;
        _composites += token.Kind == FieldKind.Composite ? 1 : 0;
        if (!isMissing && token.Kind is FieldKind.Text or FieldKind.Boolean or FieldKind.Cell)
        {
            AddText(decoder, token, raw, type);
        }

        _values.Add(new Value(_grid.PaneOf(time), number, text, type));
    }

    /// <summary>Adds a value that is derived from one event alone.</summary>
    /// <param name="pane">Its pane.</param>
    /// <param name="derivation">How it is derived.</param>
    /// <param name="input">What from.</param>
    internal void Add(long pane, Derivation derivation, DerivedInput input)
    {
        switch (input.Kind)
        {
            case DerivedInputKind.Missing:
                AddMissing(pane);
                break;
            case DerivedInputKind.Number when derivation.IsNumeric:
                AddNumber(pane, input.Number);
                break;
            case DerivedInputKind.Number:
                AddText(pane, input.Number != 0 ? "true"u8 : "false"u8);
                break;
            case DerivedInputKind.TextNumber:
                _source = (_source.Strings + 1, _source.TextNumbers + 1);
                _values.Add(new Value(pane, input.Number, NoText, NumberType.InText));
                break;
            case DerivedInputKind.Text:
                _source = (_source.Strings + 1, _source.TextNumbers);
                AddWrongType(pane);
                break;
            default:
                AddWrongType(pane);
                break;
        }
    }

    /// <summary>Adds a derived number.</summary>
    /// <param name="pane">Its pane.</param>
    /// <param name="number">The number.</param>
    internal void AddNumber(long pane, double number)
    {
        _numbers++;
        _values.Add(new Value(pane, number, NoText, NumberType.Plain));
    }

    /// <summary>Adds an event without the field that values are derived from.</summary>
    internal void AddMissing(long pane)
    {
        _missing++;
        _values.Add(new Value(pane, 0, Missing, NumberType.None));
    }

    /// <summary>Adds an event from which no value can be derived, because of its type.</summary>
    internal void AddWrongType(long pane)
    {
        _wrongTypes++;
        _values.Add(new Value(pane, 0, WrongType, NumberType.None));
    }

    /// <summary>
    /// Keeps some of the values, in an order, each in a given pane; a negative index is a missing one. Of what type the values are, all
    /// that were added decide.
    /// </summary>
    internal void Keep(IReadOnlyList<(long Pane, int Index)> kept)
    {
        _added = Count;
        Value[] values =
        [
            .. kept.Select(one => one.Index < 0
                ? new Value(one.Pane, 0, Missing, NumberType.None)
                : _values[one.Index] with { Pane = one.Pane }),
        ];
        _values.Clear();
        _values.AddRange(values);
    }

    /// <summary>Sets what the values are derived from.</summary>
    /// <param name="textNumbers">How many were numbers in JSON strings.</param>
    /// <param name="strings">How many were in JSON strings.</param>
    internal void SetSource(long textNumbers, long strings) => _source = (strings, textNumbers);

    /// <summary>Sets the segment of the value that was added last, by its id.</summary>
    internal void SetSegment(int segment) => _segments.Add(segment);

    /// <summary>Adds a text that is no category, whatever the bins are.</summary>
    internal void AddUnseen(long pane)
    {
        _others++;
        _values.Add(new Value(pane, 0, NoText, NumberType.None));
    }

    /// <summary>Adds a text, which is a category.</summary>
    /// <param name="pane">Its pane.</param>
    /// <param name="text">The text in UTF-8.</param>
    internal void AddText(long pane, ReadOnlySpan<byte> text)
    {
        _others++;
        _values.Add(new Value(pane, 0, GetId(text, _textIds), NumberType.None));
    }

    private void AddText(EventDecoder decoder, FieldToken token, ReadOnlySpan<byte> raw, NumberType type)
    {
        _others += type == NumberType.Plain ? 0 : 1;
        var isString = token.Kind == FieldKind.Text;
        _strings += isString ? 1 : 0;
        _textNumbers += type == NumberType.InText ? 1 : 0;
        if (!decoder.TryGetText(token, raw, out var utf8))
        {
            return;
        }

        _jsonNumbers += isString && NumberText.IsJsonNumber(utf8) ? 1 : 0;
        if (type != NumberType.None && NumberText.HasLeadingZero(utf8))
        {
            KeepSmallest(ref _zeroExample, utf8);
            _hasZeroInStrings |= isString;
            _hasZeroInCells |= !isString;
        }

        if (type == NumberType.None)
        {
            KeepSmallest(ref _example, utf8);
        }
        else if (isString)
        {
            KeepSmallest(ref _numberExample, utf8);
        }
    }

    private static void KeepSmallest(ref byte[]? example, ReadOnlySpan<byte> text)
    {
        if (example is null || text.SequenceCompareTo(example) < 0)
        {
            example = text.ToArray();
        }
    }

    /// <summary>Sets the segment of the value that was added last, in UTF-8. Call it for every value or for none.</summary>
    public void SetSegment(ReadOnlySpan<byte> segment) => _segments.Add(GetId(segment, _segmentIds));

    /// <summary>
    /// The k segments with the most values, ties in ordinal order, each with the indexes of its values in <see cref="Bins"/>, in ascending
    /// order. Segments longer than <see cref="FieldMonitor.LongestSegment"/> bytes get no series, and are left out.
    /// </summary>
    public IEnumerable<(string Segment, ReadOnlyMemory<int> Places)> Segments(int k)
    {
        var counts = CountSegments();
        var starts = new int[counts.Length + 1];
        for (var segment = 0; segment < counts.Length; segment++)
        {
            starts[segment + 1] = starts[segment] + counts[segment];
        }

        var places = new int[_segments.Count];
        var next = starts.ToArray();
        foreach (var (place, segment) in _segments.Index())
        {
            places[next[segment]++] = place;
        }

        return _segmentIds.Where(segment => HasSeries(segment.Key) && counts[segment.Value] > 0)
            .OrderByDescending(segment => counts[segment.Value]).ThenBy(segment => segment.Key, StringComparer.Ordinal).Take(k)
            .Select(segment => (segment.Key, (ReadOnlyMemory<int>)places.AsMemory(starts[segment.Value], counts[segment.Value])));
    }

    /// <summary>The number of segments that can have a series.</summary>
    public int SegmentCount
    {
        get
        {
            var counts = CountSegments();
            return _segmentIds.Count(segment => HasSeries(segment.Key) && counts[segment.Value] > 0);
        }
    }

    private int[] CountSegments()
    {
        var counts = new int[_segmentIds.Count];
        foreach (var segment in _segments)
        {
            counts[segment]++;
        }

        return counts;
    }

    /// <summary>The finite numbers, in the order of the events.</summary>
    public double[] FiniteNumbers() =>
        [.. _values.Where(value => IsNumber(value, ReadsTextNumbers) && double.IsFinite(value.Number)).Select(value => value.Number)];

    /// <summary>Each category with its count: texts, and numbers by their labels.</summary>
    public IEnumerable<KeyValuePair<string, long>> CountCategories()
    {
        var counts = new long[_textIds.Count];
        foreach (var value in _values)
        {
            if (value.Text >= 0)
            {
                counts[value.Text]++;
            }
        }

        var texts = _textIds.Select(text => KeyValuePair.Create(text.Key, counts[text.Value]));
        return HasNumberLabels && _hasCells
            ? texts.GroupBy(text => NumberLabel.Of(text.Key.Trim(' ', '\t')) ?? text.Key, StringComparer.Ordinal)
                .Select(equal => KeyValuePair.Create(equal.Key, equal.Sum(text => text.Value)))
            : texts;
    }

    /// <summary>The number of values in each bin.</summary>
    public long[] CountBins(FieldBinning binning)
    {
        var counts = new long[binning.Count];
        foreach (var (_, bin) in Bins(binning))
        {
            counts[bin]++;
        }

        return counts;
    }

    /// <summary>The pane and bin of each value, in the order of the events.</summary>
    public IEnumerable<(long Pane, int Bin)> Bins(FieldBinning binning)
    {
        var binOfText = new int[_textIds.Count];
        if (binning is CategoricalBinning categorical)
        {
            foreach (var (text, id) in _textIds)
            {
                var utf8 = Encoding.UTF8.GetBytes(text);
                binOfText[id] = _hasCells ? categorical.BinOfCell(utf8) : categorical.BinOf(utf8);
            }
        }

        foreach (var value in _values)
        {
            yield return (value.Pane, value.Text switch
            {
                Missing => binning.Missing,
                WrongType => binning.WrongType,
                _ when binning is NumericBinning numeric => IsNumber(value, numeric.ReadsTextNumbers)
                    ? numeric.BinOf(value.Number)
                    : binning.WrongType,
                NoText => ((CategoricalBinning)binning).Unseen,
                var text => binOfText[text],
            });
        }
    }

    /// <summary>
    /// The bin that holds more than half of the numbers, and several different ones, among them <c>below</c> and <c>above</c>; null if
    /// there is none.
    /// </summary>
    /// <param name="binning">The bins. Categories have a bin for each value, so there is none.</param>
    /// <param name="bins">The bin of each value, as from <see cref="Bins"/>.</param>
    /// <param name="places">The indexes of the values that count, such as those of a segment; null for all.</param>
    public CrowdedBin? FindCrowdedBin(
        FieldBinning binning, IReadOnlyList<(long Pane, int Bin)> bins, ReadOnlyMemory<int>? places = null)
    {
        if (binning is not NumericBinning)
        {
            return null;
        }

        var among = places?.Length ?? Count;
        var counts = new long[binning.Count];
        for (var i = 0; i < among; i++)
        {
            counts[bins[PlaceOf(i)].Bin]++;
        }

        var numbers = counts.AsSpan(0, binning.Missing);
        var (bin, events, all) = (0, 0L, 0L);
        for (var i = 0; i < numbers.Length; i++)
        {
            all += numbers[i];
            (bin, events) = numbers[i] > events ? (i, numbers[i]) : (bin, events);
        }

        if (events <= all / 2)
        {
            return null;
        }

        var values = new HashSet<double>();
        for (var i = 0; i < among && values.Count < CrowdedBin.MostValues; i++)
        {
            if (bins[PlaceOf(i)].Bin == bin)
            {
                values.Add(_values[PlaceOf(i)].Number);
            }
        }

        return values.Count > 1 ? new CrowdedBin(bin, events, all, values.Count) : null;

        int PlaceOf(int i) => places is { } chosen ? chosen.Span[i] : i;
    }

    private static bool IsNumber(Value value, bool readsTextNumbers) =>
        value.Type == NumberType.Plain || (readsTextNumbers && value.Type == NumberType.InText);

    /// <summary>Whether a segment can have a series: it is not too long.</summary>
    internal static bool HasSeries(string segment) => Encoding.UTF8.GetByteCount(segment) <= FieldMonitor.LongestSegment;

    private int GetTextId(EventDecoder decoder, FieldToken token, ReadOnlySpan<byte> raw, bool isNumber)
    {
        if (!decoder.TryGetText(token, raw, out var utf8))
        {
            return NoText;
        }

        var known = _textIds.Count;
        var id = GetId(utf8, _textIds, mayAdd: !isNumber || _isCategorical is not null || _numberTexts < MostNumberTexts);
        _numberTexts += isNumber && _textIds.Count > known ? 1 : 0;
        NumbersWithoutText += id == NoText ? 1 : 0;
        return id;
    }

    /// <summary>The id of a text: its index among the distinct texts, in the order of their first occurrence.</summary>
    internal static int GetId(ReadOnlySpan<byte> utf8, Dictionary<string, int> ids, bool mayAdd = true)
    {
        Span<char> text = utf8.Length <= 256 ? stackalloc char[utf8.Length] : new char[utf8.Length];
        text = text[..Encoding.UTF8.GetChars(utf8, text)];
        var byText = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        if (byText.TryGetValue(text, out var id))
        {
            return id;
        }

        return mayAdd ? byText[text] = ids.Count : NoText;
    }

    private enum NumberType : byte
    {
        None,
        Plain,
        InText,
    }

    private readonly record struct Value(long Pane, double Number, int Text, NumberType Type);
}
