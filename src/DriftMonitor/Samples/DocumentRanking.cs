using DriftMonitor.Core.Distributions;

namespace DriftMonitor.Samples;

/// <summary>Documents ranked by how likely a query is under each: <see cref="QueryLikelihood"/>.</summary>
internal sealed class DocumentRanking
{
    /// <summary>Ranks documents.</summary>
    /// <param name="query">The query.</param>
    /// <param name="documents">The documents.</param>
    /// <param name="mu">μ of the Dirichlet smoothing, above 0 and finite.</param>
    /// <exception cref="UsageException">No document has a word of the query.</exception>
    public DocumentRanking(TextQuery query, IReadOnlyList<TextDocument> documents, double mu)
    {
        (Query, Mu) = (query, mu);
        Tokens = documents.Sum(document => document.Tokens);
        var inCollection = new long[query.Words.Count];
        foreach (var document in documents)
        {
            for (var word = 0; word < inCollection.Length; word++)
            {
                inCollection[word] += document.Occurrences[word];
            }
        }

        // A word that is in no document has the probability 0 in all of them, so it tells nothing about their order.
        long[] counts = [.. query.Counts];
        for (var word = 0; word < counts.Length; word++)
        {
            counts[word] = inCollection[word] > 0 ? counts[word] : 0;
        }

        Unknown = [.. query.Words.Where((_, word) => inCollection[word] == 0)];
        QueryTokens = counts.Sum();
        if (QueryTokens == 0)
        {
            throw new UsageException(
                $"no document has {(Unknown.Count == 1 ? "the word" : "any of the words")} {string.Join(", ", Unknown)} of --query: "
                + "use words of the documents");
        }

        var shares = Array.ConvertAll(inCollection, occurrences => (double)occurrences / Tokens);
        CollectionCrossEntropy = -counts.Select((count, word) => count > 0 ? count * Math.Log(shares[word]) : 0).Sum() / QueryTokens;
        Documents =
        [
            .. documents
                .Select(document => (Document: document, LogLikelihood: LogLikelihood(document)))
                .OrderByDescending(scored => scored.LogLikelihood)
                .ThenBy(scored => scored.Document.Name, StringComparer.Ordinal)
                .Select((scored, place) => new RankedDocument(
                    place + 1, scored.Document.Name, scored.Document.Tokens, scored.LogLikelihood, -scored.LogLikelihood / QueryTokens)),
        ];

        double LogLikelihood(TextDocument document) =>
            QueryLikelihood.LogLikelihood(counts, document.Occurrences, document.Tokens, shares, mu);
    }

    /// <summary>The query.</summary>
    public TextQuery Query { get; }

    /// <summary>μ of the Dirichlet smoothing.</summary>
    public double Mu { get; }

    /// <summary>The words of the query that are in no document; they are left out of the query.</summary>
    public IReadOnlyList<string> Unknown { get; }

    /// <summary>The number of tokens of the query, without <see cref="Unknown"/> words.</summary>
    public long QueryTokens { get; }

    /// <summary>The number of tokens of all documents together.</summary>
    public long Tokens { get; }

    /// <summary>The cross-entropy of the query under all documents together, in nats per token of the query.</summary>
    public double CollectionCrossEntropy { get; }

    /// <summary>The documents, the one under which the query is most likely first; ties in ordinal order of their names.</summary>
    public IReadOnlyList<RankedDocument> Documents { get; }
}
