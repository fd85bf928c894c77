using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;

namespace DriftMonitor.Samples;

/// <summary>The documents that are ranked for a query.</summary>
internal sealed class TextCollection
{
    private const int MostNamed = 5; // files without a word, in a message

    private readonly List<TextDocument> _documents = [];
    private readonly List<string> _remarks = [];

    private TextCollection()
    {
    }

    /// <summary>The documents, at least one; each has at least one word.</summary>
    public IReadOnlyList<TextDocument> Documents => _documents;

    /// <summary>What was left out, one line each that starts with <c>note:</c>.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>Reads documents.</summary>
    /// <param name="paths">Files and folders, each file of which is a document; <c>-</c> is standard input. At least one.</param>
    /// <param name="query">The query.</param>
    /// <param name="words">Finds the words.</param>
    /// <exception cref="UsageException">
    /// A path does not exist, a document is given twice, or a path has no words.
    /// </exception>
    /// <exception cref="SourceException">A file cannot be read, or is not text in UTF-8.</exception>
    public static TextCollection Read(IReadOnlyList<string> paths, TextQuery query, WordTokenizer words)
    {
        var collection = new TextCollection();
        TextFiles[] sources = [.. paths.Select(path => TextFiles.Find("DOC", path))];
        var files = sources.SelectMany(source => source.Files);
        if (files.GroupBy(FullPath, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } repeated)
        {
            throw new UsageException(
                $"{repeated.First()} is given twice, and its words would count twice in all documents together: give each document once");
        }

        foreach (var source in sources)
        {
            collection.Add(source, query, words);
        }

        return collection;

        static string FullPath(string file) => file == "-" ? file : Path.GetFullPath(file);
    }

    private void Add(TextFiles source, TextQuery query, WordTokenizer words)
    {
        var all = source.Files.Select(file => TextDocument.Read(file, query, words)).ToLookup(document => document.Tokens > 0);
        if (!all.Contains(true))
        {
            throw source.NoWords();
        }

        _documents.AddRange(all[true]);
        _remarks.AddRange(source.Remarks);
        string[] empty = [.. all[false].Select(document => document.Name)];
        if (empty.Length > 0)
        {
            // Without words, a document has the shares of all documents together, and could be ranked before others.
            var named = string.Join(", ", empty.Take(MostNamed));
            var more = empty.Length > MostNamed ? $" and {empty.Length - MostNamed} more" : "";
            _remarks.Add($"note: {Phrases.Count(empty.Length, "document")} without a word left out: {named}{more}");
        }
    }
}
