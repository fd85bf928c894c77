using System.Runtime.InteropServices;
using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.References;

/// <summary>Builds a reference from the events of a bounded source.</summary>
/// <remarks>
/// A reference is a batch: every event with an event time in the period counts. Their order does not matter, and none is late.
/// </remarks>
public sealed class ReferenceBuilder
{
    /// <summary>
    /// The largest number of panes in a reference: 1.6 years in panes of a second. More panes are usually the result of one wrong date.
    /// </summary>
    public const int MostPanes = 50_000_000;

    private readonly ReferenceRecipe _recipe;
    private readonly MonitorSpec _spec;
    private readonly DerivedSample? _derived; // events of a field that is derived in their order
    private readonly VolumeSample? _volume; // events of panes whose number is the value
    private readonly int _valueField; // its index in the decoder; -1 where nothing but times is needed
    private readonly int _secondField; // that of the second field of a derived one; -1 where there is none
    private readonly int[] _segmentPlaces; // in the decoder; empty without segments
    private readonly FieldToken[] _segment;
    private readonly Dictionary<(string?, int), int> _partitions = []; // numbers of those whose events depend on their order
    private readonly int _filterField; // its index in the decoder; -1 without a filter
    private readonly int _timeField; // its index in the decoder; -1 for the record's own time
    private readonly RecordDecoder _records;
    private readonly EventDecoder _decoder; // of the events in a record
    private readonly FieldSample? _secondSample; // of the second of two fields
    private readonly JoinedSample? _joined; // events of two topics that are joined; null where an event has both fields
    private readonly int _secondTopic; // the index of the second of them
    private readonly WordSample? _words; // the words of texts; null where an event is one value
    private FieldSample _sample;
    private string? _topicName; // of the event before, for segments
    private byte[] _topic = [];
    private EventTime? _earliest;
    private EventTime? _latest;

    /// <summary>A builder before the first event.</summary>
    /// <param name="recipe">What the reference is built of.</param>
    public ReferenceBuilder(ReferenceRecipe recipe)
    {
        (_recipe, _spec) = (recipe, recipe.Spec);
        var read = recipe.ReadField;
        FieldPath?[] fieldsOrNull = [read, recipe.EventTime, recipe.Second, recipe.Where?.Field, .. recipe.SegmentBy?.Fields ?? []];
        List<FieldPath> fields = [.. fieldsOrNull.OfType<FieldPath>().Distinct()];
        _valueField = read is null ? -1 : 0;
        _secondField = recipe.Second is { } second ? fields.IndexOf(second) : -1;
        _timeField = recipe.EventTime is { } eventTime ? fields.IndexOf(eventTime) : -1;
        _segmentPlaces = [.. (recipe.SegmentBy?.Fields ?? []).Select(field => fields.IndexOf(field))];
        _segment = new FieldToken[_segmentPlaces.Length];
        _filterField = recipe.Where is { } where ? fields.IndexOf(where.Field) : -1;
        _records = new RecordDecoder(fields, recipe.Unpack);
        _decoder = _records.Event;
        var first = recipe.Pairs?.First ?? recipe.Bins;
        _sample = new FieldSample(_spec.Pane, _spec.Derivation is { } derivation ? !derivation.IsNumeric : first.IsCategorical);
        _secondSample = recipe.Pairs is { } pairs ? new FieldSample(_spec.Pane, pairs.Second.IsCategorical) : null;
        _secondTopic = recipe.SecondTopic ?? -1;
        _joined = recipe.SecondTopic is null ? null : new JoinedSample(_spec, _sample, _secondSample!, recipe.Period);
        _words = recipe.Words is { } letterCase ? new WordSample(letterCase) : null;
        _derived = _spec.Derivation is { IsOrdered: true } ? new DerivedSample(_spec) : null;
        _volume = _spec.CountsVolume ? new VolumeSample(_spec) : null;
    }

