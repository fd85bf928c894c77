using DriftMonitor.Core.Time;
using DriftMonitor.History;

namespace DriftMonitor.Commands;

/// <summary>What a replay is asked for on the command line.</summary>
internal sealed record ReplayRequest
{
    /// <summary>The configuration file.</summary>
    public required string Config { get; init; }

    /// <summary>Files to read instead of topics.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The format of readings on standard output; null if only a summary is printed.</summary>
    public required ReplayFormat? Format { get; init; }

    /// <summary>The pane ends that are printed and written: [from, to).</summary>
    public required Period Range { get; init; }

    /// <summary>What is written besides.</summary>
    public required HistoryRequest History { get; init; }

    /// <summary>A file for a report of the replay; null for none.</summary>
    public required string? Report { get; init; }

    /// <summary>Whether the segments are listed in place of readings.</summary>
    public required bool ListsSegments { get; init; }

    /// <summary>A file of settings to be compared instead; null for none.</summary>
    public required string? WhatIf { get; init; }

    /// <summary>Whether the calibrations in the reference files are refitted.</summary>
    public required bool Calibrates { get; init; }

    /// <summary>What is left out of that.</summary>
    public required IReadOnlyList<Period> Excluded { get; init; }

    /// <summary>Whether an alert that fires in the range is a failure.</summary>
    public required bool FailsOnDrift { get; init; }

    /// <summary>Whether the range has a start.</summary>
    public bool HasStart => Range.From > EventTime.Earliest;

    /// <summary>Whether the range has an end.</summary>
    public bool HasEnd => Range.To <= EventTime.Latest;
}
