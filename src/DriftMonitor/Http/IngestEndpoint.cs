using System.Globalization;
using System.Text;
using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Sources.Ingest;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary><c>POST /events?topic=NAME</c>: takes events in place of a topic of Kafka.</summary>
/// <remarks>
/// <para>
/// All events of a body are accepted, or none. 202 means that they are in memory, in order, and will be counted unless the process is
/// killed. Whether a line is JSON is found out when it is counted, as for records of Kafka.
/// </para>
/// <para>
/// Room for a body is reserved before it is read, so memory is bounded by the buffer. Only content types are read that a web page cannot
/// send to another origin without asking, so that no page can post events to a service on its reader's machine.
/// </para>
/// </remarks>
internal sealed class IngestEndpoint
{
    /// <summary>The path.</summary>
    public const string Path = "/events";

    private const int FirstBytes = 4096; // of a body whose length is not known
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly string[] LineTypes = ["application/x-ndjson", "application/ndjson", "application/jsonl"];

    private readonly IngestBuffer _buffer;
    private readonly IngestTally _tally;
    private readonly int _maxBodyBytes;
    private readonly TimeSpan _bodyWithin;
    private readonly TimeProvider _clock;
    private readonly CancellationToken _stopping;
    private readonly Dictionary<string, int> _topics;

    /// <summary>An endpoint.</summary>
    /// <param name="buffer">Takes the events.</param>
    /// <param name="tally">Counts requests.</param>
    /// <param name="maxBodyBytes">The size of the largest body.</param>
    /// <param name="bodyWithin">How long a body may take to arrive.</param>
    /// <param name="clock">For that time.</param>
    /// <param name="stopping">Ends requests whose body has not arrived.</param>
    public IngestEndpoint(
        IngestBuffer buffer, IngestTally tally, int maxBodyBytes, TimeSpan bodyWithin, TimeProvider clock, CancellationToken stopping)
    {
        (_buffer, _tally, _maxBodyBytes, _bodyWithin, _clock, _stopping) = (buffer, tally, maxBodyBytes, bodyWithin, clock, stopping);
        _topics = buffer.Topics.Index().ToDictionary(topic => topic.Item.Name, topic => topic.Index, StringComparer.Ordinal);
    }

    private enum Form
    {
        Lines,
        Value,
        Batch,
        Binary,
    }