    /// <summary>What the reference is built of.</summary>
    public ReferenceRecipe Recipe => _recipe;

    /// <summary>An event time that could not be read; null where there is none.</summary>
    public string? UnreadableTime { get; private set; }

    /// <summary>The number of events read; a record from which none can be read counts as one.</summary>
    public long Events { get; private set; }

    /// <summary>The events that the monitor does not count, by its filter.</summary>
    public long FilteredOut { get; private set; }

    /// <summary>
    /// The number of segments without a reference of their own: those beyond the <see cref="MonitorSpec.MostSegments"/> with the most
    /// events.
    /// </summary>
    public int SegmentsLeftOut => Math.Max(0, (_volume?.SegmentCount ?? _sample.SegmentCount) - _spec.MostSegments);

    /// <summary>
    /// The events that have no value of a derived field, as not enough came before them; 0 until the reference has been built.
    /// </summary>
    public long WithoutHistory => _derived?.WithoutHistory ?? 0;

    /// <summary>
    /// Where events are joined, the pairs in the reference, and the events in it that found no partner; null otherwise, and until the
    /// reference has been built.
    /// </summary>
    public (long Pairs, long Alone)? Joined { get; private set; }

    /// <summary>The values, as far as they have been added.</summary>
    public FieldSample Sample => _sample;

    /// <summary>The events that could not be read or have no event time.</summary>
    public RejectionCounts Rejected { get; } = new();

    /// <summary>The first event of each reason.</summary>
    public FirstRejections FirstRejected { get; } = new();

    /// <summary>What people should know about how the bins were found, one line each; empty until the reference has been built.</summary>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>The bin that holds more than half of the numbers; null if there is none, and until the reference has been built.</summary>
    public CrowdedBin? CrowdedBin { get; private set; }

    /// <summary>
    /// The segments, in ordinal order, of which more than half of the numbers are in one bin, as in <see cref="CrowdedBin"/>, and that have
    /// at least the monitor's <c>MinimumEvents</c>; none until the reference has been built.
    /// </summary>
    public IReadOnlyList<string> CrowdedSegments { get; private set; } = [];

    /// <summary>
    /// The longest period without events that is not excluded; null if there is none, and until the reference has been built.
    /// </summary>
    public Period? LongestSilence { get; private set; }

    /// <summary>Adds the events of a record whose event time is in the period.</summary>
    /// <exception cref="SourceException">A field or the array is not for the format of the record.</exception>
    public void Add(in RawEvent raw)
    {
        var rejection = _records.Decode(raw, out var events);
        if (rejection != Rejection.None)
        {
            Events++;
            Rejected.Add(rejection);
            FirstRejected.Add(rejection, raw, unpack: _records.Fault);
            return;
        }

        while (events.MoveNext())
        {
            Events++;
            AddEvent(raw);
        }
    }

    private void AddEvent(in RawEvent raw)
    {
        if (_recipe.Where is not null && !_recipe.Where.Matches(_decoder, _filterField, raw.Value))
        {
            FilteredOut++;
            return;
        }

        var time = _timeField < 0 ? raw.RecordTime : _decoder.TimeOf(_timeField, _recipe.EventTimeFormat, raw.Value);
        if (time is not { IsInRange: true } moment)
        {
            Rejected.Add(Rejection.NoEventTime);
            FirstRejected.Add(Rejection.NoEventTime, raw, _timeField < 0 ? default : _decoder[_timeField].In(raw.Value));
            UnreadableTime ??= _timeField < 0 ? null : _decoder.ExampleOf(_timeField, raw.Value);
            return;
        }

        var place = PlaceOf(moment);
        if (_joined is not null)
        {
            AddJoined(raw, moment, _joined);
        }

        if (_derived is not null)
        {
            var input = DerivedInput.Of(_spec.Derivation!, _decoder, _valueField, _secondField, raw.Value);
            _derived.Add(NumberOf(raw), moment, input, SegmentOf(raw), place);
            return;
        }

        if (place == PlaceInReference.Outside)
        {
            return;
        }

        _earliest = _earliest is { } earliest && earliest <= moment ? earliest : moment;
        _latest = _latest is { } latest && latest >= moment ? latest : moment;
        if (place == PlaceInReference.Inside && _joined is null)
        {
            Count(raw, moment);
        }
    }

