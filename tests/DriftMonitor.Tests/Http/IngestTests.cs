using System.Net;
using System.Net.Sockets;
using System.Text;
using DriftMonitor.Configuration;
using DriftMonitor.Streaming.Sources.Ingest;
using DriftMonitor.Tests.Kafka;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Tests.Http;

public sealed class IngestTests
{
    private const string Lines = "application/x-ndjson";
    private const int PerRequest = IngestBuffer.BytesOfARequest;
    private const string Envelope = """{"type":"flight","time":"2013-02-09T08:00:00Z","data":{"x":1}}""";

    [Theory]
    [InlineData("application/x-ndjson", "{\"x\":1}\n{\"x\":2}\n", new[] { "{\"x\":1}", "{\"x\":2}" })]
    [InlineData("application/x-ndjson; charset=utf-8", "{\"x\":1}", new[] { "{\"x\":1}" })]
    [InlineData("application/jsonl", "{\"x\":1}\r\n\r\n{\"x\":", new[] { "{\"x\":1}", "", "{\"x\":" })] // as in a file
    [InlineData("application/x-ndjson", "", new string[0])]
    [InlineData("Application/JSON", "{\"x\":1}", new[] { "{\"x\":1}" })]
    [InlineData("application/json", "{\n  \"x\": NaN\n}\n", new[] { "{   \"x\": NaN } " })] // Python writes NaN
    [InlineData("application/json", "[{\"x\":1},\n{\"x\":2}]", new[] { "[{\"x\":1}, {\"x\":2}]" })] // one record: see Unpack
    [InlineData("application/cloudevents+json", Envelope, new[] { Envelope })]
    [InlineData("application/cloudevents-batch+json", "[" + Envelope + ",\n " + Envelope + "]", new[] { Envelope, "  " + Envelope })]
    [InlineData("application/cloudevents-batch+json", "[\n]", new string[0])]
    public async Task Events_of_each_form_are_accepted(string contentType, string body, string[] events)
    {
        await using var site = await IngestSite.StartAsync();

        Assert.Equal((202, $"{{\"accepted\":{events.Length}}}"), await site.PostAsync("plain", contentType, body));

        Assert.Equal(events, site.Take());
        Assert.Equal(0, site.Buffer.Bytes);
        Assert.Equal((1, events.Length), (site.Tally.Snapshot.Requests, site.Tally.Snapshot.Accepted["plain"]));
    }

    [Fact]
    public async Task A_CloudEvent_of_binary_mode_gets_the_form_that_the_monitors_of_its_topic_read()
    {
        (string, string)[] headers =
            [("ce-specversion", "1.0"), ("ce-type", "flight%20to%20%22EWR%22"), ("ce-time", "2013-02-09T08:00:00Z"), ("ce-id", "7")];
        await using var site = await IngestSite.StartAsync();

        await site.PostAsync("events", "application/json", "{\n\"x\":1}", headers);
        await site.PostAsync("events", null, "{\"x\":2}", ("ce-type", "flight")); // without ce-time: when it came
        await site.PostAsync("plain", "application/vnd.acme+json", "{\"x\":3}", headers);
        await site.PostAsync("events", "application/cloudevents+json", Envelope, headers); // the body says it all

        Assert.Equal(
            [
                """{"time":"2013-02-09T08:00:00Z","type":"flight to \"EWR\"","data":{ "x":1}} at 2013-02-09T08:00:00Z""",
                """{"type":"flight","data":{"x":2}}""",
                """{"x":3} at 2013-02-09T08:00:00Z""",
                Envelope,
            ],
            site.Take());
        Assert.Equal(0, site.Buffer.Bytes);
    }

