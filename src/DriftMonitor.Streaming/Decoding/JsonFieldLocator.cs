using System.Text.Json;
using DriftMonitor.Core.Monitoring;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>Locates fields in a JSON value, in one pass and without allocation.</summary>
internal sealed class JsonFieldLocator
{
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = EventDecoder.MaxDepth };

    private readonly FieldNode _root;
    private readonly FieldToken[] _tokens;

    /// <param name="fields">The fields.</param>
    /// <param name="tokens">Where to write what was found: one token per field, all of them missing before each call.</param>
    public JsonFieldLocator(IReadOnlyList<FieldPath> fields, FieldToken[] tokens)
    {
        _root = FieldNode.CreateTree(fields);
        _tokens = tokens;
    }

    /// <summary>Locates the fields in a value.</summary>
    /// <returns><see cref="Rejection.None"/>, or <see cref="Rejection.Malformed"/> if the value is not strict JSON.</returns>
    public Rejection Locate(ReadOnlySpan<byte> value)
    {
        var offset = value.StartsWith("\uFEFF"u8) ? 3 : 0;
        try
        {
            var reader = new Utf8JsonReader(value[offset..], Strict);
            reader.Read();
            ReadValue(ref reader, _root, offset);
            reader.Read(); // throws if anything follows
            return Rejection.None;
        }
        catch (JsonException)
        {
            return Rejection.Malformed; // the reader reports it in no other way
        }
    }

    private void ReadValue(ref Utf8JsonReader reader, FieldNode node, int offset)
    {
        if (node.Field >= 0)
        {
            _tokens[node.Field] = GetToken(ref reader, offset);
        }

        if (reader.TokenType == JsonTokenType.StartObject && node.HasNames)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var child = node.FindByName(ref reader);
                reader.Read();
                ReadChild(ref reader, child, offset);
            }
        }
        else if (reader.TokenType == JsonTokenType.StartArray && node.LastIndex >= 0)
        {
            for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            {
                ReadChild(ref reader, index <= node.LastIndex ? node.FindByIndex(index) : null, offset);
            }
        }
        else
        {
            reader.Skip();
        }
    }

    private void ReadChild(ref Utf8JsonReader reader, FieldNode? child, int offset)
    {
        if (child is null)
        {
            reader.Skip();
            return;
        }

        ClearTokens(child); // if a key is repeated, the last value wins, with everything below it
        ReadValue(ref reader, child, offset);
    }

    private void ClearTokens(FieldNode node)
    {
        if (node.Field >= 0)
        {
            _tokens[node.Field] = default;
        }

        foreach (var child in node.Children)
        {
            ClearTokens(child);
        }
    }

    private static FieldToken GetToken(ref Utf8JsonReader reader, int offset)
    {
        var start = (int)reader.TokenStartIndex + offset;
        return reader.TokenType switch
        {
            JsonTokenType.String => new FieldToken(FieldKind.Text, reader.ValueIsEscaped, start + 1, reader.ValueSpan.Length),
            JsonTokenType.Number => new FieldToken(FieldKind.Number, false, start, reader.ValueSpan.Length),
            JsonTokenType.True or JsonTokenType.False => new FieldToken(FieldKind.Boolean, false, start, reader.ValueSpan.Length),
            JsonTokenType.Null => default,
            _ => new FieldToken(FieldKind.Composite, false, start, 0),
        };
    }
}
