using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>
/// The path of a datum: reads events from a source, decodes them, adds them to the monitors, and reports to the sinks as panes close.
/// </summary>
/// <remarks>
/// One thread owns the source and the monitors, and calls <see cref="Step"/>. Live and replay run through the same code. The wall clock
/// decides only when a silent partition no longer holds panes open.
/// </remarks>
public sealed class Pipeline
{
    private const int IdleCheckEvery = 4096; // events
    private const int MostClosesAStep = 1024;

    private readonly IEventSource _source;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _idleAfter;
    private readonly IReadOnlyList<IReportSink> _sinks;
    private readonly TopicRoute[] _routes; // by the source's index of the topic
    private int _eventsUntilIdleCheck = IdleCheckEvery;
    private int _closesLeft; // of this step
    private bool _isBehind; // the last step left panes open that are due
    private bool _isEnding; // the source has nothing more

    /// <summary>A pipeline from a source to monitors.</summary>
    /// <param name="source">The source; the caller disposes of it, on the thread that steps.</param>
    /// <param name="bindings">The monitors, in their configured order.</param>
    /// <param name="clock">Measures how long a partition has been silent, and nothing else.</param>
    /// <param name="idleAfter">
    /// How long a partition that has been read to its end may be silent before it no longer holds panes open.
    /// </param>
    /// <param name="sinks">Receive each closed pane, in this order.</param>
    public Pipeline(
        IEventSource source, IReadOnlyList<MonitorBinding> bindings, TimeProvider clock, TimeSpan idleAfter,
        params IReadOnlyList<IReportSink> sinks)
    {
        (_source, _clock, _idleAfter, _sinks, Bindings) = (source, clock, idleAfter, sinks, bindings);
        var uses = bindings
            .SelectMany(binding => binding.Topics.Select((name, i) => (Topic: source.TopicOf(name), Binding: binding, IsReference: i > 0)))
            .ToLookup(use => use.Topic, use => (use.Binding, use.IsReference));
        _routes = [.. Enumerable.Range(0, uses.Max(topic => topic.Key) + 1).Select(topic => new TopicRoute(uses[topic]))];
    }

    /// <summary>The monitors, in their configured order.</summary>
    public IReadOnlyList<MonitorBinding> Bindings { get; }

    /// <summary>Whether every partition of every topic is known and has been read to its end at least once.</summary>
    public bool IsCaughtUp => Array.TrueForAll(_routes, route => route.Activity.IsCaughtUp);

    /// <summary>What has come from a topic.</summary>
    public TopicTally Tally(string topic) => _routes[_source.TopicOf(topic)].Tally;

    /// <summary>Processes one event, or another signal of the source.</summary>
    /// <remarks>
    /// One event can make any number of panes due: after years of silence, or by a mistaken date. A step closes a limited number of them,
    /// and the next steps close the others before they ask the source again. So readings are the same, and the caller never waits long.
    /// </remarks>
    /// <param name="patience">How long to wait for an event.</param>
    /// <returns>
    /// The source's signal, or <see cref="SourceSignal.Nothing"/> if the source was not asked. At <see cref="SourceSignal.End"/> every pane
    /// with an event has closed.
    /// </returns>
    public SourceSignal Step(TimeSpan patience)
    {
        _closesLeft = MostClosesAStep;
        if (_isEnding)
        {
            return CloseAll();
        }

        if (_isBehind && !CloseAllDue())
        {
            return SourceSignal.Nothing;
        }

        var signal = _source.Next(patience, out var raw);
        switch (signal)
        {
            case SourceSignal.Event:
                Process(_routes[raw.Topic], raw);
                if (--_eventsUntilIdleCheck == 0)
                {
                    LeaveOutSilentPartitions();
                }

                break;
            case SourceSignal.Partitions:
                _routes[raw.Topic].ExpectPartitions(_source.Partitions(raw.Topic));
                break;
            case SourceSignal.CaughtUp:
                _routes[raw.Topic].Activity.MarkCaughtUp(raw.Partition, _clock.GetTimestamp());
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

    private void Process(TopicRoute route, in RawEvent raw)
    {
        route.Activity.MarkActive(raw.Partition);
        var tally = route.Tally;
        tally.Events++;
        tally.LastEvent = raw.RecordTime ?? tally.LastEvent;
        var rejection = route.Decoder.Decode(raw);
        if (rejection != Rejection.None)
        {
            tally.Rejected.Add(rejection);
            return;
        }

        // Most monitors of a topic share their event time: it is read once for consecutive monitors that do.
        var timeField = MonitorTarget.RecordTime;
        var time = raw.RecordTime;
        foreach (ref readonly var target in route.Targets.AsSpan())
        {
            if (target.TimeField != timeField)
            {
                timeField = target.TimeField;
                time = timeField == MonitorTarget.RecordTime ? raw.RecordTime : route.Decoder.TimeOf(timeField, raw.Value);
            }

            if (AddTo(target, route, raw, time) == Rejection.None)
            {
                if (raw.RecordTime is null && (tally.LastEvent is not { } last || time > last))
                {
                    tally.LastEvent = time;
                }

                CloseDue(target);
            }
        }
    }

    private static Rejection AddTo(in MonitorTarget target, TopicRoute route, in RawEvent raw, EventTime? time)
    {
        var (decoder, monitor) = (route.Decoder, target.Monitor);
        var recordTime = target.TimeField == MonitorTarget.RecordTime ? null : raw.RecordTime;
        var bin = decoder.BinOf(target.ValueField, monitor.Binning, raw.Value);
        if (target.IsReference)
        {
            return monitor.AddToReference(raw.Partition, time, recordTime, bin);
        }

        var referenceBin = target.ReferenceField == MonitorTarget.None
            ? -1
            : decoder.BinOf(target.ReferenceField, monitor.Binning, raw.Value);
        var segment = target.SegmentField == MonitorTarget.None ? default : decoder.SegmentOf(target.SegmentField, raw.Value);
        return monitor.Add(raw.Partition, time, recordTime, bin, segment, referenceBin);
    }

    private void Report(MonitorBinding monitor, IReadOnlyList<SeriesReport> reports)
    {
        foreach (var sink in _sinks)
        {
            sink.OnPaneClosed(monitor, reports);
        }
    }

    private void CloseDue(in MonitorTarget target)
    {
        while (_closesLeft > 0)
        {
            if (target.Monitor.CloseDue() is not { } reports)
            {
                return;
            }

            _closesLeft--;
            Report(target.Binding, reports);
        }

        _isBehind = true;
    }

    // Returns whether no pane is due any more.
    private bool CloseAllDue()
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
                    Report(target.Binding, reports);
                    if (--_closesLeft == 0)
                    {
                        return SourceSignal.Nothing;
                    }
                }
            }
        }

        return SourceSignal.End;
    }

    private void LeaveOut(TopicRoute route, int partition)
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
            while (route.Activity.NextSilent(_clock, _idleAfter) is { } partition)
            {
                LeaveOut(route, partition);
            }
        }
    }
}
