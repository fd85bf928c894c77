using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>Messages to the user: one line each, on standard error, after the program's name.</summary>
internal static class Messages
{
    /// <summary>Writes a message to standard error.</summary>
    public static void Write(string message) => Write(message, Console.Error);

    /// <summary>Writes a message in the same form to another writer.</summary>
    public static void Write(string message, TextWriter error) => error.WriteLine(OneLine.Sentence($"driftmonitor: {message}"));
}
