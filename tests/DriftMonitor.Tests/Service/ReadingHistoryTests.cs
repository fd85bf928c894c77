using DriftMonitor.Live;

namespace DriftMonitor.Tests.Service;

public sealed class ReadingHistoryTests
{
    [Fact]
    public void It_holds_the_newest_readings_and_what_was_read_before_never_changes()
    {
        var history = new ReadingHistory();
        var all = new List<double>();
        var read = new List<(ReadOnlyMemory<double> Newest, double[] Then)>();
        for (var i = 0; i < 3 * SeriesSnapshot.HistoryLength; i++)
        {
            all.Add(i);
            history.Append(i);
            read.Add((history.Newest(), [.. all.TakeLast(SeriesSnapshot.HistoryLength)]));
        }

        Assert.All(read, then => Assert.Equal(then.Then, then.Newest.ToArray()));
    }

    [Fact]
    public void A_pane_without_a_reading_has_its_place()
    {
        var history = new ReadingHistory();
        history.Append(0.5);
        history.Append(null);
        history.Append(0.25);

        Assert.Equal([0.5, double.NaN, 0.25], history.Newest().ToArray());
    }
}
