namespace DriftMonitor.Streaming.Events;

/// <summary>Goes through a source's batches one event or signal at a time, where speed does not matter.</summary>
/// <param name="source">The source, which nobody else reads.</param>
public sealed class EventCursor(IEventSource source)
{
    private EventBatch? _batch;
    private int _run;
    private int _eventsOfRun;

    /// <summary>Moves to the next event or signal.</summary>
    /// <param name="patience">How long to wait for it.</param>
    /// <param name="raw">The event, valid until the next call; for another signal, only its topic and partition.</param>
    /// <returns>What it is; <see cref="SourceSignal.Nothing"/> if none came in time.</returns>
    /// <exception cref="SourceException">The source can't go on.</exception>
    public SourceSignal Next(TimeSpan patience, out RawEvent raw)
    {
        if (_batch is null || _run == _batch.Runs.Length)
        {
            _batch = source.Read(patience);
            (_run, _eventsOfRun) = (0, 0);
            if (_batch.Runs.IsEmpty)
            {
                raw = default;
                return SourceSignal.Nothing;
            }
        }

        var run = _batch.Runs[_run];
        if (run.Signal == SourceSignal.Event)
        {
            raw = _batch[run.First + _eventsOfRun++];
            if (source.NamesOf(run.Topic) is { Count: > 0 } names)
            {
                raw = raw with { TopicName = names[run.Partition].Topic };
            }
        }
        else
        {
            raw = new RawEvent { Topic = run.Topic, Partition = run.Partition };
        }

        if (_eventsOfRun == run.Count)
        {
            (_run, _eventsOfRun) = (_run + 1, 0);
        }

        return run.Signal;
    }
}
