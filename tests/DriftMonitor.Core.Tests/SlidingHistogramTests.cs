using DriftMonitor.Core.Windows;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

public sealed class SlidingHistogramTests
{
    [Fact]
    public void An_event_is_forgotten_when_its_pane_leaves_the_window()
    {
        var histogram = new SlidingHistogram(Times.Even, [3]);
        histogram.Add(pane: 0, bin: 1);
        foreach (var (pane, events) in new[] { (0, 1), (1, 1), (2, 1), (3, 0) })
        {
            histogram.Close(pane);
            Assert.Equal(events, histogram.Windows[0].Counts[1]);
        }
    }

    [Fact]
    public void An_event_of_an_open_pane_is_in_no_window_yet()
    {
        var histogram = new SlidingHistogram(Times.Even, [2]);
        histogram.Add(pane: 0, bin: 0);
        histogram.Add(pane: 1, bin: 1);
        histogram.Close(0);
        Assert.Equal([1, 0], histogram.Windows[0].Counts[..2]);
        histogram.Close(1);
        Assert.Equal([1, 1], histogram.Windows[0].Counts[..2]);
    }

    [Fact]
    public void A_window_is_full_when_as_many_panes_have_closed_as_it_has()
    {
        var histogram = new SlidingHistogram(Times.Even, [1, 3]);
        Assert.False(histogram.IsFull(0));
        histogram.Close(0);
        Assert.True(histogram.IsFull(0));
        Assert.False(histogram.IsFull(1));
        histogram.Close(1);
        histogram.Close(2);
        Assert.True(histogram.IsFull(1));
    }

    [Property]
    public Property Windows_of_any_lengths_hold_what_a_list_of_events_holds() => Prop.ForAll(
        (from windows in Gen.Choose(1, 9).NonEmptyListOf()
         from events in Gen.Zip(Gen.Choose(0, 30), Gen.Choose(0, 6)).ArrayOf()
         select (Windows: windows.ToArray(), Events: events)).ToArbitrary(),
        stream =>
        {
            var histogram = new SlidingHistogram(Times.Even, stream.Windows);

            // Out of order by up to three panes.
            var waiting = new Queue<(int Pane, int Bin)>(stream.Events.OrderBy(e => e.Item1 / 3).ThenBy(e => e.Item2));
            for (var pane = 0; pane <= 31; pane++)
            {
                while (waiting.TryPeek(out var next) && next.Pane <= pane + 2)
                {
                    waiting.Dequeue();
                    histogram.Add(next.Pane, next.Bin);
                }

                histogram.Close(pane);
                for (var w = 0; w < stream.Windows.Length; w++)
                {
                    var model = new long[7];
                    foreach (var (at, bin) in stream.Events)
                    {
                        model[bin] += at <= pane && at > pane - stream.Windows[w] ? 1 : 0;
                    }

                    if (!histogram.Windows[w].Counts.SequenceEqual(model))
                    {
                        return false;
                    }
                }
            }

            return true;
        });
}
