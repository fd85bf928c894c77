using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Core.Tests;

/// <summary>The likelihood of a query under documents with Dirichlet smoothing.</summary>
public sealed class QueryLikelihoodTests
{
    // The documents "a a b" and "b c c c c" together have the shares 2/8, 2/8 and 4/8. With μ = 4 they are extended by 1, 1 and 2 tokens.
    private static readonly double[] Collection = [0.25, 0.25, 0.5];

    [Theory]
    [InlineData(2, 3, 0.25, 3.0 / 7)]
    [InlineData(1, 3, 0.25, 2.0 / 7)]
    [InlineData(0, 3, 0.5, 2.0 / 7)]
    [InlineData(0, 5, 0.25, 1.0 / 9)]
    [InlineData(4, 5, 0.5, 6.0 / 9)]
    [InlineData(0, 0, 0.25, 0.25)] // without words, a document has the shares of the collection
    [InlineData(0, 5, 0.0, 0.0)]
    public void A_document_is_smoothed_by_mu_tokens_of_the_collection(long occurrences, long tokens, double share, double probability) =>
        Assert.Equal(probability, QueryLikelihood.Probability(occurrences, tokens, share, mu: 4), 1e-15);

    [Fact]
    public void The_words_of_a_query_are_drawn_one_by_one()
    {
        // "a b b"
        long[] query = [1, 2, 0];
        Assert.Equal(Math.Log(3.0 / 7 * (2.0 / 7) * (2.0 / 7)), QueryLikelihood.LogLikelihood(query, [2, 1, 0], 3, Collection, 4), 1e-14);
        Assert.Equal(Math.Log(1.0 / 9 * (2.0 / 9) * (2.0 / 9)), QueryLikelihood.LogLikelihood(query, [0, 1, 4], 5, Collection, 4), 1e-14);
    }

    [Fact]
    public void A_word_that_is_nowhere_makes_a_query_impossible_and_a_word_that_is_not_asked_for_does_not() => Assert.Equal(
        [double.NegativeInfinity, Math.Log(3.0 / 7)],
        [
            QueryLikelihood.LogLikelihood([1, 1], [2, 0], 3, [0.25, 0], 4),
            QueryLikelihood.LogLikelihood([1, 0], [2, 0], 3, [0.25, 0], 4),
        ]);

    [Property]
    public Property The_likelihood_is_that_of_the_definition() => Prop.ForAll(Cases, texts =>
    {
        var (expected, actual) = (Definition(texts), Fast(texts));
        return (Math.Abs(expected - actual) <= 1e-12 * Math.Max(1, Math.Abs(expected))).Label($"{texts}: {expected:R}, {actual:R}");
    });

    [Property]
    public Property The_probabilities_of_all_words_sum_to_1() => Prop.ForAll(Cases, texts =>
    {
        var sum = Shares(texts).Select((share, word) =>
            QueryLikelihood.Probability(Count(texts.Document, word), texts.Document.Length, share, texts.Mu)).Sum();
        return (Math.Abs(sum - 1) <= 1e-14).Label($"{texts}: {sum:R}");
    });

    [Property]
    public Property Per_token_of_the_query_it_is_the_cross_entropy_of_the_query_s_words() => Prop.ForAll(Cases, texts =>
    {
        double[] query = [.. Words.Select(word => (double)Count(texts.Query, word) / texts.Query.Length)];
        double[] document =
        [
            .. Shares(texts).Select((share, word) =>
                QueryLikelihood.Probability(Count(texts.Document, word), texts.Document.Length, share, texts.Mu)),
        ];
        var (expected, actual) = (Information.CrossEntropy(query, document), -Fast(texts) / texts.Query.Length);
        return (Math.Abs(expected - actual) <= 1e-12 * Math.Max(1, expected)).Label($"{texts}: {expected:R}, {actual:R}");
    });

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Mu_is_a_positive_finite_number(double mu)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => QueryLikelihood.Probability(1, 2, 0.5, mu));
        Assert.Throws<ArgumentOutOfRangeException>(() => QueryLikelihood.LogLikelihood([1], [1], 2, [0.5], mu));
    }

    [Fact]
    public void There_is_a_count_and_a_share_for_each_word_of_the_query()
    {
        var fault = Assert.Throws<ArgumentException>(() => QueryLikelihood.LogLikelihood([1, 1], [1, 1], 2, [0.5], 4));
        Assert.Equal(
            "2 words in the query, 2 counts of the document and 1 shares of the collection: there must be one for each word",
            fault.Message);
        Assert.Throws<ArgumentException>(() => QueryLikelihood.LogLikelihood([1, 1], [1], 2, [0.5, 0.5], 4));
    }

    private static readonly IEnumerable<int> Words = Enumerable.Range(0, 6);

    // Texts are the words themselves, numbered. The last text of the collection has each word, so that each word is in the collection.
    private static Arbitrary<Texts> Cases =>
        (from query in Gen.Choose(0, 5).NonEmptyListOf()
         from document in Gen.Choose(0, 5).ListOf()
         from others in Gen.Choose(0, 5).ListOf()
         from mu in Gen.Elements(0.001, 0.5, 4, 2000, 1e9)
         select new Texts([.. query], [.. document], [.. others, .. Words], mu)).ToArbitrary();

    // Token by token, from the texts themselves.
    private static double Definition(Texts texts)
    {
        int[] all = [.. texts.Document, .. texts.Others];
        return texts.Query.Sum(token =>
        {
            var ofCollection = (double)all.Count(word => word == token) / all.Length;
            return Math.Log(
                (texts.Document.Count(word => word == token) + texts.Mu * ofCollection) / (texts.Document.Length + texts.Mu));
        });
    }

    private static double Fast(Texts texts) => QueryLikelihood.LogLikelihood(
        [.. Words.Select(word => Count(texts.Query, word))],
        [.. Words.Select(word => Count(texts.Document, word))],
        texts.Document.Length,
        [.. Shares(texts)],
        texts.Mu);

    private static IEnumerable<double> Shares(Texts texts) => Words.Select(word =>
        (double)(Count(texts.Document, word) + Count(texts.Others, word)) / (texts.Document.Length + texts.Others.Length));

    private static long Count(int[] text, int word) => text.Count(token => token == word);

    private sealed record Texts(int[] Query, int[] Document, int[] Others, double Mu)
    {
        public override string ToString() =>
            $"query [{string.Join(' ', Query)}], document [{string.Join(' ', Document)}], others [{string.Join(' ', Others)}], μ = {Mu}";
    }
}
