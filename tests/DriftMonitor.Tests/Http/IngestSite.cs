using System.Net.Http.Headers;
using System.Text;
using DriftMonitor.Configuration;
using DriftMonitor.Hosting;
using DriftMonitor.Live;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Ingest;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Tests.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DriftMonitor.Tests.Http;

/// <summary>The port to which events are posted, on a free port, with what has come there.</summary>
internal sealed class IngestSite : IAsyncDisposable
{
    private readonly ProcessLog _silent = ProcessLog.OfVerb(new LoggingOptions());
    private readonly IngestHost _host;
    private readonly IngestSource _source;

    private IngestSite(IngestOptions options, HttpOptions http, IngestTopic[] topics)
    {
        Buffer = new IngestBuffer(topics, options.BufferBytes, Clock);
        Tally = new IngestTally(Buffer, Log, Clock);
        _host = new IngestHost(options, http, Buffer, Tally, _silent, Clock);
        _source = new IngestSource(Buffer, ResumePoints.None);
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    public LogLines Log { get; } = new();

    public IngestBuffer Buffer { get; }

    public IngestTally Tally { get; }

    public HttpClient Client { get; } = new();

    /// <summary>The address, without a query.</summary>
    public string Url => _host.Url;

    /// <summary>How many requests were refused, by reason.</summary>
    public string Refused => string.Join(
        ", ", Tally.Snapshot.Refused.Where(reason => reason.Value > 0).Select(reason => $"{reason.Value} {reason.Key}"));

    /// <summary>The topics are plain, of which nothing of CloudEvents is read, and events, of which data, type and time are.</summary>
    public static async Task<IngestSite> StartAsync(IngestOptions? options = null, HttpOptions? http = null)
    {
        options ??= new IngestOptions();
        options.Port = 0;
        var read = CloudEventHeader.In([FieldPath.Parse("data.x"), FieldPath.Parse("time"), FieldPath.Parse("type")]);
        var site = new IngestSite(options, http ?? new HttpOptions(), [new IngestTopic("plain"), new IngestTopic("events", read)]);
        await site._host.StartAsync(CancellationToken.None);
        return site;
    }

    /// <summary>Posts a body.</summary>
    /// <returns>The status and the answer.</returns>
    public async Task<(int Status, string Answer)> PostAsync(
        string topic, string? contentType, string body, params (string Name, string Value)[] headers)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        return await PostAsync($"{Url}?topic={topic}", content, headers);
    }

    /// <inheritdoc cref="PostAsync(string, string?, string, ValueTuple{string, string}[])"/>
    public async Task<(int Status, string Answer)> PostAsync(string url, HttpContent content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value) || content.Headers.TryAddWithoutValidation(name, value));
        }

        using var response = await Client.SendAsync(request);
        return ((int)response.StatusCode, (await response.Content.ReadAsStringAsync()).TrimEnd('\n'));
    }

    /// <summary>The events that have been accepted since the last call, each with its record time where it is not the clock's.</summary>
    public List<string> Take()
    {
        var events = new List<string>();
        while (_source.Read(TimeSpan.Zero) is { Runs.IsEmpty: false } batch)
        {
            foreach (var run in batch.Runs.ToArray().Where(run => run.Signal == SourceSignal.Event))
            {
                for (var place = run.First; place < run.First + run.Count; place++)
                {
                    var raw = batch[place];
                    var time = $"{raw.RecordTime}" == "2026-01-01T12:00:00Z" ? "" : $" at {raw.RecordTime}";
                    events.Add(Encoding.UTF8.GetString(raw.Value) + time);
                }
            }
        }

        return events;
    }

    /// <summary>Stops taking events.</summary>
    public Task StopAsync() => _host.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _source.Dispose();
        await _host.DisposeAsync();
        _silent.Dispose();
    }
}
