using DriftMonitor.Core.Numerics;
using MathNet.Numerics.Integration;

namespace DriftMonitor.Core.Distributions;

/// <summary>A function that rises to one peak and falls from it, given by its logarithm; the logarithms of its integrals and sums, also where these are below the least double.</summary>
/// <remarks>
/// Both go outwards from an origin, the function's largest value in the interval or next to it, until nothing more comes that counts: so nothing is ever the difference of two tails, however narrow the interval or far out,
/// and the time that it takes does not depend on how wide the peak is. Places are told by their distance from the origin, which has more digits than a place itself.
/// </remarks>
/// <param name="LogAt">The logarithm at a distance from the origin, below 0 to its left.</param>
/// <param name="Reach">A distance outwards from there over which the logarithm changes by 1 or so, and smoothly.</param>
internal readonly record struct LogConcave(Func<double, double> LogAt, Func<double, double> Reach)
{
    private const double Faded = 1e-18; // of the sum: beyond, a panel or term no longer counts
    private const double Hopeless = -1e15; // a logarithm whose rounding hides how the function falls, and beside which the sum's own logarithm is nothing
    private const int MostTerms = 2048; // summed one by one, on either side

    // Over a panel as long as Reach the function is nearly an exponential, of which 20 points have every digit that a double has.
    private static readonly GaussLegendreRule Panel = new(0, 1, 20);

    /// <summary>ln ∫ over the interval from <paramref name="left"/> to the left of the origin to <paramref name="right"/> to its right; +∞ for no end.</summary>
    /// <remarks>Gauss and Legendre's rule in panels (DLMF 3.5(v)); within 1e-14 of the integral of the given function, relative, and its logarithm with it.</remarks>
    public double LogIntegral(double left, double right)
    {
        var origin = LogAt(0);
        return origin < Hopeless ? origin : origin + Math.Log(Integral(origin, -1, 0, left).Value + Integral(origin, 1, 0, right).Value);
    }

    /// <summary>ln Σ over the origin and whole distances from it, as many as <paramref name="left"/> and <paramref name="right"/> on either side; +∞ for no end.</summary>
    /// <remarks>
    /// At most 2048 terms a side. What has not faded by then changes by less than 2 % from one term to the next, and the rest is an integral from half a step before it, corrected by Euler and Maclaurin's formula (DLMF 2.10(i), for midpoints):
    /// Σ f(n) = ∫ f − (f′(end) − f′(start))/24 + …, f′ by the difference of two terms. What is left out is below 1e-15 of the whole, so the sum is within 1e-14, relative.
    /// </remarks>
    public double LogSum(double left, double right)
    {
        var origin = LogAt(0);
        return origin < Hopeless ? origin : origin + Math.Log(1 + Sum(origin, -1, left) + Sum(origin, 1, right));
    }

    private double Sum(double origin, int side, double count)
    {
        var sum = new CompensatedSum();
        for (var n = 1; n <= Math.Min(count, MostTerms); n++)
        {
            var term = At(origin, side * n);
            sum.Add(term);
            if (term < Faded)
            {
                return sum.Value;
            }
        }

        if (count > MostTerms)
        {
            var (rest, hasFaded) = Integral(origin, side, MostTerms + 0.5, count + 0.5);
            sum.Add(rest);
            sum.Add((At(origin, side * (MostTerms + 1.0)) - At(origin, side * MostTerms)) / 24);
            sum.Add(hasFaded ? 0 : (At(origin, side * count) - At(origin, side * (count + 1))) / 24);
        }

        return sum.Value;
    }

    // ∫ exp(LogAt − origin) over [from, to] on one side, and whether it faded before the end.
    private (double Value, bool HasFaded) Integral(double origin, int side, double from, double to)
    {
        var sum = new CompensatedSum();
        while (from < to)
        {
            var length = Math.Min(Reach(side * from), to - from);
            var panel = 0.0;
            for (var i = 0; i < Panel.Order; i++)
            {
                panel += Panel.Weights[i] * At(origin, side * (from + length * Panel.Abscissas[i]));
            }

            sum.Add(panel *= length);
            from += length;
            if (panel < Faded * sum.Value)
            {
                return (sum.Value, true);
            }
        }

        return (sum.Value, false);
    }

    private double At(double origin, double distance) => Math.Exp(LogAt(distance) - origin);
}
