namespace DriftMonitor.Configuration;

/// <summary>By what the events of two topics are joined.</summary>
internal enum JoinKind
{
    /// <summary>The key of their records, as bytes.</summary>
    Key,
}
