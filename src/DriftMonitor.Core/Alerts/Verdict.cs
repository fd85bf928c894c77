namespace DriftMonitor.Core.Alerts;

/// <summary>How an alert rule judges the readings of a closed pane.</summary>
public enum Verdict
{
    /// <summary>There is no reading. The pane changes nothing: it neither counts nor resets a count.</summary>
    None,

    /// <summary>Low enough to resolve.</summary>
    Low,

    /// <summary>Neither high nor low: a firing alert stays firing, a pending one becomes inactive.</summary>
    Between,

    /// <summary>High enough to fire.</summary>
    High,
}
