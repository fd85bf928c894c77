using System.Text;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Live;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Tests.Kafka;
using DriftMonitor.Wording;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Wording;

/// <summary>What is said of rejected events: their share, the reasons, and where the first of each is.</summary>
public sealed class RejectionTextTests
{
    private readonly RejectionCounts _counts = new();
    private readonly FirstRejections _first = new();

    [Theory]
    [InlineData("{\"a\":", "{\"a\":")]
    [InlineData("a\tb\u0001c\u202Ed", @"a\u0009b\u0001c\u202Ed")]
    [InlineData("Zo\\xEB", @"Zo\xEB")]
    [InlineData("\\xEB\\x22", @"\xEB""")]
    [InlineData(
        "0123456789012345678901234567890123456789012345678901234567890123",
        "012345678901234567890123456789012345678901234567890123456789…")]
    [InlineData(
        "12345678901234567890123456789012345678901234567890123456789äx",
        "12345678901234567890123456789012345678901234567890123456789…")]
    public void What_is_in_a_file_is_shown_on_one_line_cut_and_escaped(string content, string shown)
    {
        Reject(Rejection.Malformed, new RawEvent { File = "a\nb.ndjson", Offset = 17, Value = Bytes(content) });
        Assert.Equal($"a·b.ndjson line 17: `{shown}`", RejectionText.ExampleOf(_first[Rejection.Malformed]!, "t"));
    }

    [Fact]
    public void What_is_in_a_topic_is_not_shown_as_it_may_be_secret()
    {
        Reject(Rejection.Malformed, new RawEvent { Partition = 3, Offset = 17, Value = "card 4111"u8 });
        Assert.Equal("topic orders, partition 3, offset 17", RejectionText.ExampleOf(_first[Rejection.Malformed]!, "orders"));
        Assert.True(_first[Rejection.Malformed]!.Start.IsEmpty);
    }

    [Fact]
    public void The_share_the_reasons_and_the_first_of_each_are_one_line()
    {
        Assert.Null(RejectionText.Describe(null, "event", 10, _counts, _first));
        var header = new CsvHeader(["t", "x"]);
        Reject(Rejection.Empty, new RawEvent { File = "a.csv", Offset = 2, Header = header });
        Reject(Rejection.NoEventTime, new RawEvent { File = "a.csv", Offset = 5, Header = header, Value = "1.2.13,x"u8 }, "1.2.13");
        Reject(Rejection.NoEventTime, new RawEvent { File = "a.csv", Offset = 6, Header = header, Value = "y,x"u8 }, "y");
        Assert.Equal(
            "the monitor \"m\" rejected 3 of 8 rows (37.5 %): 1 empty, the first at a.csv row 2; "
            + "2 no_event_time (check EventTime), the first at a.csv row 5: time `1.2.13`",
            RejectionText.Describe("the monitor \"m\" rejected", "row", 8, _counts, _first));
    }

    [Fact]
    public void The_first_of_several_partitions_is_that_of_the_lowest()
    {
        Reject(Rejection.Late, new RawEvent { Partition = 1, Offset = 4 });
        var other = new FirstRejections();
        other.Add(Rejection.Late, new RawEvent { Partition = 2, Offset = 3 });
        other.Add(Rejection.Ahead, new RawEvent { Partition = 2, Offset = 9 });
        var all = FirstRejections.Of([_first, other]);
        Assert.Equal((1, 2), (all[Rejection.Late]!.Partition, all[Rejection.Ahead]!.Partition));
    }

    [Fact]
    public void The_log_has_the_first_of_a_reason_at_once_and_further_ones_at_growing_intervals()
    {
        var (log, clock) = (new LogLines(), new FakeTimeProvider());
        var rejections = new RejectionLog(log, clock);
        for (var second = 0; second < 3600; second++) // one event a second is malformed, of two
        {
            Reject(Rejection.Malformed, new RawEvent { Partition = 1, Offset = 2 * second });
            rejections.Write([new Losses("orders", null, IsReference: false, 2 * (second + 1), _counts, _first)]);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(
            [
                "1 event rejected as malformed (expected in UTF-8: a JSON object per event, or CSV rows that fit their header); "
                    + "the first at topic orders, partition 1, offset 0",
                .. new[] { (60, 61), (120, 181), (240, 421), (480, 901), (960, 1861) }.Select(times =>
                    $"{times.Item1} more events rejected as malformed; of topic orders, {times.Item2} of {2 * times.Item2} so far "
                        + "(50.0 %)"),
            ],
            log.All);
    }

    [Fact]
    public void The_log_is_silent_where_nothing_more_is_rejected_and_tells_monitors_and_reasons_apart()
    {
        var (log, clock) = (new LogLines(), new FakeTimeProvider());
        var rejections = new RejectionLog(log, clock);
        Reject(Rejection.Late, new RawEvent { Offset = 1 });
        foreach (var name in new[] { "a", "b", "a", "b" })
        {
            rejections.Write([new Losses("orders", Scene.Watch(name), IsReference: false, 100, _counts, _first)]);
            clock.Advance(TimeSpan.FromDays(2));
        }

        Assert.Equal(
            new[] { "a", "b" }.Select(name =>
                $"1 event rejected as late (see AllowedLateness) for the monitor \"{name}\"; "
                    + "the first at topic orders, partition 0, offset 1"),
            log.All);
    }

    // As Latin-1 would have them: \xEB is the byte 0xEB.
    private static byte[] Bytes(string content)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < content.Length; i++)
        {
            if (content.AsSpan(i).StartsWith("\\x", StringComparison.Ordinal))
            {
                bytes.Add(Convert.FromHexString(content.AsSpan(i + 2, 2))[0]);
                i += 3;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes($"{content[i]}"));
            }
        }

        return [.. bytes];
    }

    private void Reject(Rejection reason, in RawEvent raw, string time = "")
    {
        _counts.Add(reason);
        _first.Add(reason, raw, Encoding.UTF8.GetBytes(time));
    }
}
