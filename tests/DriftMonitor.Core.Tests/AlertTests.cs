using DriftMonitor.Core.Alerts;
using static DriftMonitor.Core.Tests.Times;

namespace DriftMonitor.Core.Tests;

public sealed class AlertTests
{
    // The verdict of each pane (H high, L low, B between, - none), the hold time in minutes, the number of low panes to resolve, and the
    // state after each pane (i inactive, p pending, f firing).
    [Theory]
    [InlineData("HHL", 0, 1, "ffi")] // without a hold time it fires at once
    [InlineData("LBL", 0, 1, "iii")] // between is not high
    [InlineData("HHHL", 2, 1, "ppfi")] // two minutes after the end of the first high pane
    [InlineData("HBHHH", 2, 1, "pippf")] // a pane that is not high ends the wait
    [InlineData("H--H", 2, 1, "pppf")] // panes without a reading neither count nor reset, but time passes
    [InlineData("HBBL", 0, 1, "fffi")] // between keeps it firing
    [InlineData("HLLBLLL", 0, 3, "ffffffi")] // three consecutive low panes
    [InlineData("HLL-L", 0, 3, "ffffi")] // a pane without a reading does not reset the count
    [InlineData("HLHLLL", 0, 3, "fffffi")] // a high pane does
    [InlineData("---", 0, 1, "iii")]
    public void An_alert_follows_the_verdicts_of_its_panes(string verdicts, int hold, int panes, string states)
    {
        var alert = Alert.Initial;
        var seen = "";
        foreach (var (minute, verdict) in verdicts.Index())
        {
            alert = alert.After((Verdict)"-LBH".IndexOf(verdict), At(minute), new AlertTiming(Minutes(hold), panes));
            seen += char.ToLowerInvariant(alert.State.ToString()[0]);
        }

        Assert.Equal(states, seen);
    }

    [Fact]
    public void An_alert_knows_since_when_it_is_in_its_state()
    {
        var timing = new AlertTiming(Minutes(1));
        var pending = Alert.Initial.After(Verdict.High, At(minute: 5), timing);
        Assert.Equal(At(minute: 5), pending.Since);
        var firing = pending.After(Verdict.High, At(minute: 6), timing).After(Verdict.High, At(minute: 7), timing);
        Assert.Equal((AlertState.Firing, At(minute: 6)), (firing.State, firing.Since));
    }
}
