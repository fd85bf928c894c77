using System.Runtime.InteropServices;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming;

/// <summary>What a monitor counts of the events of a <see cref="DecodedEvents"/>, in columns.</summary>
internal sealed class TargetColumns
{
    private readonly MonitorTarget _target;
    private readonly int[] _bins;
    private readonly FieldToken[] _values;
    private readonly int[] _referenceBins;
    private readonly FieldToken[] _segments;
    private readonly Derivation? _derivation;
    private readonly PairBinning? _pairs; // null for one field of an event
    private readonly FieldBinning _binning; // of that field
    private readonly bool _isByValue; // derived values are counted as such
    private readonly bool _hasMean; // of numbers that are in no other column
    private readonly double[] _numbers;
    private readonly WordBins? _words; // null where an event is one value
    private readonly List<int> _wordBins = []; // of all events
    private readonly (int Start, int Count)[] _places; // of an event's words among them

    /// <summary>Empty columns for a monitor.</summary>
    public TargetColumns(in MonitorTarget target)
    {
        _target = target;
        var countsValues = target.Monitor.CountsValues;
        _bins = countsValues ? [] : new int[DecodedEvents.Capacity];
        _values = countsValues ? new FieldToken[DecodedEvents.Capacity] : [];
        _referenceBins = target.ReferenceField == MonitorTarget.None ? [] : new int[DecodedEvents.Capacity];
        _segments = new FieldToken[target.SegmentPlaces.Length * DecodedEvents.Capacity];
        _derivation = target.Monitor.Spec.Derivation;
        var pairs = target.Monitor.Binning as PairBinning;
        IsKeyed = target.Monitor.Join is not null;
        _pairs = IsKeyed ? null : pairs;
        _binning = !IsKeyed ? target.Monitor.Binning : target.IsReference ? pairs!.Second : pairs!.First;
        _isByValue = target.Monitor.CountsDerivedValues;
        IsOrdered = _isByValue || _derivation is { IsOrdered: true };
        _hasMean = target.Monitor.Spec is { HasMean: true, CountsVolume: false } && !countsValues && !IsOrdered && !target.IsReference;
        _numbers = IsOrdered || _hasMean ? new double[DecodedEvents.Capacity] : [];
        _words = target.Binding.Words is { } letterCase ? new WordBins((CategoricalBinning)target.Monitor.Binning, letterCase) : null;
        _places = _words is null ? [] : new (int, int)[DecodedEvents.Capacity];
    }

    /// <summary>
    /// Whether values are counted one by one: their bins depend on the events before, so that the events' times and <see cref="Numbers"/>
    /// decide, or are found later.
    /// </summary>
    public bool IsOrdered { get; }

    /// <summary>Whether events are joined with those of another topic, so that their times and keys are needed.</summary>
    public bool IsKeyed { get; }

    /// <summary>
    /// The bins of the values, or the places of pairs; negative where they depend on the events before, or stand for a
    /// <see cref="DerivedCode"/>; empty where
    /// <see cref="Values"/> are given.
    /// </summary>
    public ReadOnlySpan<int> Bins => _bins;

    /// <summary>
    /// The numbers that values are derived from, where they are counted one by one, or of which the monitor takes the mean; otherwise
    /// empty.
    /// </summary>
    public ReadOnlySpan<double> Numbers => _numbers;

    /// <summary>The values' places in the events, where their bins are found later; otherwise empty.</summary>
    public ReadOnlySpan<FieldToken> Values => _values;

    /// <summary>Whether numbers among the values may be categories.</summary>
    public bool NeedsLabels => _target.Monitor.NeedsLabels;

    /// <summary>The bins of the other field, where the reference is one; otherwise empty.</summary>
    public ReadOnlySpan<int> ReferenceBins => _referenceBins;

    /// <summary>Whether the words of texts are counted: see <see cref="WordsOf"/>.</summary>
    public bool HasWords => _words is not null;

    /// <summary>The bins of an event's words.</summary>
    /// <param name="i">The event's place in the columns.</param>
    public ReadOnlySpan<int> WordsOf(int i) => CollectionsMarshal.AsSpan(_wordBins).Slice(_places[i].Start, _places[i].Count);

    /// <summary>Whether the monitor has segments.</summary>
    public bool HasSegments => _target.HasSegments;

    /// <summary>Forgets all events.</summary>
    public void Clear() => _wordBins.Clear();

