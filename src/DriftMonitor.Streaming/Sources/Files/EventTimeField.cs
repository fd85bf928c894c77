using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>Where a record of a file has an event time.</summary>
/// <param name="Field">The field.</param>
/// <param name="Format">How it is written; null for the usual forms.</param>
/// <param name="Unpack">The array in whose elements the field is; null if it is in the record.</param>
public sealed record EventTimeField(FieldPath Field, EventTimeFormat? Format = null, FieldPath? Unpack = null);
