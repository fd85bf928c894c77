namespace DriftMonitor.Core.Distributions;

/// <summary>A family of distributions of a number, with the parameters that tell its members apart.</summary>
/// <remarks>Definitions as in Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, and Johnson, Kemp and Kotz, Univariate Discrete Distributions (Wiley 1994, 2005).</remarks>
public enum ParametricFamily
{
    /// <summary>The whole numbers <c>first</c> to <c>last</c>, all equally likely. Called <c>uniform</c>, as <see cref="Uniform"/> is; the parameters tell them apart.</summary>
    UniformIntegers,

    /// <summary>Successes among <c>trials</c> independent trials, each with <c>probability</c>.</summary>
    Binomial,

    /// <summary>Independent events in a stretch with <c>mean</c> of them.</summary>
    Poisson,

    /// <summary>Failures, from 0 on, before the first success of independent trials with <c>probability</c>.</summary>
    Geometric,

    /// <summary>The numbers from <c>lowest</c> to <c>highest</c>, all equally likely.</summary>
    Uniform,

    /// <summary>The normal distribution of <c>mean</c> and <c>standard_deviation</c>.</summary>
    Normal,

    /// <summary>A positive number whose logarithm is normal, of <c>log_mean</c> and <c>log_standard_deviation</c>.</summary>
    LogNormal,

    /// <summary>Waiting times, from 0 on, of density rate · exp(−rate · x).</summary>
    Exponential,

    /// <summary>A positive number of density proportional to x^(shape − 1) · exp(−rate · x).</summary>
    Gamma,
}
