using System.Globalization;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Proposals;

/// <summary>
/// Decides from the facts of a field whether it is worth watching. What is left out either has no distribution that could stay the same
/// (times, counters, identifiers), or none that could be shown (constants, texts, objects).
/// </summary>
/// <remarks>The rules, in their order, are in deploy/docs/first-use.md; the first that applies decides.</remarks>
internal static class FieldRules
{
    /// <summary>A field that more events than this lack is left out.</summary>
    public const double MostMissing = 0.9;

    /// <summary>As many categories as <c>reference build</c> makes without a choice.</summary>
    public const int UsualCategories = 20;

    /// <summary>If it takes more values than this to hold 90 % of the events, they are no categories.</summary>
    public const int MostCategories = 100;

    /// <summary>Texts with at least so many words on average are no names.</summary>
    public const double WordsOfText = 3;

    /// <summary>From this share of distinct values on, they are identifiers, or, if they also rise, counters.</summary>
    public const double NearlyAllDistinct = 0.9;

    /// <summary>Of fewer values nothing is said that depends on how many are distinct.</summary>
    public const int FewestValues = 10;

    private const double MostlyRising = 0.9; // share of steps that do not fall, of a counter whose events may come out of order
    private const double Seldom = 0.05; // share of the changes at random
    private const double FewestChangesAtRandom = 20; // to be told from chance
    private const double LargestCount = 9_007_199_254_740_992; // 2^53: above it, doubles do not tell integers apart

    /// <summary>Decides about a field.</summary>
    /// <param name="facts">Its facts.</param>
    /// <param name="longest">The monitors' longest window.</param>
    public static FieldDecision Decide(FieldFacts facts, TimeSpan longest)
    {
        if (facts.Missing == facts.Events)
        {
            return FieldDecision.LeaveOut("it never has a value");
        }

        if (facts.Composites > facts.Values)
        {
            return FieldDecision.LeaveOut(
                $"it is an array or an object: watch an element, such as {facts.Field}[0], or length({facts.Field})");
        }

        if (facts.Missing > MostMissing * facts.Events)
        {
            return FieldDecision.LeaveOut($"it is missing from {Figures.Percent((double)facts.Missing / facts.Events)} of the events");
        }

        if (facts.IsTime)
        {
            return FieldDecision.LeaveOut("it is a time, which never stays the same");
        }

        if (facts.Distinct == 1 && facts.Missing == 0 && facts.Composites == 0)
        {
            return FieldDecision.LeaveOut("it is constant: all events have the same value");
        }

        if (FollowsTime(facts, longest))
        {
            return FieldDecision.LeaveOut(
                $"it follows the time: {Phrases.Count(facts.Changes, "change")} in {Phrases.Duration(facts.Span.TotalSeconds)}, "
                + "in stretches that are too long for the windows");
        }

        var isQuantity = facts is { IsNumeric: true, Distinct: > 1 } && !FieldName.IsOfCode(facts.Field);
        return isQuantity ? DecideNumbers(facts) : DecideCategories(facts);
    }

    private static bool FollowsTime(FieldFacts facts, TimeSpan longest) =>
        facts.ChangesAtRandom >= FewestChangesAtRandom
        && facts.Changes < Seldom * facts.ChangesAtRandom
        && 2 * facts.Span / (facts.Changes + 1) >= longest;

    private static FieldDecision DecideNumbers(FieldFacts facts) =>
        facts.Values < FewestValues || facts.Distinct < NearlyAllDistinct * facts.Values ? new FieldDecision(BinsChoice.Auto, true, "")
        : facts.RisingShare >= MostlyRising
            ? FieldDecision.LeaveOut($"it only rises, as a counter does: its steps are difference({facts.Field})")
        : facts.IsWhole && facts.Largest > LargestCount
            ? FieldDecision.LeaveOut($"it is an identifier: {DistinctOf(facts)}")
        : new FieldDecision(BinsChoice.Auto, true, "");

    private static FieldDecision DecideCategories(FieldFacts facts)
    {
        var areDistinct = facts.Values >= FewestValues && facts.Distinct >= NearlyAllDistinct * facts.Values;
        if (areDistinct || facts.DistinctForMost > MostCategories)
        {
            var kind = facts.MeanWords >= WordsOfText ? "free text" : "an identifier";
            return FieldDecision.LeaveOut($"it is {kind}: {DistinctOf(facts)}");
        }

        var categories = Math.Max(UsualCategories, facts.DistinctForMost);
        return new FieldDecision(
            categories == UsualCategories && !facts.IsNumeric
                ? BinsChoice.Auto
                : BinsChoice.Parse(string.Create(CultureInfo.InvariantCulture, $"categories:{categories}")),
            false,
            "")
        { HasNumbersAsCategories = facts.IsNumeric };
    }

    private static string DistinctOf(FieldFacts facts) =>
        $"{facts.Distinct} different values in {Phrases.Count(facts.Values, "event")}";
}
