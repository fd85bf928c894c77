namespace DriftMonitor.Benchmarks.Promise;

/// <summary>The delays of all detectors after drifts of one size: a row of the table.</summary>
/// <param name="Delays">The delay in panes by reference, drift and detector; 0 if there was no alarm.</param>
/// <param name="Own">The number of our own detectors, which come first: measured, then independent. The others are rivals.</param>
/// <param name="MostPanes">The number of panes after which no more alarm is waited for.</param>
internal sealed record DelayRow(int[][][] Delays, int Own, int MostPanes)
{
    private const int Measured = 0;

    public override string ToString()
    {
        var detectors = Enumerable.Range(0, Delays[0][0].Length).ToList();
        var better = detectors.Skip(Own).MinBy(Mean);
        var censored = detectors.Where(IsCensored).ToList();
        if (censored.Contains(better) || censored.Contains(Measured))
        {
            return $"{string.Join(" | ", detectors.Select(detector => $"{All(detector).Average(delay => delay > 0 ? 1.0 : 0):0 %}"))} |";
        }

        var means = detectors.Select(detector => $"{(IsCensored(detector) ? "≥ " : "")}{Mean(detector):0.0}");
        return string.Join(" | ", means.Append(Ratio(Measured, better)));
    }

    private IEnumerable<int> All(int detector) => Delays.SelectMany(drifts => drifts).Select(delays => delays[detector]);

    private bool IsCensored(int detector) => All(detector).Contains(0);

    private double Mean(int detector) => All(detector).Average(Panes);

    private int Panes(int delay) => delay > 0 ? delay : MostPanes;

    // The ratio of the means and its jackknife error: how it varies if each reference is left out in turn. No error is given if both
    // detectors have the same delay after every drift, as a delay is at least one pane.
    private string Ratio(int detector, int rival)
    {
        var sums = Array.ConvertAll(
            Delays,
            drifts => (Of: drifts.Sum(delays => Panes(delays[detector])), Over: drifts.Sum(delays => Panes(delays[rival]))));
        var (of, over) = ((double)sums.Sum(sum => sum.Of), (double)sums.Sum(sum => sum.Over));
        var without = Array.ConvertAll(sums, sum => (of - sum.Of) / (over - sum.Over));
        var mean = without.Average();
        var error = Math.Sqrt((without.Length - 1.0) / without.Length * without.Sum(ratio => (ratio - mean) * (ratio - mean)));
        return All(detector).SequenceEqual(All(rival)) ? "1.00" : $"{of / over:0.00} ± {error:0.00}";
    }
}
