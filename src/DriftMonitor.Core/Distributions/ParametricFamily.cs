namespace DriftMonitor.Core.Distributions;

/// <summary>The families of parametric distributions of a number, with their parameters.</summary>
/// <remarks>
/// Definitions as in Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, and Johnson, Kemp and Kotz, Univariate Discrete
/// Distributions (Wiley 1994, 2005).
/// </remarks>
public enum ParametricFamily
{
    /// <summary>
    /// Uniform on the integers from <c>first</c> to <c>last</c>. Its name is <c>uniform</c>, like that of <see cref="Uniform"/>; the
    /// names of the parameters distinguish the two.
    /// </summary>
    UniformIntegers,

    /// <summary>The number of successes in <c>trials</c> independent trials, each with <c>probability</c>.</summary>
    Binomial,

    /// <summary>The number of independent events in an interval, with the given <c>mean</c>.</summary>
    Poisson,

    /// <summary>The number of failures, from 0, before the first success in independent trials with <c>probability</c>.</summary>
    Geometric,

    /// <summary>
    /// The same trials, counted from <c>first</c>: 0 for the failures before the first success, 1 for the trials up to it. Its name is
    /// <c>geometric</c>, like that of <see cref="Geometric"/>; the parameter <c>first</c> distinguishes the two.
    /// </summary>
    GeometricFrom,

    /// <summary>Uniform on the real numbers from <c>lowest</c> to <c>highest</c>.</summary>
    Uniform,

    /// <summary>The normal distribution with <c>mean</c> and <c>standard_deviation</c>.</summary>
    Normal,

    /// <summary>
    /// A positive number whose logarithm is normal with mean <c>log_mean</c> and standard deviation <c>log_standard_deviation</c>.
    /// </summary>
    LogNormal,

    /// <summary>Waiting times, from 0, with density <c>rate</c> · exp(−<c>rate</c> · x).</summary>
    Exponential,

    /// <summary>A positive number with density proportional to x^(<c>shape</c> − 1) · exp(−<c>rate</c> · x).</summary>
    Gamma,
}