    private void AddJoined(in RawEvent raw, EventTime moment, JoinedSample joined)
    {
        var isFirst = raw.Topic != _secondTopic;
        if (joined.Add(isFirst, raw.Partition, moment, RecordKey.Hash(raw.Key)) is { } sample)
        {
            sample.Add(moment, _decoder, isFirst ? _valueField : _secondField, raw.Value);
        }
    }

    private PlaceInReference PlaceOf(EventTime moment)
    {
        if (_recipe.Period is { } period && (moment < period.From || moment >= period.To))
        {
            return PlaceInReference.Outside;
        }

        foreach (var excluded in _recipe.Excluded)
        {
            if (moment >= excluded.From && moment < excluded.To)
            {
                return PlaceInReference.Excluded;
            }
        }

        return PlaceInReference.Inside;
    }

    private ReadOnlySpan<byte> SegmentOf(in RawEvent raw)
    {
        for (var i = 0; i < _segment.Length; i++)
        {
            _segment[i] = _decoder[_segmentPlaces[i]];
        }

        return _recipe.SegmentBy is { HasTopic: true } ? _decoder.SegmentOf(TopicOf(raw), _segment, raw.Value)
            : _segment.Length == 0 ? default
            : _decoder.SegmentOf(_segment, raw.Value);
    }

    private byte[] TopicOf(in RawEvent raw)
    {
        if (raw.TopicName != _topicName)
        {
            (_topicName, _topic) = (raw.TopicName, Encoding.UTF8.GetBytes(raw.TopicName ?? ""));
        }

        return _topic;
    }

