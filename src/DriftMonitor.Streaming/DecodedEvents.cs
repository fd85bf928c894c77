using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>
/// Up to <see cref="Capacity"/> consecutive events of one topic, decoded into columns: everything that placing and counting them needs.
/// Nothing here depends on other events, so any thread may decode any part of a batch.
/// </summary>
internal sealed class DecodedEvents
{
    /// <summary>The largest number of events: columns of so many stay in the processor's first cache.</summary>
    public const int Capacity = 256;

    private readonly EventTime?[] _recordTimes = new EventTime?[Capacity];
    private readonly Rejection[] _rejections = new Rejection[Capacity];
    private readonly int[] _starts = new int[Capacity]; // of elements, in their record
    private readonly (int Field, EventTimeFormat? Format, EventTime?[] Times)[] _times; // of each field that holds an event time
    private readonly (int Field, EventFilter Filter, bool[] Matches)[] _filters;
    private readonly TargetColumns[] _targets;
    private readonly (int Field, FieldToken[] Places)[] _arrays; // of each array whose elements are events
    private readonly UInt128?[] _keys; // hashes, where events are joined by them
    private readonly List<EventRun> _runs = [];

    /// <summary>Columns for the events of a topic.</summary>
    /// <param name="topic">The topic's index.</param>
    /// <param name="targets">The monitors that get the events.</param>
    /// <param name="arrays">The fields whose elements are events of other monitors.</param>
    public DecodedEvents(int topic, MonitorTarget[] targets, params ReadOnlySpan<int> arrays)
    {
        Topic = topic;
        _times =
        [
            .. from time in targets.Select(target => (target.TimeField, target.Binding.EventTimeFormat)).Distinct()
               where time.TimeField != MonitorTarget.RecordTime
               select (time.TimeField, time.EventTimeFormat, new EventTime?[Capacity]),
        ];
        _filters =
        [
            .. from target in targets
               where target.Binding.Where is not null
               group target.FilterField by target.Binding.Where into alike
               select (alike.First(), alike.Key, new bool[Capacity]),
        ];
        _targets = Array.ConvertAll(targets, target => new TargetColumns(target));
        _keys = Array.Exists(targets, target => target.Monitor.Join is not null) ? new UInt128?[Capacity] : [];
        _arrays = Array.ConvertAll(arrays.ToArray(), field => (field, new FieldToken[Capacity]));
    }

    /// <summary>The topic's index.</summary>
    public int Topic { get; }

    /// <summary>The number of events.</summary>
    public int Count { get; private set; }

    /// <summary>The runs of the events, in their order; the events of the first are at the columns' start.</summary>
    public List<EventRun> Runs => _runs;

    /// <summary>The records' own times.</summary>
    public ReadOnlySpan<EventTime?> RecordTimes => _recordTimes;

    /// <summary>Why events cannot be read; the other columns hold nothing of use for those.</summary>
    public ReadOnlySpan<Rejection> Rejections => _rejections;

    /// <summary>The hashes of the records' keys, null where a record has none; empty where no monitor joins events by them.</summary>
    public ReadOnlySpan<UInt128?> Keys => _keys;

    /// <summary>Takes events of a run, as many as there is room for.</summary>
    /// <returns>The rest of the run.</returns>
    public EventRun Append(in EventRun run)
    {
        var taken = Math.Min(run.Count, Capacity - Count);
        if (taken > 0)
        {
            _runs.Add(run with { Count = taken });
            Count += taken;
        }

        return run with { First = run.First + taken, Count = run.Count - taken };
    }

    /// <summary>Removes all events.</summary>
    public void Clear()
    {
        _runs.Clear();
        Count = 0;
    }

    /// <summary>Decodes the events.</summary>
    /// <param name="batch">The batch that they are in.</param>
    /// <param name="decoder">The topic's decoder, of this thread.</param>
    public void Decode(EventBatch batch, EventDecoder decoder)
    {
        Array.ForEach(_targets, static target => target.Clear());
        var i = 0;
        foreach (var run in _runs)
        {
            for (var place = run.First; place < run.First + run.Count; place++)
            {
                Decode(i++, batch[place], decoder);
            }
        }
    }

    /// <summary>The event times in a field, or the records' own.</summary>
    /// <param name="field">The field's place, or <see cref="MonitorTarget.RecordTime"/>.</param>
    /// <param name="format">How they are written; null for the usual forms.</param>
    public ReadOnlySpan<EventTime?> TimesIn(int field, EventTimeFormat? format)
    {
        foreach (var (each, written, times) in _times)
        {
            if (each == field && Equals(written, format))
            {
                return times;
            }
        }

        return _recordTimes;
    }

    /// <summary>Which events a filter lets through; empty where there is no filter, so that all are counted.</summary>
    public ReadOnlySpan<bool> MatchesOf(EventFilter? filter)
    {
        foreach (var (_, each, matches) in _filters)
        {
            if (each.Equals(filter))
            {
                return matches;
            }
        }

        return [];
    }

    /// <summary>What a monitor counts.</summary>
    /// <param name="target">The monitor's place among the topic's targets.</param>
    public TargetColumns ColumnsOf(int target) => _targets[target];

    /// <summary>The places of an array in the records.</summary>
    /// <param name="array">The array's place among those given at the start.</param>
    public ReadOnlySpan<FieldToken> ArraysOf(int array) => _arrays[array].Places;

    /// <summary>Where an element starts in its record.</summary>
    public int StartOfElement(int element) => _starts[element];

    /// <summary>Decodes the next elements of an array, as many as there is room for, in place of the events before.</summary>
    /// <param name="raw">The record.</param>
    /// <param name="elements">The elements, of which those that were decoded are taken.</param>
    /// <param name="decoder">A decoder of elements.</param>
    /// <returns>How many elements were decoded; 0 at the array's end.</returns>
    public int Decode(in RawEvent raw, ref ArrayElements elements, EventDecoder decoder)
    {
        Array.ForEach(_targets, static target => target.Clear());
        var count = 0;
        while (count < Capacity && elements.MoveNext(decoder))
        {
            _recordTimes[count] = raw.RecordTime;
            _starts[count] = elements.Start;
            Fill(count++, raw.Value, decoder);
        }

        return count;
    }

    private void Decode(int i, in RawEvent raw, EventDecoder decoder)
    {
        _recordTimes[i] = raw.RecordTime;
        _rejections[i] = decoder.Decode(raw);
        if (_rejections[i] != Rejection.None)
        {
            return;
        }

        Fill(i, raw.Value, decoder);
        if (_keys.Length > 0)
        {
            _keys[i] = RecordKey.Hash(raw.Key);
        }

        foreach (var (field, places) in _arrays)
        {
            places[i] = decoder[field];
        }
    }

    private void Fill(int i, ReadOnlySpan<byte> value, EventDecoder decoder)
    {
        foreach (var (field, format, times) in _times)
        {
            times[i] = decoder.TimeOf(field, format, value);
        }

        foreach (var (field, filter, matches) in _filters)
        {
            matches[i] = filter.Matches(decoder, field, value);
        }

        foreach (var target in _targets)
        {
            target.Decode(i, value, decoder);
        }
    }
}
