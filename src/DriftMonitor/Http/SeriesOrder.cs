namespace DriftMonitor.Http;

/// <summary>What the page sorts series by.</summary>
internal enum SeriesOrder
{
    /// <summary>Firing alerts first, then the furthest from their reference of each monitor.</summary>
    Alert,

    /// <summary>The longest return period of a window, descending.</summary>
    ReturnPeriod,

    /// <summary>The largest divergence of a window, descending.</summary>
    Divergence,

    /// <summary>The most events of a window, descending.</summary>
    Events,

    /// <summary>The name of the monitor, then that of the segment.</summary>
    Name,
}
