using System.Globalization;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Commands;

/// <summary>Every measure of two distributions for people.</summary>
/// <param name="screen">Where to write them.</param>
/// <param name="figures">The measures.</param>
/// <param name="unit">The unit of entropies and divergences.</param>
internal sealed class MeasureTables(Screen screen, ComparisonFigures figures, InformationUnit unit)
{
    private const int WidthForMeanings = 90; // in cells: a narrower table has no column with the meaning of each measure

    private readonly string _unit = Figures.Name(unit);

    /// <summary>Writes the measures, and below them those that have an order α.</summary>
    public void Write()
    {
        WriteMeasures();
        screen.WriteLine();
        WriteOrders();
    }

    private void WriteMeasures()
    {
        var hasMeanings = screen.Width >= WidthForMeanings;
        var table = hasMeanings ? Screen.Table("measure", " value", "unit", "what it is") : Screen.Table("measure", " value", "unit");
        Row("entropy H(P)", Information(figures.EntropyP), _unit, "mean code length of P in the best code for P");
        Row("cross-entropy H(P,Q)", Information(figures.CrossEntropy), _unit, "mean code length of P in the best code for Q");
        Row("Kullback-Leibler D(P‖Q)", Information(figures.KullbackLeibler), _unit, "the difference of these two");
        Row("Kullback-Leibler D(Q‖P)", Information(figures.Reverse), _unit, "the same with P and Q exchanged");
        var isNats = unit == InformationUnit.Nats;
        Row("Jeffreys", Information(figures.Jeffreys), _unit, $"D(P‖Q) + D(Q‖P); {(isNats ? "" : "in nats, ")}the PSI of credit scoring");
        Row("symmetrised mean", Information(figures.SymmetrisedMean), _unit, "half of Jeffreys");
        var limit = isNats ? "ln 2" : "1";
        Row("Jensen-Shannon", Information(figures.JensenShannon), _unit, $"mean of D(P‖M) and D(Q‖M), M = (P + Q)/2; at most {limit}");
        Row("Jensen-Shannon distance", figures.JensenShannonDistance, "0 to 1", "square root of the same in bits; a metric");
        Row("Hellinger distance", figures.Hellinger, "0 to 1", "distance of the square roots of P and Q; a metric");
        Row("total variation", figures.TotalVariation, "0 to 1", "the share of values that are in other bins");
        Row("L∞", figures.LInfinity, "0 to 1", "the largest change of a bin's share");
        Row("χ²", figures.ChiSquare, "", "Σ (p − q)²/q");
        RowIfPresent("Kolmogorov-Smirnov", figures.KolmogorovSmirnov, "0 to 1", "the largest difference of the cumulative shares");
        RowIfPresent("Wasserstein-1", figures.WassersteinInBins, "bins", "how far values must move on average");
        RowIfPresent("Wasserstein-1", figures.Wasserstein, "field", "the same in the unit of the field");
        screen.Write(table);

        double Information(double nats) => Figures.In(unit, nats);

        void RowIfPresent(string name, double? value, string range, string meaning)
        {
            if (value is { } known)
            {
                Row(name, known, range, meaning);
            }
        }

        void Row(string name, double value, string range, string meaning)
        {
            Text[] cells = [new(name), new(Figures.Of(value)), new(range), new(meaning, Screen.Aside)];
            table.AddRow(hasMeanings ? cells : cells[..3]);
        }
    }

    private void WriteOrders()
    {
        var table = Screen.Table("Rényi, α", $" entropy of P, {_unit}", $" divergence, {_unit}");
        foreach (var (order, entropy, divergence) in figures.Renyi)
        {
            table.AddRow(
                new Text(double.IsInfinity(order) ? "∞" : order.ToString(CultureInfo.InvariantCulture)),
                new Text(Figures.Of(Figures.In(unit, entropy))),
                new Text(Figures.Of(Figures.In(unit, divergence))));
        }

        screen.Write(table);
    }
}