    // Topics of a pattern have partitions of the same number.
    private int NumberOf(in RawEvent raw)
    {
        if (_recipe.SegmentBy is not { HasTopic: true })
        {
            return raw.Partition;
        }

        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_partitions, (raw.TopicName, raw.Partition), out var isKnown);
        number = isKnown ? number : _partitions.Count - 1;
        return number;
    }

    private void Count(in RawEvent raw, EventTime moment)
    {
        if (_volume is not null)
        {
            _volume.Add(moment, SegmentOf(raw));
            return;
        }

        if (_words is not null)
        {
            CountWords(raw, moment, _words);
            return;
        }

        if (_spec.Derivation is { } derivation)
        {
            var input = DerivedInput.Of(derivation, _decoder, _valueField, _secondField, raw.Value);
            _sample.Add(_spec.Pane.PaneOf(moment), derivation, input);
        }
        else
        {
            _sample.Add(moment, _decoder, _valueField, raw.Value);
            _secondSample?.Add(moment, _decoder, _secondField, raw.Value);
        }

        if (_recipe.SegmentBy is not null)
        {
            _sample.SetSegment(SegmentOf(raw));
        }
    }

    private void CountWords(in RawEvent raw, EventTime moment, WordSample words)
    {
        var before = _sample.Count;
        words.AddTo(_sample, _spec.Pane.PaneOf(moment), _decoder[_valueField], raw.Value, _decoder);
        for (var word = before; word < _sample.Count && _recipe.SegmentBy is not null; word++)
        {
            _sample.SetSegment(SegmentOf(raw));
        }
    }

    /// <summary>Builds the reference.</summary>
    /// <exception cref="ReferenceException">
    /// There are no events to build it from, or no bins for them; the message says what was read instead.
    /// </exception>
    public ReferenceFile Build()
    {
        if (_derived is not null)
        {
            _sample = _derived.Derive(_recipe.SegmentBy is not null);
            (_earliest, _latest) = (_derived.Earliest, _derived.Latest);
        }

        if (_earliest is not { } earliest || _latest is not { } latest || (_sample.Count == 0 && _volume is null && _joined is null))
        {
            throw new ReferenceException($"no events to build a reference from: {DescribeEmptySelection()}");
        }

        var grid = _spec.Pane;
        var period = GetPeriod(earliest, latest);
        List<string> joinNotes = _joined is null ? [] : Join(_joined, period);
        _sample = _volume?.Derive(period, _recipe.Excluded, _recipe.SegmentBy is not null) ?? _sample;
        var (binning, bins, places) = _recipe.Pairs is null ? ChooseBins(period) : ChoosePairs(period, _recipe.Pairs, _secondSample!);
        CrowdedBin = _sample.FindCrowdedBin(binning, bins);
        var course = new ReferenceCourse(grid, period, binning);
        foreach (var (pane, bin) in bins)
        {
            course.Add(pane, bin);
        }

        Notes = [.. Notes, .. joinNotes];
        LongestSilence = course.FindLongestSilence(_recipe.Excluded);
        var whole = CreateReference(binning, period, course, CountPlaces(binning, places));
        var fields = _recipe.Pairs is null ? null : new PairOfFields(_recipe.Pairs.FirstField, _recipe.Pairs.SecondField);
        if (_recipe.ByHourOfWeek)
        {
            var hours = course.SumByHourOfWeek();
            var counted = CreateReference(CountedBins(binning), period, course);
            var calibration = Calibrator.Calibrate(_spec, counted, new HourOfWeek(_spec, counted, hours), course.Panes);
            return new ReferenceFile(_recipe.Field.Text, whole, ByWindow(calibration))
            {
                Fields = fields,
                Pane = grid.Length,
                HourOfWeek = hours,
                Where = _recipe.Where,
            };
        }

        return new ReferenceFile(_recipe.Field.Text, whole, ByWindow(Calibrate(binning, period, course)))
        {
            Fields = fields,
            Pane = grid.Length,
            SegmentBy = _recipe.SegmentBy?.Text,
            Where = _recipe.Where,
            Segments = _recipe.SegmentBy is null
                ? new Dictionary<string, SegmentReference>()
                : BuildSegments(binning, period, bins, places),
        };
    }

    /// <summary>Counts the events of the period in given bins.</summary>
    /// <param name="binning">The bins.</param>
    /// <returns>The counts of each pane of the period; null for a pane without events.</returns>
    public IReadOnlyList<long[]?> CountIn(FieldBinning binning)
    {
        _sample = _derived?.Derive(_recipe.SegmentBy is not null) ?? _sample;
        var period = _recipe.Period ?? throw new InvalidOperationException("the period is not given");
        _sample = _volume?.Derive(period, _recipe.Excluded, _recipe.SegmentBy is not null) ?? _sample;
        var course = new ReferenceCourse(_spec.Pane, period, binning);
        foreach (var (pane, bin) in _sample.Bins(binning))
        {
            course.Add(pane, bin);
        }

        return course.Panes;
    }

    private List<string> Join(JoinedSample joined, Period period)
    {
        joined.Join(pane => PlaceOf(_spec.Pane.Start(pane)) == PlaceInReference.Inside, _spec.Pane.PaneOf(period.To) - 1);
        Joined = (joined.Pairs, joined.Alone);
        if (joined.Pairs == 0)
        {
            throw new ReferenceException(
                $"no event of {_recipe.Pairs!.FirstField} has one of {_recipe.Pairs.SecondField} with the same key within "
                + $"{_spec.JoinWithin!.Value:c}, of {joined.Alone + joined.Waiting} events; check that both topics have the same keys, and "
                + "JoinWithin");
        }

        List<string> notes = [];
        if (joined.Waiting > 0)
        {
            notes.Add($"events that still wait for a partner at the end, and are not in the reference: {joined.Waiting}");
        }

        if (joined.CutShort > 0)
        {
            notes.Add($"events that count as missing before JoinWithin was over, as more than {KeyJoin.MostWaiting} waited: "
                + $"{joined.CutShort}; use a shorter JoinWithin");
        }

        return notes;
    }

    private Period GetPeriod(EventTime earliest, EventTime latest)
    {
        var grid = _spec.Pane;
        var from = _recipe.Period is { } start && start.From > EventTime.Earliest ? start.From : grid.Start(grid.PaneOf(earliest));
        var to = _recipe.Period is { } end && end.To < EventTime.Latest ? end.To : grid.End(grid.PaneOf(latest));
        var panes = grid.PaneOf(to) - grid.PaneOf(from);
        return panes <= MostPanes
            ? new Period(from, to)
            : throw new ReferenceException(
                $"the reference would have {panes} panes, from {from} to {to}, but the most is {MostPanes}: "
                + "one of its events probably has a wrong time; give --from and --to, or a longer Pane");
    }

    // The share of the sample's events that a shortest window contains on average.
    private double ShareOfWindow(Period period) =>
        _spec.WindowPanes.Min() / (double)ReferenceCourse.CountIncludedPanes(_spec.Pane, period, _recipe.Excluded);

    private (FieldBinning Binning, (long Pane, int Bin)[] Bins, int[]? Places) ChooseBins(Period period)
    {
        var chosen = ChooseBins(_recipe.Bins, _sample, _recipe.Field.Text, period);
        Notes = chosen.Notes;
        return (chosen.Binning, _sample.Bins(chosen.Binning).ToArray(), null);
    }

    private ChosenBins ChooseBins(BinsChoice choice, FieldSample sample, string field, Period period)
    {
        try
        {
            return choice.For(sample, ShareOfWindow(period));
        }
        catch (ArgumentException e)
        {
            throw new ReferenceException($"no bins can be made for the field \"{field}\": {e.Message}", e);
        }
    }

    private (FieldBinning Binning, (long Pane, int Bin)[] Bins, int[]? Places) ChoosePairs(
        Period period, PairChoice choice, FieldSample secondSample)
    {
        var first = ChooseBins(choice.First, _sample, choice.FirstField, period);
        var second = ChooseBins(choice.Second, secondSample, choice.SecondField, period);
        PairBinning all;
        try
        {
            all = new PairBinning(first.Binning, second.Binning);
        }
        catch (ArgumentException e)
        {
            throw new ReferenceException($"no pairs can be made of the fields \"{choice.FirstField}\" and \"{choice.SecondField}\": "
                + e.Message, e);
        }

        var (panes, places) = (new long[_sample.Count], new int[_sample.Count]);
        foreach (var (i, (x, y)) in _sample.Bins(first.Binning).Zip(secondSample.Bins(second.Binning)).Index())
        {
            (panes[i], places[i]) = (x.Pane, all.PlaceOf(x.Bin, y.Bin));
        }

        var share = ShareOfWindow(period);
        var outside = Math.Max(choice.MinExpected, BinsChoice.FewestExpected);
        var kept = all.Keep(CountPlaces(all, places), choice.MinExpected / share, outside / share);
        var notes = new List<string>();
        notes.AddRange(first.Notes.Select(note => $"{choice.FirstField}: {note}"));
        notes.AddRange(second.Notes.Select(note => $"{choice.SecondField}: {note}"));
        var regular = kept.Kept.Count(pair => pair.First < first.Binning.Regular && pair.Second < second.Binning.Regular);
        if (regular < all.Regular)
        {
            notes.Add($"{all.Regular - regular} of {all.Regular} pairs count as rare: each expects fewer than {choice.MinExpected} events "
                + "in the shortest window");
        }

        Notes = notes;
        return (kept, [.. panes.Zip(places, (pane, place) => (pane, kept.BinOfPlace(place)))], places);
    }

    // The number of events at each place; null for one field.
    private static long[]? CountPlaces(FieldBinning binning, int[]? places, ReadOnlyMemory<int>? among = null)
    {
        if (binning is not PairBinning pairs || places is null)
        {
            return null;
        }

        var counts = new long[pairs.Places];
        var events = among?.Length ?? places.Length;
        for (var i = 0; i < events; i++)
        {
            counts[places[among is { } chosen ? chosen.Span[i] : i]]++;
        }

        return counts;
    }

    // The calibration counts bins, and not places.
    private static FieldBinning CountedBins(FieldBinning binning) => binning is PairBinning pairs ? pairs.AsCategories() : binning;

    private IReadOnlyList<WindowCalibration> Calibrate(FieldBinning binning, Period period, ReferenceCourse course) =>
        Calibrator.Calibrate(_spec, CreateReference(CountedBins(binning), period, course), course.Panes);

    private Dictionary<string, SegmentReference> BuildSegments(
        FieldBinning binning, Period period, (long Pane, int Bin)[] bins, int[]? pairPlaces)
    {
        var segments = new Dictionary<string, SegmentReference>();
        var crowded = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (segment, places) in _sample.Segments(_spec.MostSegments))
        {
            var course = new ReferenceCourse(_spec.Pane, period, binning);
            foreach (var place in places.Span)
            {
                course.Add(bins[place].Pane, bins[place].Bin);
            }

            if (places.Length >= _spec.MinimumEvents && _sample.FindCrowdedBin(binning, bins, places) is not null)
            {
                crowded.Add(segment);
            }

            var reference = CreateReference(binning, period, course, CountPlaces(binning, pairPlaces, places));
            segments.Add(segment, new SegmentReference(reference, ByWindow(Calibrate(binning, period, course))));
        }

        CrowdedSegments = [.. crowded];
        return segments;
    }

    private Reference CreateReference(FieldBinning binning, Period period, ReferenceCourse course, long[]? places = null) =>
        Reference.FromPanes(
            binning, course.Panes, period, _recipe.Excluded, _recipe.PseudoCount, _spec.Pane, _spec.WindowPanes[_spec.LongestWindow],
            places);

    private Dictionary<string, WindowCalibration> ByWindow(IReadOnlyList<WindowCalibration> calibration) =>
        _spec.Windows.Zip(calibration).ToDictionary(window => window.First.Label, window => window.Second);

    private string DescribeEmptySelection() =>
        _derived is { IsMissing: true } ? $"{Events} read, and the field of {_recipe.Field} is missing from all of them; is its name right?"
        : WithoutHistory > 0 ? $"{Events} read, and none has enough before it for {_recipe.Field}; use a longer period"
        : FilteredOut > 0 && FilteredOut + Rejected.Total == Events
            ? $"{Events} read, and Where, {_recipe.Where}, matches none of them; check its field and its values"
        : Events == 0 ? "none were read; check the source"
        : Rejected[Rejection.Malformed] == Events
            ? $"{Events} read, and all are malformed: an event is a JSON object on its own line, or a CSV row below a header"
        : UnreadableTime is { } example && Rejected[Rejection.NoEventTime] > Events / 2
            ? $"{Events} read, {DescribeRejected()}: "
                + EventTimeText.DescribeUnreadable(example, _recipe.EventTime!.Text, _recipe.EventTimeFormat)
        : $"{Events} read, {DescribeRejected()}; check --from, --to, the field of the event time, and the source";

    private string DescribeRejected() => Rejected.Occurred.Any()
        ? string.Join(", ", Rejected.Occurred.Select(reason => $"{reason.Value} {InWords(reason.Key)}"))
        : "none of them within the period";

    private string InWords(Rejection reason) => reason switch
    {
        Rejection.Malformed => "malformed",
        Rejection.Empty => "empty",
        Rejection.TooLarge => "too large",
        Rejection.Schema => _records.Unpack is { } unpack ? $"of another schema or without the array {unpack}" : "of another schema",
        _ => "without an event time",
    };
}
