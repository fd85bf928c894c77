using DriftMonitor.Core.Readings;

namespace DriftMonitor.Core.Alerts;

/// <summary>What makes an alert's pane high or low. Two rules exist, <see cref="FalseAlarmRate"/> and <see cref="FixedThreshold"/>, and no other can.</summary>
public abstract record AlertRule
{
    private protected AlertRule()
    {
    }

    /// <summary>The index of the window that decides, of a pane's readings, one for each window.</summary>
    public abstract int WindowOf(IReadOnlyList<Reading> readings);

    /// <summary>What the readings of a closed pane, one for each window, say.</summary>
    public abstract Verdict Judge(IReadOnlyList<Reading> readings);
}
