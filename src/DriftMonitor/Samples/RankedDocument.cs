namespace DriftMonitor.Samples;

/// <summary>A document's place for a query.</summary>
/// <param name="Rank">Its place, from 1.</param>
/// <param name="Name">Its file, or <c>-</c> for standard input.</param>
/// <param name="Tokens">Its number of tokens: words with their repetitions.</param>
/// <param name="LogLikelihood">ln p(query | document), in nats; at most 0.</param>
/// <param name="CrossEntropy">−ln p(query | document) per token of the query, in nats.</param>
internal sealed record RankedDocument(int Rank, string Name, long Tokens, double LogLikelihood, double CrossEntropy)
{
    /// <summary>
    /// exp of the cross-entropy: the query is as unlikely as if each of its words were one of so many equally likely ones.
    /// </summary>
    public double Perplexity => Math.Exp(CrossEntropy);
}
