using System.Buffers.Binary;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>
/// What a schema registry's serializers put before a value: byte 0 and a schema id of 4 bytes, big-endian, or byte 1 and a GUID of 16
/// bytes (Confluent's wire format).
/// </summary>
internal static class SchemaFrame
{
    /// <summary>The header that has the schema's GUID in place of a frame.</summary>
    public const string Header = "__value_schema_id";

    private const int IdLength = 1 + 4;
    private const int GuidLength = 1 + 16;

    /// <summary>The length of a value's frame; 0 if it has none. No JSON begins with its first byte.</summary>
    public static int LengthIn(ReadOnlySpan<byte> value) => value switch
    {
        [0, ..] when value.Length >= IdLength => IdLength,
        [1, ..] when value.Length >= GuidLength => GuidLength,
        _ => 0,
    };

    /// <summary>
    /// Whether a framed value is meant to be JSON: it begins with an object or array. A scalar has no fields, and Avro can look like one.
    /// </summary>
    public static bool IsJson(ReadOnlySpan<byte> payload) => payload.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];

    /// <summary>
    /// Whether a value without a frame is Avro by its first bytes: a data file, or an object with the fingerprint of its schema.
    /// </summary>
    public static bool IsAvro(ReadOnlySpan<byte> value) => value is [(byte)'O', (byte)'b', (byte)'j', 1, ..] or [0xC3, 1, ..];

    /// <summary>What a value is that was rejected because of its schema, as the end of a sentence.</summary>
    public static string Describe(ReadOnlySpan<byte> value)
    {
        var length = LengthIn(value);
        var schema = length == IdLength ? $"schema {BinaryPrimitives.ReadUInt32BigEndian(value[1..])} of a schema registry"
            : length == GuidLength ? $"schema {new Guid(value[1..GuidLength], bigEndian: true)} of a schema registry"
            : $"a schema in the header {Header}";
        var format = ProtobufWire.IsMessage(value[length..]) ? "Protobuf" : "Avro";
        return length == 0 && IsAvro(value)
            ? "is Avro, which is not read yet"
            : $"is not JSON, but probably {format} of {schema}, which is not read yet";
    }
}
