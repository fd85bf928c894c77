using System.Text;
using System.Text.Json;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Decoding;

/// <summary>The segment of an event is the value of one field, or those of several joined by a slash.</summary>
public sealed class SegmentFieldsTests
{
    [Theory]
    [InlineData("""{"a":"EWR","b":"UA"}""", "EWR/UA")]
    [InlineData("""{"b":17.0,"a":true}""", "true/17")]
    [InlineData("""{"a":"x/y","b":"\\\\"}""", "x\\/y/\\\\\\\\")]
    [InlineData("""{"a":"\u0041"}""", "A/")]
    [InlineData("""{"b":null,"a":{}}""", "/")]
    public void The_values_of_several_fields_are_joined_by_a_slash_and_escaped(string json, string segment) =>
        Assert.Equal(segment, SegmentOf(json, "a", "b"));

    [Fact]
    public void The_value_of_one_field_stands_as_it_is() => Assert.Equal("x/y\\", SegmentOf("""{"a":"x/y\\"}""", "a"));

    [Fact]
    public void The_names_of_several_fields_are_joined_as_their_values_are()
    {
        Assert.Equal("a.b", SegmentFields.Of(["a.b"])!.Text);
        Assert.Equal("a.b/[\"c\\/d\"]", SegmentFields.Of(["a.b", "[\"c/d\"]"])!.Text);
        Assert.Null(SegmentFields.Of([]));
    }

    [Property(MaxTest = 300)]
    public Property Different_values_never_give_the_same_segment()
    {
        var text = Gen.Elements('/', '\\', 'a', 'é').ListOf().Select(characters => string.Concat(characters));
        var values = from a in text
                     from b in text
                     from c in text
                     select (a, b, c);
        return Prop.ForAll(
            values.Two().ToArbitrary(),
            pair => Assert.Equal(pair.Item1 == pair.Item2, Join(pair.Item1) == Join(pair.Item2)));

        static string Join((string A, string B, string C) values) =>
            SegmentOf(JsonSerializer.Serialize(new { a = values.A, b = values.B, c = values.C }), "a", "b", "c");
    }

    private static string SegmentOf(string json, params string[] fields)
    {
        var value = Encoding.UTF8.GetBytes(json);
        var segment = SegmentFields.Of(fields)!;
        var decoder = new EventDecoder(segment.Fields);
        Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = value }));
        FieldToken[] places = [.. Enumerable.Range(0, fields.Length).Select(field => decoder[field])];
        return Encoding.UTF8.GetString(decoder.SegmentOf(places, value));
    }
}
