using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;
using DriftMonitor.Terminal;

namespace DriftMonitor.Samples;

/// <summary>A document as a query sees it.</summary>
/// <param name="Name">Its file, or <c>-</c> for standard input.</param>
/// <param name="Tokens">Its number of tokens: words with their repetitions.</param>
/// <param name="Occurrences">How often each of the query's words occurs in it.</param>
internal sealed record TextDocument(string Name, long Tokens, long[] Occurrences)
{
    /// <summary>Reads a document. Only the counts of the query's words are kept.</summary>
    /// <param name="file">The file, or <c>-</c> for standard input.</param>
    /// <param name="query">The query.</param>
    /// <param name="words">Finds the words.</param>
    /// <exception cref="SourceException">The file cannot be read, or is not text in UTF-8.</exception>
    public static TextDocument Read(string file, TextQuery query, WordTokenizer words)
    {
        using var content = Utf8Text.Open(file, StandardStreams.Input);
        words.Start(content);
        var (occurrences, tokens) = query.CountIn(words);
        return new TextDocument(file, tokens, occurrences);
    }
}
