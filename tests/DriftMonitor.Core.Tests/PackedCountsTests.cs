using DriftMonitor.Core.Windows;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

public sealed class PackedCountsTests
{
    [Property]
    public Property Packed_counts_are_read_as_they_were() => Prop.ForAll(
        Gen.OneOf(Gen.Constant(0L), Gen.Choose(0, 300).Select(count => (long)count), Gen.Choose(0, 62).Select(bit => (1L << bit) + bit))
            .ArrayOf(400).ToArbitrary(),
        counts => Unpacked(PackedCounts.Pack(counts), counts.Length).SequenceEqual(counts));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(long.MaxValue)]
    public void Any_count_can_be_packed(long count)
    {
        long[] counts = [0, count, 0];
        Assert.Equal(counts, Unpacked(PackedCounts.Pack(counts), 3));
    }

    [Fact]
    public void A_bin_with_few_events_takes_two_bytes_and_an_empty_one_none()
    {
        var counts = new long[25];
        (counts[3], counts[24]) = (127, 1);
        Assert.Equal(4, PackedCounts.Pack(counts).Length);
    }

    private static long[] Unpacked(ReadOnlySpan<byte> packed, int bins)
    {
        var counts = new long[bins];
        var bin = -1;
        while (PackedCounts.TryRead(ref packed, ref bin, out var count))
        {
            counts[bin] = count;
        }

        return counts;
    }
}
