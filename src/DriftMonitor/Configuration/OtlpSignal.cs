namespace DriftMonitor.Configuration;

/// <summary>Where and how one kind of telemetry is sent by OTLP, the protocol of OpenTelemetry.</summary>
/// <param name="Name"><c>metrics</c> or <c>logs</c>.</param>
/// <param name="Endpoint">The address: for HTTP with the path, for gRPC without.</param>
/// <param name="IsGrpc">Whether by gRPC; otherwise by HTTP.</param>
internal sealed record OtlpSignal(string Name, Uri Endpoint, bool IsGrpc)
{
    /// <summary>Headers as the variable has them, such as <c>authorization=Bearer%20…</c>: secret.</summary>
    public string? Headers { get; init; }

    /// <summary>How long a request may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether requests are compressed by gzip.</summary>
    public bool IsCompressed { get; init; }

    /// <summary>The file of certificates that the collector's must lead to, in PEM; null for those of the system.</summary>
    public string? Certificate { get; init; }

    /// <summary>The file of our own certificate, in PEM; null for none.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>The file of its key, in PEM; null where it is in the same file.</summary>
    public string? ClientKey { get; init; }
}
