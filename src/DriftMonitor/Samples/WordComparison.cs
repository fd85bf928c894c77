using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;

namespace DriftMonitor.Samples;

/// <summary>Two texts as distributions over the words of both.</summary>
/// <remarks>
/// Nearly every text has a word that another lacks, and what is infinite then says little. So there are smoothed figures beside those of
/// the counts themselves: the ones of <c>--alpha</c>, or of a monitor's pseudo-count without it.
/// </remarks>
internal sealed class WordComparison
{
    private readonly PairedDistributions _smoothed;

    /// <summary>Compares two texts.</summary>
    /// <param name="p">The text to judge.</param>
    /// <param name="q">The text to compare it with.</param>
    /// <param name="pseudoCount">α, added to the count of each word; 0 for the counts as they are.</param>
    public WordComparison(GivenText p, GivenText q, double pseudoCount)
    {
        string[] words = [.. p.Counts.Keys.Union(q.Counts.Keys, StringComparer.Ordinal)];
        Array.Sort(words, StringComparer.Ordinal);
        var ofP = Array.ConvertAll(words, word => p.Counts.GetValueOrDefault(word));
        var ofQ = Array.ConvertAll(words, word => q.Counts.GetValueOrDefault(word));
        (P, Q) = (p, q);
        (OnlyInP, OnlyInQ) = (MissingWords.Of(p, q), MissingWords.Of(q, p));
        PseudoCount = pseudoCount > 0 ? pseudoCount : Reference.DefaultPseudoCount;
        Pair = PairedDistributions.OfCounts(words, ofP, ofQ, pseudoCount);
        _smoothed = pseudoCount > 0 ? Pair : PairedDistributions.OfCounts(words, ofP, ofQ, PseudoCount);
        CrossEntropy = Information.CrossEntropy(_smoothed.P.Probabilities, _smoothed.Q.Probabilities);
        KullbackLeibler = Information.KullbackLeibler(_smoothed.P.Probabilities, _smoothed.Q.Probabilities);
        Reverse = Information.KullbackLeibler(_smoothed.Q.Probabilities, _smoothed.SmoothedP.Probabilities);
    }

    /// <summary>The text to judge.</summary>
    public GivenText P { get; }

    /// <summary>The text that it is compared with.</summary>
    public GivenText Q { get; }

    /// <summary>The two distributions; smoothed only if that was asked for.</summary>
    public PairedDistributions Pair { get; }

    /// <summary>α of the smoothed figures.</summary>
    public double PseudoCount { get; }

    /// <summary>The cross-entropy of P under the smoothed Q, in nats per token of P.</summary>
    public double CrossEntropy { get; }

    /// <summary>
    /// exp of the cross-entropy: P is as unlikely under Q as if each of its words were one of so many equally likely ones.
    /// </summary>
    public double Perplexity => Math.Exp(CrossEntropy);

    /// <summary>D(P‖Q) with Q smoothed, in nats.</summary>
    public double KullbackLeibler { get; }

    /// <summary>D(Q‖P) with both smoothed, in nats.</summary>
    public double Reverse { get; }

    /// <summary>The words of P that Q lacks.</summary>
    public MissingWords OnlyInP { get; }

    /// <summary>The words of Q that P lacks.</summary>
    public MissingWords OnlyInQ { get; }

    /// <summary>The words that are more frequent in P, by their contribution to the smoothed D(P‖Q); then in ordinal order.</summary>
    /// <param name="most">The most words.</param>
    public IReadOnlyList<WordShares> MoreInP(int most) =>
        [.. Words().Where(word => word.P > word.Q).OrderByDescending(word => word.ContributionNats).Take(most)];

    /// <summary>The words that are more frequent in Q, by their contribution to the smoothed D(Q‖P); then in ordinal order.</summary>
    /// <param name="most">The most words.</param>
    public IReadOnlyList<WordShares> MoreInQ(int most) =>
        [.. Words().Where(word => word.Q > word.P).OrderByDescending(word => word.ReverseContributionNats).Take(most)];

    private IEnumerable<WordShares> Words()
    {
        for (var bin = 0; bin < Pair.Labels.Count; bin++)
        {
            var word = Pair.Labels[bin];
            var (p, q) = (_smoothed.P[bin], _smoothed.Q[bin]);
            yield return new WordShares(
                word,
                p,
                (double)Q.Counts.GetValueOrDefault(word) / Q.Tokens,
                Information.Contribution(p, q),
                Information.Contribution(q, _smoothed.SmoothedP[bin]));
        }
    }
}
