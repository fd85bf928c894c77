using System.Runtime.InteropServices;

namespace DriftMonitor.Streaming.Events;

/// <summary>
/// Events and signals of a source in their order, in runs of one partition. Valid until the source is read again: the values lie in the
/// source's own memory, so that none are copied.
/// </summary>
public abstract class EventBatch
{
    private readonly List<EventRun> _runs = [];

    /// <summary>The runs, in order; none if nothing came.</summary>
    public ReadOnlySpan<EventRun> Runs => CollectionsMarshal.AsSpan(_runs);

    /// <summary>An event, given its place.</summary>
    public abstract RawEvent this[int place] { get; }

    /// <summary>Whether an event's record has a header of a name.</summary>
    protected internal virtual bool HasHeader(int place, string name) => false;

    /// <summary>Removes all runs.</summary>
    protected internal void ClearRuns() => _runs.Clear();

    /// <summary>Appends an event, whose place is behind that of all events before it.</summary>
    protected internal void AppendEvent(int topic, int partition, int place)
    {
        if (_runs.Count > 0)
        {
            ref var last = ref CollectionsMarshal.AsSpan(_runs)[^1];
            if (last.Signal == SourceSignal.Event && last.Topic == topic && last.Partition == partition && last.First + last.Count == place)
            {
                last = last with { Count = last.Count + 1 };
                return;
            }
        }

        _runs.Add(new EventRun(SourceSignal.Event, topic, partition, place, 1));
    }

    /// <summary>Appends another signal.</summary>
    protected internal void AppendSignal(SourceSignal signal, int topic = 0, int partition = 0) =>
        _runs.Add(new EventRun(signal, topic, partition, 0, 0));
}
