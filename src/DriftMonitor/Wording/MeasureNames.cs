using System.Globalization;
using DriftMonitor.Core.Divergences;

namespace DriftMonitor.Wording;

/// <summary>The names of a further measure.</summary>
/// <param name="Option">In <c>Measures</c> of the configuration.</param>
/// <param name="Key">In JSON.</param>
/// <param name="Instrument">Of the instrument, from which the metric's name is made.</param>
/// <param name="Description">The metric's description.</param>
internal sealed record MeasureName(string Option, string Key, string Instrument, string Description);

/// <summary>The names of the further measures in the configuration, in JSON output and in the metrics.</summary>
internal static class MeasureNames
{
    /// <summary>Measures that every monitor shows; configuring them is allowed and changes nothing.</summary>
    private static readonly string[] Always = ["kl", "kl_reverse"];

    private const string RenyiPrefix = "renyi:";
    private const double LargestOrder = 100;

    private static readonly Dictionary<MeasureKind, MeasureName> Names = new()
    {
        [MeasureKind.Jeffreys] = new(
            "jeffreys", "jeffreys_nats", "driftmonitor.jeffreys_divergence.nats",
            "Jeffreys' divergence D(current || reference) + D(reference || current) of a window, in nats, both smoothed alike."),
        [MeasureKind.PopulationStabilityIndex] = new(
            "psi", "psi", "driftmonitor.population_stability_index",
            "Population stability index of a window: Jeffreys' divergence under the name that credit scoring gives it."),
        [MeasureKind.SymmetrisedMean] = new(
            "kl_symmetrised_mean", "kl_symmetrised_mean_nats", "driftmonitor.kl_divergence.symmetrised_mean.nats",
            "Mean of D(current || reference) and D(reference || current) of a window, in nats, both smoothed alike."),
        [MeasureKind.JensenShannon] = new(
            "js", "js_divergence_nats", "driftmonitor.js_divergence.nats",
            "Jensen-Shannon divergence of a window, in nats, from 0 to ln 2, both smoothed alike."),
        [MeasureKind.Hellinger] = new(
            "hellinger", "hellinger_distance", "driftmonitor.hellinger_distance",
            "Hellinger distance of a window from its reference, from 0 to 1."),
        [MeasureKind.TotalVariation] = new(
            "total_variation", "total_variation", "driftmonitor.total_variation_distance",
            "Total variation distance of a window from its reference, from 0 to 1: "
                + "the share of events that would have to move to another bin."),
        [MeasureKind.LInfinity] = new(
            "l_infinity", "l_infinity", "driftmonitor.l_infinity_distance",
            "Largest change of a bin's probability, from 0 to 1."),
        [MeasureKind.ChiSquare] = new(
            "chi_square", "chi_square_divergence", "driftmonitor.chi_square_divergence",
            "Pearson's chi-square divergence of a window from its reference: the sum of (p - q)^2 / q."),
        [MeasureKind.GStatistic] = new(
            "g", "g_statistic", "driftmonitor.g_statistic",
            "G of the test that window and reference are samples of one distribution: chi-square with one degree of freedom less "
                + "than occupied bins where nothing drifted and events are independent."),
        [MeasureKind.GPValue] = new(
            "g", "g_p_value", "driftmonitor.g_p_value",
            "Chance that independent events without drift show a larger G. Events of a stream are seldom independent: "
                + "for alarms, see the return period."),
        [MeasureKind.KolmogorovSmirnov] = new(
            "ks", "ks_ordered_bins", "driftmonitor.kolmogorov_smirnov_distance",
            "Kolmogorov-Smirnov distance of the numbers of a window from those of its reference, by their bins, from 0 to 1. "
                + "Absent where the window has no number."),
        [MeasureKind.Wasserstein] = new(
            "wasserstein", "wasserstein1", "driftmonitor.wasserstein_distance",
            "Wasserstein-1 distance of the numbers within the edges, in the field's unit, each at its bin's midpoint. "
                + "Absent where the window has none."),
    };

    /// <summary>The names that a list of measures may contain, except those of Rényi divergences.</summary>
    public static IReadOnlyList<string> Options { get; } = [.. Always, .. Names.Values.Select(name => name.Option).Distinct()];

    /// <summary>The names of a measure.</summary>
    public static MeasureName Of(Measure measure)
    {
        if (measure.Kind != MeasureKind.Renyi)
        {
            return Names[measure.Kind];
        }

        var order = double.IsPositiveInfinity(measure.Order) ? "inf" : measure.Order.ToString("0.0##", CultureInfo.InvariantCulture);
        return new MeasureName(
            RenyiPrefix + order, $"renyi_divergence_{order}_nats", $"driftmonitor.renyi_divergence_{order}.nats",
            $"Renyi divergence of order {order} of a window from its reference, in nats.");
    }

    /// <summary>
    /// The measures of a configured name: none for what every monitor shows, two for <c>g</c>; null where the name is not known.
    /// </summary>
    public static IReadOnlyList<Measure>? Parse(string written)
    {
        if (Array.IndexOf(Always, written) >= 0)
        {
            return [];
        }

        if (written.StartsWith(RenyiPrefix, StringComparison.Ordinal))
        {
            return Order(written.AsSpan(RenyiPrefix.Length)) is { } order ? [new Measure(MeasureKind.Renyi, order)] : null;
        }

        Measure[] found = [.. Names.Where(name => name.Value.Option == written).Select(name => new Measure(name.Key))];
        return found.Length == 0 ? null : found;
    }

    /// <summary>What is wrong with a configured name, and how to correct it.</summary>
    public static string Remedy(string written)
    {
        var quoted = $"is {Phrases.Quote(written)}";
        if (written.StartsWith(RenyiPrefix, StringComparison.OrdinalIgnoreCase)
            || written.Equals("renyi", StringComparison.OrdinalIgnoreCase))
        {
            return $"{quoted}: write the order behind the colon, "
                + $"from 0 to {Figures.Configured(LargestOrder)} with at most three decimals, or inf: renyi:0.5";
        }

        return NearestName.Of(written, Options) is { } meant
            ? $"{quoted}: did you mean {meant}?"
            : $"{quoted}: write {Phrases.Alternatives([.. Options, "renyi:0.5"])}";
    }

    private static double? Order(ReadOnlySpan<char> written)
    {
        if (written is "inf")
        {
            return double.PositiveInfinity;
        }

        var point = written.IndexOf('.');
        return point != 0 && double.TryParse(written, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var order)
            && order <= LargestOrder && (point < 0 || written.Length - point - 1 is >= 1 and <= 3)
            ? order
            : null;
    }
}
