using DriftMonitor.Core.Alerts;

namespace DriftMonitor.Wording;

/// <summary>The wire names of the alert states: JSON, metric labels and log lines use them.</summary>
internal static class AlertStateNames
{
    /// <summary>All of them, indexed by <see cref="AlertState"/>.</summary>
    public static readonly IReadOnlyList<string> All = ["inactive", "pending", "firing"];

    /// <summary>A state's name.</summary>
    public static string Of(AlertState state) => All[(int)state];
}
