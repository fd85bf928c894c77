using System.Buffers;
using System.Text.Unicode;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Streaming.Sources.Files;

/// <summary>
/// The text of a file or of standard input, which is read as it is asked for; decompressed if it is gzip or zstd. Bytes that are no text
/// in UTF-8 are an error: what stands for them would be counted like text.
/// </summary>
public sealed class Utf8Text : TextReader
{
    /// <summary>The path of standard input.</summary>
    public const string StandardInput = "-";

    private const int BufferBytes = 32 * 1024;
    private const int SampleBytes = 512; // by which formats other than text are known

    private readonly InputFile _file;
    private readonly byte[] _bytes = new byte[BufferBytes];
    private readonly char[] _chars = new char[BufferBytes]; // a byte is at most one character
    private int _undecoded; // bytes at the start of the buffer: a part of a character
    private int _next; // the next character to give
    private int _end; // of the characters
    private long _offset; // of the buffer's first byte
    private long _lines; // that have ended before it
    private bool _hasEnded;
    private string? _format; // what the file seems to be if it turns out to be no text

    private Utf8Text(InputFile file) => _file = file;

    /// <summary>Opens a text.</summary>
    /// <param name="path">The file, or <see cref="StandardInput"/>.</param>
    /// <param name="standardInput">Opens standard input.</param>
    /// <exception cref="SourceException">The file cannot be opened.</exception>
    public static Utf8Text Open(string path, Func<Stream> standardInput) =>
        new(InputFile.Open(path, standardInput, CancellationToken.None));

    /// <inheritdoc/>
    /// <exception cref="SourceException">The file cannot be read, or is not text in UTF-8.</exception>
    public override int Peek() => TryFill() ? _chars[_next] : -1;

    /// <inheritdoc/>
    /// <exception cref="SourceException">The file cannot be read, or is not text in UTF-8.</exception>
    public override int Read() => TryFill() ? _chars[_next++] : -1;

    /// <inheritdoc/>
    /// <exception cref="SourceException">The file cannot be read, or is not text in UTF-8.</exception>
    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    /// <exception cref="SourceException">The file cannot be read, or is not text in UTF-8.</exception>
    public override int Read(Span<char> buffer)
    {
        if (buffer.IsEmpty || !TryFill())
        {
            return 0;
        }

        var read = Math.Min(buffer.Length, _end - _next);
        _chars.AsSpan(_next, read).CopyTo(buffer);
        _next += read;
        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    // Whether there is another character.
    private bool TryFill()
    {
        while (_next == _end)
        {
            if (_hasEnded)
            {
                return false;
            }

            Fill();
        }

        return true;
    }

    private void Fill()
    {
        var isFirst = _offset == 0 && _undecoded == 0;
        var filled = _undecoded;
        var least = isFirst ? SampleBytes : 1;
        while (filled - _undecoded < least && !_hasEnded)
        {
            var read = _file.Read(new ArraySegment<byte>(_bytes, filled, _bytes.Length - filled), _lines);
            filled += read;
            _hasEnded = read == 0;
        }

        var bytes = _bytes.AsSpan(0, filled);
        _format = isFirst ? UnreadableFormats.DescribeAsText(bytes) : _format;
        var start = isFirst && bytes.StartsWith("\uFEFF"u8) ? 3 : 0;
        var status = Utf8.ToUtf16(
            bytes[start..], _chars, out var decoded, out _end, replaceInvalidSequences: false, isFinalBlock: _hasEnded);
        _next = 0;
        decoded += start;
        if (bytes[..decoded].IndexOf((byte)0) is var zero and >= 0)
        {
            throw IsNoText($"binary data, not text: byte {_offset + zero} is 0: give text in UTF-8, or leave the file out");
        }

        var lines = _lines + bytes[..decoded].Count((byte)'\n');
        if (status == OperationStatus.InvalidData)
        {
            throw IsNoText(
                $"not UTF-8: byte {_offset + decoded} (0x{bytes[decoded]:X2}), in line {lines + 1}, is part of no character: convert the "
                + "file, for example with iconv -f LATIN1 -t UTF-8, or leave it out");
        }

        _lines = lines;
        _offset += decoded;
        bytes[decoded..].CopyTo(_bytes);
        _undecoded = filled - decoded;
    }

    private SourceException IsNoText(string reason) => new($"{_file.Name} is {_format ?? reason}");
}
