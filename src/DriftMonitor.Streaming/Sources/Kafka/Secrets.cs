namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>Which values of a configuration are secret, and must not appear on a screen, in a message or in a log.</summary>
public static class Secrets
{
    /// <summary>The text that replaces a secret.</summary>
    public const string Mask = "***";

    // Masking too much is a nuisance, masking too little a leak: `oauthbearer` also masks the name of the method.
    private static readonly string[] Words =
        ["password", "passwd", "passphrase", "secret", "token", "key", "sasl.jaas", "oauthbearer", "credential", "user.info"];

    // The name of a file is not secret, and messages about a file need it.
    private static readonly string[] FileEndings = [".location", ".file", ".keytab"];

    /// <summary>
    /// Whether a value is secret: because of its key (case-insensitive), or because it is a private key or an address with a password.
    /// </summary>
    public static bool IsSecret(string key, string value) =>
        IsSecret(key)
        || value.Contains("PRIVATE KEY-----", StringComparison.Ordinal)
        || (Uri.TryCreate(value, UriKind.Absolute, out var address) && address.UserInfo.Length > 0);

    private static bool IsSecret(string key) =>
        Array.Exists(Words, word => key.Contains(word, StringComparison.OrdinalIgnoreCase))
        && !Array.Exists(FileEndings, ending => key.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
        && !key.StartsWith("enable.", StringComparison.OrdinalIgnoreCase); // a switch; masking `true` would damage many messages
}
