using System.CommandLine;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;
using DriftMonitor.Terminal;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary><c>compare</c>: two distributions by every measure, and what the figures mean.</summary>
internal static class CompareCommand
{
    /// <summary>What P, Q and SAMPLE may be.</summary>
    public const string Forms = "weights as JSON ([0.2,0.8] or {\"spam\":8,\"ham\":2}), a file of them, FILE.csv:COLUMN (.csv.gz too), or a reference file";

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var p = new Argument<string>("P") { Description = $"The distribution that is judged: {Forms}." };
        var q = new Argument<string>("Q") { Description = "What it is compared with, in the same form; bins of values come from it alone." };
        var unit = new Option<InformationUnit>("--unit", "-u") { Description = "The unit of entropies and divergences in the text; JSON has nats, and bits beside some.", HelpName = "nats|bits" };
        var bins = BinsOptions.Bins();
        var edges = BinsOptions.Edges();
        var alpha = new Option<double>("--alpha", "-a") { Description = "Smooth counts by so much in each bin, as a monitor does by 0.5: each measure is then the monitor's number, and finite. Without it, both are as counted.", HelpName = "A" };
        Verbs.InRange(alpha, 0, 1000);
        var output = Verbs.Output();
        var command = new Verb(
            "compare",
            "Compare two distributions or samples by every measure: bins side by side, nats or bits, and what the figures mean.",
            "driftmonitor compare '{\"spam\":0.8,\"ham\":0.2}' '{\"spam\":0.6,\"ham\":0.4}' --unit bits",
            "driftmonitor compare yesterday.csv:amount last-month.csv.gz:amount --alpha 0.5",
            "driftmonitor compare today.csv:dep_delay departure-delay.json --output json")
        { p, q, unit, alpha, bins, edges, output };
        command.SetAction((result, _) => Task.FromResult(Run(
            result.GetRequiredValue(p), result.GetRequiredValue(q), result.GetValue(unit), BinsOptions.OfColumn(result.GetValue(bins), result.GetValue(edges)), result.GetValue(alpha), result.GetValue(output), Screen.OfStandardOutput())));
        return command;
    }

    /// <summary>Compares, and writes the outcome to a screen.</summary>
    public static int Run(string p, string q, InformationUnit unit, BinsChoice? choice, double alpha, OutputFormat format, Screen screen)
    {
        var (givenP, givenQ) = (GivenDistribution.Read("P", p, choice?.IsCategorical), GivenDistribution.Read("Q", q, choice?.IsCategorical));
        SayWhatWasLeftOut(givenP);
        SayWhatWasLeftOut(givenQ);
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

    /// <summary>Tells of a column's rows that could not be read.</summary>
    public static void SayWhatWasLeftOut(GivenDistribution given)
    {
        if (given is GivenColumn { Rejected: var rejected } && rejected.Occurred.ToList() is { Count: > 0 } reasons)
        {
            Verbs.Say($"warning: {given.Name}: rows left out: {string.Join(", ", reasons.Select(reason => $"{reason.Value} {reason.Key}"))}");
        }
    }
}
