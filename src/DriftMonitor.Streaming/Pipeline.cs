using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>
/// The path of a datum: takes events from a source, decodes them, gives them to the monitors, and hands out reports as panes close.
/// </summary>
/// <remarks>
/// One thread owns the source and the monitors, and calls <see cref="Step"/>. Live and replay run through the same code; the wall clock has a say
/// only in when a silent partition no longer holds panes open.
/// </remarks>
public sealed class Pipeline
{
    private readonly IEventSource _source;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _idleAfter;
    private readonly Action<int, IReadOnlyList<SeriesReport>> _report;
    private readonly Route[] _routes;
    private int _eventsUntilIdleCheck = IdleCheckEvery;
    private int _closesLeft; // of this step
    private bool _isBehind; // panes are due that the last step has left open
    private bool _isEnding; // the source has nothing more

    private const int IdleCheckEvery = 4096;
    private const int MostClosesAStep = 1024;

    /// <summary>A pipeline from a source to monitors.</summary>
    /// <param name="source">The source; the caller disposes of it, on the thread that steps.</param>
    /// <param name="bindings">The monitors, in their configured order.</param>
    /// <param name="clock">Tells how long a partition has been silent, and nothing else.</param>
    /// <param name="idleAfter">How long a partition that has been read to its end may be silent before it no longer holds panes open.</param>
    /// <param name="report">Called with a monitor's index and its series' reports for each pane that closes, in the order of the monitor's panes.</param>
    public Pipeline(IEventSource source, IReadOnlyList<MonitorBinding> bindings, TimeProvider clock, TimeSpan idleAfter, Action<int, IReadOnlyList<SeriesReport>> report)
    {
        _source = source;
        Bindings = bindings;
        _clock = clock;
        _idleAfter = idleAfter;
        _report = report;
        var topics = bindings.Index().SelectMany(binding => binding.Item.Topics.Select((name, i) => (Topic: source.TopicOf(name), binding.Index, Binding: binding.Item, IsReference: i > 0))).ToArray();
        _routes = new Route[topics.Max(topic => topic.Topic) + 1];
        for (var topic = 0; topic < _routes.Length; topic++)
        {
            _routes[topic] = new Route([.. topics.Where(use => use.Topic == topic).Select(use => (use.Index, use.Binding, use.IsReference))]);
        }
    }

    /// <summary>The monitors, in their configured order.</summary>
    public IReadOnlyList<MonitorBinding> Bindings { get; }

    /// <summary>Whether every partition of every topic is known and has been read to its end at least once.</summary>
    public bool IsCaughtUp => Array.TrueForAll(_routes, route => route.IsCaughtUp);

    /// <summary>What has come from the topic that a monitor reads.</summary>
    public TopicTally Tally(string topic) => _routes[_source.TopicOf(topic)].Tally;

    /// <summary>Takes one event, or what the source has to say instead, through the whole path.</summary>
    /// <remarks>
    /// One event can make any number of panes due: after years of silence, or by a mistaken date. A step closes some of them, and the next steps the others before they ask
    /// the source again: readings are the same, and the caller is never away for long.
    /// </remarks>
    /// <returns>What the source said, or <see cref="SourceSignal.Nothing"/> where it was not asked; at <see cref="SourceSignal.End"/> every pane with an event has closed.</returns>
    public SourceSignal Step(TimeSpan patience)
    {
        _closesLeft = MostClosesAStep;
        if (_isEnding)
        {
            return CloseAll();
        }

        if (_isBehind && !CatchUp())
        {
            return SourceSignal.Nothing;
        }

        var signal = _source.Next(patience, out var raw);
        switch (signal)
        {
            case SourceSignal.Event:
                Take(_routes[raw.Topic], raw);
                if (--_eventsUntilIdleCheck == 0)
                {
                    LeaveOutSilentPartitions();
                }

                break;
            case SourceSignal.Partitions:
                _routes[raw.Topic].Expect(_source.Partitions(raw.Topic));
                break;
            case SourceSignal.CaughtUp:
                _routes[raw.Topic].CaughtUp(raw.Partition, _clock.GetTimestamp());
                LeaveOutSilentPartitions();
                break;
            case SourceSignal.PartitionEnded:
                LeaveOut(_routes[raw.Topic], raw.Partition);
                break;
            case SourceSignal.End:
                _isEnding = true;
                return CloseAll();
            default:
                LeaveOutSilentPartitions();
                break;
        }

        return signal;
    }

    private void Take(Route route, in RawEvent raw)
    {
        route.Heard(raw.Partition);
        var tally = route.Tally;
        tally.Events++;
        tally.LastEvent = raw.RecordTime ?? tally.LastEvent;
        var rejection = route.Decoder.Decode(raw);
        if (rejection != Rejection.None)
        {
            tally.Rejected.Add(rejection);
            return;
        }

        // Monitors of a topic mostly share their event time: it is read once for those that follow one another.
        var timeField = Target.RecordTime;
        var time = raw.RecordTime;
        foreach (ref readonly var target in route.Targets.AsSpan())
        {
            var monitor = target.Monitor;
            if (target.TimeField != timeField)
            {
                timeField = target.TimeField;
                time = timeField == Target.RecordTime ? raw.RecordTime : route.Decoder.TimeOf(timeField, raw.Value);
            }

            var recordTime = timeField == Target.RecordTime ? null : raw.RecordTime;
            var bin = route.Decoder.BinOf(target.ValueField, monitor.Binning, raw.Value);
            if (Count(route, target, raw, time, recordTime, bin) == Rejection.None)
            {
                if (raw.RecordTime is null && (tally.LastEvent is not { } last || time > last))
                {
                    tally.LastEvent = time;
                }

                CloseDue(target);
            }
        }
    }

