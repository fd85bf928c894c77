using DriftMonitor.Core.Monitoring;

namespace DriftMonitor.Reports;

/// <summary>The divergences of a series over the range of a replay.</summary>
/// <param name="Monitor">Its monitor.</param>
/// <param name="Segment">Its segment; empty without segments.</param>
/// <param name="Windows">One curve for each window, as configured.</param>
internal sealed record SeriesCurves(MonitorSpec Monitor, string Segment, IReadOnlyList<Curve> Windows)
{
    /// <summary>How far above noise the highest reading of a window is, in nats.</summary>
    public double HighestExcess => Windows.Max(window => window.Peak is { } peak ? peak.KlNats - peak.NoiseNats : double.NegativeInfinity);
}
