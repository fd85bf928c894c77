using System.Runtime.InteropServices;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Files;
using DriftMonitor.Terminal;

namespace DriftMonitor.Samples;

/// <summary>A text as given on the command line, a file or all files of a folder together: how often each word occurs in it.</summary>
internal sealed class GivenText
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    private GivenText(TextFiles source) => Source = source;

    /// <summary>Where it was read from.</summary>
    public TextFiles Source { get; }

    /// <summary>The number of tokens: words with their repetitions; at least 1.</summary>
    public long Tokens { get; private set; }

    /// <summary>How often each word occurs.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Reads a text. Only the counts are kept.</summary>
    /// <param name="argument">The name of the argument: <c>P</c> or <c>Q</c>.</param>
    /// <param name="path">Its value: a file, a folder, or <c>-</c> for standard input.</param>
    /// <param name="words">Finds the words.</param>
    /// <exception cref="UsageException">There is no such path, or no word in it.</exception>
    /// <exception cref="SourceException">A file cannot be read, or is not text in UTF-8.</exception>
    public static GivenText Read(string argument, string path, WordTokenizer words)
    {
        var text = new GivenText(TextFiles.Find(argument, path));
        foreach (var file in text.Source.Files)
        {
            using var content = Utf8Text.Open(file, StandardStreams.Input);
            words.Start(content);
            text.Count(words);
        }

        return text.Tokens > 0 ? text : throw text.Source.NoWords();
    }

    private void Count(WordTokenizer words)
    {
        var counts = _counts.GetAlternateLookup<ReadOnlySpan<char>>();
        for (; words.MoveNext(); Tokens++)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counts, words.Word, out _)++;
        }
    }
}
