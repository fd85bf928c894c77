using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Planning;

/// <summary>Refuses properties that need Kerberos (GSSAPI) where the loaded librdkafka was built without it.</summary>
/// <remarks>librdkafka itself would report "No provider for SASL mechanism GSSAPI" only when the service has started.</remarks>
internal static class KerberosRule
{
    private const string Remedy =
        "install libsasl2.so.3, or use another mechanism such as SCRAM-SHA-512; see deploy/docs/configuration.md, section Kerberos";

    /// <summary>librdkafka's own name, and its alias.</summary>
    private static readonly string[] MechanismKeys = ["sasl.mechanism", "sasl.mechanisms"];

    /// <summary>Checks librdkafka properties.</summary>
    /// <param name="properties">The properties by name.</param>
    /// <param name="load">Loads librdkafka. Called only if the properties need Kerberos.</param>
    /// <returns>
    /// The property that needs Kerberos, and what is wrong with the remedy; null if Kerberos is available, or not needed.
    /// </returns>
    public static (string Property, string Message)? Check(IReadOnlyDictionary<string, string> properties, Func<KafkaLibrary> load)
    {
        if (FindProperty(properties) is not var (property, value))
        {
            return null;
        }

        try
        {
            return load() is { HasKerberos: false } library ? (property, $"{value}, and {Describe(library)}: {Remedy}") : null;
        }
        catch (SourceException e)
        {
            return (property, $"{value}, and {e.Message}");
        }
    }

    /// <summary>The property that asks for Kerberos, and its value as part of a message; null if there is none.</summary>
    private static (string Property, string Value)? FindProperty(IReadOnlyDictionary<string, string> properties)
    {
        var mechanisms = properties.Where(property => MechanismKeys.Contains(property.Key, StringComparer.OrdinalIgnoreCase)).ToList();
        if (mechanisms.Find(property => IsSame(property.Value, "GSSAPI")) is { Key: { } key, Value: var mechanism })
        {
            return (key, $"is {mechanism}");
        }

        // Without a mechanism, librdkafka uses GSSAPI.
        return mechanisms.Count == 0
            && properties.TryGetValue("security.protocol", out var protocol)
            && (IsSame(protocol, "SASL_PLAINTEXT") || IsSame(protocol, "SASL_SSL"))
                ? ("security.protocol", $"is {protocol} without sasl.mechanism, which means GSSAPI")
                : null;
    }

    private static bool IsSame(string value, string name) => value.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static string Describe(KafkaLibrary library)
    {
        var file = library.File is { } path ? $" ({Path.GetFileName(path)})" : "";
        var cause = library.LacksSasl ? " because libsasl2.so.3 is missing" : "";
        return $"the librdkafka that was loaded{file} has no Kerberos{cause}";
    }
}
