using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>
/// The path of a datum: reads events from a source, decodes them, adds them to the monitors, and reports to the sinks as panes close.
/// </summary>
/// <remarks>
/// One thread owns the source and the monitors, and calls <see cref="Step"/>. Live and replay run through the same code. The wall clock
/// decides only when a partition at its end no longer holds panes open.
/// </remarks>
public sealed class Pipeline
{
    // Reports of a step: enough that reading costs nothing beside them, and few enough that the source is read many times a second.
    private const int MostReportsAStep = 16 * 1024;

    // Panes with events beyond which closing goes first, so that memory stays bounded.
    private const int MostOpenPanes = 100_000;

    // Idleness is looked at less often while many events come: it takes a look at every partition of every monitor.
    private const int FewEvents = 256;
    private static readonly TimeSpan BetweenChecks = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(1); // between two reads; a longer one is a pause

    private readonly IEventSource _source;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _idleAfter;
    private readonly IReadOnlyList<IReportSink> _sinks;
    private readonly TopicRoute[] _routes; // by the source's index of the topic
    private readonly RunFolder _folder;
    private int _reportsLeft; // of this step
    private bool _isBehind = true; // the last step, or the process before, left panes open that are due
    private long _idleChecked;
    private long? _lastRead;
    private long? _endsAsked;
    private bool _isEnding; // the source has nothing more
    private readonly HeldPartitions _held;
    private readonly Dictionary<FieldMonitor, ClosingLimit> _limits;
    private readonly long?[] _partitionsAsked; // by topic
    private readonly bool[] _arePartitionsAwaited; // by topic: the source has not answered yet
    private bool _isHeld; // a pane is perhaps due that may not close before the partitions are known

    /// <summary>A pipeline from a source to monitors.</summary>
    /// <param name="source">The source; the caller disposes of it, on the thread that steps.</param>
    /// <param name="bindings">The monitors, in their configured order.</param>
    /// <param name="clock">Measures how long a partition has been silent, and nothing else.</param>
    /// <param name="idleAfter">
    /// How long a partition that has been read to its end may hold the others back; <see cref="TimeSpan.MaxValue"/> for ever.
    /// </param>
    /// <param name="sinks">Receive each closed pane, in this order.</param>
    /// <param name="workers">How many threads decode events side by side; readings do not depend on it.</param>
    /// <param name="mostOpen">
    /// Where events of two topics are joined: how many a monitor keeps in open panes before the partitions that are ahead are held back.
    /// </param>
    public Pipeline(
        IEventSource source, IReadOnlyList<MonitorBinding> bindings, TimeProvider clock, TimeSpan idleAfter,
        IReadOnlyList<IReportSink> sinks, int workers = 1, int mostOpen = HeldPartitions.MostOpen)
    {
        (_source, _clock, _idleAfter, _sinks, Bindings) = (source, clock, idleAfter, sinks, bindings);
        var uses = bindings
            .SelectMany(binding => binding.Topics.Select((name, i) => (Topic: source.TopicOf(name), Binding: binding, IsReference: i > 0)))
            .ToLookup(use => use.Topic, use => (use.Binding, use.IsReference));
        var topics = Enumerable.Range(0, uses.Max(topic => topic.Key) + 1);
        _routes = [.. topics.Select(topic => new TopicRoute(uses[topic], Names(source, topic)))];
        _folder = new RunFolder(_routes, workers);
        _held = new HeldPartitions(source, _routes, mostOpen);
        _limits = bindings.ToDictionary(binding => binding.Monitor, binding => new ClosingLimit(binding.Monitor, binding.Topics.Count()));
        _partitionsAsked = new long?[_routes.Length];
        _arePartitionsAwaited = new bool[_routes.Length];
        for (var topic = 0; topic < _routes.Length; topic++)
        {
            if (!source.ConfirmPartitions(topic))
            {
                Array.ForEach(_routes[topic].Targets, target => _limits[target.Monitor].Lift(target.IsReference));
            }
        }

        foreach (var idle in _routes.SelectMany(route => route.Idle))
        {
            idle.Resume();
        }
    }

    /// <summary>The monitors, in their configured order.</summary>
    public IReadOnlyList<MonitorBinding> Bindings { get; }

    /// <summary>Whether every partition of every topic is known and has been read to its end at least once.</summary>
    public bool IsCaughtUp => Array.TrueForAll(_routes, route => route.Activity.IsCaughtUp);

    /// <summary>What has come from a topic.</summary>
    public TopicTally Tally(string topic) => _routes[_source.TopicOf(topic)].Tally;

