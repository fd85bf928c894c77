namespace DriftMonitor.Streaming.Sources.Kafka;

/// <summary>What of a configuration is for nobody to read: neither on a screen, nor in a message or log.</summary>
public static class Secrets
{
    /// <summary>What stands in place of a secret.</summary>
    public const string Mask = "***";

    // Too much masked is a nuisance, too little a leak: `oauthbearer` takes its method too.
    private static readonly string[] Words = ["password", "passwd", "passphrase", "secret", "token", "key", "sasl.jaas", "oauthbearer", "credential", "user.info"];

    // A file's name is no secret, and is what a message about a file is for.
    private static readonly string[] FileEndings = [".location", ".file", ".keytab"];

    /// <summary>Whether a value is secret: by its key, whatever its case, or because it is a private key or an address with a password in it.</summary>
    public static bool IsSecret(string key, string value) =>
        IsSecret(key)
        || value.Contains("PRIVATE KEY-----", StringComparison.Ordinal)
        || (Uri.TryCreate(value, UriKind.Absolute, out var address) && address.UserInfo.Length > 0);

    private static bool IsSecret(string key) =>
        Array.Exists(Words, word => key.Contains(word, StringComparison.OrdinalIgnoreCase))
        && !Array.Exists(FileEndings, ending => key.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
        && !key.StartsWith("enable.", StringComparison.OrdinalIgnoreCase); // a switch; `true` is in many messages
}
