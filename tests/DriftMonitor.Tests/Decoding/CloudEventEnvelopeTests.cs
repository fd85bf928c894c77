using System.Text;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using FsCheck;
using FsCheck.Fluent;

namespace DriftMonitor.Tests.Decoding;

public sealed class CloudEventEnvelopeTests // B03
{
    private static readonly IReadOnlyList<CloudEventHeader> Read = Of("time", "type", "subject", "datacontenttype");

    [Theory]
    [InlineData("application/cloudevents+json", true)]
    [InlineData("application/cloudevents+json; charset=utf-8", true)]
    [InlineData("APPLICATION/CloudEvents+JSON", true)]
    [InlineData(" application/cloudevents-batch+json", true)]
    [InlineData("application/cloudevent", false)]
    [InlineData("application/json", false)]
    [InlineData("text/plain; application/cloudevents+json", false)]
    [InlineData("", false)]
    public void A_content_type_that_starts_with_application_cloudevents_in_any_case_is_structured(string contentType, bool isStructured) =>
        Assert.Equal(isStructured, CloudEventEnvelope.IsStructured(Encoding.UTF8.GetBytes(contentType)));

    [Fact]
    public void Attributes_come_from_their_headers_and_data_from_the_value() => Assert.Equal(
        """{"datacontenttype":"application/json","time":"2013-02-09T08:00:00Z","type":"flight","data":{"delay":7}}""",
        Write("""{"delay":7}""", ("ce_type", "flight"), ("ce_time", "2013-02-09T08:00:00Z"), ("content-type", "application/json")));

    [Fact]
    public void An_attribute_without_a_header_is_missing_and_one_that_no_monitor_reads_is_left_out() =>
        Assert.Equal("""{"type":"flight","data":7}""", Write("7", ("ce_type", "flight"), ("ce_source", "/ewr")));

    [Theory]
    [InlineData("")] // a tombstone, which has no data
    [InlineData("{\"x\":")]
    [InlineData("hello")]
    [InlineData("1,\"time\":\"2099-01-01T00:00:00Z\"")] // would pass for an attribute
    [InlineData("1},{\"time\":2")]
    [InlineData("\u0001\u0002\u0003")]
    [InlineData("\0\0\0\0\u0007Avro")]
    public void A_value_that_is_not_one_JSON_value_gets_no_envelope_and_is_rejected_as_it_is(string value)
    {
        Assert.Null(Write(value, ("ce_type", "flight")));
        Assert.NotEqual(Rejection.None, new EventDecoder([]).Decode(new RawEvent { Value = Encoding.UTF8.GetBytes(value) }));
    }

    [Theory]
    [InlineData("\0\0\0\0\u0007{\"x\":1}")] // a schema registry's frame
    [InlineData("\uFEFF{\"x\":1}")]
    public void What_comes_before_the_JSON_is_left_out(string value) => Assert.Equal("""{"data":{"x":1}}""", Write(value));

    [Fact]
    public void Any_text_of_a_header_is_read_as_a_JSON_reader_reads_it_from_the_structured_form() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<string>>(),
        text =>
        {
            var utf8 = Encoding.UTF8.GetBytes(text.Get); // a lone surrogate is U+FFFD there
            var written = Write("1", ("ce_type", text.Get))!;
            return JsonNode.Parse(written)!["type"]!.GetValue<string>() == Encoding.UTF8.GetString(utf8);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_bytes_of_a_header_that_are_no_UTF_8_do_not_spoil_the_event()
    {
        var envelope = new CloudEventEnvelope();

        Assert.True(envelope.TryWrite(Of("type"), new Headers(("ce_type", [0x41, 0xFF, 0x42])), "1"u8, out var written));

        Assert.Equal("A\uFFFDB", JsonNode.Parse(Encoding.UTF8.GetString(written))!["type"]!.GetValue<string>());
    }

    [Fact]
    public void Attributes_are_what_the_paths_begin_with() => Assert.Equal(
        ["ce_a.b", "ce_comtenant", "ce_time"],
        CloudEventHeader.In([.. new[] { "data.amount", "time", "comtenant", "[\"a.b\"]", "time", "data" }.Select(FieldPath.Parse)])
            .Select(header => header.OfRecord));

    [Fact]
    public void Writing_envelopes_allocates_nothing_once_the_buffer_is_large_enough()
    {
        var envelope = new CloudEventEnvelope();
        var headers = new Headers(("ce_type", "flight"u8.ToArray()), ("ce_time", "2013-02-09T08:00:00Z"u8.ToArray()));
        envelope.TryWrite(Read, headers, "{\"delay\":7}"u8, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
        {
            envelope.TryWrite(Read, headers, "{\"delay\":7}"u8, out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static IReadOnlyList<CloudEventHeader> Of(params string[] attributes) =>
        CloudEventHeader.In(attributes.Select(attribute => FieldPath.Parse(attribute)));

    private static string? Write(string value, params (string Name, string Value)[] headers) =>
        new CloudEventEnvelope().TryWrite(
            Read, new Headers([.. headers.Select(header => (header.Name, Encoding.UTF8.GetBytes(header.Value)))]),
            Encoding.UTF8.GetBytes(value), out var envelope)
            ? Encoding.UTF8.GetString(envelope)
            : null;

    private readonly struct Headers(params (string Name, byte[] Value)[] headers) : ICloudEventHeaders
    {
        public bool TryGet(CloudEventHeader header, out ReadOnlySpan<byte> value)
        {
            foreach (var (name, bytes) in headers)
            {
                if (name == header.OfRecord)
                {
                    value = bytes;
                    return true;
                }
            }

            value = default;
            return false;
        }
    }
}
