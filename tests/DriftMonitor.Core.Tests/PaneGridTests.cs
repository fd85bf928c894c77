using DriftMonitor.Core.Time;

namespace DriftMonitor.Core.Tests;

public sealed class PaneGridTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(59_999, 0)]
    [InlineData(60_000, 1)]
    [InlineData(-1, -1)]
    [InlineData(-60_000, -1)]
    [InlineData(-60_001, -2)]
    public void Pane_k_runs_from_k_times_its_length_up_to_the_next(long milliseconds, long pane)
    {
        var grid = new PaneGrid(TimeSpan.FromMinutes(1));
        Assert.Equal(pane, grid.PaneOf(new EventTime(milliseconds)));
        Assert.True(grid.Start(pane).Milliseconds <= milliseconds && milliseconds < grid.End(pane).Milliseconds);
    }

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00Z")]
    [InlineData(1360368000250, "2013-02-09T00:00:00.250Z")]
    [InlineData(-1, "1969-12-31T23:59:59.999Z")]
    public void A_moment_is_written_in_UTC_with_milliseconds_only_if_it_has_any(long milliseconds, string text) =>
        Assert.Equal(text, new EventTime(milliseconds).ToString());
}
