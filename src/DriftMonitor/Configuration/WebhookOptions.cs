using System.ComponentModel;

namespace DriftMonitor.Configuration;

/// <summary>The keys of a webhook: <c>DriftMonitor:Notifications:Webhooks:N</c>.</summary>
internal sealed class WebhookOptions
{
    [Description("Address that notifications are posted to. Example: https://hooks.example.com/drift.")]
    [SecretPath]
    public string? Url { get; set; }

    [Description(
        "File with the address, in place of Url, for addresses that are secrets, such as Slack's. An absolute path. "
        + "Example: /run/secrets/slack/url.")]
    public string? UrlFile { get; set; }

    [Description("What is posted: json, or slack, a text for Slack, Mattermost and others.")]
    public WebhookFormat Format { get; set; } = WebhookFormat.Json;

    [Description(
        "File with the secret that signs each body as in Standard Webhooks, in the header webhook-signature. An absolute path. "
        + "Example: /run/secrets/webhook/key.")]
    public string? SecretFile { get; set; }
}
