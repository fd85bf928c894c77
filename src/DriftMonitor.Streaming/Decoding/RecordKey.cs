using System.IO.Hashing;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>The keys of records, by which events of two topics are joined.</summary>
public static class RecordKey
{
    /// <summary>A hash of a key, the same in every process; null for a record without one.</summary>
    /// <remarks>
    /// Of a million keys, two have the same hash with a chance of 1.5e-27. Somebody who chooses keys can make two that have, as the hash is
    /// not a cryptographic one: their events are then taken for those of one key.
    /// </remarks>
    /// <param name="key">The key's bytes; empty for none.</param>
    public static UInt128? Hash(ReadOnlySpan<byte> key) => key.IsEmpty ? null : XxHash128.HashToUInt128(key);
}
