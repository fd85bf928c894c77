using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming;

/// <summary>
/// Folds the runs of a batch in parts: where there are workers, they decode parts side by side; the caller's thread counts them in order.
/// </summary>
/// <remarks>Decoding is nine tenths of the work, and needs no order. So workers help a single partition as much as many.</remarks>
internal sealed class RunFolder
{
    private const int PartsOfAWorker = 4; // several, as parts take different times

    private readonly TopicRoute[] _routes;
    private readonly EventDecoder[][] _decoders; // by worker and topic
    private readonly List<EventRun> _runs = [];
    private readonly List<DecodedEvents> _parts = [];
    private readonly Stack<DecodedEvents>[] _spareParts; // by topic
    private readonly int _mostParts;
    private int _nextPart;

    /// <summary>A folder of some topics' events.</summary>
    /// <param name="routes">The topics, by index.</param>
    /// <param name="workers">How many threads decode; 1 is the caller's.</param>
    public RunFolder(TopicRoute[] routes, int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        _routes = routes;
        _decoders = [.. Enumerable.Range(0, workers).Select(_ => Array.ConvertAll(routes, route => route.CreateDecoder()))];
        _spareParts = Array.ConvertAll(routes, _ => new Stack<DecodedEvents>());
        _mostParts = workers == 1 ? 1 : PartsOfAWorker * workers;
    }

    /// <summary>The runs added since the last fold.</summary>
    public ReadOnlySpan<EventRun> Runs => CollectionsMarshal.AsSpan(_runs);

    /// <summary>Adds a run of events.</summary>
    public void Add(in EventRun run) => _runs.Add(run);

    /// <summary>Folds the runs that were added.</summary>
    public void Fold(EventBatch batch)
    {
        foreach (var run in _runs)
        {
            for (var rest = run; rest.Count > 0;)
            {
                if (_parts.Count == 0 || _parts[^1].Topic != run.Topic || _parts[^1].Count == DecodedEvents.Capacity)
                {
                    if (_parts.Count == _mostParts)
                    {
                        FoldParts(batch);
                    }

                    _parts.Add(_spareParts[run.Topic].TryPop(out var spare) ? spare : _routes[run.Topic].CreateColumns(run.Topic));
                }

                rest = _parts[^1].Append(rest);
            }
        }

        FoldParts(batch);
    }

    /// <summary>Forgets the runs.</summary>
    public void Clear() => _runs.Clear();

    private void FoldParts(EventBatch batch)
    {
        if (_parts.Count == 1 || _decoders.Length == 1)
        {
            foreach (var part in _parts)
            {
                part.Decode(batch, _decoders[0][part.Topic]);
            }
        }
        else
        {
            DecodeSideBySide(batch);
        }

        foreach (var part in _parts)
        {
            var start = 0;
            foreach (var run in part.Runs)
            {
                _routes[run.Topic].Count(batch, run, part, start, _decoders[0][run.Topic]);
                start += run.Count;
            }

            part.Clear();
            _spareParts[part.Topic].Push(part);
        }

        _parts.Clear();
    }

    private void DecodeSideBySide(EventBatch batch)
    {
        _nextPart = -1;
        try
        {
            Parallel.For(0, Math.Min(_decoders.Length, _parts.Count), worker =>
            {
                while (Interlocked.Increment(ref _nextPart) is var part && part < _parts.Count)
                {
                    _parts[part].Decode(batch, _decoders[worker][_parts[part].Topic]);
                }
            });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]); // as if there had been one worker
        }
    }
}
