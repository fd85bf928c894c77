using System.Collections.Concurrent;
using System.Net;
using DriftMonitor.Tests.Kafka;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace DriftMonitor.Tests.Telemetry;

/// <summary>A point of a metric as it was received.</summary>
internal sealed record OtlpPoint(
    string Metric, string Labels, double Value, bool IsCounter, bool IsDelta, ulong Start, IReadOnlyDictionary<string, string> Resource)
{
    /// <summary>The sample's name on /metrics, with its labels in order.</summary>
    public string Sample => $"{Metric.Replace('.', '_')}{(IsCounter ? "_total" : "")}{{{Labels}}}";
}

/// <summary>A log record as it was received.</summary>
internal sealed record OtlpRecord(
    string Scope, string Severity, string Event, string Body, IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyDictionary<string, string> Resource);

/// <summary>A collector of OpenTelemetry on free ports, one for http/protobuf and one for gRPC.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<IReadOnlyList<OtlpPoint>> _metrics = new();
    private readonly ConcurrentQueue<OtlpRecord> _records = new();
    private int _requests;
    private int _connections;

    private OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>The address for a protocol, as in OTEL_EXPORTER_OTLP_ENDPOINT.</summary>
    public string Address(string protocol) => _app.Urls.ElementAt(protocol == "grpc" ? 1 : 0);

    /// <summary>The points of each request, in order.</summary>
    public IReadOnlyList<IReadOnlyList<OtlpPoint>> Metrics => [.. _metrics];

    /// <summary>All log records.</summary>
    public IReadOnlyList<OtlpRecord> Records => [.. _records];

    /// <summary>How many requests have come.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>How many connections have been made.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Sees the headers of each request.</summary>
    public ConcurrentQueue<string> Headers { get; } = new();

    /// <summary>What is answered instead of taking a request; null for taking it.</summary>
    public Func<HttpContext, Task>? Refuse { get; set; }

    /// <summary>The body of the answer by HTTP: by default that all is taken.</summary>
    public byte[] Answer { get; set; } = [];

    /// <summary>The last points of each label set, and each time since when it counts.</summary>
    public Dictionary<(string Sample, ulong Start), OtlpPoint> Last()
    {
        var last = new Dictionary<(string, ulong), OtlpPoint>();
        foreach (var point in Metrics.SelectMany(points => points))
        {
            last[(point.Sample, point.IsCounter ? point.Start : 0)] = point;
        }

        return last;
    }

    /// <summary>What a receiver knows that adds up the counts since each start.</summary>
    public double Sum(string sample) =>
        Last().Where(point => point.Key.Sample == sample).Sum(point => point.Value.Value);

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        OtlpReceiver? receiver = null;
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.Limits.MaxRequestBodySize = null;
            foreach (var protocol in new[] { HttpProtocols.Http1, HttpProtocols.Http2 })
            {
                server.Listen(IPAddress.Loopback, 0, listen =>
                {
                    listen.Protocols = protocol;
                    listen.Use(next => connection =>
                    {
                        Interlocked.Increment(ref receiver!._connections);
                        return next(connection);
                    });
                });
            }
        });
        var app = builder.Build();
        receiver = new OtlpReceiver(app);
        app.Run(receiver.ReceiveAsync);
        await app.StartAsync();
        return receiver;
    }

    public void Until(string what, Func<bool> condition) => Eventually.Within(TimeSpan.FromSeconds(30), what, condition);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer);
        Headers.Enqueue(string.Join('\n', context.Request.Headers.Select(header => $"{header.Key}: {header.Value}")));
        Interlocked.Increment(ref _requests);
        if (Refuse is { } refuse)
        {
            await refuse(context);
            return;
        }

        var isGrpc = context.Request.ContentType == "application/grpc";
        var message = ByteString.CopyFrom(buffer.ToArray(), isGrpc ? 5 : 0, (int)buffer.Length - (isGrpc ? 5 : 0));
        switch (context.Request.Path.Value)
        {
            case "/v1/metrics" or "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export":
                _metrics.Enqueue([.. Points(message)]);
                break;
            case "/v1/logs" or "/opentelemetry.proto.collector.logs.v1.LogsService/Export":
                foreach (var record in RecordsOf(message))
                {
                    _records.Enqueue(record);
                }

                break;
            default:
                context.Response.StatusCode = 404;
                return;
        }

        if (isGrpc)
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        }
        else
        {
            context.Response.ContentType = "application/x-protobuf";
            await context.Response.Body.WriteAsync(Answer);
        }
    }

    // opentelemetry/proto: resource_metrics = 1 { resource = 1, scope_metrics = 2 { metrics = 2 } }
    private static IEnumerable<OtlpPoint> Points(ByteString request) =>
        from resourceMetrics in Messages(request, 1)
        let resource = Attributes(Messages(resourceMetrics, 1).Single(), 1)
        from scopeMetrics in Messages(resourceMetrics, 2)
        from metric in Messages(scopeMetrics, 2)
        let name = Text(metric, 1)
        from data in Fields(metric).Where(field => field.Number is 5 or 7) // gauge, sum
        let body = (ByteString)data.Value
        let temporality = Number(body, 2)
        from point in Messages(body, 1)
        let labels = string.Join(',', Attributes(point, 7).OrderBy(label => label.Key, StringComparer.Ordinal)
            .Select(label => $"{label.Key}=\"{label.Value}\""))
        let isCounter = data.Number == 7 && Number(body, 3) == 1
        select new OtlpPoint(name, labels, Value(point), isCounter, temporality == 1, Number(point, 2), resource);

    // resource_logs = 1 { resource = 1, scope_logs = 2 { scope = 1, log_records = 2 } }
    private static IEnumerable<OtlpRecord> RecordsOf(ByteString request) =>
        from resourceLogs in Messages(request, 1)
        let resource = Attributes(Messages(resourceLogs, 1).Single(), 1)
        from scopeLogs in Messages(resourceLogs, 2)
        let scope = Text(Messages(scopeLogs, 1).Single(), 1)
        from record in Messages(scopeLogs, 2)
        select new OtlpRecord(
            scope, Text(record, 3), Text(record, 12), AnyValue(Messages(record, 5).Single()), Attributes(record, 6), resource);

    private static double Value(ByteString point) =>
        Fields(point).Where(field => field.Number is 4 or 6).Select(field => field.Number == 4
            ? BitConverter.UInt64BitsToDouble((ulong)field.Value)
            : (long)(ulong)field.Value).Single();

    private static Dictionary<string, string> Attributes(ByteString message, int number) =>
        Messages(message, number).ToDictionary(pair => Text(pair, 1), pair => AnyValue(Messages(pair, 2).Single()));

    private static string AnyValue(ByteString value) => Fields(value).Select(field => field.Number switch
    {
        1 => ((ByteString)field.Value).ToStringUtf8(),
        2 => (ulong)field.Value == 1 ? "true" : "false",
        3 => FormattableString.Invariant($"{(long)(ulong)field.Value}"),
        4 => FormattableString.Invariant($"{BitConverter.UInt64BitsToDouble((ulong)field.Value)}"),
        5 => string.Join(',', Messages((ByteString)field.Value, 1).Select(AnyValue)),
        _ => throw new NotSupportedException($"a value of kind {field.Number}"),
    }).SingleOrDefault() ?? "";

    private static string Text(ByteString message, int number) =>
        Messages(message, number).Select(text => text.ToStringUtf8()).SingleOrDefault() ?? "";

    private static ulong Number(ByteString message, int number) =>
        Fields(message).Where(field => field.Number == number).Select(field => (ulong)field.Value).SingleOrDefault();

    private static IEnumerable<ByteString> Messages(ByteString message, int number) =>
        Fields(message).Where(field => field.Number == number).Select(field => (ByteString)field.Value);

    private static List<(int Number, object Value)> Fields(ByteString message)
    {
        var fields = new List<(int, object)>();
        var input = message.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            fields.Add((WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => input.ReadUInt64(),
                WireFormat.WireType.Fixed64 => input.ReadFixed64(),
                WireFormat.WireType.Fixed32 => (ulong)input.ReadFixed32(),
                _ => input.ReadBytes(),
            }));
        }

        return fields;
    }
}
