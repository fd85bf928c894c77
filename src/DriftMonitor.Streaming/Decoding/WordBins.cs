using System.Text;
using DriftMonitor.Core.Binning;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>Finds the bins of the words in a field, in their order: words that the reference does not know are unseen.</summary>
/// <remarks>
/// A field that is missing, of the wrong type, or a text without a word counts once: as <c>missing</c>, <c>wrong_type</c> and
/// <c>missing</c>. Not thread-safe.
/// </remarks>
/// <param name="binning">The bins.</param>
/// <param name="letterCase">Whether upper and lower case differ.</param>
internal sealed class WordBins(CategoricalBinning binning, WordCase letterCase)
{
    /// <summary>Longer words are in no vocabulary: they are rarely words. In UTF-16 code units.</summary>
    public const int LongestWord = 255;

    private readonly WordTokenizer _tokenizer = new(letterCase);
    private readonly byte[] _utf8 = new byte[3 * LongestWord];

    /// <summary>Adds the bins of a field's words to a list: at least one.</summary>
    /// <param name="token">The field's place.</param>
    /// <param name="value">The bytes of the event.</param>
    /// <param name="decoder">A decoder, for escapes.</param>
    /// <param name="bins">The list.</param>
    public void Add(FieldToken token, ReadOnlySpan<byte> value, EventDecoder decoder, List<int> bins)
    {
        if (WordsOf(token, value, decoder, _tokenizer) is { } instead)
        {
            bins.Add(instead == FieldValueKind.Missing ? binning.Missing
                : instead == FieldValueKind.Composite ? binning.WrongType
                : binning.Unseen);
            return;
        }

        do
        {
            bins.Add(BinOf(_tokenizer.Word));
        }
        while (_tokenizer.MoveNext());
    }

    /// <summary>Moves a tokenizer to the first word of a field.</summary>
    /// <param name="token">The field's place.</param>
    /// <param name="value">The bytes of the event.</param>
    /// <param name="decoder">A decoder, for escapes.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <returns>
    /// What the event counts as if there is none: missing, composite, or text where it is none that can be read. Otherwise null.
    /// </returns>
    public static FieldValueKind? WordsOf(FieldToken token, ReadOnlySpan<byte> value, EventDecoder decoder, WordTokenizer tokenizer)
    {
        if (EventDecoder.IsMissing(token, value))
        {
            return FieldValueKind.Missing;
        }

        if (token.Kind == FieldKind.Composite)
        {
            return FieldValueKind.Composite;
        }

        if (!decoder.TryGetText(token, value, out var text))
        {
            return FieldValueKind.Text;
        }

        tokenizer.Start(text);
        return tokenizer.MoveNext() ? null : FieldValueKind.Missing;
    }

    private int BinOf(ReadOnlySpan<char> word) => word.Length <= LongestWord
        ? binning.BinOf(_utf8.AsSpan(0, Encoding.UTF8.GetBytes(word, _utf8)))
        : binning.Unseen;
}
