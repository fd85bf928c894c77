using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Samples;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Commands;

/// <summary>A ranking of fitted families for people, with the best one as a reference to copy into a configuration.</summary>
/// <param name="screen">Where to write it.</param>
/// <param name="text">The sample as it was given.</param>
/// <param name="sample">The sample's numbers and bins.</param>
/// <param name="ranking">The fitted families, best first.</param>
internal sealed class FitText(Screen screen, string text, NumericSample sample, FitRanking ranking)
{
    private const double Negligible = 1e-12; // in nats: the rounding error of a few terms
    private const int LongestBarOverMedian = 10;
    private const int MaxIntegerBins = 40; // in a configuration: more whole numbers than that share bins

    private readonly WeightedValues _values = sample.Values;
    private readonly double _range = sample.Values.Maximum - sample.Values.Minimum;

    /// <summary>Writes the sample's summary, the ranking and the best family as a reference.</summary>
    public void Write()
    {
        screen.WriteLine(Screen.Plain($"SAMPLE  {text}", screen.Width));
        screen.WriteLine(Summary());
        screen.WriteLine();
        if (ranking.Fits.Count == 0)
        {
            screen.WriteLine("No family fits these values.");
            WriteLeftOut();
            return;
        }

        WriteRanking();
        screen.WriteLine();
        foreach (var sentence in Verdict())
        {
            screen.WriteLine(sentence);
        }

        if (ranking.Fits.Any(fit => double.IsInfinity(fit.LostNats)))
        {
            screen.WriteLine("An infinite loss means that the fitted family gives probability 0 to a value of the sample.");
        }

        WriteLeftOut();
        screen.WriteLine();
        screen.WriteLine("As a monitor's reference:");
        screen.WriteJson("Reference", ToReference(ranking.Fits[0].Distribution));
    }

    /// <summary>A distribution's parameters by name.</summary>
    public static JsonObject ParametersToJson(ParametricDistribution distribution) =>
        new(distribution.Parameters.Select(parameter => KeyValuePair.Create<string, JsonNode?>(parameter.Key, parameter.Value)));

    private IEnumerable<string> Verdict()
    {
        var best = ranking.Fits[0];
        var name = best.Distribution.Name;
        var equal = ranking.Fits.Take(ranking.EquallyGood).Select(fit => fit.Distribution.Name).ToList();
        if (equal.Count > 1)
        {
            var noise = double.IsFinite(_values.Size) ? $"the noise of {Phrases.Count((long)_values.Size, "value")}" : "rounding errors";
            yield return $"{string.Join(", ", equal.SkipLast(1))} and {equal[^1]} are equally good: what they lose differs by no more than "
                + $"{noise}. {name} is the simplest.";
        }

        var cost = $"a code made for it costs {Figures.Amount(InformationUnit.Nats, best.LostNats)} more per value than a code made for "
            + "the sample: D(sample‖family).";
        yield return best.LostNats < Negligible ? $"{name} loses nothing: it equals the distribution of the sample."
            : best.LostNats > ranking.Fits.Min(fit => fit.LostNats) ? $"With {name}, {cost}"
            : $"{name} loses the least: {cost}";
        yield return double.IsFinite(_values.Size)
            ? $"Each parameter counts as {Figures.Of(best.PenaltyNats / best.Distribution.FreeParameters)} nats lost, ln(n)/2n for n = "
                + $"{Phrases.Count((long)_values.Size, "value")}."
            : "The number of values is not known, so neither noise nor the number of parameters counts: use counts as weights.";
    }

