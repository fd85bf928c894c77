using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Divergences;

/// <summary>Information measures of two fields together, by definition, from their joint distribution: natural logarithm, 0 ln 0 = 0, in nats.</summary>
/// <remarks>
/// A joint distribution is given row by row: <c>joint[x * columns + y]</c> is P(X = x, Y = y).
/// Cover and Thomas, Elements of Information Theory, 2nd edition, chapter 2.
/// </remarks>
public static class JointInformation
{
    /// <summary>The distribution of X alone: the sums of the rows.</summary>
    /// <exception cref="ArgumentException">The joint distribution has no whole number of rows.</exception>
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

    /// <summary>The distribution of Y alone: the sums of the columns.</summary>
    /// <exception cref="ArgumentException">The joint distribution has no whole number of rows.</exception>
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
    /// <returns>From the larger of H(X) and H(Y) to their sum, which independent fields reach.</returns>
    public static double JointEntropy(ReadOnlySpan<double> joint) => Information.Entropy(joint);

    /// <summary>The conditional entropy H(Y | X) = −Σ p(x, y) ln(p(x, y) / p(x)) = H(X, Y) − H(X), in nats: what Y leaves open where X is known.</summary>
    /// <returns>From 0, where X determines Y, to H(Y), where they are independent.</returns>
    /// <exception cref="ArgumentException">The joint distribution has no whole number of rows.</exception>
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

    /// <summary>The mutual information I(X; Y) = Σ p(x, y) ln(p(x, y) / (p(x) p(y))) = D(joint ‖ product of the marginals), in nats: what one field tells of the other.</summary>
    /// <returns>From 0, where they are independent, to the lesser of H(X) and H(Y).</returns>
    /// <exception cref="ArgumentException">The joint distribution has no whole number of rows.</exception>
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
            : throw new ArgumentException($"{joint.Length} probabilities are no whole number of rows of {columns}");
    }
}
