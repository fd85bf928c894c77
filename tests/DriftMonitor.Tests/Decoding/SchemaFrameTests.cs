using System.Text;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Tests.Decoding;

/// <summary>What serializers of a schema registry write before a value, and what is behind it.</summary>
public sealed class SchemaFrameTests
{
    private const string Id = "00 00 00 00 2A"; // 42
    private const string Guid = "01 00112233445566778899AABBCCDDEEFF";

    [Theory]
    [InlineData(Id, "{\"v\":7}")]
    [InlineData(Id, " \r\n{\"v\":7} ")]
    [InlineData(Guid, "{\"v\":7}")]
    [InlineData("00 FF FE C3 28", "{\"v\":7}")] // an id that is no UTF-8
    public void JSON_behind_a_frame_is_read_as_if_there_were_none(string frame, string json)
    {
        var value = Framed(frame, Encoding.UTF8.GetBytes(json));
        var decoder = new EventDecoder([FieldPath.Parse("v")]);

        Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = value }));
        Assert.Equal("7", Encoding.UTF8.GetString(decoder[0].In(value)));
    }

    [Theory] // B02
    [InlineData(Id, "{\"v\":7", Rejection.Malformed)] // cut off
    [InlineData("", "", Rejection.Empty)]
    [InlineData("00", "", Rejection.Malformed)] // frames that are cut off
    [InlineData("00 00", "", Rejection.Malformed)]
    [InlineData("00 00 00", "", Rejection.Malformed)]
    [InlineData("00 00 00 00", "", Rejection.Malformed)]
    [InlineData("01 00112233445566778899AABBCCDDEE", "", Rejection.Malformed)]
    [InlineData("00 FF FF FF FF", "", Rejection.Schema)] // an id that no registry has: none is asked
    [InlineData("02", "{\"v\":7}", Rejection.Malformed)] // no frame
    [InlineData(Id, "", Rejection.Schema)] // Avro's empty record
    [InlineData(Id, "7", Rejection.Schema)] // Avro's -28 and JSON's 7: neither has a field
    public void What_is_behind_a_frame_decides_what_is_wrong(string frame, string rest, Rejection expected) =>
        Assert.Equal(expected, Decode(Framed(frame, Encoding.UTF8.GetBytes(rest))).Reason);

    [Theory] // B02: an array of Protobuf's indexes that claims 2^31 or 2^63 elements
    [InlineData("80 80 80 80 10 00 00")]
    [InlineData("FE FF FF FF FF FF FF FF FF 01 00")]
    [InlineData("04 FE FF FF FF FF FF FF FF FF 01")]
    public void Indexes_without_end_are_rejected_and_nothing_is_allocated_for_them(string indexes)
    {
        var value = Framed(Id, Framed(indexes, []));
        var decoder = new EventDecoder([FieldPath.Parse("v")]);
        var raw = new RawEvent { Value = value };
        decoder.Decode(raw);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(Rejection.Schema, decoder.Decode(raw));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
        Assert.NotNull(Decode(value).Fault);
    }

    [Theory]
    [InlineData(Id, "06 61 62 63 D2 09", "is not JSON, but probably Avro of schema 42 of a schema registry, which is not read yet")]
    [InlineData(Id, "00 08 96 01", "is not JSON, but probably Protobuf of schema 42 of a schema registry, which is not read yet")]
    [InlineData(Id, "04 02 00 12 03 61 62 63 1D 00 00 00 00 21 01 02 03 04 05 06 07 08", // the message [1, 0]
        "is not JSON, but probably Protobuf of schema 42 of a schema registry, which is not read yet")]
    [InlineData(Guid, "06 61 62 63",
        "is not JSON, but probably Avro of schema 00112233-4455-6677-8899-aabbccddeeff of a schema registry, which is not read yet")]
    [InlineData("C3 01", "00 01 02 03 04 05 06 07 02", "is Avro, which is not read yet")] // with the fingerprint of its schema
    [InlineData("4F 62 6A 01", "04", "is Avro, which is not read yet")] // a data file
    public void Avro_and_Protobuf_are_rejected_by_name(string frame, string rest, string fault) =>
        Assert.Equal((Rejection.Schema, fault), Decode(Framed(frame, Framed(rest, []))));

    private static (Rejection Reason, string? Fault) Decode(byte[] value)
    {
        var raw = new RawEvent { Value = value };
        var reason = new EventDecoder([FieldPath.Parse("v")]).Decode(raw);
        var first = new FirstRejections();
        first.Add(reason, raw);
        return (reason, first[reason]?.Fault);
    }

    private static byte[] Framed(string hex, byte[] rest) =>
        [.. Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), .. rest];
}
