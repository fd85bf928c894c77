using DriftMonitor.History;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.Checkpoints;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Commands;

/// <summary>Reports the exception that ended a verb.</summary>
internal static class FailureReport
{
    /// <summary>Writes an exception's message; for an unexpected one, also its stack trace.</summary>
    /// <returns>The exit code: 2 for wrong usage, otherwise 1.</returns>
    public static int Write(Exception exception, TextWriter error)
    {
        switch (exception)
        {
            case UsageException:
                Messages.Write(exception.Message, error);
                return ExitCode.Usage;
            case SourceException or ReferenceException or CheckpointException or HistoryException:
            case IOException: // for example, standard output is on a full disk
                Messages.Write(exception.Message, error);
                return ExitCode.Failure;
            default:
                Messages.Write($"this is a bug in DriftMonitor ({exception.Message}): please report it with the following lines:", error);
                error.WriteLine(exception);
                return ExitCode.Failure;
        }
    }
}