    [Theory]
    [InlineData("other", Lines, "1", 404, "unknown_topic", "no events are taken for topic \"other\": write one of plain, events")]
    [InlineData("", Lines, "1", 404, "unknown_topic", "no events are taken for topic \"\"")]
    [InlineData("plain&topic=events", Lines, "1", 400, "unknown_topic", "the topic is missing, as in /events?topic=NAME: ")]
    [InlineData("plain", null, "1", 415, "content_type", "the content type is missing: send application/x-ndjson with an event a line")]
    [InlineData("plain", "text/plain", "1", 415, "content_type", "the content type is \"text/plain\": send application/x-ndjson")]
    [InlineData("plain", "application/x-www-form-urlencoded", "1", 415, "content_type", "the content type is ")]
    [InlineData("plain", "application/cloudevents+avro", "1", 415, "content_type", "CloudEvents in the form ")]
    [InlineData("plain", "application/json", "{\"x\":1}\n{\"x\":2}", 400, "malformed", "the body is not one JSON value: for ")]
    [InlineData("plain", "application/json", "{\"x\":", 400, "malformed", "the body is not one JSON value")]
    [InlineData("plain", "application/json", " \n", 400, "malformed", "the body is empty")]
    [InlineData("plain", "application/cloudevents-batch+json", Envelope, 400, "malformed", "the body is not a JSON array of CloudEvents")]
    [InlineData("plain", "application/cloudevents-batch+json", "[1]", 400, "malformed", "the body is not a JSON array of CloudEvents")]
    [InlineData("plain", "application/cloudevents-batch+json", "[{}", 400, "malformed", "the body is not a JSON array of CloudEvents")]
    public async Task A_request_that_cannot_be_taken_is_told_why_and_takes_no_room(
        string topic, string? contentType, string body, int status, string reason, string answer)
    {
        await using var site = await IngestSite.StartAsync();

        var answered = await site.PostAsync(topic, contentType, body);

        Assert.Equal(status, answered.Status);
        Assert.StartsWith(answer, answered.Answer);
        Assert.Equal($"1 {reason}", site.Refused);
        Assert.Empty(site.Take());
        Assert.Equal((0, 0), (site.Buffer.Bytes, site.Tally.Snapshot.Requests));
    }

