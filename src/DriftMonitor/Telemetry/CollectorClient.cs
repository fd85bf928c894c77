using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using DriftMonitor.Configuration;
using OpenTelemetry.Exporter;

namespace DriftMonitor.Telemetry;

/// <summary>The HTTP client of one signal, by which its exporters reach the collector.</summary>
internal sealed class CollectorClient : IDisposable
{
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5); // names may get other addresses

    private readonly HttpClient _client;
    private readonly X509Certificate2? _certificate;

    /// <summary>A client without a connection.</summary>
    /// <param name="signal">Where and how to send.</param>
    /// <param name="onOutcome">Called after each request: why it failed, or null where it did not. From any thread.</param>
    public CollectorClient(OtlpSignal signal, Action<string?> onOutcome)
    {
        Signal = signal;
        _certificate = OtlpCertificates.ClientOf(signal);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // headers may hold a token
            PooledConnectionLifetime = ConnectionLifetime,
            SslOptions = TlsOf(OtlpCertificates.RootsOf(signal), _certificate),
        };
        _client = new HttpClient(new ExportOutcomes(handler, signal, onOutcome)) { Timeout = signal.Timeout };
    }

    /// <summary>What is sent.</summary>
    public OtlpSignal Signal { get; }

    /// <summary>Options of an exporter that sends by this client.</summary>
    public OtlpExporterOptions NewOptions()
    {
        var options = new OtlpExporterOptions();
        Configure(options);
        return options;
    }

    /// <summary>Makes an exporter send by this client.</summary>
    public void Configure(OtlpExporterOptions options)
    {
        options.Protocol = Signal.IsGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = Signal.Endpoint;
        options.Headers = Signal.Headers;
        options.TimeoutMilliseconds = (int)Signal.Timeout.TotalMilliseconds;
        options.Compression = Signal.IsCompressed ? OtlpExportCompression.GZip : OtlpExportCompression.None;
        options.HttpClientFactory = () => _client;
    }

    /// <summary>Gives up the requests that are under way.</summary>
    public void Cancel() => _client.CancelPendingRequests();

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _certificate?.Dispose();
    }

    private static SslClientAuthenticationOptions TlsOf(X509Certificate2Collection? roots, X509Certificate2? certificate)
    {
        var tls = new SslClientAuthenticationOptions();
        if (roots is not null)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck, // a private authority rarely answers
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
        }

        if (certificate is not null)
        {
            tls.ClientCertificates = [certificate];
        }

        return tls;
    }
}
