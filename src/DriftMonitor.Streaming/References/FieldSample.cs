using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.References;

/// <summary>The values of a field over a stretch of event time, kept until its bins are known.</summary>
/// <remarks>24 bytes an event, 4 more with segments, and each distinct text once.</remarks>
public sealed class FieldSample
{
    private const int NoText = -1;
    private const int Missing = -2;
    private const int WrongType = -3;

    /// <summary>Where the values decide what they are, as many distinct numbers are kept as texts too: a field of more is hardly one of categories, and each costs memory.</summary>
    public const int MostNumberTexts = 10_000;

    private readonly bool? _isCategorical;
    private readonly PaneGrid _grid;
    private readonly List<Value> _values = [];
    private readonly Dictionary<string, int> _textIds = new(StringComparer.Ordinal);
    private readonly List<int> _segments = []; // of each value, where there are segments
    private readonly Dictionary<string, int> _segmentIds = new(StringComparer.Ordinal);
    private int _numberTexts; // of the texts
    private long _numbers;
    private long _others;
    private long _missing;
    private long _composites;
    private byte[]? _example; // the least of the texts, so that it does not depend on the order of the events

    /// <summary>An empty sample.</summary>
    /// <param name="grid">The panes that values are assigned to.</param>
    /// <param name="isCategorical">Whether values will be taken as categories; null where the sample decides.</param>
    public FieldSample(PaneGrid grid, bool? isCategorical)
    {
        _grid = grid;
        _isCategorical = isCategorical;
    }

    /// <summary>The number of values, missing ones included.</summary>
    public int Count => _values.Count;

    /// <summary>Whether more values are numbers than texts.</summary>
    public bool IsMostlyNumbers => _numbers > _others;

    /// <summary>Whether the field is missing from every event.</summary>
    public bool IsMissing => _missing == Count;

    /// <summary>Whether there are texts or booleans.</summary>
    public bool HasTexts => _others > 0;

    /// <summary>Values that would be unseen as categories, being numbers first met after <see cref="MostNumberTexts"/> distinct others.</summary>
    public long NumbersWithoutText { get; private set; }

    /// <summary>What the values are, for people: <c>57 texts such as "UA", 12 missing</c>.</summary>
    public string Describe() => string.Join(", ", new[]
    {
        (_others, $"text{(_others > 1 ? "s" : "")} such as \"{Example}\""),
        (_numbers - FiniteNumbers().Length, "infinite or NaN"),
        (FiniteNumbers().Length, "finite numbers"),
        (_composites, "objects or arrays"),
        (_missing, "missing"),
    }.Where(part => part.Item1 > 0).Select(part => $"{part.Item1} {part.Item2}"));

    private string Example
    {
        get
        {
            const int Longest = 40;
            var text = Encoding.UTF8.GetString(_example ?? []);
            return text.Length <= Longest ? text : $"{text[..Longest]}…";
        }
    }

    /// <summary>Adds a field's value.</summary>
    public void Add(EventTime time, EventDecoder decoder, int field, ReadOnlySpan<byte> raw)
    {
        var token = decoder[field];
        var isNumber = decoder.TryNumber(token, raw, out var number);
        _numbers += isNumber ? 1 : 0;
        var text = token.Kind switch
        {
            FieldKind.Missing => Missing,
            FieldKind.Composite => WrongType,
            _ when _isCategorical == false => NoText,
            _ => TextOf(decoder, token, raw, isNumber),
        };
        _missing += token.Kind == FieldKind.Missing ? 1 : 0;
        _composites += token.Kind == FieldKind.Composite ? 1 : 0;
        if (!isNumber && token.Kind is FieldKind.Text or FieldKind.Boolean or FieldKind.Cell)
        {
            _others++;
            if (decoder.TryText(token, raw, out var utf8) && (_example is null || utf8.SequenceCompareTo(_example) < 0))
            {
                _example = utf8.ToArray();
            }
        }

        _values.Add(new Value(_grid.PaneOf(time), number, text, isNumber));
    }

