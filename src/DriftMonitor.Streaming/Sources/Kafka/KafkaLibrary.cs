namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>The librdkafka that is loaded into the process, and what it was built with.</summary>
/// <param name="File">Path of the library's file; null if unknown.</param>
/// <param name="Features">Its <c>builtin.features</c>, such as <c>ssl</c>, <c>sasl_scram</c> and <c>sasl_gssapi</c>.</param>
public sealed record KafkaLibrary(string? File, IReadOnlyList<string> Features)
{
    /// <summary>The build of librdkafka.redist that Confluent.Kafka falls back to.</summary>
    private const string Fallback = "centos8-librdkafka.so";

    /// <summary>Whether it can authenticate with Kerberos (the SASL mechanism GSSAPI).</summary>
    public bool HasKerberos => Features.Contains("sasl_gssapi");

    /// <summary>Whether it is the build without SASL library, which is loaded where <c>libsasl2.so.3</c> is missing.</summary>
    public bool LacksSasl => File is not null && Path.GetFileName(File) == Fallback;

    /// <summary>Loads librdkafka, unless it is loaded already, and asks it for its features.</summary>
    /// <exception cref="Events.SourceException">The library can't be loaded.</exception>
    public static KafkaLibrary Load()
    {
        var features = Librdkafka.Features();
        return new KafkaLibrary(Librdkafka.FindLoadedFile(), features);
    }
}
