using System.Diagnostics;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Checkpoints;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>
/// Takes checkpoints between two batches, on the loop's thread, and writes them on a thread of its own. Only when one has been written are
/// its offsets committed to the group.
/// </summary>
/// <remarks>The thread is started with the loop: a process that has run out of memory or descriptors cannot start another.</remarks>
internal sealed partial class Checkpoints : IDisposable
{
    // Taking one stops the loop. However large the state is, that is at most a twentieth of its time.
    private const int MostShare = 20;

    private static readonly TimeSpan IdentifiedWithin = TimeSpan.FromSeconds(10); // after topics were found
    private static readonly TimeSpan IdentifiesWithin = TimeSpan.FromSeconds(1); // at the end
    private static readonly TimeSpan JoinWithin = TimeSpan.FromSeconds(1);

    private readonly CheckpointFolder _folder;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<KeyValuePair<string, string>>> _settings; // by monitor name
    private readonly string _version;
    private readonly TimeSpan _every;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly object _gate = new(); // a monitor, which can be waited on
    private readonly Thread _writer;
    private Taken? _waiting; // to be written
    private Taken? _written; // whose offsets are to be committed
    private bool _isWriting;
    private bool _isFinished;
    private long? _unidentifiedSince; // when the source has had topics whose ids it does not know
    private long _lastTaken;
    private TimeSpan _lastCost;
    private long _failures;
    private long _failuresInARow;
    private CheckpointSnapshot _snapshot;

    /// <summary>Takes no checkpoint yet.</summary>
    /// <param name="folder">Where they are written; disposed of with this.</param>
    /// <param name="settings">The settings of each monitor, by its name.</param>
    /// <param name="version">The version of the program.</param>
    /// <param name="every">How often one is taken.</param>
    /// <param name="last">When the one was taken that the monitors were loaded from; null for none.</param>
    /// <param name="unreadable">How many files could not be read at the start.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Where failures are logged.</param>
    public Checkpoints(
        CheckpointFolder folder, IReadOnlyDictionary<string, IReadOnlyList<KeyValuePair<string, string>>> settings, string version,
        TimeSpan every, EventTime? last, int unreadable, TimeProvider clock, ILogger logger)
    {
        (_folder, _settings, _version, _every, _clock, _logger) = (folder, settings, version, every, clock, logger);
        _unidentifiedSince = _lastTaken = clock.GetTimestamp();
        _failures = unreadable;
        _snapshot = new CheckpointSnapshot(last, unreadable, null);
        _writer = new Thread(Write) { IsBackground = true, Name = "checkpoints" };
        _writer.Start();
    }

    /// <summary>What is known of them. May be read from any thread.</summary>
    public CheckpointSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Takes a checkpoint if one is due, and commits the offsets of the one that has been written. Returns soon.</summary>
    /// <param name="monitors">The monitors.</param>
    /// <param name="source">The source, of which all that was read has been counted.</param>
    public void OnTurn(IReadOnlyList<MonitorBinding> monitors, IEventSource source)
    {
        CommitWritten(source);
        var pause = _every > MostShare * _lastCost ? _every : MostShare * _lastCost;
        if (_clock.GetElapsedTime(_lastTaken) < pause || IsBusy())
        {
            return;
        }

        // One without its topics' ids could be taken for one of others of the same names.
        if (IsIdentified(monitors, source))
        {
            _unidentifiedSince = null;
            Take(monitors, source);
        }
        else if (_clock.GetElapsedTime(_unidentifiedSince ??= _clock.GetTimestamp()) >= IdentifiedWithin)
        {
            Take(monitors, source);
        }
    }

    /// <summary>Takes a last checkpoint, waits until it is written, and commits its offsets.</summary>
    /// <param name="monitors">The monitors.</param>
    /// <param name="source">The source.</param>
    /// <param name="patience">How long to wait.</param>
    /// <returns>Whether it was written, if there was anything to save.</returns>
    public bool Finish(IReadOnlyList<MonitorBinding> monitors, IEventSource source, TimeSpan patience)
    {
        var started = _clock.GetTimestamp();
        var hasNothing = source.Progress().Count == 0;
        source.FindIdentities(IdentifiesWithin);
        var isTaken = WaitUntilIdle(patience) && Take(monitors, source);
        if (isTaken)
        {
            WaitUntilIdle(patience - _clock.GetElapsedTime(started));
        }

        return CommitWritten(source) && (isTaken || hasNothing);
    }

    /// <summary>The monitors begin anew: what has been taken of them no longer counts.</summary>
    /// <param name="patience">How long to wait for the one that is being written.</param>
    public void Forget(TimeSpan patience)
    {
        lock (_gate)
        {
            _waiting = null;
        }

        WaitUntilIdle(patience);
        lock (_gate)
        {
            _written = null;
        }

        _folder.Discard();
    }

