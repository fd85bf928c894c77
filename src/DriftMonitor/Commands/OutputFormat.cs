namespace DriftMonitor.Commands;

/// <summary>The format of a verb's standard output.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>For programs.</summary>
    Json,
}
