using DriftMonitor.Core.Time;

namespace DriftMonitor.Http;

/// <summary>The largest divergence of a window in a stretch of panes.</summary>
/// <param name="From">The end of the first pane.</param>
/// <param name="To">The end of the last pane; the same where the stretch is one pane.</param>
/// <param name="Time">The end of the pane with the largest divergence.</param>
/// <param name="KlNats">The divergence, in nats.</param>
/// <param name="NoiseNats">What chance alone shows on average at its sample size, in nats.</param>
internal readonly record struct CurvePoint(EventTime From, EventTime To, EventTime Time, double KlNats, double NoiseNats);
