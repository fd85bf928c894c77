namespace DriftMonitor.Commands;

/// <summary>What verbs print on standard output.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>For programs.</summary>
    Json,
}
