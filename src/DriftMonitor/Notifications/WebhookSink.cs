using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.Configuration;
using DriftMonitor.Wording;

namespace DriftMonitor.Notifications;

/// <summary>Posts notifications to an address: JSON for programs, or a text for Slack and what understands its form.</summary>
internal sealed class WebhookSink : INotificationSink, IDisposable
{
    private readonly Uri _url;
    private readonly WebhookFormat _format;
    private readonly string? _secretFile;
    private readonly HttpPosts _posts;
    private readonly TimeProvider _clock;

    /// <summary>A sink for one receiver.</summary>
    /// <param name="name">Its name in metrics and messages.</param>
    /// <param name="url">The receiver.</param>
    /// <param name="format">What it takes.</param>
    /// <param name="secretFile">The file of the secret that signs bodies, read at each attempt; null for no signature.</param>
    /// <param name="allowsAnyAddress">Whether it may have an address that is not public.</param>
    /// <param name="clock">The time of attempts.</param>
    public WebhookSink(string name, Uri url, WebhookFormat format, string? secretFile, bool allowsAnyAddress, TimeProvider clock)
    {
        (Name, _url, _format, _secretFile, _clock) = (name, url, format, secretFile, clock);
        _posts = new HttpPosts(allowsAnyAddress, clock);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ValueTask SendAsync(AlertNotification notification, CancellationToken stopping)
    {
        var body = _format == WebhookFormat.Slack ? Slack(notification) : NotificationJson.Write(notification);
        var seconds = _clock.GetUtcNow().ToUnixTimeSeconds();
        List<KeyValuePair<string, string>> headers =
        [
            new("Idempotency-Key", notification.Id),
            new("webhook-id", notification.Id),
            new("webhook-timestamp", seconds.ToString(CultureInfo.InvariantCulture)),
        ];
        if (_secretFile is not null)
        {
            headers.Add(new("webhook-signature", WebhookSignature.Sign(Key(), notification.Id, seconds, body)));
        }

        return _posts.PostAsync(_url, body, headers, authorization: null, stopping);
    }

    /// <inheritdoc/>
    public void Dispose() => _posts.Dispose();

    // &, < and > have a meaning in Slack's texts.
    private static byte[] Slack(AlertNotification notification)
    {
        var text = $"*{Escape(notification.Title)}*\n{Escape(notification.Description)}";
        text += notification.Page is { } page ? $"\n<{page}|Open the page>" : "";
        return System.Text.Encoding.UTF8.GetBytes(new JsonObject { ["text"] = text }.ToJsonString(JsonStyle.Compact));

        static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
    }

    private byte[] Key()
    {
        try
        {
            return WebhookSignature.KeyOf(File.ReadAllText(_secretFile!).Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // It may be replaced at this moment.
            throw new DeliveryException(
                $"the secret {_secretFile} cannot be used: {OneLine.Sentence(e.Message)}", isTransient: true, cause: e);
        }
    }
}
