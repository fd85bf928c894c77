using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>
/// Writes a CloudEvent that came in binary mode as it would have come in structured mode: <c>{"type":"…","time":"…","data":…}</c>, with
/// those attributes that are read. So a path means the same in both modes. One buffer is used for one event after another.
/// </summary>
/// <remarks>See the JSON event format and the protocol bindings of CloudEvents 1.0. Not thread-safe.</remarks>
public sealed class CloudEventEnvelope
{
    private const string Structured = "application/cloudevents";
    private const int MostEscaped = 6; // bytes for one: \u001f

    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping; // only what JSON requires

    private readonly JsonScanner _checker = new(PathNode.Root([]), []);
    private byte[] _buffer = new byte[1024];
    private int _length;

    /// <summary>Whether a content type says that a value is in structured mode, or is a batch of such values.</summary>
    public static bool IsStructured(ReadOnlySpan<byte> contentType)
    {
        var type = contentType.TrimStart(" \t"u8);
        return type.Length >= Structured.Length && Ascii.EqualsIgnoreCase(type[..Structured.Length], Structured);
    }

    /// <summary>Writes an envelope.</summary>
    /// <param name="attributes">The headers of the attributes that are read; one that did not come is left out.</param>
    /// <param name="headers">The headers that came with the data.</param>
    /// <param name="data">The data: JSON, perhaps behind the frame of a schema registry.</param>
    /// <param name="envelope">The envelope, until the next call.</param>
    /// <returns>False if the data is no JSON, or there is none: the value is then to be rejected as it is.</returns>
    public bool TryWrite<THeaders>(
        IReadOnlyList<CloudEventHeader> attributes, THeaders headers, ReadOnlySpan<byte> data, out ReadOnlySpan<byte> envelope)
        where THeaders : ICloudEventHeaders, allows ref struct
    {
        envelope = default;
        if (!TryFindJson(data, out var json))
        {
            return false;
        }

        _length = 0;
        Append("{"u8);
        for (var i = 0; i < attributes.Count; i++)
        {
            if (headers.TryGet(attributes[i], out var value))
            {
                AppendText(Encoding.UTF8.GetMaxByteCount(attributes[i].Attribute.Length), attributes[i].Attribute);
                Append(":"u8);
                AppendText(value);
                Append(","u8);
            }
        }

        Append("\"data\":"u8);
        Append(json);
        Append("}"u8);
        envelope = _buffer.AsSpan(0, _length);
        return true;
    }

    // The data must be one JSON value by itself: otherwise a part of it could pass for attributes.
    private bool TryFindJson(ReadOnlySpan<byte> data, out ReadOnlySpan<byte> json)
    {
        json = default;
        if (data.IsEmpty)
        {
            return false;
        }

        var frame = SchemaFrame.LengthIn(data);
        json = data[(frame > 0 ? frame : data.StartsWith("\uFEFF"u8) ? 3 : 0)..];
        return (frame == 0 || SchemaFrame.IsJson(json)) && Utf8.IsValid(json) && _checker.TryScan(json, 0);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        EnsureRoom(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    private void AppendText(int mostBytes, string text)
    {
        Span<byte> utf8 = mostBytes <= 1024 ? stackalloc byte[mostBytes] : new byte[mostBytes];
        AppendText(utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }

    // What is no UTF-8 becomes U+FFFD.
    private void AppendText(ReadOnlySpan<byte> utf8)
    {
        EnsureRoom(2 + MostEscaped * utf8.Length);
        _buffer[_length++] = (byte)'"';
        Encoder.EncodeUtf8(utf8, _buffer.AsSpan(_length), out _, out var written);
        _length += written;
        _buffer[_length++] = (byte)'"';
    }

    private void EnsureRoom(int bytes)
    {
        if (_buffer.Length - _length < bytes)
        {
            Array.Resize(ref _buffer, Math.Max(2 * _buffer.Length, _length + bytes));
        }
    }
}
