using System.Globalization;
using System.Security.Cryptography;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>
/// What OpenTelemetry's environment variables (<c>OTEL_…</c>) say of sending metrics and logs to a collector. Without any, nothing is
/// sent.
/// </summary>
/// <remarks>
/// They may be set for all programs of a cluster at once, and OpenTelemetry's specification wants values that a program does not know to be
/// warned of and ignored: so they are never a reason not to start.
/// </remarks>
internal sealed class OtlpVariables
{
    private const string Prefix = "OTEL_EXPORTER_OTLP_";
    private const string Interval = "OTEL_METRIC_EXPORT_INTERVAL";
    private const int DefaultIntervalMilliseconds = 60_000;
    private const int ShortestIntervalMilliseconds = 100;
    private const int HttpPort = 4318;

    private static readonly string[] Protocols = ["grpc", "http/protobuf"];
    private static readonly string[] Exporters = ["otlp", "none"];

    private readonly Dictionary<string, string> _values;
    private readonly List<Fault> _warnings = [];

    private OtlpVariables(IEnumerable<KeyValuePair<string, string?>> environment)
    {
        _values = environment
            .Where(variable => variable.Key.StartsWith("OTEL_", StringComparison.Ordinal) && !string.IsNullOrWhiteSpace(variable.Value))
            .ToDictionary(variable => variable.Key, variable => variable.Value!.Trim(), StringComparer.Ordinal);
        MetricInterval = TimeSpan.FromMilliseconds(DefaultIntervalMilliseconds);
        if (IsTrue("OTEL_SDK_DISABLED"))
        {
            return;
        }

        Metrics = ReadSignal("metrics", alsoKnown: "prometheus"); // which is /metrics, and always there
        Logs = ReadSignal("logs", alsoKnown: null);
        if (Metrics is not null)
        {
            MetricInterval = TimeSpan.FromMilliseconds(
                Milliseconds(Interval, ShortestIntervalMilliseconds) ?? DefaultIntervalMilliseconds);
            Temporality = ReadTemporality();
        }
    }

    /// <summary>Where metrics are sent; null for nowhere.</summary>
    public OtlpSignal? Metrics { get; }

    /// <summary>Where logs are sent; null for nowhere.</summary>
    public OtlpSignal? Logs { get; }

    /// <summary>How often metrics are sent.</summary>
    public TimeSpan MetricInterval { get; }

    /// <summary>What counters are sent as.</summary>
    public OtlpTemporality Temporality { get; }

    /// <summary>Variables that are ignored, and what follows from it. No values of headers.</summary>
    public IReadOnlyList<Fault> Warnings => _warnings;

    /// <summary>Reads the variables of an environment.</summary>
    public static OtlpVariables Read(IEnumerable<KeyValuePair<string, string?>> environment) => new(environment);

    private OtlpSignal? ReadSignal(string name, string? alsoKnown)
    {
        var own = $"{Prefix}{name.ToUpperInvariant()}_";
        var exporter = $"OTEL_{name.ToUpperInvariant()}_EXPORTER";
        var endpoint = Find(own, "ENDPOINT");
        if (!(Value(exporter) is { } exporters ? Sends(exporter, exporters, name, alsoKnown) : endpoint is not null))
        {
            return null;
        }

        var protocol = Find(own, "PROTOCOL");
        if (protocol is { } written && !Protocols.Contains(written.Value, StringComparer.OrdinalIgnoreCase))
        {
            Warn(
                written.Name,
                $"is {Phrases.Quote(written.Value)}: write {Phrases.Alternatives(Protocols)}; until then, {name} are not sent");
            return null;
        }

        var isGrpc = protocol is not { } chosen || IsSame(chosen.Value, Protocols[0]);
        if (EndpointOf(own, name, endpoint, isGrpc) is not { } url || !AreHeadersValid(Find(own, "HEADERS"), name))
        {
            return null;
        }

        if (protocol is null && url.Port == HttpPort)
        {
            Warn(
                Prefix + "PROTOCOL",
                FormattableString.Invariant($"is not set, so {name} are sent by gRPC, and port {HttpPort} is usually for http/protobuf"));
        }

        var signal = new OtlpSignal(name, url, isGrpc)
        {
            Headers = Find(own, "HEADERS")?.Value,
            IsCompressed = IsGzip(Find(own, "COMPRESSION")),
            Certificate = Find(own, "CERTIFICATE")?.Value,
            ClientCertificate = Find(own, "CLIENT_CERTIFICATE")?.Value,
            ClientKey = Find(own, "CLIENT_KEY")?.Value,
        };
        var timeout = Find(own, "TIMEOUT") is { } limit ? Milliseconds(limit.Name, least: 1) : null;
        signal = timeout is { } milliseconds ? signal with { Timeout = TimeSpan.FromMilliseconds(milliseconds) } : signal;
        return AreCertificatesValid(signal, own) ? signal : null;
    }

