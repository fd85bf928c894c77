namespace DriftMonitor.Core.Readings;

/// <summary>Why a reading gives no divergence. The order is that of precedence.</summary>
public enum Unavailable
{
    /// <summary>A divergence is given.</summary>
    None,

    /// <summary>There is no reference yet to compare with.</summary>
    ReferenceNotReady,

    /// <summary>Fewer panes have closed than the window has.</summary>
    WindowIncomplete,

    /// <summary>The window, or what it is compared with where that moves, holds fewer events than the monitor asks for.</summary>
    TooFewEvents,

    /// <summary>Too many events were rejected for the window to be believed.</summary>
    Untrusted,
}
