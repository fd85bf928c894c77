using DriftMonitor.Live;

namespace DriftMonitor.Http;

/// <summary>What a table of alerts says beside the alerts.</summary>
internal sealed record AlertTableText
{
    /// <summary>The caption; null for none.</summary>
    public string? Caption { get; init; }

    /// <summary>Whether it has a column for the segment.</summary>
    public required bool IsSegmented { get; init; }

    /// <summary>The address of a segment's own page; null where there are none.</summary>
    public Func<string, string>? AddressOf { get; init; }

    /// <summary>The end of an alert that has none.</summary>
    public required Func<AlertEpisode, string> WithoutEnd { get; init; }

    /// <summary>What those are that are left out, such as <c>earlier alert</c>.</summary>
    public required string More { get; init; }
}
