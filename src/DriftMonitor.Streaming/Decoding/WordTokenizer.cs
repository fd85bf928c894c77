using System.Diagnostics.CodeAnalysis;
using System.Text;
using Lucene.Net.Analysis.Standard;
using Lucene.Net.Analysis.TokenAttributes;
using Lucene.Net.Util;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>
/// Finds the words of a text, by the word boundaries of Unicode (UAX #29, Unicode Text Segmentation): a word has a letter or a digit, so
/// punctuation, blanks and emoji are none. Ideographs and hiragana are a word each.
/// </summary>
/// <remarks>
/// A letter with an accent that is one character and the same with a combining accent make different words, as nothing is normalised.
/// Nothing is allocated once the buffers have grown. Not thread-safe.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Both fields hold memory only; disposing a tokenizer readies it for another text.")]
public sealed class WordTokenizer
{
    private readonly WordCase _letterCase;
    private readonly StandardTokenizer _tokenizer = new(LuceneVersion.LUCENE_48, TextReader.Null) { MaxTokenLength = int.MaxValue };
    private readonly ICharTermAttribute _term;
    private readonly CharsReader _chars = new();
    private char[] _word = new char[64];
    private int _length; // of the word
    private bool _isOpen;

    /// <summary>A tokenizer before its first text.</summary>
    /// <param name="letterCase">Whether upper and lower case differ.</param>
    public WordTokenizer(WordCase letterCase)
    {
        _letterCase = letterCase;
        _term = _tokenizer.GetAttribute<ICharTermAttribute>();
        _isOpen = true; // on the empty text
        _tokenizer.Reset();
    }

    /// <summary>The word; valid until the next call.</summary>
    public ReadOnlySpan<char> Word => _word.AsSpan(0, _length);

    /// <summary>Starts a text, which is read as words are asked for.</summary>
    public void Start(TextReader text)
    {
        Close();
        _tokenizer.SetReader(text);
        _tokenizer.Reset();
        _isOpen = true;
    }

    /// <summary>Starts a text that is in memory.</summary>
    /// <param name="utf8">The text; it is copied. Bytes that are no UTF-8 are read as U+FFFD, which is in no word.</param>
    public void Start(ReadOnlySpan<byte> utf8)
    {
        _chars.Set(utf8);
        Start(_chars);
    }

    /// <summary>Moves to the next word.</summary>
    /// <returns>False at the text's end.</returns>
    public bool MoveNext()
    {
        if (!_isOpen)
        {
            return false;
        }

        if (!_tokenizer.IncrementToken())
        {
            Close();
            return false;
        }

        var word = _term.Buffer.AsSpan(0, _term.Length);
        EnsureRoom(word.Length);
        if (_letterCase == WordCase.Lower)
        {
            _length = word.ToLowerInvariant(_word);
        }
        else
        {
            word.CopyTo(_word);
            _length = word.Length;
        }

        return true;
    }

    private void EnsureRoom(int length)
    {
        if (_word.Length < length)
        {
            _word = new char[Math.Max(length, 2 * _word.Length)];
        }
    }

    private void Close()
    {
        if (_isOpen)
        {
            _isOpen = false;
            _tokenizer.End();
            _tokenizer.Dispose(); // makes it ready for another text
        }
    }

    // A reader of characters that is used again.
    private sealed class CharsReader : TextReader
    {
        private char[] _chars = new char[256];
        private int _next;
        private int _end;

        public void Set(ReadOnlySpan<byte> utf8)
        {
            if (_chars.Length < utf8.Length)
            {
                _chars = new char[Math.Max(utf8.Length, 2 * _chars.Length)]; // a byte is at most one character
            }

            (_next, _end) = (0, Encoding.UTF8.GetChars(utf8, _chars));
        }

        public override int Peek() => _next < _end ? _chars[_next] : -1;

        public override int Read() => _next < _end ? _chars[_next++] : -1;

        public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

        public override int Read(Span<char> buffer)
        {
            var read = Math.Min(buffer.Length, _end - _next);
            _chars.AsSpan(_next, read).CopyTo(buffer);
            _next += read;
            return read;
        }
    }
}
