namespace DriftMonitor.Core.Alerts;

/// <summary>The state of an alert, named as in Prometheus.</summary>
public enum AlertState
{
    /// <summary>Readings are not high.</summary>
    Inactive,

    /// <summary>Readings are high, but the hold time has not passed yet.</summary>
    Pending,

    /// <summary>The distribution has shifted.</summary>
    Firing,
}
