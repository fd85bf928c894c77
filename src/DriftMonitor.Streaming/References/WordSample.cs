using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.References;

/// <summary>Adds the words of events to a sample, as <see cref="WordBins"/> counts them.</summary>
/// <param name="letterCase">Whether upper and lower case differ.</param>
internal sealed class WordSample(WordCase letterCase)
{
    private readonly WordTokenizer _tokenizer = new(letterCase);
    private readonly byte[] _utf8 = new byte[3 * WordBins.LongestWord];

    /// <summary>Adds the words of a field: at least one value.</summary>
    /// <param name="sample">Receives them.</param>
    /// <param name="pane">The event's pane.</param>
    /// <param name="token">The field's place.</param>
    /// <param name="value">The bytes of the event.</param>
    /// <param name="decoder">A decoder, for escapes.</param>
    public void AddTo(FieldSample sample, long pane, FieldToken token, ReadOnlySpan<byte> value, EventDecoder decoder)
    {
        switch (WordBins.WordsOf(token, value, decoder, _tokenizer))
        {
            case FieldValueKind.Missing:
                sample.AddMissing(pane);
                return;
            case FieldValueKind.Composite:
                sample.AddWrongType(pane);
                return;
            case not null:
                sample.AddUnseen(pane);
                return;
        }

        do
        {
            var word = _tokenizer.Word;
            if (word.Length <= WordBins.LongestWord)
            {
                sample.AddText(pane, _utf8.AsSpan(0, Encoding.UTF8.GetBytes(word, _utf8)));
            }
            else
            {
                sample.AddUnseen(pane);
            }
        }
        while (_tokenizer.MoveNext());
    }
}
