using System.Globalization;

namespace DriftMonitor.Benchmarks.Counting;

/// <summary>A table of costs beside a formula, in Markdown.</summary>
/// <param name="title">What grows, with the unit.</param>
/// <param name="formula">The formula, for people.</param>
/// <param name="rows">The settings.</param>
/// <param name="predict">The formula's value of each row, from the medians of all of them.</param>
internal sealed class CostTable(
    string title, string formula, IReadOnlyList<CostRow> rows, Func<IReadOnlyList<double>, IReadOnlyList<double>> predict)
{
    private const int WarmUps = 3;

    /// <summary>Measures the rows in turn, forwards and backwards, so that other load on the machine affects all alike.</summary>
    /// <param name="rounds">How often each row is measured.</param>
    public void Measure(int rounds)
    {
        foreach (var row in rows)
        {
            for (var i = 0; i < WarmUps; i++)
            {
                row.WarmUp();
            }
        }

        for (var round = 0; round < rounds; round++)
        {
            foreach (var row in round % 2 == 0 ? rows : rows.Reverse())
            {
                row.Measure();
            }
        }
    }

    /// <summary>Writes the table.</summary>
    public void Print()
    {
        List<double> measured = [.. rows.Select(row => row.Median)];
        var predicted = predict(measured);
        Console.WriteLine($"{title}: {formula}");
        Console.WriteLine();
        Console.WriteLine("| | measured | formula | measured ÷ formula |");
        Console.WriteLine("|---|---|---|---|");
        for (var i = 0; i < rows.Count; i++)
        {
            Console.WriteLine($"| {rows[i].Name} | {Figure(measured[i])} | {Figure(predicted[i])} | {measured[i] / predicted[i]:F2} |");
        }

        Console.WriteLine();
    }

    private static string Figure(double value) => value.ToString(value < 10 ? "F1" : "N0", CultureInfo.InvariantCulture);
}
