using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Commands;

/// <summary>What a verb tells about the files that it has read.</summary>
internal static class FileRemarks
{
    private const int MostNotes = 5;

    /// <summary>What files were taken for that may be something else, to append to an error message; empty if there is no doubt.</summary>
    public static string Explain(IEventSource source) =>
        source is FileSource files ? string.Concat(files.Notes.Take(MostNotes).Select(note => $"; {note}")) : "";

    /// <summary>Writes the warnings, and, if events were lost, what files were taken for that may be something else.</summary>
    /// <param name="source">The source; nothing is told of topics.</param>
    /// <param name="hasLosses">Whether some of them could not be read, or none was counted.</param>
    public static void Write(IEventSource source, bool hasLosses)
    {
        if (source is not FileSource files)
        {
            return;
        }

        foreach (var warning in files.Warnings)
        {
            Messages.Write($"warning: {warning}");
        }

        if (hasLosses)
        {
            foreach (var note in files.Notes.Take(MostNotes))
            {
                Messages.Write($"note: {note}");
            }
        }
    }
}
