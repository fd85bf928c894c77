namespace DriftMonitor.Configuration;

/// <summary>The form of log lines.</summary>
internal enum LogFormat
{
    /// <summary>For people: time, level and message.</summary>
    Text,

    /// <summary>For programs: an object with the fields of each event.</summary>
    Json,
}
