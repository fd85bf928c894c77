using DriftMonitor.Core.Readings;

namespace DriftMonitor.Wording;

/// <summary>The reasons for want of a reading, as they stand on the wire.</summary>
internal static class UnavailableNames
{
    /// <summary>The reason's name; empty for none.</summary>
    public static string Of(Unavailable reason) => reason switch
    {
        Unavailable.None => "",
        Unavailable.ReferenceNotReady => "reference_not_ready",
        Unavailable.WindowIncomplete => "window_incomplete",
        Unavailable.TooFewEvents => "too_few_events",
        _ => "untrusted",
    };
}
