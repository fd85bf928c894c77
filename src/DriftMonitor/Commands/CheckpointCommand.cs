using System.CommandLine;

namespace DriftMonitor.Commands;

/// <summary><c>checkpoint</c>: the parent of <c>show</c>.</summary>
internal static class CheckpointCommand
{
    /// <summary>Creates the verb with its subcommand.</summary>
    public static Command Create() => new Verb(
        "checkpoint",
        "Show a checkpoint: what `driftmonitor run` goes on from after a restart.",
        "driftmonitor checkpoint show state/state.1")
    { CheckpointShowCommand.Create() };
}
