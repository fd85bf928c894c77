using DriftMonitor.Core.References;

namespace DriftMonitor.Configuration;

/// <summary>What a monitor's windows are compared with.</summary>
internal enum ReferenceKind
{
    /// <summary>A reference file.</summary>
    File,

    /// <summary>The same hours of the week in a reference file.</summary>
    HourOfWeek,

    /// <summary>Probabilities in the configuration.</summary>
    Inline,

    /// <summary>A family of distributions with given parameters.</summary>
    Parametric,

    /// <summary>The first events of the monitor.</summary>
    First,

    /// <summary>Everything so far, growing with the stream.</summary>
    SoFar,

    /// <summary>The window before.</summary>
    PreviousWindow,

    /// <summary>Another field of the same events.</summary>
    Field,

    /// <summary>Another topic.</summary>
    Topic,

    /// <summary>For each segment, the other segments.</summary>
    Rest,
}
