using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Live;

/// <summary>What a loop works on.</summary>
/// <param name="Bindings">The monitors, in their configured order.</param>
/// <param name="OpenSource">Makes the source, on the loop's own thread.</param>
/// <param name="IdleAfter">How long a partition that has been read to its end may be silent before it no longer holds panes open.</param>
/// <param name="Sinks">Receive the reports, in addition to the live state and the log; on the loop's thread.</param>
internal sealed record LoopSettings(
    IReadOnlyList<MonitorBinding> Bindings, Func<IEventSource> OpenSource, TimeSpan IdleAfter, params IReadOnlyList<IReportSink> Sinks)
{
    /// <summary>Called on the loop's thread when it ends, unless by a bug.</summary>
    public Action OnEnd { get; init; } = static () => { };

    /// <summary>How many threads decode events.</summary>
    public int Workers { get; init; } = 1;
}
