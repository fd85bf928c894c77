using DriftMonitor.Core.Readings;

namespace DriftMonitor.Wording;

/// <summary>The wire names of the reasons why there is no reading: JSON, metric labels and sentences use them.</summary>
internal static class UnavailableNames
{
    /// <summary>The reason's name; empty where there is a reading.</summary>
    public static string Of(Unavailable reason) => reason switch
    {
        Unavailable.None => "",
        Unavailable.ReferenceNotReady => "reference_not_ready",
        Unavailable.WindowIncomplete => "window_incomplete",
        Unavailable.TooFewEvents => "too_few_events",
        _ => "untrusted",
    };
}
