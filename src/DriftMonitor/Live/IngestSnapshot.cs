namespace DriftMonitor.Live;

/// <summary>What has become of requests with events.</summary>
/// <param name="Accepted">The events that were accepted, by topic.</param>
/// <param name="Requests">The requests that were accepted.</param>
/// <param name="Refused">The requests that were refused, by reason: one number for each.</param>
/// <param name="BufferBytes">The bytes of bodies that are being received or whose events have not been counted yet.</param>
internal sealed record IngestSnapshot(
    IReadOnlyDictionary<string, long> Accepted, long Requests, IReadOnlyDictionary<string, long> Refused, long BufferBytes);
