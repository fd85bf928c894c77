using DriftMonitor.Core.Readings;

namespace DriftMonitor.Core.Alerts;

/// <summary>
/// The rule that decides whether the readings of a pane are high or low. The only rules are <see cref="FalseAlarmRate"/> and
/// <see cref="FixedThreshold"/>.
/// </summary>
public abstract record AlertRule
{
    private protected AlertRule()
    {
    }

    /// <summary>Returns the index of the window whose reading decides.</summary>
    /// <param name="readings">The readings of a closed pane, one for each window.</param>
    public abstract int DecidingWindow(IReadOnlyList<Reading> readings);

    /// <summary>Judges the readings of a closed pane.</summary>
    /// <param name="readings">The readings, one for each window.</param>
    public abstract Verdict Judge(IReadOnlyList<Reading> readings);
}
