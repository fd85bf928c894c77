namespace DriftMonitor.Configuration;

/// <summary>The measure that a fixed threshold is compared with.</summary>
internal enum AlertMeasure
{
    /// <summary>D(current‖reference) in nats.</summary>
    Kl,
}
