using System.CommandLine;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>compare</c>: compares two distributions by every measure and explains the figures.</summary>
internal static class CompareCommand
{
    /// <summary>The forms that P, Q and SAMPLE can have, for the help.</summary>
    public const string InputForms =
        "weights as JSON ([0.2,0.8] or {\"spam\":8,\"ham\":2}), a file of them, FILE.csv:COLUMN (.csv.gz too), or a reference file";

    /// <summary>Creates the verb.</summary>
    public static Command Create()
    {
        var p = new Argument<string>("P") { Description = $"The distribution to judge: {InputForms}." };
        var q = new Argument<string>("Q")
        {
            Description = "The distribution to compare it with, in the same forms. The bins of values come from Q only.",
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
        var command = new Verb(
            "compare",
            "Compare two distributions or samples: bins side by side, every measure in nats or bits, and what the figures mean.",
            "driftmonitor compare '{\"spam\":0.8,\"ham\":0.2}' '{\"spam\":0.6,\"ham\":0.4}' --unit bits",
            "driftmonitor compare yesterday.csv:amount last-month.csv.gz:amount --alpha 0.5",
            "driftmonitor compare today.csv:dep_delay departure-delay.json --output json")
        { p, q, unit, alpha, bins, edges, output };
        command.SetAction(result => Run(
            result.GetRequiredValue(p),
            result.GetRequiredValue(q),
            result.GetValue(unit),
            BinsOptions.Parse(result.GetValue(bins), result.GetValue(edges)),
            result.GetValue(alpha),
            result.GetValue(output),
            Screen.OfStandardOutput()));
        return command;
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
        WarnOfIgnoredRows(givenP);
        WarnOfIgnoredRows(givenQ);
        var pair = PairedDistributions.Pair(givenP, givenQ, choice, alpha);
        if (format == OutputFormat.Json)
        {
            screen.WriteJson(new ComparisonFigures(pair).ToJson());
            return ExitCode.Good;
        }

        screen.WriteLine(Screen.Plain($"P  {p}", screen.Width));
        screen.WriteLine(Screen.Plain($"Q  {q}", screen.Width));
        screen.WriteLine();
        new ComparisonText(screen, pair, unit).Write();
        return ExitCode.Good;
    }

    /// <summary>Warns of rows of a column that could not be read.</summary>
    public static void WarnOfIgnoredRows(GivenDistribution given)
    {
        if (given is GivenColumn { Rejected: var rejected } column && RejectionNames.List(rejected) is { Length: > 0 } reasons)
        {
            var first = column.FirstMalformed is { } malformed ? $"; the first that is malformed: {malformed}" : "";
            Messages.Write($"warning: {given.Name}: rows ignored: {reasons}{first}");
        }
    }
}
