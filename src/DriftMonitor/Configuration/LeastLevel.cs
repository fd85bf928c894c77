namespace DriftMonitor.Configuration;

/// <summary>The least level of what is logged.</summary>
internal enum LeastLevel
{
    /// <summary>What helps to find a fault.</summary>
    Debug,

    /// <summary>What happens.</summary>
    Information,

    /// <summary>What somebody should look at.</summary>
    Warning,

    /// <summary>What does not work.</summary>
    Error,
}