    private static Rejection Count(Route route, in Target target, in RawEvent raw, EventTime? time, EventTime? recordTime, int bin)
    {
        if (target.IsReference)
        {
            return target.Monitor.AddToReference(raw.Partition, time, recordTime, bin);
        }

        var referenceBin = target.ReferenceField == Target.None ? -1 : route.Decoder.BinOf(target.ReferenceField, target.Monitor.Binning, raw.Value);
        var segment = target.SegmentField == Target.None ? default : route.Decoder.SegmentOf(target.SegmentField, raw.Value);
        return target.Monitor.Add(raw.Partition, time, recordTime, bin, segment, referenceBin);
    }

    private void CloseDue(in Target target)
    {
        while (_closesLeft > 0)
        {
            if (target.Monitor.CloseDue() is not { } reports)
            {
                return;
            }

            _closesLeft--;
            _report(target.Index, reports);
        }

        _isBehind = true;
    }

    // Whether no pane is due any more.
    private bool CatchUp()
    {
        _isBehind = false;
        foreach (var route in _routes)
        {
            foreach (ref readonly var target in route.Targets.AsSpan())
            {
                CloseDue(target);
            }
        }

        return !_isBehind;
    }

    private SourceSignal CloseAll()
    {
        foreach (var route in _routes)
        {
            foreach (var target in route.Targets.Where(target => !target.IsReference))
            {
                while (target.Monitor.CloseAtEnd() is { } reports)
                {
                    _report(target.Index, reports);
                    if (--_closesLeft == 0)
                    {
                        return SourceSignal.Nothing;
                    }
                }
            }
        }

        return SourceSignal.End;
    }

    private void LeaveOut(Route route, int partition)
    {
        foreach (ref readonly var target in route.Targets.AsSpan())
        {
            target.Monitor.LeaveOut(partition, target.IsReference);
            CloseDue(target);
        }
    }

    private void LeaveOutSilentPartitions()
    {
        _eventsUntilIdleCheck = IdleCheckEvery;
        foreach (var route in _routes)
        {
            while (route.NextSilent(_clock, _idleAfter) is { } partition)
            {
                LeaveOut(route, partition);
            }
        }
    }

    private readonly record struct Target(int Index, FieldMonitor Monitor, int ValueField, int TimeField, int SegmentField, int ReferenceField, bool IsReference)
    {
        /// <summary>In place of a time field: the record's own time.</summary>
        public const int RecordTime = -1;

        /// <summary>In place of another field: there is none.</summary>
        public const int None = -1;
    }

    /// <summary>A topic: how its events are decoded, which monitors get them, and which partitions are silent.</summary>
    private sealed class Route
    {
        private const long Speaking = -1; // has more to read, or has never been read to its end
        private const long LeftOut = -2;

        private long[] _silentSince = []; // timestamp at which the end was reached
        private bool[] _caughtUp = [];

        public Route((int Index, MonitorBinding Binding, bool IsReference)[] uses)
        {
            var fields = new List<FieldPath>();
            Targets = [.. uses.Select(use =>
            {
                var binding = use.Binding;
                var isOtherField = binding.ReferenceField is not null && binding.ReferenceTopic is null;
                return new Target(
                    use.Index, binding.Monitor, Place(use.IsReference ? binding.ReferenceField ?? binding.Field : binding.Field),
                    binding.EventTime is { } time ? Place(time) : Target.RecordTime,
                    binding.SegmentBy is { } segment && !use.IsReference ? Place(segment) : Target.None,
                    isOtherField ? Place(binding.ReferenceField!) : Target.None,
                    use.IsReference);
            })];
            Decoder = new EventDecoder(fields);

            int Place(FieldPath field)
            {
                if (fields.IndexOf(field) is >= 0 and var place)
                {
                    return place;
                }

                fields.Add(field);
                return fields.Count - 1;
            }
        }

        public EventDecoder Decoder { get; }

        public Target[] Targets { get; }

        public TopicTally Tally { get; } = new();

        public bool IsCaughtUp => _caughtUp.Length > 0 && Array.TrueForAll(_caughtUp, caughtUp => caughtUp);

        public void Expect(int partitions)
        {
            var known = _silentSince.Length;
            if (partitions > known)
            {
                Array.Resize(ref _silentSince, partitions);
                Array.Resize(ref _caughtUp, partitions);
                _silentSince.AsSpan(known).Fill(Speaking);
            }

            foreach (var target in Targets)
            {
                target.Monitor.ExpectPartitions(partitions, target.IsReference);
            }
        }

        public void Heard(int partition) => _silentSince[partition] = Speaking;

        public void CaughtUp(int partition, long now)
        {
            _caughtUp[partition] = true;
            _silentSince[partition] = _silentSince[partition] == Speaking ? now : _silentSince[partition];
        }

        public int? NextSilent(TimeProvider clock, TimeSpan idleAfter)
        {
            for (var partition = 0; partition < _silentSince.Length; partition++)
            {
                if (_silentSince[partition] >= 0 && clock.GetElapsedTime(_silentSince[partition]) >= idleAfter)
                {
                    _silentSince[partition] = LeftOut;
                    return partition;
                }
            }

            return null;
        }
    }
}
