using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Divergences;

/// <summary>
/// Information measures of a pair of fields by definition, from their joint distribution: natural logarithm, 0 ln 0 = 0, in nats.
/// </summary>
/// <remarks>
/// A joint distribution is given row by row: <c>joint[x * columns + y]</c> is P(X = x, Y = y).
/// Cover and Thomas, Elements of Information Theory, 2nd edition, chapter 2.
/// </remarks>
public static class JointInformation
{
    /// <summary>The marginal distribution of X: the sums of the rows.</summary>
    /// <param name="joint">The joint distribution, row by row.</param>
    /// <param name="columns">The number of columns, at least 1.</param>
    /// <returns>One probability for each row.</returns>
    /// <exception cref="ArgumentException">The length of the joint distribution is not a multiple of the number of columns.</exception>
    public static double[] MarginalX(ReadOnlySpan<double> joint, int columns)
    {
        var x = new double[Rows(joint, columns)];
        for (var row = 0; row < x.Length; row++)
        {
            var sum = new CompensatedSum();
            foreach (var value in joint.Slice(row * columns, columns))
            {
                sum.Add(value);
            }

            x[row] = sum.Value;
        }

        return x;
    }

    /// <summary>The marginal distribution of Y: the sums of the columns.</summary>
    /// <param name="joint">The joint distribution, row by row.</param>
    /// <param name="columns">The number of columns, at least 1.</param>
    /// <returns>One probability for each column.</returns>
    /// <exception cref="ArgumentException">The length of the joint distribution is not a multiple of the number of columns.</exception>
    public static double[] MarginalY(ReadOnlySpan<double> joint, int columns)
    {
        var rows = Rows(joint, columns);
        var y = new double[columns];
        for (var column = 0; column < columns; column++)
        {
            var sum = new CompensatedSum();
            for (var row = 0; row < rows; row++)
            {
                sum.Add(joint[row * columns + column]);
            }

            y[column] = sum.Value;
        }

        return y;
    }

    /// <summary>The joint entropy H(X, Y) = −Σ p(x, y) ln p(x, y), in nats.</summary>
    /// <returns>From max(H(X), H(Y)) to H(X) + H(Y), the value for independent fields.</returns>
    public static double JointEntropy(ReadOnlySpan<double> joint) => Information.Entropy(joint);

    /// <summary>
    /// The conditional entropy H(Y | X) = −Σ p(x, y) ln(p(x, y) / p(x)) = H(X, Y) − H(X), in nats: the uncertainty of Y when X is
    /// known.
    /// </summary>
    /// <param name="joint">The joint distribution, row by row.</param>
    /// <param name="columns">The number of columns, at least 1.</param>
    /// <returns>From 0, if X determines Y, to H(Y), if they are independent.</returns>
    /// <exception cref="ArgumentException">The length of the joint distribution is not a multiple of the number of columns.</exception>
    public static double ConditionalEntropy(ReadOnlySpan<double> joint, int columns)
    {
        var x = MarginalX(joint, columns);
        var sum = new CompensatedSum();
        for (var i = 0; i < joint.Length; i++)
        {
            sum.Add(-Information.Contribution(joint[i], x[i / columns]));
        }

        return Math.Max(0, sum.Value);
    }

    /// <summary>
    /// The mutual information I(X; Y) = Σ p(x, y) ln(p(x, y) / (p(x) p(y))) = D(joint ‖ product of the marginals), in nats: how much one
    /// field tells about the other.
    /// </summary>
    /// <param name="joint">The joint distribution, row by row.</param>
    /// <param name="columns">The number of columns, at least 1.</param>
    /// <returns>From 0, if the fields are independent, to min(H(X), H(Y)).</returns>
    /// <exception cref="ArgumentException">The length of the joint distribution is not a multiple of the number of columns.</exception>
    public static double MutualInformation(ReadOnlySpan<double> joint, int columns)
    {
        var x = MarginalX(joint, columns);
        var y = MarginalY(joint, columns);
        var sum = new CompensatedSum();
        for (var i = 0; i < joint.Length; i++)
        {
            sum.Add(Information.Contribution(joint[i], x[i / columns] * y[i % columns]));
        }

        return Math.Max(0, sum.Value);
    }

    private static int Rows(ReadOnlySpan<double> joint, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        return joint.Length % columns == 0
            ? joint.Length / columns
            : throw new ArgumentException($"{joint.Length} probabilities do not make whole rows of {columns}");
    }
}
