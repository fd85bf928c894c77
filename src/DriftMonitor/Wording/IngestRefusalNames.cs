using DriftMonitor.Streaming.Sources.Ingest;

namespace DriftMonitor.Wording;

/// <summary>The wire names of the reasons for which requests with events are refused.</summary>
internal static class IngestRefusalNames
{
    /// <summary>All reasons, in the order of <see cref="IngestRefusal"/>.</summary>
    public static readonly IReadOnlyList<string> All =
        ["buffer_full", "too_large", "unknown_topic", "content_type", "malformed", "incomplete", "unauthorized", "stopping"];

    /// <summary>A reason's name.</summary>
    public static string Of(IngestRefusal reason) => All[(int)reason];
}
