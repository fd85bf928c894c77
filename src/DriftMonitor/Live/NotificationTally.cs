namespace DriftMonitor.Live;

/// <summary>What has become of the notifications for a sink.</summary>
/// <param name="Sink">The sink's name.</param>
/// <param name="Sent">Notifications that arrived.</param>
/// <param name="Failed">Notifications that were given up.</param>
internal sealed record NotificationTally(string Sink, long Sent, long Failed);
