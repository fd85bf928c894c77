namespace DriftMonitor.Metrics;

/// <summary>What the samples of a family are. An info metric is a gauge of 1.</summary>
internal enum MetricKind
{
    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Only grows; its samples end in <c>_total</c>, its family's name does not.</summary>
    Counter,

    /// <summary>Cumulative counts by upper bound, with sum and count.</summary>
    Histogram,
}
