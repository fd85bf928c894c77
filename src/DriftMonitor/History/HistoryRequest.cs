namespace DriftMonitor.History;

/// <summary>What a replay writes besides its standard output.</summary>
internal sealed record HistoryRequest
{
    /// <summary>The folder of OpenMetrics files; null for none.</summary>
    public string? Folder { get; init; }

    /// <summary>Whether complete days in that folder stay.</summary>
    public bool IsContinued { get; init; }

    /// <summary>The folder of Prometheus blocks; null for none.</summary>
    public string? Blocks { get; init; }

    /// <summary>Labels that every series gets.</summary>
    public IReadOnlyList<(string Name, string Value)> Labels { get; init; } = [];

    /// <summary>The receiver of remote write; null for none.</summary>
    public Uri? RemoteWrite { get; init; }

    /// <summary>The file that says how to be admitted there; null for none.</summary>
    public string? RemoteWriteAuthorization { get; init; }

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsEmpty => Folder is null && Blocks is null && RemoteWrite is null;
}
