using System.Security.Cryptography;
using System.Text;

namespace DriftMonitor.Notifications;

/// <summary>Signs webhooks as the specification Standard Webhooks 1.0 does, so that receivers can check them with a library.</summary>
/// <remarks>The signature is <c>v1,</c> and the base64 of HMAC-SHA256 over <c>id.timestamp.body</c>.</remarks>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_"; // of a key in base64

    /// <summary>The key that a secret stands for: base64 after <c>whsec_</c>, otherwise the text itself.</summary>
    /// <exception cref="FormatException">It is no base64, or empty.</exception>
    public static byte[] KeyOf(string secret) =>
        secret.Length == 0 ? throw new FormatException("it is empty")
        : secret.StartsWith(Prefix, StringComparison.Ordinal) ? Convert.FromBase64String(secret[Prefix.Length..])
        : Encoding.UTF8.GetBytes(secret);

    /// <summary>The header <c>webhook-signature</c>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="id">The header <c>webhook-id</c>.</param>
    /// <param name="seconds">The header <c>webhook-timestamp</c>: seconds since 1970.</param>
    /// <param name="body">The body.</param>
    public static string Sign(ReadOnlySpan<byte> key, string id, long seconds, ReadOnlySpan<byte> body)
    {
        var head = Encoding.UTF8.GetBytes(FormattableString.Invariant($"{id}.{seconds}."));
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, [.. head, .. body]));
    }
}
