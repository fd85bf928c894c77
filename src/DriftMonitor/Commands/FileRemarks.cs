using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Commands;

/// <summary>What a verb tells about the files that it has read.</summary>
internal static class FileRemarks
{
    private const int MostNotes = 5; // of files with losses

    /// <summary>Writes the warnings, and what each file was taken for if events were lost: that is often not what the file is.</summary>
    /// <param name="source">The source; nothing is told of topics.</param>
    /// <param name="events">The number of events that it has given.</param>
    /// <param name="hasLosses">Whether some of them could not be read, or none was counted.</param>
    public static void Write(IEventSource source, long events, bool hasLosses)
    {
        if (source is not FileSource files)
        {
            return;
        }

        foreach (var warning in files.Warnings)
        {
            Messages.Write($"warning: {warning}");
        }

        if (events == 0)
        {
            Messages.Write("warning: the input has no events: check the files of --file");
        }
        else if (hasLosses)
        {
            foreach (var note in files.Notes.Take(MostNotes))
            {
                Messages.Write($"note: {note}");
            }
        }
    }
}
