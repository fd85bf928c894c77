using System.Text;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Decoding;

/// <summary>Records that hold several events.</summary>
public sealed class RecordDecoderTests
{
    [Theory]
    [InlineData("records", """{"records":[{"v":1},{"v":2}],"v":9}""", "1 2")]
    [InlineData("[]", """[{"v":1}, {"v":2} ,{"v":3}]""", "1 2 3")]
    [InlineData("[]", "\uFEFF[{\"v\":1}]", "1")]
    [InlineData("a[1].b", """{"a":[{"b":[{"v":0}]},{"b":[{"v":1}]}]}""", "1")]
    [InlineData("data", """{"specversion":"1.0","time":"2024-01-01T00:00:00Z","data":[{"v":1},{"v":2}]}""", "1 2")]
    [InlineData("records", """{"records":[]}""", "")]
    [InlineData("records", """{"records":[ ]}""", "")]
    [InlineData("records", """{"records":[{"v":1}],"records":[{"v":2}]}""", "2")] // the last of repeated keys counts
    [InlineData("records", """{"records":[{"v":1},{},{"w":[{"v":5}]},null,5,"v",[{"v":6}],{"v":2}]}""", "1 - - - - - - 2")]
    public void Each_element_is_an_event_whatever_it_is(string unpack, string json, string expected) =>
        Assert.Equal((Rejection.None, expected), Read(unpack, "v", json));

    [Fact]
    public void An_element_that_is_an_array_has_fields_by_their_place() =>
        Assert.Equal((Rejection.None, "7 8"), Read("rows", "[1]", """{"rows":[["2024-01-01",7],["2024-01-02",8]]}"""));

    [Theory]
    [InlineData("records", """{"v":1}""", Rejection.Schema)]
    [InlineData("records", """{"records":null}""", Rejection.Schema)]
    [InlineData("records", """{"records":{"v":1}}""", Rejection.Schema)]
    [InlineData("records", """[{"v":1}]""", Rejection.Schema)]
    [InlineData("[]", """{"v":1}""", Rejection.Schema)]
    [InlineData("records", """{"records":[{"v":1},{"v":2]}""", Rejection.Malformed)]
    [InlineData("records", """{"records":[{"v":1},]}""", Rejection.Malformed)]
    [InlineData("[]", "[{\"v\":1}]x", Rejection.Malformed)]
    [InlineData("[]", "", Rejection.Empty)]
    public void A_record_is_rejected_as_a_whole(string unpack, string json, Rejection expected) =>
        Assert.Equal((expected, ""), Read(unpack, "v", json));

