using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Commands;

/// <summary><c>reference fit</c>: which family of distributions describes a sample with the least loss of information.</summary>
internal static class FitCommand
{
    private const double Nothing = 1e-12; // nats: the rounding of a few terms
    private const int MostOfTheMiddle = 10;
    private const int MostWholeNumbers = 40; // that get a bin each in a configuration

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var sample = new Argument<string>("SAMPLE") { Description = $"The sample: {CompareCommand.Forms}. An array has the weights of 0, 1, 2, …, an object those of the numbers that are its labels." };
        var bins = BinsOptions.Bins();
        var edges = BinsOptions.Edges();
        var output = Verbs.Output();
        var command = new Verb(
            "fit",
            "Rank families of distributions (uniform, binomial, poisson, geometric, normal, log-normal, exponential, gamma) by the information that each loses about a sample.",
            "driftmonitor reference fit '[0.02,0.03,0.05,0.14,0.16,0.15,0.12,0.08,0.1,0.08,0.07]'",
            "driftmonitor reference fit '{\"0\":15,\"1\":28,\"2\":27,\"3\":18,\"4\":12}' --output json",
            "driftmonitor reference fit orders.csv.gz:amount --bins quantiles:20")
        { sample, bins, edges, output };
        command.SetAction((result, _) => Task.FromResult(Run(
            result.GetRequiredValue(sample), BinsOptions.OfColumn(result.GetValue(bins), result.GetValue(edges)), result.GetValue(output), Screen.OfStandardOutput())));
        return command;
    }

    /// <summary>Fits, and writes the ranking to a screen.</summary>
    public static int Run(string text, BinsChoice? choice, OutputFormat format, Screen screen)
    {
        var given = GivenDistribution.Read("SAMPLE", text, choice?.IsCategorical);
        CompareCommand.SayWhatWasLeftOut(given);
        var sample = NumericSample.Of(given, choice);
        if (sample.LeftOut > 0)
        {
            var values = sample.LeftOut == 1 ? "1 value is no finite number, and is" : $"{sample.LeftOut} values are no finite numbers, and are";
            Verbs.Say($"warning: {given.Name}: {values} left out");
        }

        var ranking = sample.Rank();
        if (format == OutputFormat.Json)
        {
            screen.WriteJson(new JsonArray([.. ranking.Fits.Select(ToJson)]));
            return ExitCode.Good;
        }

        Write(screen, text, sample, ranking);
        return ExitCode.Good;
    }

    private static JsonObject ToJson(ParametricFit fit) => new()
    {
        ["family"] = fit.Distribution.Name,
        ["parameters"] = ParametersOf(fit.Distribution),
        ["lost_nats"] = ComparisonFigures.Value(fit.LostNats),
        ["lost_bits"] = ComparisonFigures.Value(fit.LostBits),
    };

    private static void Write(Screen screen, string text, NumericSample sample, FitRanking ranking)
    {
        var values = sample.Values;
        var deviation = Math.Sqrt(values.Average(value => (value - values.Mean) * (value - values.Mean)));
        screen.WriteLine(Screen.Plain($"SAMPLE  {text}", screen.Width));
        var bins = sample.Binning is { Regular: var regular } ? $"{regular} {(regular == 1 ? "bin" : "bins")}" : "";
        var beyond = $"and the tails beyond {(sample.Binning?.Regular == 1 ? "it" : "them")}";
        screen.WriteLine(sample.AreMidpoints
            ? $"counts in {bins} from {Place(sample.Binning!.Edges[0])} to {Place(sample.Binning.Edges[^1])}, {beyond}; the numbers themselves are not known: parameters are those that lose least over the bins"
            : $"from {Place(values.Least)} to {Place(values.Most)}, mean {Place(values.Mean)}, standard deviation {Digits(deviation, deviation, 6)}; compared {(sample.Binning is null ? "whole number by whole number" : $"in {bins}, {beyond}")}");

        // Six digits of the range, and not of the number: timestamps have the same first ones.
        string Place(double value) => Digits(value, values.Most - values.Least, 6);

        screen.WriteLine();

        if (ranking.Fits.Count == 0)
        {
            screen.WriteLine("No family can have such values.");
            WriteLeftOut(screen, ranking);
            return;
        }

        var table = Screen.Table("family", "parameters", " lost, nats", " bits", "");
        var most = LongestBar(ranking);
        foreach (var (place, fit) in ranking.Fits.Index())
        {
            table.AddRow(
                new Text(fit.Distribution.Name),
                new Text(string.Join(", ", fit.Distribution.Parameters.Select(parameter => $"{parameter.Key} {Digits(parameter.Value, IsPlace(parameter.Key) ? values.Most - values.Least : Math.Abs(parameter.Value), 5)}"))),
                new Text(Figures.Of(fit.LostNats)),
                new Text(Figures.Of(fit.LostBits)),
                new Bar(most > 0 ? fit.LostNats / most : 0, place == 0 ? Color.Green : Color.Grey));
        }

        screen.Write(table);
        screen.WriteLine();
        var best = ranking.Fits[0];
        screen.WriteLine(best.LostNats < Nothing
            ? $"{best.Distribution.Name} loses nothing: it is the sample's own distribution."
            : $"{best.Distribution.Name} loses least: coding the sample with a code made for it costs {Figures.Amount(InformationUnit.Nats, best.LostNats)} a value more than with one made for the sample itself, D(sample‖family).");
        if (ranking.Fits.Any(fit => double.IsInfinity(fit.LostNats)))
        {
            screen.WriteLine("An infinite loss: the family's best member holds a value of the sample impossible.");
        }

        WriteLeftOut(screen, ranking);
        screen.WriteLine();
        screen.WriteLine("As a monitor's reference:");
        screen.WriteJson("Reference", AsReference(best.Distribution, EdgesOf(sample)));
    }

    private static void WriteLeftOut(Screen screen, FitRanking ranking)
    {
        foreach (var family in ranking.LeftOut)
        {
            screen.WriteLine($"{family.Name} is left out: it {family.Reason}.");
        }
    }

    // The loss that a full bar stands for, in nats: the largest, but where one family is hopeless, a few times that of the middle one, as the others would have no bars beside it.
    private static double LongestBar(FitRanking ranking)
    {
        var finite = ranking.Fits.Select(fit => fit.LostNats).Where(double.IsFinite).DefaultIfEmpty(1).ToList(); // in ascending order
        var middle = finite[(finite.Count - 1) / 2];
        return middle > 0 ? Math.Min(finite[^1], MostOfTheMiddle * middle) : finite[^1];
    }

    // Whether a parameter is a place among the values, to be told from others there.
    private static bool IsPlace(string parameter) => parameter is "first" or "last" or "lowest" or "highest" or "mean";

    // A number with as many digits as its place within a range needs, up to all that a double has; no exponent where the digits alone tell it.
    private static string Digits(double value, double range, int digits)
    {
        var further = range > 0 && value != 0 ? (int)Math.Ceiling(Math.Log10(Math.Abs(value) / range)) : 0;
        var all = Math.Clamp(digits + further, digits, 15);
        return Math.Abs(value) is >= 1e5 and < 1e15
            ? Math.Round(value, Math.Clamp(all - 1 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 15)).ToString("0.###############", CultureInfo.InvariantCulture)
            : value.ToString($"G{all}", CultureInfo.InvariantCulture);
    }

    // What stands in a configuration.
    private static JsonObject AsReference(ParametricDistribution distribution, IEnumerable<double> edges) => new()
    {
        ["Kind"] = "parametric",
        ["Family"] = distribution.Name,
        ["Parameters"] = ParametersOf(distribution),
        ["Edges"] = new JsonArray([.. edges.Select(edge => JsonValue.Create(edge))]),
    };

    private static JsonObject ParametersOf(ParametricDistribution distribution) =>
        new(distribution.Parameters.Select(parameter => KeyValuePair.Create<string, JsonNode?>(parameter.Key, parameter.Value)));

    // Whole numbers have a bin each, as `--bins integers` gives them, as long as these are bins that one would want.
    private static IEnumerable<double> EdgesOf(NumericSample sample)
    {
        if (sample.Binning is { } binning)
        {
            return binning.Edges.ToArray();
        }

        var (least, most) = (sample.Values.Least, sample.Values.Most);
        var step = Math.Max(1, Math.Ceiling((most - least + 1) / MostWholeNumbers));
        return Enumerable.Range(0, (int)Math.Ceiling((most - least + 1) / step) + 1).Select(i => least - 0.5 + i * step);
    }
}
