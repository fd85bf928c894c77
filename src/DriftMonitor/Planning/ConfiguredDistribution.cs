using System.Globalization;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Wording;

namespace DriftMonitor.Planning;

/// <summary>The bins and the distribution that a configuration gives, for the kinds of references that need no file.</summary>
internal static class ConfiguredDistribution
{
    /// <summary>The configured bins; null if there are none, or they are invalid.</summary>
    public static FieldBinning? BinningOf(ReferenceOptions reference) => BinningOf(reference, out _);

    /// <summary>The configured bins; null if there are none, or they are invalid.</summary>
    /// <param name="reference">The reference's options.</param>
    /// <param name="fault">Why the bins are invalid, and the key that is wrong; null otherwise.</param>
    public static FieldBinning? BinningOf(ReferenceOptions reference, out (string Key, string Message)? fault)
    {
        fault = null;
        try
        {
            return reference.Edges is not null ? new NumericBinning(reference.Edges) { ReadsTextNumbers = reference.TextNumbers }
                : reference.Categories is not null ? new CategoricalBinning(reference.Categories)
                : null;
        }
        catch (ArgumentException e)
        {
            fault = (reference.Edges is not null ? "Edges" : "Categories", $"is invalid: {e.Message}");
            return null;
        }
    }

    /// <summary>The reference of the kinds inline and parametric; null if it is invalid.</summary>
    public static Reference? ReferenceOf(MonitorOptions monitor) =>
        BinningOf(monitor.Reference) is { } binning && DistributionOf(monitor.Reference, binning, out _) is { } distribution
            ? Reference.FromProbabilities(binning, distribution, monitor.PseudoCount)
            : null;

    /// <summary>The distribution over given bins, including the special bins; null if it is invalid.</summary>
    /// <param name="reference">Options of the kind inline or parametric.</param>
    /// <param name="binning">The bins.</param>
    /// <param name="fault">Why it is invalid, and the key that is wrong; null if it is valid.</param>
    public static Distribution? DistributionOf(
        ReferenceOptions reference, FieldBinning binning, out (string Key, string Message)? fault) =>
        reference.Kind == ReferenceKind.Parametric
            ? OfFamily(reference, binning, out fault)
            : OfProbabilities(reference.Probabilities, binning, out fault);

    private static Distribution? OfProbabilities(List<double>? probabilities, FieldBinning binning, out (string, string)? fault)
    {
        var bins = binning.Regular;
        var sum = probabilities?.Sum() ?? 0;
        var message = probabilities is null
            ? FormattableString.Invariant($"is missing: write the probability of each of the {bins} bins")
            : probabilities.Count != bins
            ? FormattableString.Invariant($"has {probabilities.Count} entries for {bins} bins: write one per bin")
            : Math.Abs(sum - 1) > Distribution.SumTolerance
            ? FormattableString.Invariant($"has the sum {sum:R}: write probabilities with the sum 1")
            : null;
        fault = message is null ? null : ("Probabilities", message);
        return message is null ? Distribution.FromProbabilities([.. probabilities!, .. new double[binning.Count - bins]]) : null;
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
            fault = ("Family", $"can't be used: {e.Message}");
            return null;
        }
    }
}