    /// <summary>Accepts the events of a request, or says why not.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var reserved = 0L;
        try
        {
            var topic = TopicOf(context.Request);
            var form = FormOf(context.Request);
            var occurred = form == Form.Binary ? TimeOf(context.Request) : null;
            var most = CheckLength(context.Request);
            Reserve(most + IngestBuffer.BytesOfARequest, ref reserved);
            var body = await ReadAsync(context, most);
            var lines = LinesOf(context.Request, form, body, topic, out var count); // longer with the attributes of binary mode
            Reserve(Math.Max(body.Length, lines.Length) + IngestBuffer.BytesOfARequest, ref reserved);

            if (count > 0)
            {
                if (!_buffer.TryAdd(topic, lines, count, reserved, occurred))
                {
                    throw Stopping();
                }

                reserved = 0;
            }

            _tally.Accept();
            await SendAsync(context, StatusCodes.Status202Accepted, "application/json", $"{{\"accepted\":{count}}}\n");
        }
        catch (IngestException e)
        {
            _tally.Refuse(e.Reason, e.Message);
            if (e.MayRetry)
            {
                context.Response.Headers.RetryAfter = RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            }

            if (e.Reason is not IngestRefusal.Incomplete || !context.RequestAborted.IsCancellationRequested)
            {
                await SendAsync(context, e.Status, "text/plain; charset=utf-8", $"{e.Message}\n");
            }
        }
        finally
        {
            if (reserved > 0)
            {
                _buffer.Release(reserved);
            }
        }
    }

    private static Task SendAsync(HttpContext context, int status, string contentType, string body) =>
        DriftMonitorEndpoints.SendAsync(context, status, contentType, Encoding.UTF8.GetBytes(body));

    private int TopicOf(HttpRequest request)
    {
        var names = request.Query["topic"];
        if (names is [{ } name] && _topics.TryGetValue(name, out var topic))
        {
            return topic;
        }

        var known = $"write one of {string.Join(", ", _topics.Keys.Take(10))}{(_topics.Count > 10 ? ", …" : "")}";
        throw names is [{ } unknown]
            ? new IngestException(
                IngestRefusal.UnknownTopic, StatusCodes.Status404NotFound,
                $"no events are taken for topic {OneLine.Sentence(Phrases.Quote(unknown))}: {known}")
            : new IngestException(
                IngestRefusal.UnknownTopic, StatusCodes.Status400BadRequest, $"the topic is missing, as in {Path}?topic=NAME: {known}");
    }

    private static Form FormOf(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding
            && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw WrongType($"the content encoding {OneLine.Sentence(Phrases.Quote(encoding))} is not read: send the body as it is");
        }

        var written = request.ContentType ?? "";
        var type = written.Split(';')[0].Trim();
        if (CloudEventEnvelope.IsStructured(Encoding.UTF8.GetBytes(type)))
        {
            return type.Equals("application/cloudevents+json", StringComparison.OrdinalIgnoreCase) ? Form.Value
                : type.Equals("application/cloudevents-batch+json", StringComparison.OrdinalIgnoreCase) ? Form.Batch
                : throw WrongType($"CloudEvents in the form {OneLine.Sentence(Phrases.Quote(type))} are not read: send them as JSON");
        }

        var isJson = type.StartsWith("application/", StringComparison.OrdinalIgnoreCase)
            && (type.EndsWith("/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
        if (request.Headers.Keys.Any(header => header.StartsWith("ce-", StringComparison.OrdinalIgnoreCase)))
        {
            return isJson || type.Length == 0
                ? Form.Binary
                : throw WrongType($"the data of the CloudEvent is {OneLine.Sentence(Phrases.Quote(type))}: only JSON is read");
        }

        return isJson ? Form.Value
            : LineTypes.Contains(type, StringComparer.OrdinalIgnoreCase) ? Form.Lines
            : throw WrongType(
                $"the content type is {(type.Length == 0 ? "missing" : OneLine.Sentence(Phrases.Quote(type)))}: send application/x-ndjson "
                + "with an event a line, application/json with one event, or CloudEvents");
    }

    private static EventTime? TimeOf(HttpRequest request)
    {
        if (request.Headers["ce-time"] is not [.., { } text])
        {
            return null;
        }

        return EventTimeText.FromIso8601(Encoding.UTF8.GetBytes(text.Trim())) is { IsInRange: true } time
            ? time
            : throw Malformed($"the header ce-time is {OneLine.Sentence(Phrases.Quote(text))}: write a time such as 2026-01-31T12:00:00Z");
    }

    // The most bytes that the body may have.
    private int CheckLength(HttpRequest request)
    {
        if (request.ContentLength > _maxBodyBytes)
        {
            throw TooLarge();
        }

        if (_buffer.IsClosed)
        {
            throw Stopping();
        }

        return (int)(request.ContentLength ?? _maxBodyBytes);
    }

    private void Reserve(long needed, ref long reserved)
    {
        if (needed < reserved)
        {
            _buffer.Release(reserved - needed);
        }
        else if (!_buffer.TryReserve(needed - reserved))
        {
            throw Full();
        }

        reserved = needed;
    }

    private async Task<Memory<byte>> ReadAsync(HttpContext context, int most)
    {
        using var late = new CancellationTokenSource(_bodyWithin, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted, _stopping);
        var body = new byte[context.Request.ContentLength ?? Math.Min(FirstBytes, most)];
        var length = 0;
        try
        {
            while (await context.Request.Body.ReadAsync(body.AsMemory(length), either.Token) is > 0 and var read)
            {
                length += read;
                if (length > most)
                {
                    throw TooLarge();
                }

                if (length == body.Length && context.Request.ContentLength is null)
                {
                    Array.Resize(ref body, (int)Math.Min(2L * body.Length, most + 1L)); // with a byte that shows that there are too many
                }
            }

            return body.AsMemory(0, length);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            throw Stopping();
        }
        catch (OperationCanceledException)
        {
            throw Incomplete();
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge();
        }
        catch (IOException) // the connection was closed, or the body came too slowly
        {
            throw Incomplete();
        }
    }

    private ReadOnlyMemory<byte> LinesOf(HttpRequest request, Form form, Memory<byte> body, int topic, out int count)
    {
        count = 1;
        if (body.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0 && form != Form.Lines)
        {
            throw Malformed("the body is empty: it is to have an event");
        }

        switch (form)
        {
            case Form.Lines:
                count = PostedLines.Count(body.Span);
                return body;
            case Form.Batch:
                return PostedLines.TrySplit(body, out var lines, out count)
                    ? lines
                    : throw Malformed("the body is not a JSON array of CloudEvents");
            case Form.Binary when _buffer.Topics[topic].CloudEvents is { } attributes:
                return new CloudEventEnvelope().TryWrite(attributes, new RequestHeaders(request.Headers), body.Span, out var envelope)
                    && envelope.ToArray() is var copy && PostedLines.TryJoin(copy)
                    ? copy
                    : throw Malformed("the data of the CloudEvent is not one JSON value");
            default:
                return PostedLines.TryJoin(body.Span)
                    ? body
                    : throw Malformed(
                        "the body is not one JSON value" + (form == Form.Binary ? "" : ": for an event a line, send application/x-ndjson"));
        }
    }

    private static IngestException WrongType(string message) =>
        new(IngestRefusal.ContentType, StatusCodes.Status415UnsupportedMediaType, message);

    private static IngestException Malformed(string message) => new(IngestRefusal.Malformed, StatusCodes.Status400BadRequest, message);

    private IngestException TooLarge() => new(
        IngestRefusal.TooLarge, StatusCodes.Status413PayloadTooLarge,
        $"the body is larger than {_maxBodyBytes} bytes: send fewer events at once, or raise DriftMonitor:Ingest:MaxBodyBytes");

    private IngestException Incomplete() => new(
        IngestRefusal.Incomplete, StatusCodes.Status408RequestTimeout,
        FormattableString.Invariant($"the body did not arrive as a whole, within {_bodyWithin.TotalSeconds:0} s: send it again"));

    private static IngestException Full() => new(
        IngestRefusal.BufferFull, StatusCodes.Status429TooManyRequests,
        "the buffer (DriftMonitor:Ingest:BufferBytes) is full of events that have not been counted yet: send the same again later")
    { MayRetry = true };

    private static IngestException Stopping() => new(
        IngestRefusal.Stopping, StatusCodes.Status503ServiceUnavailable, "the service stops: send the same again later")
    { MayRetry = true };

    // Values are percent-encoded UTF-8 there.
    private readonly struct RequestHeaders(IHeaderDictionary headers) : ICloudEventHeaders
    {
        public bool TryGet(CloudEventHeader header, out ReadOnlySpan<byte> value)
        {
            value = default;
            if (headers[header.OfRequest] is not [.., { } text])
            {
                return false;
            }

            value = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(text));
            return true;
        }
    }

    private sealed class IngestException(IngestRefusal reason, int status, string message) : Exception(message)
    {
        public IngestRefusal Reason => reason;

        public int Status => status;

        public bool MayRetry { get; init; }
    }
}
