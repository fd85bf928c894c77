using DriftMonitor.Samples;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Commands;

/// <summary>
/// A comparison of two texts for people: their sizes, the words that differ most, every measure, and what the figures mean.
/// </summary>
/// <param name="screen">Where to write it.</param>
/// <param name="comparison">The two texts.</param>
/// <param name="unit">The unit of entropies and divergences.</param>
/// <param name="top">The most words in each list.</param>
internal sealed class WordComparisonText(Screen screen, WordComparison comparison, InformationUnit unit, int top)
{
    private readonly ComparisonFigures _figures = new(comparison.Pair);
    private readonly string _unit = Figures.Name(unit);

    /// <summary>Writes the comparison.</summary>
    public void Write()
    {
        WriteSize("P", comparison.P);
        WriteSize("Q", comparison.Q);
        screen.WriteLine($"{Phrases.GroupedCount(comparison.Pair.Labels.Count, "distinct word")} in all; each is a bin.");
        WriteWords("More in P than in Q", "D(P‖Q)", comparison.MoreInP(top), word => word.ContributionNats);
        WriteWords("More in Q than in P", "D(Q‖P)", comparison.MoreInQ(top), word => word.ReverseContributionNats);
        screen.WriteLine();
        new MeasureTables(screen, _figures, unit).Write();
        screen.WriteLine();
        foreach (var sentence in Explanations())
        {
            screen.WriteLine(sentence);
        }
    }

    private void WriteSize(string name, GivenText text)
    {
        var files = text.Source.IsFolder ? $"{Phrases.GroupedCount(text.Source.Files.Count, "file")}, " : "";
        var size = $"{files}{Phrases.GroupedCount(text.Tokens, "token")}, {Phrases.GroupedCount(text.Counts.Count, "distinct word")}";
        screen.WriteLine($"{Screen.Plain($"{name}  {text.Source.Name}", Math.Max(10, screen.Width - size.Length - 2))}: {size}");
    }

    private void WriteWords(string title, string divergence, IReadOnlyList<WordShares> words, Func<WordShares, double> contributionOf)
    {
        if (words.Count == 0)
        {
            return;
        }

        screen.WriteLine();
        screen.WriteLine($"{title}:");
        var table = Screen.Table(" word", " P", "", " Q", "", $" to {divergence}, {_unit}");
        var most = words.Max(word => Math.Max(word.P, word.Q));
        foreach (var word in words)
        {
            table.AddRow(
                new Text(Screen.Unbroken(Screen.PlainLabel(word.Word, screen.Width / 4))),
                new Text(Figures.SmallPercent(word.P)),
                new Bar(word.P / most, Color.Teal),
                new Text(Figures.SmallPercent(word.Q)),
                new Bar(word.Q / most, Color.Grey),
                new Text(Figures.Signed(Figures.In(unit, contributionOf(word)))));
        }

        screen.Write(table);
    }

    private IEnumerable<string> Explanations()
    {
        yield return $"In the best code for P, a token of P takes {Amount(_figures.EntropyP)} on average: the entropy of P.";
        var isSame = comparison.MoreInP(1).Count == 0;
        if (isSame)
        {
            yield return "P and Q have the same words with the same shares: the same code is best for both.";
        }
        else
        {
            yield return Direction("P", "Q", _figures.KullbackLeibler, comparison.OnlyInP, comparison.P);
            yield return Direction("Q", "P", _figures.Reverse, comparison.OnlyInQ, comparison.Q);
        }

        yield return $"With {Figures.Configured(comparison.PseudoCount)} added to the count of each word, a token of P takes "
            + $"{Amount(comparison.CrossEntropy)} in the best code for Q, the cross-entropy. The perplexity is "
            + $"{Figures.Tick(comparison.Perplexity)}: P is as hard to predict from Q as a choice among so many equally likely words.";
        if (!isSame)
        {
            yield return $"D(P‖Q) is then {Amount(comparison.KullbackLeibler)} and D(Q‖P) {Amount(comparison.Reverse)}. The words' "
                + "contributions above are to these.";
        }
    }

    private string Direction(string one, string other, double divergence, MissingWords missing, GivenText text)
    {
        if (!double.IsInfinity(divergence))
        {
            return $"The code for {other} costs {Amount(divergence)} more per token of {one}: D({one}‖{other}).";
        }

        var share = Figures.SmallPercent((double)missing.Tokens / text.Tokens);
        var named = string.Join(", ", missing.MostFrequent.Select(word => Screen.Plain(word, 40)));
        var more = missing.Words > missing.MostFrequent.Count
            ? $" and {missing.Words - missing.MostFrequent.Count} more" : "";
        return $"D({one}‖{other}) is infinite: {one} has {Phrases.GroupedCount(missing.Words, "word")} that {other} lacks, {share} of "
            + $"its tokens: {named}{more}.";
    }

    private string Amount(double nats) => Figures.Amount(unit, nats);
}
