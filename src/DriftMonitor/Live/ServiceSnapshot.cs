namespace DriftMonitor.Live;

/// <summary>What the loop does not own and others may see: notifications, and the configuration.</summary>
/// <param name="Notifications">What has become of notifications, by sink.</param>
/// <param name="Reload">How the configuration was last read; null where it is not read again.</param>
internal sealed record ServiceSnapshot(IReadOnlyList<NotificationTally> Notifications, ReloadSnapshot? Reload)
{
    /// <summary>What has become of requests with events; null where none are taken.</summary>
    public IngestSnapshot? Ingest { get; init; }
}