    /// <summary>What has come from each topic that a name in the configuration stands for; those without records are missing.</summary>
    /// <param name="topic">The topic, or the pattern.</param>
    public IReadOnlyDictionary<string, TopicTally> TalliesOf(string topic) => _routes[_source.TopicOf(topic)].TalliesByTopic(topic);

    /// <summary>What has come from each topic; files stand in for all of them, as one.</summary>
    public IReadOnlyList<TopicTally> Tallies => Array.ConvertAll(_routes, route => route.Tally);

    /// <summary>What was rejected of each topic: what could not be read, and what each monitor left out.</summary>
    public IReadOnlyList<Losses> Losses => [.. _routes.SelectMany(route => route.Losses)];

    /// <summary>Processes the next batch of the source.</summary>
    /// <remarks>
    /// One event can make many panes due. A step closes a limited number of them and then reads on; the next steps close the others. Which
    /// pane an event belongs to, and whether it is late, does not depend on which panes have closed, so readings are the same.
    /// </remarks>
    /// <param name="patience">How long to wait for an event.</param>
    /// <returns>
    /// <see cref="SourceSignal.Event"/> if there were events, <see cref="SourceSignal.Nothing"/> if there were none, and
    /// <see cref="SourceSignal.End"/> at the end of a bounded source, when every pane with an event has closed.
    /// </returns>
    public SourceSignal Step(TimeSpan patience)
    {
        _reportsLeft = MostReportsAStep;
        if (_isEnding)
        {
            return CloseAll();
        }

        var isBehind = _isBehind && !CloseAllDue();
        if (isBehind && CountOpenPanes() > MostOpenPanes)
        {
            return SourceSignal.Nothing;
        }

        var batch = _source.Read(isBehind ? TimeSpan.Zero : patience);
        NoteInterruption(patience);
        var events = 0;
        foreach (ref readonly var run in batch.Runs)
        {
            if (run.Signal == SourceSignal.Event)
            {
                events += run.Count;
                _folder.Add(run);
            }
            else
            {
                FoldAndClose(batch);
                Handle(run);
            }
        }

        FoldAndClose(batch);
        if (_idleAfter != TimeSpan.MaxValue && (events < FewEvents || _clock.GetElapsedTime(_idleChecked) >= BetweenChecks))
        {
            _idleChecked = _clock.GetTimestamp();
            LeaveOutIdlePartitions();
        }

        _held.Update();
        ConfirmPartitions(isIdle: events == 0);
        return _isEnding ? CloseAll() : events > 0 ? SourceSignal.Event : SourceSignal.Nothing;
    }

    private static Func<int, PartitionName?> Names(IEventSource source, int topic) => number =>
        source.NamesOf(topic) is var names && number < names.Count ? names[number] : null;

    private void Handle(in EventRun run)
    {
        switch (run.Signal)
        {
            case SourceSignal.Partitions:
                _routes[run.Topic].ExpectPartitions(_source.Partitions(run.Topic));
                break;
            case SourceSignal.PartitionsConfirmed:
                _arePartitionsAwaited[run.Topic] = false;
                foreach (ref readonly var target in _routes[run.Topic].Targets.AsSpan())
                {
                    _limits[target.Monitor].Confirm(target.IsReference);
                    CloseDue(target);
                }

                break;
            case SourceSignal.CaughtUp:
                _routes[run.Topic].Activity.MarkCaughtUp(run.Partition, _clock.GetTimestamp());
                break;
            case SourceSignal.Lost:
                foreach (ref readonly var target in _routes[run.Topic].Targets.AsSpan())
                {
                    target.Monitor.NoteLoss(run.Partition, target.IsReference);
                }

                break;
            case SourceSignal.PartitionEnded:
                End(_routes[run.Topic], run.Partition);
                break;
            case SourceSignal.End:
                _isEnding = true;
                EndAll();
                break;
        }
    }

