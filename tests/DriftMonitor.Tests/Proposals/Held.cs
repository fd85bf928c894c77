using System.Text;
using DriftMonitor.Core.Time;
using DriftMonitor.Proposals;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Tests.Proposals;

/// <summary>Makes events as <c>init</c> holds them.</summary>
internal static class Held
{
    public static readonly EventTime Start = new(1_772_323_200_000); // 2026-03-01T00:00:00Z

    /// <summary>Events of partition 0 without a record time, as those of a file.</summary>
    public static HeldEvents Of(IEnumerable<string> events) => Of(events.Select(text => (text, 0, (EventTime?)null)));

    /// <summary>Events with their partitions and record times.</summary>
    public static HeldEvents Of(IEnumerable<(string Text, int Partition, EventTime? RecordTime)> events)
    {
        var held = new HeldEvents();
        foreach (var (offset, (text, partition, recordTime)) in events.Index())
        {
            Assert.True(held.TryAdd(new RawEvent
            {
                Partition = partition,
                Offset = offset,
                RecordTime = recordTime,
                Value = Encoding.UTF8.GetBytes(text),
            }));
        }

        return held;
    }

    /// <summary>A moment so many minutes after the start.</summary>
    public static EventTime Minute(double minute) => Start + TimeSpan.FromMinutes(minute);
}
