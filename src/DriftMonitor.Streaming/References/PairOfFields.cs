namespace DriftMonitor.Streaming.References;

/// <summary>Two fields that are watched together.</summary>
/// <param name="First">The first field.</param>
/// <param name="Second">The second field.</param>
public sealed record PairOfFields(string First, string Second)
{
    /// <summary>Both in one text, where the name of a field is shown.</summary>
    public override string ToString() => $"{First} × {Second}";
}
