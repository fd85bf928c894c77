using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Live;

/// <summary>What a loop works on.</summary>
/// <param name="Bindings">The monitors, in their configured order.</param>
/// <param name="OpenSource">Makes the source, on the loop's own thread.</param>
/// <param name="IdleAfter">How long a partition that has been read to its end may be silent before it no longer holds panes open.</param>
/// <param name="Observe">Called on the loop's thread with each report; null for nobody.</param>
internal sealed record LoopSettings(
    IReadOnlyList<MonitorBinding> Bindings, Func<IEventSource> OpenSource, TimeSpan IdleAfter, Action<MonitorBinding, SeriesReport>? Observe = null);
