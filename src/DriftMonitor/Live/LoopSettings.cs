using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Live;

/// <summary>What a loop works on.</summary>
/// <param name="Bindings">The monitors, in their configured order.</param>
/// <param name="OpenSource">Makes the source, on the loop's own thread.</param>
/// <param name="IdleAfter">How long a partition that has been read to its end may be silent before it no longer holds panes open.</param>
/// <param name="Sinks">Receive the reports, in addition to the live state and the log; on the loop's thread.</param>
internal sealed record LoopSettings(
    IReadOnlyList<MonitorBinding> Bindings, Func<IEventSource> OpenSource, TimeSpan IdleAfter, params IReadOnlyList<IReportSink> Sinks)
{
    /// <summary>
    /// Makes the monitors anew, before their first event, for a source that has to be read from a start again; null where the loop then
    /// ends.
    /// </summary>
    public Func<IReadOnlyList<MonitorBinding>>? Rebind { get; init; }

    /// <summary>
    /// Makes the source anew after one has failed that had found its topics, to go on at some positions; null where the loop then ends.
    /// </summary>
    public Func<ResumePoints, IEventSource>? Reopen { get; init; }

    /// <summary>Takes checkpoints; null for none.</summary>
    public Checkpoints? Checkpoints { get; init; }

    /// <summary>Called on the loop's thread with the monitors when they end, unless by a bug.</summary>
    public Action<IReadOnlyList<MonitorBinding>> OnEnd { get; init; } = static _ => { };

    /// <summary>Gives what the loop does not own; null for nothing.</summary>
    public Func<ServiceSnapshot>? Service { get; init; }

    /// <summary>Collects alerts, those of earlier processes among them.</summary>
    public AlertEpisodes Alerts { get; init; } = AlertEpisodes.OfService([]);

    /// <summary>Gives the readings of earlier processes, once; null for none.</summary>
    public Func<IReadOnlyDictionary<(string Monitor, string Segment), SavedHistory>>? Histories { get; init; }

    /// <summary>How many threads decode events.</summary>
    public int Workers { get; init; } = 1;
}
