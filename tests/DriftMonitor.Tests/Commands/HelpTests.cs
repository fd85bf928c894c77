using DriftMonitor.Live;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Commands;

/// <summary>The help of each verb: a renamed or lost option shows as a difference.</summary>
public sealed class HelpTests
{
    [Theory]
    [InlineData("")]
    [InlineData("run")]
    [InlineData("demo")]
    [InlineData("replay")]
    [InlineData("reference")]
    [InlineData("reference build")]
    [InlineData("reference show")]
    [InlineData("reference fit")]
    [InlineData("compare")]
    [InlineData("init")]
    [InlineData("check-config")]
    [InlineData("checkpoint show")]
    [InlineData("health")]
    public void The_help_of_a_verb_is_what_it_was(string verb)
    {
        string[] arguments = [.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"];
        var help = DriftMonitorProcess.Run(Path.GetTempPath(), arguments).Succeeded();

        Snapshot.Matches($"Commands/Snapshots/{(verb.Length == 0 ? "driftmonitor" : verb.Replace(' ', '-'))}.txt", help);
    }
}
