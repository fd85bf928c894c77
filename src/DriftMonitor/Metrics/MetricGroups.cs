namespace DriftMonitor.Metrics;

/// <summary>Which instruments a <see cref="MonitorMetrics"/> has.</summary>
[Flags]
internal enum MetricGroups
{
    /// <summary>Counters of topics, monitors and the service: few, and never made anew.</summary>
    Counters = 1,

    /// <summary>Gauges, and all that series have: their label sets come and go.</summary>
    Changing = 2,

    /// <summary>All.</summary>
    All = Counters | Changing,
}
