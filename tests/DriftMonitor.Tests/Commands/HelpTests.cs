using DriftMonitor.Live;
using DriftMonitor.Tests.Service;

namespace DriftMonitor.Tests.Commands;

/// <summary>What each verb says of itself: an option that is renamed or lost is seen.</summary>
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
    [InlineData("check-config")]
    [InlineData("health")]
    public void The_help_of_a_verb_is_what_it_was(string verb)
    {
        var help = DriftMonitorProcess.Run(Path.GetTempPath(), [.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]).Succeeded();

        Snapshot.Matches($"Commands/Snapshots/{(verb.Length == 0 ? "driftmonitor" : verb.Replace(' ', '-'))}.txt", help);
    }
}