    /// <summary>Says which segment the value added last is of, in UTF-8; of all values or of none.</summary>
    public void Assign(ReadOnlySpan<byte> segment) => _segments.Add(IdOf(segment, _segmentIds));

    /// <summary>
    /// The k segments with the most values, ties in ordinal order, each with the places of its values in the order in which they came: places in <see cref="Bins"/>.
    /// Those longer than <see cref="FieldMonitor.LongestSegment"/> bytes get no series, and are none here.
    /// </summary>
    public IEnumerable<(string Segment, ReadOnlyMemory<int> Places)> Segments(int k)
    {
        var counts = new int[_segmentIds.Count];
        foreach (var segment in _segments)
        {
            counts[segment]++;
        }

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

        return _segmentIds.Where(HasSeries).OrderByDescending(segment => counts[segment.Value]).ThenBy(segment => segment.Key, StringComparer.Ordinal).Take(k)
            .Select(segment => (segment.Key, (ReadOnlyMemory<int>)places.AsMemory(starts[segment.Value], counts[segment.Value])));
    }

    /// <summary>How many segments there are that can have a series.</summary>
    public int SegmentCount => _segmentIds.Count(HasSeries);

    /// <summary>The finite numbers, in the order in which they came.</summary>
    public double[] FiniteNumbers() => [.. _values.Where(value => value.IsNumber && double.IsFinite(value.Number)).Select(value => value.Number)];

    /// <summary>The texts with their counts.</summary>
    public IEnumerable<KeyValuePair<string, long>> CountTexts()
    {
        var counts = new long[_textIds.Count];
        foreach (var value in _values)
        {
            if (value.Text >= 0)
            {
                counts[value.Text]++;
            }
        }

        return _textIds.Select(text => KeyValuePair.Create(text.Key, counts[text.Value]));
    }

    /// <summary>How many values each bin has.</summary>
    public long[] CountBins(FieldBinning binning)
    {
        var counts = new long[binning.Count];
        foreach (var (_, bin) in Bins(binning))
        {
            counts[bin]++;
        }

        return counts;
    }

    /// <summary>The pane and bin of each value, in the order in which they came.</summary>
    public IEnumerable<(long Pane, int Bin)> Bins(FieldBinning binning)
    {
        var binOfText = new int[_textIds.Count];
        if (binning is CategoricalBinning categorical)
        {
            foreach (var (text, id) in _textIds)
            {
                binOfText[id] = categorical.BinOf(Encoding.UTF8.GetBytes(text));
            }
        }

        foreach (var value in _values)
        {
            yield return (value.Pane, value.Text switch
            {
                Missing => binning.Missing,
                WrongType => binning.WrongType,
                _ when binning is NumericBinning numeric => value.IsNumber ? numeric.BinOf(value.Number) : binning.WrongType,
                NoText => ((CategoricalBinning)binning).Unseen,
                var text => binOfText[text],
            });
        }
    }

    private static bool HasSeries(KeyValuePair<string, int> segment) => Encoding.UTF8.GetByteCount(segment.Key) <= FieldMonitor.LongestSegment;

    private int TextOf(EventDecoder decoder, FieldToken token, ReadOnlySpan<byte> raw, bool isNumber)
    {
        if (!decoder.TryText(token, raw, out var utf8))
        {
            return NoText;
        }

        var known = _textIds.Count;
        var id = IdOf(utf8, _textIds, mayAdd: !isNumber || _isCategorical is not null || _numberTexts < MostNumberTexts);
        _numberTexts += isNumber && _textIds.Count > known ? 1 : 0;
        NumbersWithoutText += id == NoText ? 1 : 0;
        return id;
    }

    // The number of a text among those met so far.
    private static int IdOf(ReadOnlySpan<byte> utf8, Dictionary<string, int> ids, bool mayAdd = true)
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

    private readonly record struct Value(long Pane, double Number, int Text, bool IsNumber);
}
