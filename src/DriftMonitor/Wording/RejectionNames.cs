using DriftMonitor.Core.Monitoring;

namespace DriftMonitor.Wording;

/// <summary>The wire names of the reasons for which events are rejected: JSON, metric labels and summaries use them.</summary>
internal static class RejectionNames
{
    /// <summary>All reasons, in the order of <see cref="Rejection"/>.</summary>
    public static readonly IReadOnlyList<string> All =
        ["malformed", "empty", "too_large", "schema", "no_event_time", "late", "ahead", "too_old"];

    /// <summary>A reason's name.</summary>
    public static string Of(Rejection reason) => All[(int)reason - 1];

    /// <summary>The reason of a name.</summary>
    public static Rejection Parse(string name) => (Rejection)(All.Index().First(reason => reason.Item == name).Index + 1);

    /// <summary>The reasons that occurred, by name, with their counts.</summary>
    public static IEnumerable<KeyValuePair<string, long>> Occurred(RejectionCounts counts) =>
        counts.Occurred.Select(reason => KeyValuePair.Create(Of(reason.Key), reason.Value));

    /// <summary>The reasons that occurred, in words such as <c>3 late, 1 empty</c>; empty where there are none.</summary>
    public static string List(RejectionCounts counts) =>
        string.Join(", ", Occurred(counts).Select(reason => $"{reason.Value} {reason.Key}"));
}
