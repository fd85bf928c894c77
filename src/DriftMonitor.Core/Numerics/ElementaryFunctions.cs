namespace DriftMonitor.Core.Numerics;

/// <summary>Elementary functions with full relative precision near zero.</summary>
/// <remarks>
/// Kahan's forms, in which the error of u cancels (Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 1.14).
/// The libraries are less exact or slower: .NET's <c>double.ExpM1</c> and <c>double.LogP1</c> are exp x − 1 and ln(1 + x) as written,
/// MathNet's <c>Expm1</c> keeps eight digits, and its <c>Log1p</c>, though as exact, takes three times as long or more.
/// </remarks>
internal static class ElementaryFunctions
{
    /// <summary>exp x − 1.</summary>
    public static double Expm1(double x)
    {
        var u = Math.Exp(x);
        return Math.Abs(x) > 1 ? u - 1 : u == 1 ? x : (u - 1) * (x / Math.Log(u));
    }

    /// <summary>ln(1 + x).</summary>
    public static double Log1p(double x)
    {
        var u = 1 + x;
        return u == 1 ? x : Math.Log(u) * (x / (u - 1));
    }
}
