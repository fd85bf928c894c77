using System.Text.Json.Nodes;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>compare --text P Q</c>: compares the words of two texts.</summary>
internal static class TextComparison
{
    /// <summary>Compares two texts and writes the result.</summary>
    /// <param name="p">The text to judge: a file, a folder, or <c>-</c> for standard input.</param>
    /// <param name="q">The text to compare it with.</param>
    /// <param name="words">Finds the words.</param>
    /// <param name="unit">The unit of the text output.</param>
    /// <param name="alpha">The pseudo-count of each word; 0 for none.</param>
    /// <param name="top">The most words in each list.</param>
    /// <param name="format">The output format.</param>
    /// <param name="screen">Where to write the result.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">A path does not exist, or has no words.</exception>
    /// <exception cref="SourceException">A file cannot be read, or is not text in UTF-8.</exception>
    public static int Run(
        string p, string q, WordTokenizer words, InformationUnit unit, double alpha, int top, OutputFormat format, Screen screen)
    {
        if (p == "-" && q == "-")
        {
            throw new UsageException("P and Q are both standard input, which can be read once: give a file for one of them");
        }

        var (textP, textQ) = (GivenText.Read("P", p, words), GivenText.Read("Q", q, words));
        string[] remarks = [.. textP.Source.Remarks, .. textQ.Source.Remarks];
        foreach (var remark in remarks)
        {
            Messages.Write(remark);
        }

        var comparison = new WordComparison(textP, textQ, alpha);
        if (format == OutputFormat.Json)
        {
            screen.WriteJson(ToJson(comparison, top, remarks));
        }
        else
        {
            new WordComparisonText(screen, comparison, unit, top).Write();
        }

        return ExitCode.Good;
    }

    private static JsonObject ToJson(WordComparison comparison, int top, string[] remarks)
    {
        var json = new ComparisonFigures(comparison.Pair).ToJson();
        json["smoothed"] = new JsonObject
        {
            ["pseudo_count"] = comparison.PseudoCount,
            ["cross_entropy_nats"] = ComparisonFigures.Value(comparison.CrossEntropy),
            ["perplexity"] = ComparisonFigures.Value(comparison.Perplexity),
            ["kl_nats"] = ComparisonFigures.Value(comparison.KullbackLeibler),
            ["kl_reverse_nats"] = ComparisonFigures.Value(comparison.Reverse),
        };
        json["p"] = ToJson(comparison.P, comparison.OnlyInP);
        json["q"] = ToJson(comparison.Q, comparison.OnlyInQ);
        json["distinct_words"] = comparison.Pair.Labels.Count;
        json["more_in_p"] = ToJson(comparison.MoreInP(top));
        json["more_in_q"] = ToJson(comparison.MoreInQ(top));
        if (remarks.Length > 0)
        {
            json["remarks"] = new JsonArray([.. remarks.Select(remark => JsonValue.Create(remark))]);
        }

        return json;
    }

    private static JsonObject ToJson(GivenText text, MissingWords missing) => new()
    {
        ["text"] = text.Source.Path,
        ["files"] = text.Source.Files.Count,
        ["tokens"] = text.Tokens,
        ["distinct_words"] = text.Counts.Count,
        ["tokens_only_here"] = missing.Tokens,
        ["distinct_words_only_here"] = missing.Words,
    };

    private static JsonArray ToJson(IReadOnlyList<WordShares> words) =>
    [
        .. words.Select(word => new JsonObject
        {
            ["word"] = word.Word,
            ["p_share"] = word.P,
            ["q_share"] = word.Q,
            ["contribution_nats"] = ComparisonFigures.Value(word.ContributionNats),
            ["reverse_contribution_nats"] = ComparisonFigures.Value(word.ReverseContributionNats),
        }),
    ];
}
