namespace DriftMonitor.Configuration;

/// <summary>An error in a configuration. Path and message together are one sentence on one line.</summary>
/// <param name="Path">The key's path, such as <c>DriftMonitor:Monitors:0:Pane</c>, or a file.</param>
/// <param name="Message">What is wrong and how to correct it, such as <c>is "30": write a duration such as 10s, 5m, 6h or 30d</c>.</param>
internal sealed record Fault(string Path, string Message)
{
    /// <summary>Whether the fault is at the path, at a key below it, or at a key that contains it.</summary>
    public bool IsAbout(string path) =>
        Path.Equals(path, StringComparison.OrdinalIgnoreCase)
        || Path.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase)
        || path.StartsWith(Path + ":", StringComparison.OrdinalIgnoreCase);

    /// <summary>Path and message.</summary>
    public override string ToString() => $"{Path} {Message}";
}