    [Theory]
    [InlineData(ArrayElements.Most, Rejection.None)]
    [InlineData(ArrayElements.Most + 1, Rejection.TooLarge)]
    public void A_record_holds_at_most_65536_events(int count, Rejection expected)
    {
        var raw = Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("0", count))}]");
        var decoder = new RecordDecoder([FieldPath.Parse("v")], FieldPath.ParseArray("[]"));
        Assert.Equal(expected, decoder.Decode(new RawEvent { Value = raw }, out _));
    }

    [Theory]
    [InlineData("data.x", "time", """{"specversion":"1.0","time":"2026-01-02T03:04:05Z","data":{"x":7}}""", "7 2026-01-02T03:04:05Z")]
    [InlineData("x", "at", """{"x":7,"at":"2026-01-02T03:04:05Z"}""", "7 2026-01-02T03:04:05Z")] // the data alone
    [InlineData("x", "time", """{"specversion":"1.0","time":"2026-01-02T03:04:05Z","data":{"x":7}}""", "- 2026-01-02T03:04:05Z")]
    [InlineData("data.x", "time", """{"x":7,"at":"2026-01-02T03:04:05Z"}""", "- -")]
    [InlineData("data.x", "time", """{"specversion":"1.0","id":"1","data_base64":"eyJ4Ijo3fQ=="}""", "- -")]
    public void Paths_of_a_CloudEvent_start_at_the_value_the_envelope_if_it_is_structured_and_the_data_if_it_is_binary(
        string field, string time, string json, string expected)
    {
        var value = Encoding.UTF8.GetBytes(json);
        var decoder = new EventDecoder([FieldPath.Parse(field), FieldPath.Parse(time)]);
        Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = value }));
        Assert.Equal(
            expected,
            string.Join(' ', Enumerable.Range(0, 2).Select(place => decoder[place].Kind == FieldKind.Missing
                ? "-" : Encoding.UTF8.GetString(decoder[place].In(value)))));
    }

    [Fact]
    public void Two_ways_to_write_a_path_find_the_same_value()
    {
        string[] paths = ["a.b", "v", "[\"v\"]", "a[\"b\"]", "v"];
        var value = """{"v":1,"a":{"b":2}}"""u8.ToArray();
        var decoder = new EventDecoder([.. paths.Select(FieldPath.Parse)]);

        Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = value }));
        Assert.Equal([2, 1, 1, 2, 1], paths.Select((_, field) => decoder[field].Number));
    }

    [Fact]
    public void Rows_of_CSV_have_no_array()
    {
        var decoder = new RecordDecoder([FieldPath.Parse("v")], FieldPath.ParseArray("records"));
        var refused = Assert.Throws<SourceException>(
            () => decoder.Decode(new RawEvent { Value = "1,2"u8, Header = new CsvHeader(["v", "records"]) }, out _));
        Assert.Equal(
            "the events are CSV, and Unpack is records, an array of JSON: remove Unpack for this file, or read JSON", refused.Message);
    }

    [Property]
    public Property The_fields_of_an_element_are_those_of_a_record_with_the_same_bytes()
    {
        var texts = Gen.Elements(
            """{"v":1,"w":"a\u0062"}""", """{"v":{"x":1}}""", "{}", "null", "[1,[2]]", "\"{\"", "-0.5e3",
            """{ "w" : [ ] , "v" : NaN }""", "true");
        return Prop.ForAll(
            texts.ListOf().ToArbitrary(),
            elements =>
            {
                string[] paths = ["v", "w", "v.x", "[1]", "[1][0]"];
                var record = Encoding.UTF8.GetBytes($"{{\"a\":[{string.Join(" ,\n", elements)}]}}");
                var decoder = new RecordDecoder([.. paths.Select(FieldPath.Parse)], FieldPath.ParseArray("a"));
                var alone = new EventDecoder([.. paths.Select(FieldPath.Parse)]);
                Assert.Equal(Rejection.None, decoder.Decode(new RawEvent { Value = record }, out var events));
                foreach (var element in elements)
                {
                    var bytes = Encoding.UTF8.GetBytes(element);
                    Assert.True(events.MoveNext());
                    Assert.Equal(Rejection.None, alone.Decode(new RawEvent { Value = bytes }));
                    for (var field = 0; field < paths.Length; field++)
                    {
                        Assert.Equal(Show(alone[field], bytes), Show(decoder.Event[field], record));
                    }
                }

                Assert.False(events.MoveNext());
            });
    }

    private static (FieldKind Kind, double Number, string Text) Show(FieldToken token, byte[] record) =>
        (token.Kind, token.Number, Encoding.UTF8.GetString(token.In(record)));

    // The value of a field in each event, or "-".
    private static (Rejection Reason, string Values) Read(string unpack, string field, string json)
    {
        var value = Encoding.UTF8.GetBytes(json);
        var decoder = new RecordDecoder([FieldPath.Parse(field)], FieldPath.ParseArray(unpack));
        var reason = decoder.Decode(new RawEvent { Value = value }, out var events);
        var values = new List<string>();
        while (reason == Rejection.None && events.MoveNext())
        {
            values.Add(decoder.Event[0].Kind == FieldKind.Missing ? "-" : Encoding.UTF8.GetString(decoder.Event[0].In(value)));
        }

        return (reason, string.Join(' ', values));
    }
}
