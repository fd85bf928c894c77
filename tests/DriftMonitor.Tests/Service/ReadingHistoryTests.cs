using DriftMonitor.Live;

namespace DriftMonitor.Tests.Service;

public sealed class ReadingHistoryTests
{
    [Fact]
    public void It_holds_the_newest_readings_and_what_was_read_before_never_changes()
    {
        var history = new ReadingHistory();
        var all = new List<double>();
        var read = new List<(PastReadings Newest, double[] Then)>();
        for (var i = 0; i < 3 * SeriesSnapshot.HistoryLength; i++)
        {
            all.Add(i);
            history.Append(i, i / 2.0);
            read.Add((history.Newest(), [.. all.TakeLast(SeriesSnapshot.HistoryLength)]));
        }

        Assert.All(read, then => Assert.Equal(then.Then, then.Newest.KlNats.ToArray()));
        Assert.All(read, then => Assert.Equal(then.Then.Select(nats => (float)(nats / 2)), then.Newest.NoiseNats.ToArray()));
    }

    [Fact]
    public void A_pane_without_a_reading_has_its_place()
    {
        var history = new ReadingHistory();
        history.Append(0.5, 0.01);
        history.Append(null, 0);
        history.Append(0.25, 0.02);

        Assert.Equal([0.5, double.NaN, 0.25], history.Newest().KlNats.ToArray());
        Assert.Equal([0.01f, float.NaN, 0.02f], history.Newest().NoiseNats.ToArray());
    }
}