    private string Summary()
    {
        var bins = sample.Binning switch
        {
            null => "",
            { Regular: 1 } => "1 bin and the tails outside it",
            { Regular: var regular } => $"{regular} bins and the tails outside them",
        };
        if (sample.AreMidpoints)
        {
            return $"from {InRange(sample.Binning!.Edges[0])} to {InRange(sample.Binning.Edges[^1])}, counted in {bins}; "
                + "the numbers themselves are not known, so the parameters are those that lose the least over the bins";
        }

        var comparison = sample.Binning is null ? "at each whole number" : $"in {bins}";
        var deviation = Math.Sqrt(_values.Average(value => (value - _values.Mean) * (value - _values.Mean)));
        return $"from {InRange(_values.Minimum)} to {InRange(_values.Maximum)}, mean {InRange(_values.Mean)}, "
            + $"standard deviation {Format(deviation, deviation, 6)}; compared {comparison}";
    }

    // Six digits of the range, not of the number: timestamps, for example, share their first digits.
    private string InRange(double value) => Format(value, _range, 6);

    private void WriteRanking()
    {
        var table = Screen.Table("family", "parameters", " lost, nats", " bits", "");
        var longest = LossOfLongestBar();
        foreach (var (place, fit) in ranking.Fits.Index())
        {
            var parameters = fit.Distribution.Parameters.Select(parameter => FormatParameter(parameter.Key, parameter.Value));
            table.AddRow(
                new Text(fit.Distribution.Name),
                new Text(string.Join(", ", parameters)),
                new Text(Figures.Of(fit.LostNats)),
                new Text(Figures.Of(fit.LostBits)),
                new Bar(longest > 0 ? fit.LostNats / longest : 0, place < ranking.EquallyGood ? Color.Green : Color.Grey));
        }

        screen.Write(table);
    }

    private void WriteLeftOut()
    {
        foreach (var family in ranking.LeftOut)
        {
            screen.WriteLine($"{family.Name} is left out: it {family.Reason}.");
        }
    }

    // In nats: the largest loss, but at most ten times the median. Beside a far larger loss, the bars of the others would be invisible.
    private double LossOfLongestBar()
    {
        var finite = ranking.Fits.Select(fit => fit.LostNats).Where(double.IsFinite).DefaultIfEmpty(1).Order().ToList();
        var median = finite[(finite.Count - 1) / 2];
        return median > 0 ? Math.Min(finite[^1], LongestBarOverMedian * median) : finite[^1];
    }

    // Parameters that are positions among the values need as many digits as the values do.
    private string FormatParameter(string name, double value)
    {
        var isPosition = name is "first" or "last" or "lowest" or "highest" or "mean";
        return $"{name} {Format(value, isPosition ? _range : Math.Abs(value), 5)}";
    }

    // Formats a number with so many significant digits of the range, at most the 15 of a double; without an exponent from 1e5 to 1e15.
    private static string Format(double value, double range, int digits)
    {
        var extra = range > 0 && value != 0 ? (int)Math.Ceiling(Math.Log10(Math.Abs(value) / range)) : 0;
        var significant = Math.Clamp(digits + extra, digits, 15);
        if (Math.Abs(value) is not (>= 1e5 and < 1e15))
        {
            return value.ToString($"G{significant}", CultureInfo.InvariantCulture);
        }

        var decimals = Math.Clamp(significant - 1 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 15);
        return Math.Round(value, decimals).ToString("0.###############", CultureInfo.InvariantCulture);
    }

    private JsonObject ToReference(ParametricDistribution distribution) => new()
    {
        ["Kind"] = "parametric",
        ["Family"] = distribution.Name,
        ["Parameters"] = ParametersToJson(distribution),
        ["Edges"] = new JsonArray([.. Edges().Select(edge => JsonValue.Create(edge))]),
    };

    // Without bins, each whole number gets a bin, as with `--bins integers`; several share one if there are too many.
    private IEnumerable<double> Edges()
    {
        if (sample.Binning is { } binning)
        {
            return binning.Edges.ToArray();
        }

        var width = Math.Max(1, Math.Ceiling((_range + 1) / MaxIntegerBins));
        return Enumerable.Range(0, (int)Math.Ceiling((_range + 1) / width) + 1).Select(i => _values.Minimum - 0.5 + i * width);
    }
}
