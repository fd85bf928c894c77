using System.Text;
using DriftMonitor.Core.Time;
using DriftMonitor.Proposals;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Tests.Proposals;

/// <summary>Events in memory, which init reads once for each field.</summary>
public sealed class HeldEventsTests
{
    [Fact]
    public void An_event_is_given_back_as_it_came_after_the_source_has_reused_its_memory()
    {
        var held = new HeldEvents();
        var header = new CsvHeader(["a"]);
        var memory = "first"u8.ToArray();
        held.TryAdd(new RawEvent
        {
            Partition = 3,
            Offset = 17,
            RecordTime = new EventTime(5),
            Value = memory,
            File = "a.csv",
            Header = header,
        });
        "other"u8.CopyTo(memory);
        held.TryAdd(new RawEvent { Partition = 4, IsTooLarge = true });

        var first = held[0];
        Assert.Equal(
            (3, 17L, new EventTime(5), "a.csv", header),
            (first.Partition, first.Offset, first.RecordTime, first.File, first.Header));
        Assert.Equal("first", Encoding.UTF8.GetString(first.Value));
        Assert.True(held[1].IsTooLarge);
        Assert.True(held[1].Value.IsEmpty);
    }

    [Fact]
    public void Neither_more_records_nor_more_bytes_are_held_than_there_is_room_for()
    {
        var few = new HeldEvents(mostRecords: 2);
        Assert.True(few.TryAdd(new RawEvent { Value = "a"u8 }));
        Assert.True(few.TryAdd(new RawEvent { Value = "b"u8 }));
        Assert.False(few.TryAdd(new RawEvent { Value = "c"u8 }));
        Assert.Equal(2, few.Count);

        var small = new HeldEvents(mostBytes: 10);
        Assert.True(small.TryAdd(new RawEvent { Value = "12345678"u8 }));
        Assert.False(small.TryAdd(new RawEvent { Value = "123"u8 }));
        Assert.True(small.TryAdd(new RawEvent { Value = "12"u8 }));
    }

    [Theory]
    [InlineData(3, 10, "0 1 2")]
    [InlineData(10, 5, "0 2 4 6 8")]
    [InlineData(7, 3, "0 2 4")]
    public void A_sample_is_spread_evenly_over_all_records(int records, int most, string places) =>
        Assert.Equal(places, string.Join(' ', Held.Of(Enumerable.Repeat("x", records)).Spread(most)));
}
