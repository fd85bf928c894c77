using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.Sources.Ingest;

/// <summary>A topic whose events are posted.</summary>
/// <param name="Name">Its name.</param>
/// <param name="CloudEvents">The headers that its monitors read of CloudEvents; null where they read the values as they are.</param>
public sealed record IngestTopic(string Name, IReadOnlyList<CloudEventHeader>? CloudEvents = null);
