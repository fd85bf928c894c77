using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Proposals;

/// <summary>Collects the facts of a field from events in the order of their times.</summary>
/// <param name="field">The field.</param>
internal sealed class FieldProfile(FieldPath field)
{
    private const double Most = 0.9; // the share that FieldFacts.DistinctForMost values hold
    private const int LongestKept = 128; // bytes of a text; of longer ones a hash is kept

    private readonly FieldSample _sample = new(new PaneGrid(TimeSpan.FromDays(1)), isCategorical: null); // decides as a build does
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<long> _counts = [];
    private long _missing;
    private long _composites;
    private bool _isWhole = true;
    private double _largest;
    private long _texts;
    private long _words;
    private int _previous = -1;
    private double? _previousNumber;
    private long _steps;
    private long _rising;
    private long _changes;
    private EventTime? _first;
    private EventTime _last;

    /// <summary>Adds the field of an event, not before the last one in event time.</summary>
    /// <param name="time">The event's time.</param>
    /// <param name="decoder">Has decoded the event.</param>
    /// <param name="index">The field's index there.</param>
    /// <param name="raw">The event's bytes.</param>
    public void Add(EventTime time, EventDecoder decoder, int index, ReadOnlySpan<byte> raw)
    {
        _sample.Add(time, decoder, index, raw);
        var value = decoder.ValueOf(decoder[index], raw, needsLabel: true);
        if (value.Kind is FieldValueKind.Missing or FieldValueKind.Composite)
        {
            (_missing, _composites) = value.Kind == FieldValueKind.Missing ? (_missing + 1, _composites) : (_missing, _composites + 1);
            return;
        }

        _first ??= time;
        _last = time;
        var id = IdOf(value);
        _counts[id]++;
        _changes += _previous >= 0 && _previous != id ? 1 : 0;
        _previous = id;
        if (value.Kind == FieldValueKind.Text)
        {
            _texts++;
            _words += CountWords(value.Label);
        }
        else if (double.IsFinite(value.Number))
        {
            _isWhole &= double.IsInteger(value.Number);
            _largest = Math.Max(_largest, Math.Abs(value.Number));
            _steps += _previousNumber is null ? 0 : 1;
            _rising += value.Number >= _previousNumber ? 1 : 0;
            _previousNumber = value.Number;
        }
    }

    /// <summary>The facts.</summary>
    /// <param name="isTime">Whether the values are times.</param>
    public FieldFacts Conclude(bool isTime)
    {
        var values = _counts.Sum();
        return new FieldFacts
        {
            Field = field,
            Events = _sample.Count,
            Missing = _missing,
            Composites = _composites,
            IsNumeric = _sample.IsMostlyNumbers,
            IsWhole = _isWhole,
            Largest = _largest,
            IsTime = isTime,
            Distinct = _counts.Count,
            DistinctForMost = CountForMost(values),
            MeanWords = _texts == 0 ? 0 : (double)_words / _texts,
            RisingShare = _steps == 0 ? 0 : (double)_rising / _steps,
            Changes = _changes,
            ChangesAtRandom = (values - 1) * (1 - _counts.Sum(count => (double)count / values * count / values)),
            Span = _first is { } first ? _last - first : TimeSpan.Zero,
        };
    }

    /// <summary>The k most frequent values, as labels; ties in ordinal order.</summary>
    public IReadOnlyList<string> MostFrequent(int k) =>
        [.. _ids.OrderByDescending(value => _counts[value.Value]).ThenBy(value => value.Key, StringComparer.Ordinal).Take(k)
            .Select(value => value.Key)];

    private long CountForMost(long values)
    {
        var (held, distinct) = (0L, 0L);
        foreach (var count in _counts.OrderDescending().TakeWhile(_ => held < Most * values))
        {
            held += count;
            distinct++;
        }

        return distinct;
    }

    private int IdOf(FieldValue value)
    {
        var key = !value.HasLabel ? value.Number.ToString("R", CultureInfo.InvariantCulture)
            : value.Label.Length <= LongestKept ? Encoding.UTF8.GetString(value.Label)
            : Convert.ToHexString(SHA256.HashData(value.Label));
        if (!_ids.TryGetValue(key, out var id))
        {
            id = _ids.Count;
            _ids.Add(key, id);
            _counts.Add(0);
        }

        return id;
    }

    private static int CountWords(ReadOnlySpan<byte> text)
    {
        var (words, isInWord) = (0, false);
        foreach (var character in text)
        {
            var isBlank = character is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r';
            words += !isBlank && !isInWord ? 1 : 0;
            isInWord = !isBlank;
        }

        return words;
    }
}
