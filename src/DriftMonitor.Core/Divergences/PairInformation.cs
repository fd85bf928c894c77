using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;

namespace DriftMonitor.Core.Divergences;

/// <summary>
/// What two fields tell about each other, from the counts of their pairs, in nats. Events without a value of one are left out.
/// </summary>
/// <param name="MutualInformationNats">I(X; Y), from 0, if they are independent.</param>
/// <param name="CorrectedMutualInformationNats">
/// I(X; Y) less its bias at this number of events, never below 0: (Kxy − Kx − Ky + 1)/(2N), with the occupied pairs and bins.
/// </param>
/// <param name="ConditionalEntropyNats">H(Y | X): what is not known of the second field when the first is.</param>
/// <param name="FirstEntropyNats">H(X).</param>
/// <param name="SecondEntropyNats">H(Y).</param>
/// <param name="JointEntropyNats">H(X, Y).</param>
/// <remarks>
/// Counts have less entropy than what they were drawn from, on average by (K − 1)/(2N) (Miller, "Note on the bias of information
/// estimates", Information Theory in Psychology (1955) 95–100), so that I = H(X) + H(Y) − H(X, Y) is too large by the bias above.
/// </remarks>
public sealed record PairInformation(
    double MutualInformationNats, double CorrectedMutualInformationNats, double ConditionalEntropyNats,
    double FirstEntropyNats, double SecondEntropyNats, double JointEntropyNats)
{
    /// <summary>That of the counts of places: see <see cref="PairBinning.PlaceOf"/>.</summary>
    /// <returns>Null if no event has a value of both fields.</returns>
    public static PairInformation? Of(ReadOnlySpan<long> places, PairBinning binning) =>
        Of(places[..binning.MissingPlace], binning.Columns);

    /// <summary>That of a reference.</summary>
    /// <returns>Null if it is of one field, or does not know its pairs.</returns>
    public static PairInformation? Of(Reference reference) =>
        reference is { Places: { } places, Binning: PairBinning binning } ? Of([.. places], binning) : null;

    /// <summary>That of the counts of pairs.</summary>
    /// <param name="pairs">The events of each pair, row by row.</param>
    /// <param name="columns">The number of columns, at least 1.</param>
    /// <returns>Null if there are no events.</returns>
    public static PairInformation? Of(ReadOnlySpan<long> pairs, int columns)
    {
        var events = 0L;
        foreach (var count in pairs)
        {
            events += count;
        }

        if (events == 0)
        {
            return null;
        }

        var joint = new double[pairs.Length];
        for (var pair = 0; pair < joint.Length; pair++)
        {
            joint[pair] = (double)pairs[pair] / events;
        }

        var (x, y) = (JointInformation.MarginalX(joint, columns), JointInformation.MarginalY(joint, columns));
        var information = JointInformation.MutualInformation(joint, columns);
        var bias = (Occupied(joint) - Occupied(x) - Occupied(y) + 1) / (2.0 * events);
        return new PairInformation(
            information,
            Math.Max(0, information - bias),
            JointInformation.ConditionalEntropy(joint, columns),
            Math.Max(0, Information.Entropy(x)),
            Math.Max(0, Information.Entropy(y)),
            Math.Max(0, JointInformation.JointEntropy(joint)));
    }

    private static int Occupied(double[] shares) => shares.Count(share => share > 0);
}
