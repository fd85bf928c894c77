using DriftMonitor.Core.Numerics;
using MathNet.Numerics.Integration;

namespace DriftMonitor.Core.Distributions;

/// <summary>
/// A log-concave function (one peak), given by its logarithm. Computes logarithms of its integrals and sums, even if these are below the
/// smallest double.
/// </summary>
/// <remarks>
/// Integrals and sums go outwards from an origin, at or next to the function's maximum in the interval, until further terms are
/// negligible. So no result is a difference of two tails, however narrow the interval is or how far out, and the time does not depend on
/// the width of the peak. Positions are given by their distance from the origin, which has more digits than the position itself.
/// </remarks>
/// <param name="LogAt">The logarithm at a distance from the origin; negative distances are to the left.</param>
/// <param name="Reach">From a distance outwards, a length over which the logarithm changes smoothly and by about 1.</param>
internal readonly record struct LogConcave(Func<double, double> LogAt, Func<double, double> Reach)
{
    private const double Negligible = 1e-18; // share of the sum below which a panel or term is left out, and all that follow

    // Below this logarithm, rounding hides how the function falls, and the logarithm of the sum is negligible.
    private const double UnresolvableLog = -1e15;

    private const int MaximumTerms = 2048; // summed one by one on each side

    // Over a panel of length Reach the function is nearly exponential; 20 points then give full double precision.
    private static readonly GaussLegendreRule Panel = new(0, 1, 20);

    /// <summary>The logarithm of the integral over an interval around the origin.</summary>
    /// <param name="left">The distance from the origin to the left end; +∞ if there is none.</param>
    /// <param name="right">The distance from the origin to the right end; +∞ if there is none.</param>
    /// <remarks>Gauss-Legendre quadrature in panels (DLMF 3.5(v)). The relative error of the integral is below 1e-14.</remarks>
    public double LogIntegral(double left, double right)
    {
        var origin = LogAt(0);
        return origin < UnresolvableLog
            ? origin
            : origin + Math.Log(Integral(origin, -1, 0, left).Value + Integral(origin, 1, 0, right).Value);
    }

    /// <summary>The logarithm of the sum over the origin and the integer distances from it.</summary>
    /// <param name="left">The number of terms to the left of the origin; +∞ if there is no end.</param>
    /// <param name="right">The number of terms to the right of the origin; +∞ if there is no end.</param>
    /// <remarks>
    /// At most 2048 terms on each side are summed. If they are not negligible by then, they change by less than 2 % from one to the next,
    /// and the rest is an integral that starts half a step before them, corrected by the Euler-Maclaurin formula (DLMF 2.10(i), for
    /// midpoints): Σ f(n) = ∫ f − (f′(end) − f′(start))/24 + …, with f′ as the difference of two terms. What is left out is
    /// below 1e-15 of the whole, so the relative error of the sum is below 1e-14.
    /// </remarks>
    public double LogSum(double left, double right)
    {
        var origin = LogAt(0);
        return origin < UnresolvableLog ? origin : origin + Math.Log(1 + Sum(origin, -1, left) + Sum(origin, 1, right));
    }

    private double Sum(double origin, int side, double count)
    {
        var sum = new CompensatedSum();
        for (var n = 1; n <= Math.Min(count, MaximumTerms); n++)
        {
            var term = At(origin, side * n);
            sum.Add(term);
            if (term < Negligible)
            {
                return sum.Value;
            }
        }

        if (count > MaximumTerms)
        {
            var (rest, isNegligible) = Integral(origin, side, MaximumTerms + 0.5, count + 0.5);
            sum.Add(rest);
            sum.Add((At(origin, side * (MaximumTerms + 1.0)) - At(origin, side * MaximumTerms)) / 24);
            sum.Add(isNegligible ? 0 : (At(origin, side * count) - At(origin, side * (count + 1))) / 24);
        }

        return sum.Value;
    }

    // ∫ exp(LogAt − origin) over [from, to] on one side, and whether it became negligible before the end.
    private (double Value, bool IsNegligible) Integral(double origin, int side, double from, double to)
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
            if (panel < Negligible * sum.Value)
            {
                return (sum.Value, true);
            }
        }

        return (sum.Value, false);
    }

    private double At(double origin, double distance) => Math.Exp(LogAt(distance) - origin);
}
