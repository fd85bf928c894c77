namespace DriftMonitor.Configuration;

/// <summary>What a webhook's receiver takes.</summary>
internal enum WebhookFormat
{
    /// <summary>An object for programs.</summary>
    Json,

    /// <summary>A text, as Slack, Mattermost and others take it.</summary>
    Slack,
}
