using System.Globalization;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>The bins and the distribution that a configuration gives, for kinds of references that need no file.</summary>
internal static class ConfiguredDistribution
{
    /// <summary>The bins; null where there are none, or none that can be.</summary>
    public static FieldBinning? Bins(ReferenceOptions reference) => Bins(reference, out _);

    /// <summary>The bins; null where there are none, or none that can be.</summary>
    /// <param name="reference">The reference's options.</param>
    /// <param name="fault">Why they cannot be, and the key that it is about; null where they can.</param>
    public static FieldBinning? Bins(ReferenceOptions reference, out (string Key, string Message)? fault)
    {
        fault = null;
        try
        {
            return reference.Edges is not null ? new NumericBinning(reference.Edges)
                : reference.Categories is not null ? new CategoricalBinning(reference.Categories)
                : null;
        }
        catch (ArgumentException e)
        {
            fault = (reference.Edges is not null ? "Edges" : "Categories", $"cannot be: {e.Message}");
            return null;
        }
    }

    /// <summary>The reference of the kinds inline and parametric; null where it cannot be.</summary>
    public static Reference? Truth(MonitorOptions monitor) =>
        Bins(monitor.Reference) is { } binning && Over(monitor.Reference, binning, out _) is { } distribution ? Reference.FromProbabilities(binning, distribution, monitor.PseudoCount) : null;

    /// <summary>The distribution over given bins, special bins included; null where it cannot be.</summary>
    /// <param name="reference">Options of the kind inline or parametric.</param>
    /// <param name="binning">The bins.</param>
    /// <param name="fault">Why it cannot be, and the key that it is about; null where it can.</param>
    public static Distribution? Over(ReferenceOptions reference, FieldBinning binning, out (string Key, string Message)? fault) =>
        reference.Kind == ReferenceKind.Parametric ? OfFamily(reference, binning, out fault) : OfProbabilities(reference.Probabilities, binning, out fault);

    private static Distribution? OfProbabilities(List<double>? probabilities, FieldBinning binning, out (string, string)? fault)
    {
        var sum = probabilities?.Sum() ?? 0;
        var message = probabilities is null ? FormattableString.Invariant($"is missing: write the probability of each of the {binning.Regular} bins")
            : probabilities.Count != binning.Regular ? FormattableString.Invariant($"has {probabilities.Count} entries for {binning.Regular} bins: write one for each")
            : Math.Abs(sum - 1) > Distribution.SumTolerance ? FormattableString.Invariant($"sums to {sum:R}: probabilities sum to 1")
            : null;
        fault = message is null ? null : ("Probabilities", message);
        return message is null ? Distribution.FromProbabilities([.. probabilities!, .. new double[binning.Count - binning.Regular]]) : null;
    }

    private static Distribution? OfFamily(ReferenceOptions reference, FieldBinning binning, out (string, string)? fault)
    {
        if (string.IsNullOrWhiteSpace(reference.Family))
        {
            fault = ("Family", $"is missing: write {Phrases.Alternatives(ParametricDistribution.Names)}");
            return null;
        }

        var parameters = new Dictionary<string, double>();
        foreach (var (name, written) in reference.Parameters ?? [])
        {
            if (!double.TryParse(written, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                fault = ($"Parameters:{name}", $"is {Phrases.Quote(written)}: write a number");
                return null;
            }

            parameters[name] = value;
        }

        try
        {
            fault = null;
            return ParametricDistribution.Parse(reference.Family, parameters).ToDistribution(binning);
        }
        catch (ArgumentException e)
        {
            fault = ("Family", $"cannot be used: {e.Message}");
            return null;
        }
    }
}
