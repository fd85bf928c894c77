using DriftMonitor.Core.Divergences;
using DriftMonitor.Samples;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Commands;

/// <summary>A comparison for people: the bins side by side, every measure, and the figures explained in words.</summary>
/// <param name="screen">Where to write it.</param>
/// <param name="pair">The two distributions.</param>
/// <param name="unit">The unit of entropies and divergences.</param>
internal sealed class ComparisonText(Screen screen, PairedDistributions pair, InformationUnit unit)
{
    private readonly ComparisonFigures _figures = new(pair);
    private readonly string _unit = Figures.Name(unit);

    /// <summary>Writes the comparison.</summary>
    public void Write()
    {
        WriteBins();
        screen.WriteLine();
        new MeasureTables(screen, _figures, unit).Write();
        screen.WriteLine();
        foreach (var sentence in Explanations())
        {
            screen.WriteLine(sentence);
        }
    }

    private void WriteBins()
    {
        var table = Screen.Table(" bin", " P", "", " Q", "", $" to D(P‖Q), {_unit}");
        var most = Math.Max(pair.P.Probabilities.ToArray().Max(), pair.Q.Probabilities.ToArray().Max());
        for (var bin = 0; bin < pair.Labels.Count; bin++)
        {
            var (p, q) = (pair.P[bin], pair.Q[bin]);
            var contribution = Information.Contribution(p, q);
            table.AddRow(
                new Text(Screen.Unbroken(Screen.PlainLabel(pair.Labels[bin], screen.Width / 4))),
                new Text(Figures.Percent(p)),
                new Bar(p / most, Color.Teal),
                new Text(Figures.Percent(q)),
                new Bar(q / most, Color.Grey),
                new Text(Figures.Signed(Figures.In(unit, contribution)), new Style(contribution > 0 ? Color.Maroon : Color.Default)));
        }

        screen.Write(table);
    }

    private IEnumerable<string> Explanations()
    {
        yield return $"In the best code for P, a value of P takes {Amount(_figures.EntropyP)} on average: the entropy of P.";
        if (_figures.KullbackLeibler == 0 && _figures.Reverse == 0)
        {
            yield return "P and Q are the same in these bins: the same code is best for both.";
            yield break;
        }

        if (double.IsInfinity(_figures.KullbackLeibler))
        {
            var bins = MissingBins(pair.P.Probabilities, pair.Q.Probabilities);
            yield return $"D(P‖Q) is infinite: P has {bins}, to which Q gives probability 0, so a code for Q has no codeword for it. "
                + "Jensen-Shannon and the distances stay finite. So do the readings of a monitor, "
                + "because it smooths its reference with half an event in every bin (for samples: --alpha 0.5).";
        }
        else
        {
            yield return $"In the best code for Q, it takes {Amount(_figures.CrossEntropy)}, the cross-entropy: "
                + $"{Value(_figures.EntropyP)} + {Value(_figures.KullbackLeibler)} {_unit}.";
            yield return $"So the code for Q costs {Amount(_figures.KullbackLeibler)} more per value of P. This is D(P‖Q), "
                + "the number that a monitor shows: P is its window, Q its reference.";
        }

        yield return double.IsInfinity(_figures.Reverse)
            ? $"In the other direction, D(Q‖P) is infinite: Q has {MissingBins(pair.Q.Probabilities, pair.P.Probabilities)}, "
                + "to which P gives probability 0."
            : $"In the other direction, the code for P costs {Amount(_figures.Reverse)} more per value of Q: D(Q‖P). "
                + "Each direction weights the bins with the probabilities of its first distribution.";
    }

    private string Amount(double nats) => Figures.Amount(unit, nats);

    private string Value(double nats) => Figures.Of(Figures.In(unit, nats));

    // The bins that one distribution has and the other lacks, for a sentence: "the bins b (30.0 %) and c (20.0 %)".
    private string MissingBins(ReadOnlySpan<double> has, ReadOnlySpan<double> lacks)
    {
        const int MaxListed = 5;
        var bins = new List<string>();
        for (var bin = 0; bin < has.Length; bin++)
        {
            if (has[bin] > 0 && lacks[bin] == 0)
            {
                var label = Screen.PlainLabel(pair.Labels[bin], Math.Min(40, screen.Width - 20));
                bins.Add(Screen.Unbroken($"{label} ({Figures.Percent(has[bin])})"));
            }
        }

        return bins switch
        {
            [var only] => $"the bin {only}",
            { Count: <= MaxListed } => $"the bins {string.Join(", ", bins.SkipLast(1))} and {bins[^1]}",
            _ => $"the bins {string.Join(", ", bins.Take(MaxListed))} and {bins.Count - MaxListed} more",
        };
    }
}
