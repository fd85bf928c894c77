using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Streaming;
using DriftMonitor.Tests.Kafka;
using Microsoft.Extensions.Time.Testing;
using static DriftMonitor.Tests.Scene;

namespace DriftMonitor.Tests.Service;

public sealed class DroppedLogTests
{
    private readonly LogLines _lines = new();
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Events_whose_segments_find_no_room_are_logged_at_growing_intervals()
    {
        var (binding, log) = (Watch(segments: [], mostSegments: 1), new DroppedLog(_lines, _clock));
        for (var minute = 0; minute < 10; minute++)
        {
            Count(binding, "a", At("2013-02-09T00:10Z"));
            Count(binding, minute < 8 ? "b" : "a", At("2013-02-09T00:10Z"));
            log.OnPaneClosed(binding, []);
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(
            new[] { "1 event", "2 events", "4 events", "8 events" }.Select(events =>
                $"delay has left out {events} so far, because there was no room for a series of their segments (MaxSegments is 1), "
                    + "or their names are longer than 1024 bytes"),
            _lines.All);
    }

    [Fact]
    public void Nothing_is_logged_where_there_is_room()
    {
        var (binding, log) = (Watch(segments: [], mostSegments: 2), new DroppedLog(_lines, _clock));
        Count(binding, "a", At("2013-02-09T00:10Z"));
        Count(binding, "b", At("2013-02-09T00:10Z"));
        log.OnPaneClosed(binding, []);

        Assert.Empty(_lines.All);
    }

    private static void Count(MonitorBinding binding, string segment, EventTime time) =>
        binding.Monitor.Add(0, time, null, 0, System.Text.Encoding.UTF8.GetBytes(segment));
}