    /// <summary>Ends the thread, and lets other processes use the folder.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isFinished = true;
            Monitor.PulseAll(_gate);
        }

        if (_writer.Join(JoinWithin))
        {
            _folder.Dispose(); // otherwise the lock is held until the process ends: the thread may still rename a file
        }
    }

    private static bool IsIdentified(IReadOnlyList<MonitorBinding> monitors, IEventSource source) =>
        TopicsOf(monitors, source).All(topic => source.IdentityOf(topic) is not null);

    private static IEnumerable<string> TopicsOf(IReadOnlyList<MonitorBinding> monitors, IEventSource source) =>
        monitors.SelectMany(monitor => monitor.Topics).Distinct().SelectMany(source.TopicsOf).Distinct();

    private bool IsBusy()
    {
        lock (_gate)
        {
            return _isWriting || _waiting is not null;
        }
    }

    private bool WaitUntilIdle(TimeSpan patience)
    {
        var started = Stopwatch.GetTimestamp(); // the thread is real, so the wait is too
        lock (_gate)
        {
            while ((_isWriting || _waiting is not null) && patience - Stopwatch.GetElapsedTime(started) is var left && left > TimeSpan.Zero)
            {
                Monitor.Wait(_gate, left);
            }

            return !_isWriting && _waiting is null;
        }
    }

    // False if there is nothing to save yet: the topics have not been found.
    private bool Take(IReadOnlyList<MonitorBinding> monitors, IEventSource source)
    {
        var started = _lastTaken = _clock.GetTimestamp();
        var progress = source.Progress();
        if (progress.Count == 0)
        {
            return false;
        }

        Checkpoint checkpoint;
        try
        {
            var topics = TopicsOf(monitors, source).Select(source.IdentityOf).OfType<TopicIdentity>();
            checkpoint = new Checkpoint(
                EventTime.From(_clock.GetUtcNow()),
                _version,
                [.. topics],
                [
                    .. monitors.Select(monitor => MonitorCheckpoint.Take(
                        monitor, _settings[monitor.Monitor.Spec.Name], progress, source.NamesOf(source.TopicOf(monitor.Topic)))),
                ]);
        }
        catch (OutOfMemoryException)
        {
            OnFailure("the state is too large to be copied in this process's memory");
            return false;
        }
        finally
        {
            _lastCost = _clock.GetElapsedTime(started);
        }

        lock (_gate)
        {
            _waiting = new Taken(checkpoint, progress);
            Monitor.PulseAll(_gate);
        }

        return true;
    }

    // False if the last one that was taken has not been written.
    private bool CommitWritten(IEventSource source)
    {
        Taken? written;
        lock (_gate)
        {
            (written, _written) = (_written, null);
        }

        if (written is not null)
        {
            source.Commit(written.Progress);
        }

        return !IsBusy() && Volatile.Read(ref _failuresInARow) == 0;
    }

    private void Write()
    {
        while (Next() is { } taken)
        {
            var isWritten = TryWrite(taken.Checkpoint);
            lock (_gate)
            {
                _written = isWritten ? taken : _written;
                _isWriting = false;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private Taken? Next()
    {
        lock (_gate)
        {
            while (_waiting is null && !_isFinished)
            {
                Monitor.Wait(_gate);
            }

            var next = _isFinished ? null : _waiting;
            (_waiting, _isWriting) = (null, next is not null);
            return next;
        }
    }

    private bool TryWrite(Checkpoint checkpoint)
    {
        try
        {
            var size = _folder.Write(checkpoint);
            Volatile.Write(ref _snapshot, new CheckpointSnapshot(checkpoint.Taken, _failures, size));
            if (_failuresInARow > 0)
            {
                _failuresInARow = 0;
                LogWrittenAgain(_folder.Path);
            }

            return true;
        }
        catch (CheckpointException e)
        {
            OnFailure(e.Message);
            return false;
        }
    }

    // On the loop's thread only while the writer waits.
    private void OnFailure(string reason)
    {
        _failures++;
        Volatile.Write(ref _snapshot, Snapshot with { Failures = _failures });

        // The first failure, then the second, the fourth, and so on.
        if (long.IsPow2(++_failuresInARow))
        {
            LogUnwritten(reason, Phrases.Count(_failuresInARow, "failure in a row", "failures in a row"));
        }
    }

    [LoggerMessage(
        EventName = "checkpoints.not_written", Level = LogLevel.Warning,
        Message = "{Reason} ({Failures}); monitoring goes on, and a restart would go on from the last checkpoint that was written")]
    private partial void LogUnwritten(string reason, string failures);

    [LoggerMessage(
        EventName = "checkpoints.written_again", Level = LogLevel.Information,
        Message = "Checkpoints are written to {Folder} again")]
    private partial void LogWrittenAgain(string folder);

    private sealed record Taken(Checkpoint Checkpoint, IReadOnlyList<Progress> Progress);
}
