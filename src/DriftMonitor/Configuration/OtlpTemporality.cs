namespace DriftMonitor.Configuration;

/// <summary>What counters are sent as.</summary>
internal enum OtlpTemporality
{
    /// <summary>The sum since the start.</summary>
    Cumulative,

    /// <summary>The increase since the last time.</summary>
    Delta,

    /// <summary>What needs the least memory: sums for instruments that are observed, as ours all are.</summary>
    LowMemory,
}
