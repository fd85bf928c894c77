using System.Globalization;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Samples;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Commands;

/// <summary>A comparison for people: the bins side by side, every measure, and what the figures say in words.</summary>
internal sealed class ComparisonText(Screen screen, PairedDistributions pair, InformationUnit unit)
{
    private const int WidthForMeanings = 90;

    private readonly ComparisonFigures _figures = new(pair);
    private readonly string _unit = Figures.Name(unit);

    /// <summary>Writes all of it.</summary>
    public void Write()
    {
        WriteBins();
        screen.WriteLine();
        WriteMeasures();
        screen.WriteLine();
        WriteOrders();
        screen.WriteLine();
        foreach (var sentence in Sentences())
        {
            screen.WriteLine(sentence);
        }
    }

    private void WriteBins()
    {
        var table = Screen.Table(" bin", " P", "", " Q", "", $" to D(P‖Q), {_unit}");
        var most = Math.Max(Largest(pair.P.Probabilities), Largest(pair.Q.Probabilities));
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

    private void WriteMeasures()
    {
        var hasMeanings = screen.Width >= WidthForMeanings;
        var table = hasMeanings ? Screen.Table("measure", " value", "unit", "what it is") : Screen.Table("measure", " value", "unit");
        Row("entropy H(P)", Information(_figures.EntropyP), _unit, "what a value of P takes in the best code for P");
        Row("cross-entropy H(P,Q)", Information(_figures.CrossEntropy), _unit, "what it takes in the best code for Q: H(P) + D(P‖Q)");
        Row("Kullback-Leibler D(P‖Q)", Information(_figures.KullbackLeibler), _unit, "the difference of the two");
        Row("Kullback-Leibler D(Q‖P)", Information(_figures.Reverse), _unit, "the same for Q in the best code for P");
        Row("Jeffreys", Information(_figures.Jeffreys), _unit, $"D(P‖Q) + D(Q‖P){(unit == InformationUnit.Nats ? "; credit scoring's PSI" : "; in nats credit scoring's PSI")}");
        Row("symmetrised mean", Information(_figures.SymmetrisedMean), _unit, "half of it");
        Row("Jensen-Shannon", Information(_figures.JensenShannon), _unit, $"mean of D(P‖M) and D(Q‖M), M their mixture; at most {(unit == InformationUnit.Nats ? "ln 2" : "1")}");
        Row("Jensen-Shannon distance", _figures.JensenShannonDistance, "0 to 1", "root of the same in bits; a metric");
        Row("Hellinger distance", _figures.Hellinger, "0 to 1", "of the roots of the probabilities; a metric");
        Row("total variation", _figures.TotalVariation, "0 to 1", "the share that lies in other bins");
        Row("L∞", _figures.LInfinity, "0 to 1", "the largest change of a bin");
        Row("χ²", _figures.ChiSquare, "", "Σ (p − q)²/q");
        RowIfAny("Kolmogorov-Smirnov", _figures.KolmogorovSmirnov, "0 to 1", "the largest difference of the cumulative shares");
        RowIfAny("Wasserstein-1", _figures.WassersteinInBins, "bins", "how far a value has to go, on average");
        RowIfAny("Wasserstein-1", _figures.Wasserstein, "field", "the same in the field's own unit");
        screen.Write(table);

        double Information(double nats) => Figures.In(unit, nats);

        void RowIfAny(string name, double? value, string of, string meaning)
        {
            if (value is { } known)
            {
                Row(name, known, of, meaning);
            }
        }

        void Row(string name, double value, string of, string meaning)
        {
            Text[] cells = [new(name), new(Figures.Of(value)), new(of), new(meaning, Screen.Aside)];
            table.AddRow(hasMeanings ? cells : cells[..3]);
        }
    }

    private void WriteOrders()
    {
        var table = Screen.Table("Rényi, α", $" entropy of P, {_unit}", $" divergence, {_unit}");
        foreach (var (order, entropy, divergence) in _figures.Renyi)
        {
            table.AddRow(
                new Text(double.IsInfinity(order) ? "∞" : order.ToString(CultureInfo.InvariantCulture)),
                new Text(Figures.Of(Figures.In(unit, entropy))),
                new Text(Figures.Of(Figures.In(unit, divergence))));
        }

        screen.Write(table);
    }

    private IEnumerable<string> Sentences()
    {
        yield return $"A value of P takes {Amount(_figures.EntropyP)} in the code that suits P best: its entropy.";
        if (_figures.KullbackLeibler == 0 && _figures.Reverse == 0)
        {
            yield return "P and Q are the same distribution: neither code costs more than the other.";
            yield break;
        }

        if (double.IsInfinity(_figures.KullbackLeibler))
        {
            yield return $"D(P‖Q) is infinite: P has {Lacking(pair.P.Probabilities, pair.Q.Probabilities)}, which Q holds impossible, so that a code made for Q has no word for it. Jensen-Shannon and the distances stay finite; so does a monitor, which smooths its reference by half an event in every bin (for samples: --alpha 0.5).";
        }
        else
        {
            yield return $"In a code made for Q it takes {Amount(_figures.CrossEntropy)}, the cross-entropy: {Value(_figures.EntropyP)} + {Value(_figures.KullbackLeibler)} {_unit}.";
            yield return $"So coding P with a code made for Q costs {Amount(_figures.KullbackLeibler)} a value more than need be: D(P‖Q). It is what a monitor shows, P being the window and Q the reference.";
        }

        yield return double.IsInfinity(_figures.Reverse)
            ? $"The other direction, D(Q‖P), is infinite: Q has {Lacking(pair.Q.Probabilities, pair.P.Probabilities)}, which P holds impossible."
            : $"The other direction, coding Q with a code made for P, costs {Amount(_figures.Reverse)} more: D(Q‖P). Each direction weighs the bins by how often its own side is in them.";
    }

    private string Amount(double nats) => Figures.Amount(unit, nats);

    private string Value(double nats) => Figures.Of(Figures.In(unit, nats));

    private string Lacking(ReadOnlySpan<double> has, ReadOnlySpan<double> lacks)
    {
        const int Named = 5;
        var bins = new List<string>();
        for (var bin = 0; bin < has.Length; bin++)
        {
            if (has[bin] > 0 && lacks[bin] == 0)
            {
                bins.Add(Screen.Unbroken($"{Screen.PlainLabel(pair.Labels[bin], Math.Min(40, screen.Width - 20))} ({Figures.Percent(has[bin])})"));
            }
        }

        return bins.Count <= Named ? $"{(bins.Count == 1 ? "the bin" : "the bins")} {string.Join(", ", bins.SkipLast(1))}{(bins.Count > 1 ? " and " : "")}{bins[^1]}"
            : $"the bins {string.Join(", ", bins.Take(Named))} and {bins.Count - Named} more";
    }

    private static double Largest(ReadOnlySpan<double> values)
    {
        var largest = 0.0;
        foreach (var value in values)
        {
            largest = Math.Max(largest, value);
        }

        return largest;
    }
}
