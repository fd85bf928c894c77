using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Distributions;

/// <summary>
/// The query likelihood model of documents: the probability that a document's distribution of words, with Dirichlet smoothing, gives the
/// words of a query one by one. Natural logarithm, in nats.
/// </summary>
/// <remarks>
/// Ponte and Croft, "A language modeling approach to information retrieval", SIGIR 1998, 275–281; Zhai and Lafferty, "A study of
/// smoothing methods for language models applied to ad hoc information retrieval", SIGIR 2001, 334–342, and ACM Transactions on
/// Information Systems 22 (2004) 179–214.
/// </remarks>
public static class QueryLikelihood
{
    /// <summary>The default of μ. Zhai and Lafferty found about 2000 to be good for most collections.</summary>
    public const double DefaultMu = 2000;

    /// <summary>
    /// The probability of a word in a document, p(w | d) = (c(w, d) + μ p(w | C)) / (|d| + μ): the document is smoothed as if it had
    /// μ further tokens with the shares of the collection.
    /// </summary>
    /// <param name="occurrences">c(w, d), how often the word is in the document; not negative.</param>
    /// <param name="tokens">|d|, the number of tokens of the document; at least as many.</param>
    /// <param name="collectionShare">p(w | C), the word's share of all documents together; from 0 to 1.</param>
    /// <param name="mu">μ, above 0 and finite.</param>
    /// <returns>From 0 to 1; above 0 if the word is in the collection.</returns>
    /// <exception cref="ArgumentOutOfRangeException">μ is not a positive finite number.</exception>
    public static double Probability(long occurrences, long tokens, double collectionShare, double mu)
    {
        RequireMu(mu);
        return (occurrences + mu * collectionShare) / (tokens + mu);
    }

    /// <summary>
    /// The log-likelihood of a query, ln p(q | d) = Σ c(w, q) ln p(w | d), in nats. Divided by −|q|, it is the cross-entropy of the
    /// query's words under the document.
    /// </summary>
    /// <param name="query">c(w, q), how often each word is in the query; not negative.</param>
    /// <param name="document">c(w, d), how often each of these words is in the document.</param>
    /// <param name="tokens">|d|, the number of tokens of the document, other words included.</param>
    /// <param name="collection">p(w | C), the share that each of these words has of all documents together.</param>
    /// <param name="mu">μ, above 0 and finite.</param>
    /// <returns>At most 0; −∞ if a word of the query is in no document.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">μ is not a positive finite number.</exception>
    public static double LogLikelihood(
        ReadOnlySpan<long> query, ReadOnlySpan<long> document, long tokens, ReadOnlySpan<double> collection, double mu)
    {
        RequireMu(mu);
        if (query.Length != document.Length || query.Length != collection.Length)
        {
            throw new ArgumentException(
                $"{query.Length} words in the query, {document.Length} counts of the document and {collection.Length} shares of the "
                + "collection: there must be one for each word");
        }

        var sum = new CompensatedSum();
        for (var word = 0; word < query.Length; word++)
        {
            if (query[word] > 0)
            {
                sum.Add(query[word] * Math.Log(Probability(document[word], tokens, collection[word], mu)));
            }
        }

        return sum.Value;
    }

    private static void RequireMu(double mu)
    {
        if (!(mu > 0) || double.IsPositiveInfinity(mu))
        {
            throw new ArgumentOutOfRangeException(nameof(mu), mu, "μ is above 0 and finite");
        }
    }
}
