namespace DriftMonitor.Http;

/// <summary>What a response says of its body.</summary>
/// <param name="Status">The status code.</param>
/// <param name="ContentType">The media type; empty for none.</param>
internal readonly record struct BodyHead(int Status, string ContentType);