    [Theory]
    [InlineData("application/json", "{\"x\":1", 400, "the data of the CloudEvent is not one JSON value", "ce-type", "flight")]
    [InlineData("application/json", "1,\"type\":\"x\"", 400, "the data of the CloudEvent is not one JSON value", "ce-type", "flight")]
    [InlineData("application/json", "", 400, "the body is empty", "ce-type", "flight")]
    [InlineData("application/json", "1", 400, "the header ce-time is \"yesterday\"", "ce-time", "yesterday")]
    [InlineData("text/xml", "<x/>", 415, "the data of the CloudEvent is \"text/xml\": only JSON is read", "CE-Type", "flight")]
    [InlineData("application/x-ndjson", "1", 415, "the content encoding \"gzip\" is not read", "content-encoding", "gzip")]
    public async Task Headers_and_data_that_cannot_be_read_are_refused(
        string contentType, string body, int status, string answer, string header, string value)
    {
        await using var site = await IngestSite.StartAsync();

        var answered = await site.PostAsync("events", contentType, body, (header, value));

        Assert.Equal(status, answered.Status);
        Assert.StartsWith(answer, answered.Answer);
        Assert.Equal(0, site.Buffer.Bytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_that_is_too_large_is_refused_whether_its_length_is_known_or_not(bool isChunked)
    {
        await using var site = await IngestSite.StartAsync(new IngestOptions { MaxBodyBytes = 10_000 });

        Assert.Equal(202, (await PostAsync(10_000)).Status);
        var refused = await PostAsync(10_001);

        Assert.Equal(
            (413, "the body is larger than 10000 bytes: send fewer events at once, or raise DriftMonitor:Ingest:MaxBodyBytes"), refused);
        Assert.Single(site.Take());
        Assert.Equal(("1 too_large", 0), (site.Refused, site.Buffer.Bytes));

        async Task<(int Status, string Answer)> PostAsync(int length)
        {
            using HttpContent content = isChunked
                ? new StreamContent(new Unseekable(Encoding.UTF8.GetBytes(new string('1', length))))
                : new StringContent(new string('1', length));
            content.Headers.ContentType = new(Lines);
            return await site.PostAsync($"{site.Url}?topic=plain", content);
        }
    }

    [Fact]
    public async Task When_the_buffer_is_full_requests_are_to_be_sent_again_later_and_none_is_taken_in_part()
    {
        await using var site = await IngestSite.StartAsync(new IngestOptions { MaxBodyBytes = 10, BufferBytes = 2 * (10 + PerRequest) });
        await site.PostAsync("plain", Lines, "1\n2\n3\n4\n5");
        await site.PostAsync("plain", Lines, "6\n7\n8\n9\n0");

        using var content = new StringContent("1\n2") { Headers = { ContentType = new(Lines) } };
        using var response = await site.Client.PostAsync($"{site.Url}?topic=plain", content);

        Assert.Equal((HttpStatusCode.TooManyRequests, 1), (response.StatusCode, response.Headers.RetryAfter!.Delta!.Value.TotalSeconds));
        Assert.Equal("1 buffer_full", site.Refused);
        Assert.Equal(10, site.Take().Count);
        Assert.Equal(202, (await site.PostAsync("plain", Lines, "1\n2")).Status);
        Assert.Equal(["1", "2"], site.Take());
    }

    [Fact]
    public async Task Many_small_requests_fill_the_buffer_too()
    {
        await using var site = await IngestSite.StartAsync(new IngestOptions { MaxBodyBytes = 10, BufferBytes = 3 * (1 + PerRequest) });

        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            statuses.Add((await site.PostAsync("plain", Lines, "1")).Status);
        }

        Assert.Equal([202, 202, 202, 429], statuses);
    }

    [Fact]
    public async Task Bodies_that_do_not_arrive_hold_no_room_for_longer_than_a_body_may_take()
    {
        await using var site = await IngestSite.StartAsync(new IngestOptions { MaxBodyBytes = 10, BufferBytes = 2 * (10 + PerRequest) });
        using var slow = await Unfinished.PostAsync(site, "content-length: 10", "1\n2");
        using var chunked = await Unfinished.PostAsync(site, "transfer-encoding: chunked", "3\r\n1\n2\r\n");
        Eventually.Within(TimeSpan.FromSeconds(10), "both have room", () => site.Buffer.Bytes == 2 * (10 + PerRequest));
        Assert.Equal(429, (await site.PostAsync("plain", Lines, "1")).Status);

        site.Clock.Advance(DriftMonitor.Hosting.IngestHost.BodyWithin);

        Assert.StartsWith("HTTP/1.1 408 ", await slow.AnswerAsync());
        Assert.StartsWith("HTTP/1.1 408 ", await chunked.AnswerAsync());
        Eventually.Within(TimeSpan.FromSeconds(10), "the room is free", () => site.Buffer.Bytes == 0);
        Assert.Equal("1 buffer_full, 2 incomplete", site.Refused);
        Assert.Empty(site.Take());
    }

    [Fact]
    public async Task A_client_that_goes_away_takes_its_room_with_it()
    {
        await using var site = await IngestSite.StartAsync();
        var gone = await Unfinished.PostAsync(site, "content-length: 10", "1\n2");
        Eventually.Within(TimeSpan.FromSeconds(10), "it has room", () => site.Buffer.Bytes == 10 + PerRequest);

        gone.Dispose();

        Eventually.Within(TimeSpan.FromSeconds(10), "the room is free", () => site.Buffer.Bytes == 0 && site.Refused == "1 incomplete");
        Assert.Empty(site.Take());
    }

    [Fact]
    public async Task At_the_end_what_was_accepted_is_kept_and_bodies_that_are_still_coming_are_refused()
    {
        await using var site = await IngestSite.StartAsync();
        await site.PostAsync("plain", Lines, "1\n2");
        using var slow = await Unfinished.PostAsync(site, "content-length: 10", "3\n4");
        Eventually.Within(TimeSpan.FromSeconds(10), "it has room", () => site.Buffer.Bytes == 3 + 10 + 2 * PerRequest);

        await site.StopAsync();

        Assert.StartsWith("HTTP/1.1 503 ", await slow.AnswerAsync());
        Assert.Equal(["1", "2"], site.Take());
        Assert.Equal(("1 stopping", 0), (site.Refused, site.Buffer.Bytes));
        await Assert.ThrowsAsync<HttpRequestException>(() => site.PostAsync("plain", Lines, "5"));
    }

    [Fact]
    public async Task Where_a_token_is_configured_it_is_needed_to_post_events_too()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "s3cret\n");
        await using var site = await IngestSite.StartAsync(http: new HttpOptions { TokenFile = file });

