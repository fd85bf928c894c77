namespace DriftMonitor.Terminal;

/// <summary>How the first word of a line stands out on a terminal with colours.</summary>
internal enum Emphasis
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Green: a problem is over.</summary>
    Good,

    /// <summary>Yellow: a problem may be coming.</summary>
    Warning,

    /// <summary>Bold red: a problem.</summary>
    Alarm,
}
