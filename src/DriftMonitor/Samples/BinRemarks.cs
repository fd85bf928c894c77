using DriftMonitor.Core.Binning;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Samples;

/// <summary>Warnings about bins and the sample in them, each one line that starts with <c>warning:</c>.</summary>
internal static class BinRemarks
{
    /// <summary>What helps if one bin holds nearly all values.</summary>
    public const string Divide = "divide the bin with --edges or other --bins, such as quantiles:10";

    private const double LargeShareOfMissing = 0.9;
    private const double LargeShareOfWrongTypes = 0.1;

    /// <summary>Warnings about a sample and the bins that were found for it.</summary>
    /// <param name="name">The name of the sample in messages, such as <c>the field "x"</c>.</param>
    /// <param name="binning">The bins.</param>
    /// <param name="counts">The number of values in each.</param>
    /// <param name="crowded">The bin that holds more than half of the numbers; null if there is none.</param>
    /// <param name="remedy">What helps against a crowded bin.</param>
    public static IEnumerable<string> Of(
        string name, FieldBinning binning, IReadOnlyList<long> counts, CrowdedBin? crowded, string remedy = Divide)
    {
        var events = counts.Sum();
        var (missing, wrongTypes) = (counts[binning.Missing], counts[binning.WrongType]);
        var typed = events - missing - wrongTypes;
        foreach (var remark in OfTypes(name, binning, counts))
        {
            yield return remark;
        }

        if (typed == 0)
        {
            yield break; // one of the warnings above says why
        }

        var fullest = Enumerable.Range(0, binning.Missing).MaxBy(bin => counts[bin]);
        if (counts[fullest] == typed)
        {
            var all = typed == events ? "all events are" : $"all but {events - typed} of {Phrases.Count(events, "event")} are";
            yield return $"warning: {all} in one bin, {binning.Label(fullest)}, so only values outside it can show a drift: "
                + "if the field varies inside the bin, choose other --bins or --edges";
        }
        else if (crowded is not null)
        {
            var values = crowded.Values < CrowdedBin.MostValues ? $"{crowded.Values}" : $"{crowded.Values} or more";
            yield return $"warning: one bin, {binning.Label(crowded.Bin)}, holds {crowded.Events} of {crowded.Numbers} numbers of {name}, "
                + $"{values} different ones, so a drift among them stays unseen: {remedy}";
        }
    }

    /// <summary>Warnings about values that are missing or do not have the type of the bins.</summary>
    /// <param name="name">The name of the sample in messages.</param>
    /// <param name="binning">The bins.</param>
    /// <param name="counts">The number of values in each.</param>
    public static IEnumerable<string> OfTypes(string name, FieldBinning binning, IReadOnlyList<long> counts)
    {
        var events = counts.Sum();
        var (missing, wrongTypes) = (counts[binning.Missing], counts[binning.WrongType]);
        var values = events - missing;
        if (missing == events)
        {
            yield return $"warning: {name} is missing from every event: check its name";
        }
        else if (missing > events * LargeShareOfMissing)
        {
            yield return $"warning: {name} is missing from {missing} of {Phrases.Count(events, "event")}: check its name";
        }

        if (wrongTypes > 0 && wrongTypes == values)
        {
            yield return $"warning: none of {Phrases.Count(values, "value")} of {name} has the type of these bins: "
                + "leave out --edges and --bins to let the values decide";
        }
        else if (wrongTypes > values * LargeShareOfWrongTypes)
        {
            var remedy = binning is NumericBinning ? "for categories, use --bins categories:20" : "use a field inside the objects";
            yield return $"warning: {wrongTypes} of {values} values of {name} do not have the type of these bins "
                + $"and count as wrong_type: {remedy}";
        }
    }
}
