namespace DriftMonitor.Configuration;

/// <summary>Something wrong with a configuration: where, and what with its remedy; the two read as one sentence on one line.</summary>
/// <param name="Path">The key's path, such as <c>DriftMonitor:Monitors:0:Pane</c>, or a file.</param>
/// <param name="Message">What is wrong and how to put it right: <c>is "30": write a duration such as 10s, 5m, 6h or 30d</c>.</param>
internal sealed record Fault(string Path, string Message)
{
    /// <summary>Whether it is about a path, something in it, or what that is in.</summary>
    public bool IsAbout(string path) =>
        Path.Equals(path, StringComparison.OrdinalIgnoreCase)
        || Path.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase)
        || path.StartsWith(Path + ":", StringComparison.OrdinalIgnoreCase);

    /// <summary>Path and message.</summary>
    public override string ToString() => $"{Path} {Message}";
}
