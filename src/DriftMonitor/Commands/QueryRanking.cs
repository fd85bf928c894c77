using System.Text.Json.Nodes;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Commands;

/// <summary><c>compare --text --query</c>: ranks documents by the likelihood of a query.</summary>
internal static class QueryRanking
{
    /// <summary>Ranks documents and writes the ranking.</summary>
    /// <param name="query">The query.</param>
    /// <param name="paths">The documents: files, folders, or <c>-</c> for standard input.</param>
    /// <param name="words">Finds the words.</param>
    /// <param name="mu">μ of the Dirichlet smoothing.</param>
    /// <param name="unit">The unit of the text output.</param>
    /// <param name="top">The most documents in the text output.</param>
    /// <param name="format">The output format.</param>
    /// <param name="screen">Where to write the ranking.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">
    /// The query has no words, no document has any of them, a document is given twice, or a path does not exist or has no words.
    /// </exception>
    /// <exception cref="SourceException">A file cannot be read, or is not text in UTF-8.</exception>
    public static int Run(
        string query, IReadOnlyList<string> paths, WordTokenizer words, double mu, InformationUnit unit, int top, OutputFormat format,
        Screen screen)
    {
        var parsed = TextQuery.Parse(query, words);
        var collection = TextCollection.Read(paths, parsed, words);
        var ranking = new DocumentRanking(parsed, collection.Documents, mu);
        string[] remarks = [.. collection.Remarks, .. UnknownWords(ranking)];
        foreach (var remark in remarks)
        {
            Messages.Write(remark);
        }

        if (format == OutputFormat.Json)
        {
            screen.WriteJson(ToJson(ranking, remarks));
        }
        else
        {
            Write(ranking, unit, top, screen);
        }

        return ExitCode.Good;
    }

    private static IEnumerable<string> UnknownWords(DocumentRanking ranking)
    {
        if (ranking.Unknown.Count > 0)
        {
            yield return $"note: no document has {string.Join(", ", ranking.Unknown)}: left out of the query, which has "
                + $"{Phrases.Count(ranking.QueryTokens, "other token")}";
        }
    }

    private static void Write(DocumentRanking ranking, InformationUnit unit, int top, Screen screen)
    {
        screen.WriteLine(Screen.Plain($"QUERY  {ranking.Query.Text}", screen.Width));
        screen.WriteLine(
            $"{Phrases.GroupedCount(ranking.Documents.Count, "document")}, {Phrases.GroupedCount(ranking.Tokens, "token")}; "
            + $"μ = {Figures.Configured(ranking.Mu)}");
        screen.WriteLine();
        var table = Screen.Table(
            " rank", "document", " ln likelihood", $" cross-entropy, {Figures.Name(unit)}", " perplexity", " tokens");
        foreach (var document in ranking.Documents.Take(top))
        {
            table.AddRow(
                new Text(Figures.Configured(document.Rank)),
                new Text(Screen.Unbroken(Screen.Plain(document.Name, screen.Width / 3))),
                new Text(Figures.Of(document.LogLikelihood)),
                new Text(Figures.Of(Figures.In(unit, document.CrossEntropy))),
                new Text(Figures.Tick(document.Perplexity)),
                new Text(Figures.Configured(document.Tokens)));
        }

        screen.Write(table);
        if (ranking.Documents.Count > top)
        {
            screen.WriteLine($"({Phrases.Count(ranking.Documents.Count - top, "more document")})", isAside: true);
        }

        screen.WriteLine();
        var best = ranking.Documents[0];
        screen.WriteLine(
            $"In the best code for {Screen.Plain(best.Name, screen.Width / 2)}, smoothed, a token of the query takes "
            + $"{Figures.Amount(unit, best.CrossEntropy)} on average, the cross-entropy; in that for all documents together, "
            + $"{Figures.Amount(unit, ranking.CollectionCrossEntropy)}.");
    }

    private static JsonObject ToJson(DocumentRanking ranking, string[] remarks)
    {
        var json = new JsonObject
        {
            ["query"] = ranking.Query.Text,
            ["query_tokens"] = ranking.QueryTokens,
            ["unknown_words"] = Strings(ranking.Unknown),
            ["mu"] = ranking.Mu,
            ["tokens"] = ranking.Tokens,
            ["collection_cross_entropy_nats"] = ranking.CollectionCrossEntropy,
            ["documents"] = new JsonArray([.. ranking.Documents.Select(document => new JsonObject
            {
                ["rank"] = document.Rank,
                ["document"] = document.Name,
                ["log_likelihood_nats"] = document.LogLikelihood,
                ["cross_entropy_nats"] = document.CrossEntropy,
                ["perplexity"] = document.Perplexity,
                ["tokens"] = document.Tokens,
            })]),
        };
        if (remarks.Length > 0)
        {
            json["remarks"] = Strings(remarks);
        }

        return json;
    }

    private static JsonArray Strings(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
