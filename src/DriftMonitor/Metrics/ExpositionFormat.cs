namespace DriftMonitor.Metrics;

/// <summary>The text formats of Prometheus and compatible tools.</summary>
internal enum ExpositionFormat
{
    /// <summary>Prometheus's own, <c>text/plain; version=0.0.4</c>: all tools read it; timestamps in milliseconds.</summary>
    Text004,

    /// <summary>
    /// OpenMetrics 1.0, <c>application/openmetrics-text; version=1.0.0</c>: with units and an end mark; timestamps in seconds.
    /// </summary>
    OpenMetrics100,
}