        Assert.Equal(401, (await site.PostAsync("plain", Lines, "1")).Status);
        Assert.Equal(401, (await site.PostAsync("plain", Lines, "1", ("Authorization", "Bearer wrong"))).Status);
        Assert.Equal(202, (await site.PostAsync("plain", Lines, "1", ("Authorization", "Bearer s3cret"))).Status);

        Assert.Equal("2 unauthorized", site.Refused);
        Assert.Equal(["1"], site.Take());
        File.Delete(file);
    }

    [Fact]
    public async Task Hosts_that_are_not_allowed_cannot_post_either()
    {
        await using var site = await IngestSite.StartAsync(http: new HttpOptions { AllowedHosts = ["drift.example.com"] });

        Assert.Equal(400, (await site.PostAsync("plain", Lines, "1", ("Host", "evil.example.com"))).Status);
        Assert.Equal(202, (await site.PostAsync("plain", Lines, "1", ("Host", "drift.example.com"))).Status);
    }

    [Fact]
    public async Task Nothing_else_is_served_there() // X03
    {
        await using var site = await IngestSite.StartAsync();
        using var got = await site.Client.GetAsync(site.Url);
        using var metrics = await site.Client.GetAsync(new Uri(new Uri(site.Url), "/metrics"));
        using var large = new HttpRequestMessage(HttpMethod.Post, site.Url);
        large.Headers.Add("X-Large", new string('x', 1_000_000));

        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (got.StatusCode, string.Join(",", got.Content.Headers.Allow)));
        Assert.Equal(HttpStatusCode.NotFound, metrics.StatusCode);
        try
        {
            using var refused = await site.Client.SendAsync(large);
            Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, refused.StatusCode);
        }
        catch (HttpRequestException)
        {
            // The connection was closed before all of it was sent.
        }
    }

    [Fact]
    public async Task The_log_tells_of_refusals_of_a_kind_once_a_minute()
    {
        await using var site = await IngestSite.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            await site.PostAsync("other", Lines, "1");
        }

        site.Clock.Advance(TimeSpan.FromMinutes(1));
        await site.PostAsync("other", Lines, "1");

        const string Answer = "refused: no events are taken for topic \"other\": write one of plain, events";
        Assert.Equal(
            [$"1 request with events was {Answer}", $"3 requests with events were {Answer}"], site.Log.At(LogLevel.Warning));
    }

    [Fact]
    public async Task Events_that_were_accepted_and_are_never_counted_are_told()
    {
        await using var site = await IngestSite.StartAsync();
        await site.PostAsync("plain", "application/x-ndjson", "{}\n{}\n{}");

        site.Tally.TellOfLeft();

        Assert.Equal(
            [
                "3 posted events were accepted and not counted, because the service ended while it could not read its topics: "
                    + "post them again",
            ],
            site.Log.At(LogLevel.Error));
        site.Take();
        site.Tally.TellOfLeft();
        Assert.Single(site.Log.At(LogLevel.Error));
    }

    private sealed class Unfinished : IDisposable
    {
        private readonly TcpClient _client = new();

        public static async Task<Unfinished> PostAsync(IngestSite site, string lengthHeader, string start)
        {
            var post = new Unfinished();
            var url = new Uri(site.Url);
            await post._client.ConnectAsync(url.Host, url.Port);
            await post._client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /events?topic=plain HTTP/1.1\r\nhost: localhost\r\ncontent-type: {Lines}\r\n{lengthHeader}\r\n\r\n{start}"));
            return post;
        }

        public async Task<string> AnswerAsync()
        {
            var answer = new byte[4096];
            return Encoding.ASCII.GetString(answer, 0, await _client.GetStream().ReadAsync(answer));
        }

        public void Dispose() => _client.Dispose();
    }

    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
