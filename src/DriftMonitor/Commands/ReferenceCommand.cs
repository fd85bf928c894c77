using System.CommandLine;

namespace DriftMonitor.Commands;

/// <summary><c>reference</c>: the parent of <c>build</c>, <c>add</c>, <c>accept</c>, <c>show</c> and <c>fit</c>.</summary>
internal static class ReferenceCommand
{
    /// <summary>Creates the verb with its subcommands.</summary>
    public static Command Create() => new Verb(
        "reference",
        "Build, extend, show and fit references: the distributions that windows are compared with.",
        "driftmonitor reference build --config flights.json --monitor departure-delay --file flights.ndjson.gz --out departure-delay.json",
        "driftmonitor reference show departure-delay.json",
        "driftmonitor reference fit flights.csv.gz:dep_delay --bins quantiles:20")
    {
        ReferenceBuildCommand.Create(), ReferenceAddCommand.CreateAdd(), ReferenceAddCommand.CreateAccept(), ReferenceShowCommand.Create(),
        ReferenceFitCommand.Create(),
    };
}
