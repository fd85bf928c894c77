using DriftMonitor.Streaming.Sources.Ingest;
using DriftMonitor.Wording;

namespace DriftMonitor.Live;

/// <summary>
/// Counts requests with events. The log tells of refusals when they begin, and then at most once a minute for each reason. Any thread may
/// use it.
/// </summary>
/// <param name="buffer">Where accepted events wait.</param>
/// <param name="logger">Where refusals are told.</param>
/// <param name="clock">For the time between two lines.</param>
internal sealed partial class IngestTally(IngestBuffer buffer, ILogger logger, TimeProvider clock)
{
    private static readonly TimeSpan LogEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly long[] _refused = new long[IngestRefusalNames.All.Count];
    private readonly long[] _untold = new long[IngestRefusalNames.All.Count];
    private readonly long?[] _told = new long?[IngestRefusalNames.All.Count];
    private long _requests;

    /// <summary>What has been counted.</summary>
    public IngestSnapshot Snapshot
    {
        get
        {
            lock (_lock)
            {
                return new IngestSnapshot(
                    buffer.Topics.Index().ToDictionary(topic => topic.Item.Name, topic => buffer.CountAccepted(topic.Index)),
                    _requests,
                    IngestRefusalNames.All.Zip(_refused).ToDictionary(reason => reason.First, reason => reason.Second),
                    buffer.Bytes);
            }
        }
    }

    /// <summary>A request was accepted.</summary>
    public void Accept() => Interlocked.Increment(ref _requests);

    /// <summary>A request was refused.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="answer">What it was answered, in a sentence.</param>
    public void Refuse(IngestRefusal reason, string answer)
    {
        lock (_lock)
        {
            var place = (int)reason;
            _refused[place]++;
            _untold[place]++;
            if (reason != IngestRefusal.Stopping && (_told[place] is not { } told || clock.GetElapsedTime(told) >= LogEvery))
            {
                LogRefused(Phrases.Count(_untold[place], "request with events was", "requests with events were"), answer);
                (_told[place], _untold[place]) = (clock.GetTimestamp(), 0);
            }
        }
    }

    /// <summary>Tells of events that have been accepted and will not be counted, if there are any: the loop has ended.</summary>
    public void TellOfLeft()
    {
        var left = Enumerable.Range(0, buffer.Topics.Count).Sum(buffer.CountWaiting);
        if (left > 0)
        {
            LogLeft(Phrases.Count(left, "posted event was", "posted events were"));
        }
    }

    [LoggerMessage(
        EventName = "events.left", Level = LogLevel.Error,
        Message = "{Events} accepted and not counted, because the service ended while it could not read its topics: post them again")]
    private partial void LogLeft(string events);

    [LoggerMessage(EventName = "events.refused", Level = LogLevel.Warning, Message = "{Requests} refused: {Answer}")]
    private partial void LogRefused(string requests, string answer);
}
