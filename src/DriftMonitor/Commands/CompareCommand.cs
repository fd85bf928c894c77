using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>compare</c>: compares two distributions or texts by every measure and explains the figures.</summary>
internal static class CompareCommand
{
    /// <summary>The forms that P, Q and SAMPLE can have, for the help.</summary>
    public const string InputForms =
        "weights as JSON ([0.2,0.8] or {\"spam\":8,\"ham\":2}), a file of them, FILE.csv:COLUMN (.csv.gz too), or a reference file";

    /// <summary>Creates the verb.</summary>
    public static Command Create()
    {
        // Optional for the library, as --query takes a single document too; the validator below requires them.
        var p = new Argument<string?>("P")
        {
            Description = $"The distribution to judge: {InputForms}. With --text, a text.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var q = new Argument<string?>("Q")
        {
            Description = "The distribution to compare it with, in the same forms. The bins of values come from Q only.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var documents = new Argument<string[]>("DOC")
        {
            Description = "With --query: any number of documents, files or folders, in place of P and Q.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var unit = new Option<InformationUnit>("--unit", "-u")
        {
            Description = "Unit of entropies and divergences in text output. Default: nats. JSON output has nats, and some also in bits.",
            HelpName = "nats|bits",
        };
        var bins = BinsOptions.Bins("as in `reference build`");
        var edges = BinsOptions.Edges();
        var alpha = new Option<double>("--alpha", "-a")
        {
            Description = "Pseudo-count to add to each bin, 0 to 1000. Default: 0, the counts as they are. "
                + "A monitor adds 0.5: with that value, each measure equals the monitor's and is finite.",
            HelpName = "A",
        };
        OptionChecks.RequireRange(alpha, 0, 1000);
        var output = SharedOptions.Output();
        var texts = new TextOptions();
        var command = new Verb(
            "compare",
            "Compare two distributions, samples or texts: bins side by side, every measure in nats or bits, and what the figures mean.",
            "driftmonitor compare '{\"spam\":0.8,\"ham\":0.2}' '{\"spam\":0.6,\"ham\":0.4}' --unit bits",
            "driftmonitor compare yesterday.csv:amount last-month.csv.gz:amount --alpha 0.5",
            "driftmonitor compare today.csv:dep_delay departure-delay.json --output json",
            "driftmonitor compare --text tickets-today.txt tickets/",
            "driftmonitor compare --text --query \"payment refused\" tickets/ --top 10")
        { p, q, documents, unit, alpha, bins, edges };
        foreach (var option in texts.All)
        {
            command.Add(option);
        }

        command.Add(output);
        command.Validators.Add(result =>
            texts.Check(result, [.. Inputs(argument => result.GetResult(argument))], alpha, [bins, edges], command.Examples[0]));
        command.SetAction(result =>
        {
            string[] inputs = [.. Inputs(result.GetResult)];
            var screen = Screen.OfStandardOutput();
            return texts.IsGiven(result)
                ? texts.Run(result, inputs, result.GetValue(unit), result.GetValue(alpha), result.GetValue(output), screen)
                : Run(
                    inputs[0],
                    inputs[1],
                    result.GetValue(unit),
                    BinsOptions.Parse(result.GetValue(bins), result.GetValue(edges)),
                    result.GetValue(alpha),
                    result.GetValue(output),
                    screen);
        });
        return command;

        IEnumerable<string> Inputs(Func<Argument, ArgumentResult?> resultOf) =>
            command.Arguments.SelectMany(argument => resultOf(argument)?.Tokens ?? []).Select(token => token.Value);
    }

    /// <summary>Compares two distributions and writes the result.</summary>
    /// <param name="p">The distribution to judge, in one of the <see cref="InputForms"/>.</param>
    /// <param name="q">The distribution to compare it with.</param>
    /// <param name="unit">The unit of the text.</param>
    /// <param name="choice">How to bin two columns; null for the default.</param>
    /// <param name="alpha">The pseudo-count of each bin; 0 for none.</param>
    /// <param name="format">The output format.</param>
    /// <param name="screen">Where to write the result.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string p, string q, InformationUnit unit, BinsChoice? choice, double alpha, OutputFormat format, Screen screen)
    {
        var givenP = GivenDistribution.Read("P", p, choice?.IsCategorical);
        var givenQ = GivenDistribution.Read("Q", q, choice?.IsCategorical);
        WriteRemarks(givenP);
        WriteRemarks(givenQ);
        var pair = PairedDistributions.Pair(givenP, givenQ, choice, alpha);
        foreach (var remark in pair.Remarks)
        {
            Messages.Write(remark);
        }

        if (format == OutputFormat.Json)
        {
            var json = new ComparisonFigures(pair).ToJson();
            if (pair.Remarks.Count > 0)
            {
                json["remarks"] = new JsonArray([.. pair.Remarks.Select(remark => JsonValue.Create(remark))]);
            }

            screen.WriteJson(json);
            return ExitCode.Good;
        }

        screen.WriteLine(Screen.Plain($"P  {p}", screen.Width));
        screen.WriteLine(Screen.Plain($"Q  {q}", screen.Width));
        screen.WriteLine();
        new ComparisonText(screen, pair, unit).Write();
        return ExitCode.Good;
    }

    /// <summary>Writes what weights were taken for, and warns of rows of a column that could not be read.</summary>
    public static void WriteRemarks(GivenDistribution given)
    {
        if (given is GivenWeights { Note: { } note })
        {
            Messages.Write($"note: {note}");
        }

        if (given is GivenColumn { Rejected: var rejected } column
            && RejectionText.Describe(null, "row", column.Sample.Count + rejected.Total, rejected, column.FirstRejected) is { } losses)
        {
            Messages.Write($"warning: {given.Name}: {losses}");
        }
    }
}
