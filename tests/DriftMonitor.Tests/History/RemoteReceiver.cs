using System.Collections.Concurrent;
using System.Globalization;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Snappier;

namespace DriftMonitor.Tests.History;

/// <summary>A receiver of remote write that answers as a test says, and keeps what it accepts.</summary>
internal sealed class RemoteReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Action<HttpResponse>> _answers = new();

    private RemoteReceiver(WebApplication app) => _app = app;

    /// <summary>Its address.</summary>
    public Uri Url => new($"{_app.Urls.Single()}/api/v1/write");

    /// <summary>The headers of each request.</summary>
    public List<Dictionary<string, string>> Requests { get; } = [];

    /// <summary>The samples that it has accepted, such as <c>{__name__="a",b="c"} 1.5 1360368000000</c>, request by request.</summary>
    public List<string[]> Accepted { get; } = [];

    /// <summary>Starts a receiver that accepts everything.</summary>
    public static async Task<RemoteReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new RemoteReceiver(app);
        app.MapPost("/api/v1/write", receiver.Receive);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>The next request gets this answer instead.</summary>
    public void AnswerOnce(int code, string text = "", string? retryAfter = null, string? location = null) => _answers.Enqueue(response =>
    {
        response.StatusCode = code;
        response.Headers.RetryAfter = retryAfter;
        response.Headers.Location = location;
        response.WriteAsync(text).GetAwaiter().GetResult();
    });

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Receive(HttpContext context)
    {
        Requests.Add(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()));
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (_answers.TryDequeue(out var answer))
        {
            answer(context.Response);
            return;
        }

        Accepted.Add([.. Samples(Snappy.DecompressToArray(body.ToArray()))]);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    // The messages of the specification: https://prometheus.io/docs/specs/prw/remote_write_spec/
    private static IEnumerable<string> Samples(byte[] message)
    {
        foreach (var (_, series) in Fields(message))
        {
            var labels = new List<string>();
            foreach (var (field, content) in Fields(series))
            {
                if (field == 1)
                {
                    var (name, value) = (Fields(content).ElementAt(0).Content, Fields(content).ElementAt(1).Content);
                    labels.Add($"{ByteString.CopyFrom(name).ToStringUtf8()}=\"{ByteString.CopyFrom(value).ToStringUtf8()}\"");
                }
                else
                {
                    var input = new CodedInputStream(content);
                    input.ReadTag();
                    var value = input.ReadDouble();
                    input.ReadTag();
                    yield return string.Create(
                        CultureInfo.InvariantCulture, $"{{{string.Join(',', labels)}}} {value} {input.ReadInt64()}");
                }
            }
        }
    }

    private static IEnumerable<(int Field, byte[] Content)> Fields(byte[] message)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            yield return (WireFormat.GetTagFieldNumber(tag), input.ReadBytes().ToByteArray());
        }
    }
}