    private bool Sends(string variable, string exporters, string name, string? alsoKnown)
    {
        var chosen = exporters.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var unknown in chosen.Where(exporter => !Exporters.Append(alsoKnown).Any(known => IsSame(exporter, known))))
        {
            Warn(variable, $"is {Phrases.Quote(unknown)}: {name} can be sent by otlp, or not at all with none");
        }

        return chosen.Any(exporter => IsSame(exporter, Exporters[0]));
    }

    private Uri? EndpointOf(string own, string name, (string Name, string Value)? written, bool isGrpc)
    {
        if (written is not { } endpoint)
        {
            return new Uri(isGrpc ? "http://localhost:4317" : $"http://localhost:4318/v1/{name}"); // the standard's defaults
        }

        if (!Uri.TryCreate(endpoint.Value, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            Warn(
                endpoint.Name,
                $"is no address with http:// or https:// before the host, such as http://collector:4317: until then, {name} are not sent");
            return null;
        }

        // The address for all kinds gets the path of each; an address for one is taken as it is.
        return isGrpc || endpoint.Name.StartsWith(own, StringComparison.Ordinal)
            ? url
            : new UriBuilder(url) { Path = $"{url.AbsolutePath.TrimEnd('/')}/v1/{name}" }.Uri;
    }

    private bool AreHeadersValid((string Name, string Value)? written, string name)
    {
        if (written is not { } headers)
        {
            return true;
        }

        using var request = new HttpRequestMessage();
        request.Headers.UserAgent.ParseAdd(name); // the exporter's own
        var isValid = Uri.UnescapeDataString(headers.Value).Split(',').All(pair =>
            pair.Split('=', 2) is [var header, var value]
            && !request.Headers.NonValidated.Contains(header.Trim())
            && request.Headers.TryAddWithoutValidation(header.Trim(), value.Trim())
            && !value.AsSpan().ContainsAny('\r', '\n', '\0'));
        if (!isValid)
        {
            // The text is not repeated: it is a secret.
            Warn(headers.Name, $"is not a list of header=value with commas between and each header once: until then, {name} are not sent");
        }

        return isValid;
    }

    private bool IsGzip((string Name, string Value)? written)
    {
        if (written is { } compression && !IsSame(compression.Value, "gzip") && !IsSame(compression.Value, "none"))
        {
            Warn(compression.Name, $"is {Phrases.Quote(compression.Value)}: write gzip or none; until then, nothing is compressed");
        }

        return written is { } known && IsSame(known.Value, "gzip");
    }

    private bool AreCertificatesValid(OtlpSignal signal, string own)
    {
        try
        {
            using var client = OtlpCertificates.ClientOf(signal);
            OtlpCertificates.RootsOf(signal);
            return true;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            var variable = Find(own, signal.Certificate is null ? "CLIENT_CERTIFICATE" : "CERTIFICATE")!.Value.Name;
            Warn(
                variable,
                $"or one beside it names a file of certificates or keys that cannot be used ({OneLine.Sentence(e.Message)}): write the "
                    + $"path of one in PEM; until then, {signal.Name} are not sent");
            return false;
        }
    }

    private OtlpTemporality ReadTemporality()
    {
        const string Variable = Prefix + "METRICS_TEMPORALITY_PREFERENCE";
        switch (Value(Variable)?.ToUpperInvariant())
        {
            case null or "CUMULATIVE":
                return OtlpTemporality.Cumulative;
            case "DELTA":
                return OtlpTemporality.Delta;
            case "LOWMEMORY":
                return OtlpTemporality.LowMemory;
            default:
                Warn(Variable, $"is {Phrases.Quote(Value(Variable)!)}: write cumulative, delta or lowmemory; until then, it is cumulative");
                return OtlpTemporality.Cumulative;
        }
    }

    private int? Milliseconds(string variable, int least)
    {
        if (Value(variable) is not { } written)
        {
            return null;
        }

        if (int.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds >= least)
        {
            return milliseconds;
        }

        Warn(
            variable,
            FormattableString.Invariant(
                $"is {Phrases.Quote(written)}: write milliseconds, a whole number from {least} on; until then, the default is used"));
        return null;
    }

    private void Warn(string variable, string message)
    {
        if (!_warnings.Exists(warning => warning.Path == variable && warning.Message == message))
        {
            _warnings.Add(new Fault(variable, message));
        }
    }

    private (string Name, string Value)? Find(string own, string name) =>
        Value(own + name) is { } value ? (own + name, value)
        : Value(Prefix + name) is { } common ? (Prefix + name, common)
        : null;

    private string? Value(string variable) => _values.GetValueOrDefault(variable);

    private bool IsTrue(string variable) => IsSame(Value(variable), "true");

    private static bool IsSame(string? written, string? known) => string.Equals(written, known, StringComparison.OrdinalIgnoreCase);
}
