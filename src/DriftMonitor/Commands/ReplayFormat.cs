namespace DriftMonitor.Commands;

/// <summary>The format of a replay's standard output.</summary>
internal enum ReplayFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>For programs, with a summary.</summary>
    Json,

    /// <summary>For spreadsheets and data frames.</summary>
    Csv,
}
