using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;

namespace DriftMonitor.Commands;

/// <summary><c>reference fit</c>: ranks families of distributions by how much information each loses about a sample.</summary>
internal static class ReferenceFitCommand
{
    /// <summary>Creates the verb.</summary>
    public static Command Create()
    {
        var sample = new Argument<string>("SAMPLE")
        {
            Description = $"The sample: {CompareCommand.InputForms}. "
                + "An array has the weights of the numbers 0, 1, 2, …; an object has numbers as labels.",
        };
        var bins = BinsOptions.Bins("each whole number is a bin; deciles if some numbers are not whole");
        var edges = BinsOptions.Edges();
        var output = SharedOptions.Output();
        var command = new Verb(
            "fit",
            "Rank families of distributions (uniform, binomial, poisson, geometric, normal, log-normal, exponential, gamma) "
                + "by how much information each loses about a sample and how many parameters it has.",
            "driftmonitor reference fit '[0.02,0.03,0.05,0.14,0.16,0.15,0.12,0.08,0.1,0.08,0.07]'",
            "driftmonitor reference fit '{\"0\":15,\"1\":28,\"2\":27,\"3\":18,\"4\":12}' --output json",
            "driftmonitor reference fit orders.csv.gz:amount --bins quantiles:20")
        { sample, bins, edges, output };
        command.SetAction(result => Run(
            result.GetRequiredValue(sample),
            BinsOptions.Parse(result.GetValue(bins), result.GetValue(edges)),
            result.GetValue(output),
            Screen.OfStandardOutput()));
        return command;
    }

    /// <summary>Fits all families to a sample and writes the ranking.</summary>
    /// <param name="text">The sample, in one of the <see cref="CompareCommand.InputForms"/>.</param>
    /// <param name="choice">How to bin a column; null for the default.</param>
    /// <param name="format">The output format.</param>
    /// <param name="screen">Where to write the ranking.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string text, BinsChoice? choice, OutputFormat format, Screen screen)
    {
        var given = GivenDistribution.Read("SAMPLE", text, choice?.IsCategorical);
        CompareCommand.WriteRemarks(given);
        var sample = NumericSample.Of(given, choice);
        if (sample.Ignored > 0)
        {
            Messages.Write(string.Create(
                CultureInfo.InvariantCulture, $"warning: {given.Name}: {sample.Ignored} values are not finite numbers and are ignored"));
        }

        foreach (var note in sample.Notes)
        {
            Messages.Write($"note: {given.Name}: {note}");
        }

        var ranking = sample.Rank();
        if (format == OutputFormat.Json)
        {
            screen.WriteJson(new JsonArray([.. ranking.Fits.Index().Select(fit => ToJson(fit.Item, fit.Index < ranking.EquallyGood))]));
            return ExitCode.Good;
        }

        new FitText(screen, text, sample, ranking).Write();
        return ExitCode.Good;
    }

    private static JsonObject ToJson(ParametricFit fit, bool isEquallyGood) => new()
    {
        ["family"] = fit.Distribution.Name,
        ["parameters"] = FitText.ParametersToJson(fit.Distribution),
        ["lost_nats"] = ComparisonFigures.Value(fit.LostNats),
        ["lost_bits"] = ComparisonFigures.Value(fit.LostBits),
        ["penalty_nats"] = fit.PenaltyNats,
        ["equally_good"] = isEquallyGood,
    };
}
