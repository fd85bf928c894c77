using System.Runtime.InteropServices;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Samples;

/// <summary>The words of a query.</summary>
internal sealed class TextQuery
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<string> _words = [];
    private readonly List<long> _counts = [];

    private TextQuery(string text) => Text = text;

    /// <summary>The query as given.</summary>
    public string Text { get; }

    /// <summary>Its distinct words, in the order in which they first occur; at least one.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>How often each word occurs in it.</summary>
    public ReadOnlySpan<long> Counts => CollectionsMarshal.AsSpan(_counts);

    /// <summary>Finds the words of a query.</summary>
    /// <exception cref="UsageException">It has none.</exception>
    public static TextQuery Parse(string text, WordTokenizer words)
    {
        var query = new TextQuery(text);
        words.Start(new StringReader(text));
        while (words.MoveNext())
        {
            query.Add(words.Word.ToString());
        }

        return query.Words.Count > 0
            ? query
            : throw new UsageException($"--query \"{text}\" has no word: give words with letters or digits");
    }

    /// <summary>How often each of the query's words occurs in a text.</summary>
    /// <param name="text">The tokenizer at the start of the text; afterwards at its end.</param>
    public (long[] Occurrences, long Tokens) CountIn(WordTokenizer text)
    {
        var places = _places.GetAlternateLookup<ReadOnlySpan<char>>();
        var (occurrences, tokens) = (new long[_words.Count], 0L);
        for (; text.MoveNext(); tokens++)
        {
            if (places.TryGetValue(text.Word, out var place))
            {
                occurrences[place]++;
            }
        }

        return (occurrences, tokens);
    }

    private void Add(string word)
    {
        if (_places.TryAdd(word, _words.Count))
        {
            _words.Add(word);
            _counts.Add(0);
        }

        _counts[_places[word]]++;
    }
}
