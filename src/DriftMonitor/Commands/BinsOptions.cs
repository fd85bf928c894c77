using System.CommandLine;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Commands;

/// <summary>The options <c>--bins</c> and <c>--edges</c>, of which a verb takes one at most.</summary>
internal static class BinsOptions
{
    /// <summary>How bins are made of a column.</summary>
    public static Option<string?> Bins() => new("--bins") { Description = "Bins of a column: as for `reference build`, quantiles:10, equal:20, log:20, integers, fd, doane or categories:20.", HelpName = "KIND[:COUNT]" };

    /// <summary>The edges of a column's bins.</summary>
    public static Option<string?> Edges() => new("--edges") { Description = "Edges of a column's bins, such as -15,0,15,60.", HelpName = "e0,e1,…" };

    /// <summary>What the two choose; null where neither is there.</summary>
    /// <exception cref="FormatException">Both are there, or one is ill-formed; the message names it.</exception>
    public static BinsChoice? Choose(string? bins, string? edges)
    {
        if (bins is not null && edges is not null)
        {
            throw new FormatException("--edges and --bins: give one of the two");
        }

        try
        {
            return edges is not null ? BinsChoice.Edges(edges)
                : bins is null ? null
                : NearestKind(bins) is { } near ? throw new FormatException($"there is no such kind of bins: write {near}")
                : BinsChoice.Parse(bins);
        }
        catch (FormatException e)
        {
            throw new FormatException(edges is null ? $"--bins {bins}: {e.Message}" : $"--edges: {e.Message}", e);
        }
    }

    /// <summary>The same for what is given on the command line.</summary>
    /// <exception cref="GivenException">As above.</exception>
    public static BinsChoice? OfColumn(string? bins, string? edges)
    {
        try
        {
            return Choose(bins, edges);
        }
        catch (FormatException e)
        {
            throw new GivenException(e.Message, e);
        }
    }

    // What somebody meant who wrote quantile:10; null where it is a kind, or near to none.
    private static string? NearestKind(string bins)
    {
        var kind = bins.Split(':')[0];
        return BinsChoice.Kinds.Contains(kind) || NearestName.Of(kind, BinsChoice.Kinds) is not { } near ? null : BinsChoice.Forms[BinsChoice.Kinds.Index().First(known => known.Item == near).Index];
    }
}
