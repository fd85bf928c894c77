using System.Globalization;
using System.Net;
using DriftMonitor.Configuration;
using Google.Protobuf;

namespace DriftMonitor.Telemetry;

/// <summary>
/// Sees how each request of an exporter ends. The exporters themselves write that to a trace which nobody reads, and take a collector that
/// rejects a part for one that has taken all.
/// </summary>
internal sealed class ExportOutcomes(HttpMessageHandler inner, OtlpSignal signal, Action<string?> onOutcome) : DelegatingHandler(inner)
{
    private const int MostBytes = 1 << 16; // of an answer, which is empty or a sentence
    private const int GrpcPrefix = 5; // a flag and the message's length

    private static readonly string[] GrpcStatus =
    [
        "ok", "cancelled", "unknown", "invalid argument", "deadline exceeded", "not found", "already exists", "permission denied",
        "resource exhausted", "failed precondition", "aborted", "out of range", "unimplemented", "internal", "unavailable", "data loss",
        "unauthenticated",
    ];

    /// <inheritdoc/>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var response = base.Send(request, cancellationToken);
            using (var content = response.Content.ReadAsStream(cancellationToken))
            {
                var body = new byte[MostBytes];
                Finish(response, body.AsMemory(0, content.ReadAtLeast(body, MostBytes, throwOnEndOfStream: false)));
            }

            return response;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            onOutcome(ReasonOf(e));
            throw;
        }
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            using (var content = await response.Content.ReadAsStreamAsync(cancellationToken))
            {
                var body = new byte[MostBytes];
                var length = await content.ReadAtLeastAsync(body, MostBytes, throwOnEndOfStream: false, cancellationToken);
                Finish(response, body.AsMemory(0, length));
            }

            return response;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            onOutcome(ReasonOf(e));
            throw;
        }
    }

    private void Finish(HttpResponseMessage response, ReadOnlyMemory<byte> body)
    {
        var content = new ReadOnlyMemoryContent(body);
        foreach (var (name, values) in response.Content.Headers.NonValidated)
        {
            content.Headers.TryAddWithoutValidation(name, values);
        }

        response.Content = content;
        onOutcome(ReasonOf(response, body.Span));
    }

    private string ReasonOf(Exception failure) => failure switch
    {
        OperationCanceledException => FormattableString.Invariant($"no answer within {signal.Timeout.TotalSeconds:0.###} seconds"),
        HttpRequestException { HttpRequestError: HttpRequestError.VersionNegotiationError or HttpRequestError.HttpProtocolError } =>
            $"{failure.Message} Is OTEL_EXPORTER_OTLP_PROTOCOL right?",
        _ => failure.Message,
    };

    private string? ReasonOf(HttpResponseMessage response, ReadOnlySpan<byte> body)
    {
        if (!response.IsSuccessStatusCode)
        {
            return FormattableString.Invariant($"status {(int)response.StatusCode}") + (response.StatusCode switch
            {
                HttpStatusCode.NotFound => ": is the path of the address right?",
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ": is OTEL_EXPORTER_OTLP_HEADERS right?",
                _ => "",
            });
        }

        if (!signal.IsGrpc)
        {
            return PartOf(body);
        }

        var (status, message) = (Trailer(response, "grpc-status"), Trailer(response, "grpc-message"));
        if (status == "0")
        {
            return body.Length > GrpcPrefix ? PartOf(body[GrpcPrefix..]) : null;
        }

        var name = int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code < GrpcStatus.Length
            ? GrpcStatus[code]
            : "no gRPC status in the answer";
        return string.IsNullOrEmpty(message) ? name : $"{name}: {Uri.UnescapeDataString(message)}";
    }

    // Trailers come after the answer, or, without one, among its headers.
    private static string? Trailer(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.NonValidated.TryGetValues(name, out var trailers) ? trailers.ToString()
        : response.Headers.NonValidated.TryGetValues(name, out var headers) ? headers.ToString()
        : null;

    // ExportMetricsServiceResponse and ExportLogsServiceResponse: partial_success = 1 { rejected = 1, error_message = 2 }.
    private static string? PartOf(ReadOnlySpan<byte> body)
    {
        try
        {
            var answer = new CodedInputStream(body.ToArray());
            while (answer.ReadTag() is var tag and not 0)
            {
                if (WireFormat.GetTagFieldNumber(tag) != 1)
                {
                    answer.SkipLastField();
                    continue;
                }

                var part = answer.ReadBytes().CreateCodedInput();
                var (rejected, message) = (0L, "");
                while (part.ReadTag() is var field and not 0)
                {
                    switch (WireFormat.GetTagFieldNumber(field))
                    {
                        case 1:
                            rejected = part.ReadInt64();
                            break;
                        case 2:
                            message = part.ReadString();
                            break;
                        default:
                            part.SkipLastField();
                            break;
                    }
                }

                if (rejected > 0)
                {
                    return FormattableString.Invariant($"it has rejected {rejected} of them: {message}");
                }
            }

            return null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null; // some collectors answer with text
        }
    }
}