    /// <summary>Fills in an event.</summary>
    /// <param name="i">Its place in the columns.</param>
    /// <param name="value">Its bytes.</param>
    /// <param name="decoder">Has decoded it last.</param>
    public void Decode(int i, ReadOnlySpan<byte> value, EventDecoder decoder)
    {
        if (_words is not null)
        {
            var start = _wordBins.Count;
            _words.Add(decoder[_target.ValueField], value, decoder, _wordBins);
            _places[i] = (start, _wordBins.Count - start);
        }
        else if (_values.Length > 0)
        {
            _values[i] = decoder[_target.ValueField];
        }
        else
        {
            _bins[i] = _pairs is not null ? PlaceOf(value, decoder, _pairs)
                : _derivation is null ? decoder.BinOf(_target.ValueField, _binning, value)
                : DecodeDerived(i, value, decoder, _derivation);
            if (_hasMean && _derivation is null)
            {
                var readsText = _target.Monitor.Binning is NumericBinning { ReadsTextNumbers: true };
                decoder.TryGetNumber(decoder[_target.ValueField], value, readsText, out _numbers[i]);
            }
        }

        if (_referenceBins.Length > 0)
        {
            _referenceBins[i] = decoder.BinOf(_target.ReferenceField, _target.Monitor.Binning, value);
        }

        var places = _target.SegmentPlaces;
        for (var field = 0; field < places.Length; field++)
        {
            _segments[i * places.Length + field] = decoder[places[field]];
        }
    }

    /// <summary>
    /// The segment of an event; empty where the monitor has none. Valid until the decoder's next call that returns text.
    /// </summary>
    /// <param name="i">The event's place in the columns.</param>
    /// <param name="value">Its bytes.</param>
    /// <param name="topic">The name of its topic in UTF-8, where that may be part of the segment.</param>
    /// <param name="decoder">A decoder, for segments with escapes.</param>
    public ReadOnlySpan<byte> SegmentOf(int i, ReadOnlySpan<byte> value, ReadOnlySpan<byte> topic, EventDecoder decoder)
    {
        var fields = _target.SegmentPlaces.Length;
        var tokens = _segments.AsSpan(i * fields, fields);
        return _target.HasTopicSegment ? decoder.SegmentOf(topic, tokens, value)
            : fields == 0 ? default
            : decoder.SegmentOf(tokens, value);
    }

    private int PlaceOf(ReadOnlySpan<byte> value, EventDecoder decoder, PairBinning pairs)
    {
        var first = decoder.BinOf(_target.ValueField, pairs.First, value); // before the second, as both may unescape a text
        return pairs.PlaceOf(first, decoder.BinOf(_target.SecondField, pairs.Second, value));
    }

    // The bin, as far as it is known without the events before; or what is known of the value.
    private int DecodeDerived(int i, ReadOnlySpan<byte> value, EventDecoder decoder, Derivation derivation)
    {
        var (kind, number) = DerivedInput.Of(derivation, decoder, _target.ValueField, _target.SecondField, value);
        if (derivation.Kind == DerivedKind.Volume)
        {
            return 0; // events are only counted
        }

        if (_isByValue)
        {
            _numbers[i] = number;
            return kind == DerivedInputKind.Missing ? DerivedCode.Missing
                : kind != DerivedInputKind.Number ? DerivedCode.WrongType
                : derivation.IsOrdered ? PartitionFold.DependsOnHistory
                : !derivation.IsNumeric ? number != 0 ? DerivedCode.True : DerivedCode.False
                : DerivedCode.Number;
        }

        var binning = _target.Monitor.Binning;
        if (kind == DerivedInputKind.Missing)
        {
            return binning.Missing;
        }

        if (kind is DerivedInputKind.WrongType or DerivedInputKind.Text
            || (kind == DerivedInputKind.TextNumber && binning is NumericBinning { ReadsTextNumbers: false }))
        {
            return binning.WrongType;
        }

        if (derivation.IsOrdered)
        {
            _numbers[i] = number;
            return PartitionFold.DependsOnHistory;
        }

        if (!derivation.IsNumeric)
        {
            return ((CategoricalBinning)binning).BinOf(number != 0 ? "true"u8 : "false"u8);
        }

        if (_hasMean)
        {
            _numbers[i] = number;
        }

        return ((NumericBinning)binning).BinOf(number);
    }
}