    // Folds the runs that have been added, moves the watermarks of their partitions, and closes what is then due.
    private void FoldAndClose(EventBatch batch)
    {
        if (_folder.Runs.IsEmpty)
        {
            return;
        }

        _folder.Fold(batch);
        foreach (ref readonly var run in _folder.Runs)
        {
            var route = _routes[run.Topic];
            route.MarkActive(run.Partition);
            foreach (ref readonly var target in route.Targets.AsSpan())
            {
                target.Monitor.Advance(run.Partition, target.IsReference);
            }
        }

        var last = -1;
        foreach (ref readonly var run in _folder.Runs)
        {
            if (run.Topic != last)
            {
                last = run.Topic;
                foreach (ref readonly var target in _routes[run.Topic].Targets.AsSpan())
                {
                    CloseDue(target);
                }
            }
        }

        _folder.Clear();
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
        var limit = _limits[target.Monitor];
        while (_reportsLeft > 0)
        {
            if (target.Monitor.CloseDue(limit.Value) is not { } reports)
            {
                _isHeld |= limit.Holds;
                return;
            }

            _reportsLeft -= 1 + reports.Count;
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

    // While events come, not too often, as the source is not read meanwhile, unless too many panes are open.
    private void ConfirmPartitions(bool isIdle)
    {
        if (!_isHeld || _source.Trouble is not null)
        {
            return;
        }

        _isHeld = false;
        var (now, interval) = (_clock.GetTimestamp(), Math.Min(1, 0.1 * _routes.Length));
        for (var topic = 0; topic < _routes.Length; topic++)
        {
            var targets = _routes[topic].Targets;
            if (!Array.Exists(targets, target => _limits[target.Monitor].Holds))
            {
                continue;
            }

            _isHeld = true; // look again: there may be no answer
            if (_partitionsAsked[topic] is { } asked && _clock.GetElapsedTime(asked, now).TotalSeconds < interval
                && (!isIdle || _arePartitionsAwaited[topic]) && CountOpenPanes() <= MostOpenPanes)
            {
                continue;
            }

            (_partitionsAsked[topic], _arePartitionsAwaited[topic]) = (now, true);
            _source.ConfirmPartitions(topic);
            Array.ForEach(targets, target => _limits[target.Monitor].Ask(target.IsReference));
        }
    }

    private int CountOpenPanes() => Bindings.Sum(binding => binding.Monitor.OpenPanes);

    private SourceSignal CloseAll()
    {
        foreach (var route in _routes)
        {
            foreach (var target in route.Targets.Where(target => !target.IsReference))
            {
                while (target.Monitor.CloseAtEnd() is { } reports)
                {
                    Report(target.Binding, reports);
                    _reportsLeft -= 1 + reports.Count;
                    if (_reportsLeft <= 0)
                    {
                        return SourceSignal.Nothing;
                    }
                }
            }
        }

        return SourceSignal.End;
    }

    private void EndAll()
    {
        foreach (var route in _routes)
        {
            for (var partition = 0; partition < route.PartitionCount; partition++)
            {
                End(route, partition);
            }
        }
    }

    private void End(TopicRoute route, int partition)
    {
        route.EndPartition(partition);
        foreach (ref readonly var target in route.Targets.AsSpan())
        {
            target.Monitor.Advance(partition, target.IsReference);
        }

        LeaveOut(route, partition);
    }

    private void LeaveOut(TopicRoute route, int partition)
    {
        foreach (ref readonly var target in route.Targets.AsSpan())
        {
            target.Monitor.LeaveOut(partition, target.IsReference);
            CloseDue(target);
        }
    }

    // After trouble or a pause, events of partitions that were idle may have come that nobody has read.
    private void NoteInterruption(TimeSpan patience)
    {
        var now = _clock.GetTimestamp();
        if (_source.Trouble is not null || (_lastRead is { } last && _clock.GetElapsedTime(last, now) > patience + LongestGap))
        {
            foreach (var idle in _routes.SelectMany(route => route.Idle))
            {
                idle.Recall();
            }
        }

        _lastRead = now;
    }

    private void LeaveOutIdlePartitions()
    {
        var now = _clock.GetTimestamp();
        if (!LeaveOutIdlePartitions(now) || _source.Trouble is not null
            || (_endsAsked is { } asked && _clock.GetElapsedTime(asked, now) < LongestGap))
        {
            return;
        }

        if (_source.FindEnds())
        {
            _endsAsked = now;
            return;
        }

        foreach (var route in _routes)
        {
            route.Activity.ConfirmAll(now);
        }

        LeaveOutIdlePartitions(now);
    }

    // Returns whether there are partitions that would be idle if the source said that they are at their ends.
    private bool LeaveOutIdlePartitions(long now)
    {
        var isUnsure = false;
        foreach (var route in _routes)
        {
            for (var i = 0; i < route.Targets.Length; i++)
            {
                ref readonly var target = ref route.Targets[i];
                while (route.Idle[i].FindIdle(_clock, now, _idleAfter, ref isUnsure) is { } partition)
                {
                    target.Monitor.LeaveOut(partition, target.IsReference);
                    CloseDue(target);
                }
            }
        }

        return isUnsure;
    }
}
