using System.CommandLine;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>The options <c>--bins</c> and <c>--edges</c>, which exclude each other.</summary>
internal static class BinsOptions
{
    /// <summary>How to choose the bins of a CSV column.</summary>
    /// <param name="defaultBins">The bins that are used without the option, for the help.</param>
    public static Option<string?> Bins(string defaultBins) => new("--bins")
    {
        Description = "Bins for a CSV column, as in `reference build`: quantiles:10, equal:20, log:20, integers, fd, doane "
            + $"or categories:20. Default: {defaultBins}.",
        HelpName = "KIND[:COUNT]",
    };

    /// <summary>The edges of the bins of a CSV column.</summary>
    public static Option<string?> Edges() => new("--edges")
    {
        Description = "Bin edges for a CSV column, ascending, for example -15,0,15,60; instead of --bins.",
        HelpName = "e0,e1,…",
    };

    /// <summary>Parses the values of the two options.</summary>
    /// <returns>The choice of bins; null if neither option was given.</returns>
    /// <exception cref="UsageException">Both were given, or one is malformed.</exception>
    public static BinsChoice? Parse(string? bins, string? edges)
    {
        if (bins is not null && edges is not null)
        {
            throw new UsageException("--edges and --bins cannot be combined: give only one of them");
        }

        try
        {
            return edges is not null ? BinsChoice.Edges(edges)
                : bins is null ? null
                : NearestKind(bins) is { } nearest ? throw new FormatException($"unknown kind of bins (did you mean {nearest}?)")
                : BinsChoice.Parse(bins);
        }
        catch (FormatException e)
        {
            throw new UsageException(edges is null ? $"--bins {bins}: {e.Message}" : $"--edges: {e.Message}", e);
        }
    }

    /// <summary>Parses the values of the two options for two fields: a choice for each, separated by a semicolon.</summary>
    /// <param name="pair">The fields.</param>
    /// <param name="bins">
    /// Such as <c>quantiles:5;categories:10</c>; a field without a choice in one of the options may have it in the other.
    /// </param>
    /// <param name="edges">Such as <c>0,10,20;</c>.</param>
    /// <param name="minExpected">Pairs that expect fewer events are pooled; null if nobody has chosen.</param>
    /// <exception cref="UsageException">A field has two choices, or a value is malformed.</exception>
    public static PairChoice ParsePair(PairOfFields pair, string? bins, string? edges, int? minExpected)
    {
        var (kinds, given) = (Split("--bins", bins), Split("--edges", edges));
        return new PairChoice(
            pair.First, pair.Second, ChoiceOf(0, pair.First), ChoiceOf(1, pair.Second), minExpected ?? BinsChoice.FewestExpected);

        BinsChoice ChoiceOf(int field, string name) => kinds[field] is not null && given[field] is not null
            ? throw new UsageException($"--bins and --edges both choose the bins of {name}: leave one of the two empty")
            : Parse(kinds[field], given[field]) ?? BinsChoice.Auto;

        string?[] Split(string option, string? text) => text?.Split(';') switch
        {
            null => [null, null],
            { Length: 2 } parts => [.. parts.Select(part => part.Trim().Length == 0 ? null : part.Trim())],
            _ => throw new UsageException(
                $"{option} {text}: write a choice for each of {pair.First} and {pair.Second}, separated by a semicolon, "
                + $"such as {(option == "--bins" ? "\"quantiles:5;categories:10\"" : "\"0,10,20;0,1,2\"")}"),
        };
    }

    // For example quantiles:10 for quantile:5. Null if the kind is known, or if no known kind is similar.
    private static string? NearestKind(string bins)
    {
        var kind = bins.Split(':')[0];
        if (BinsChoice.Kinds.Contains(kind) || NearestName.Of(kind, BinsChoice.Kinds) is not { } nearest)
        {
            return null;
        }

        return BinsChoice.Forms[BinsChoice.Kinds.Index().First(known => known.Item == nearest).Index];
    }
}
