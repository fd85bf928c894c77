namespace DriftMonitor.Core.Divergences;

/// <summary>
/// Entropy and Kullback-Leibler divergence of probability vectors, by definition: natural logarithm, 0 ln 0 = 0.
/// These are the slow twins of the incremental forms, and what the tools for people use.
/// </summary>
/// <remarks>Cover and Thomas, Elements of Information Theory, 2nd edition, chapter 2.</remarks>
public static class Information
{
    /// <summary>The entropy H(p) = −Σ pᵢ ln pᵢ, in nats.</summary>
    /// <returns>From 0, for certainty, to ln K, for K equally likely bins.</returns>
    public static double Entropy(ReadOnlySpan<double> p)
    {
        var sum = 0.0;
        foreach (var value in p)
        {
            sum -= value > 0 ? value * Math.Log(value) : 0;
        }

        return sum;
    }

    /// <summary>The cross-entropy H(current, reference) = −Σ pᵢ ln qᵢ = H(current) + D(current ‖ reference), in nats.</summary>
    /// <returns>+∞ when some bin has pᵢ &gt; 0 and qᵢ = 0.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double CrossEntropy(ReadOnlySpan<double> current, ReadOnlySpan<double> reference)
    {
        RequireSameLength(current, reference);
        var sum = 0.0;
        for (var i = 0; i < current.Length; i++)
        {
            sum -= current[i] > 0 ? current[i] * Math.Log(reference[i]) : 0;
        }

        return sum;
    }

    /// <summary>The Kullback-Leibler divergence D(current ‖ reference) = Σ pᵢ ln(pᵢ / qᵢ), in nats.</summary>
    /// <returns>0 when equal, +∞ when some bin has pᵢ &gt; 0 and qᵢ = 0.</returns>
    /// <remarks>Kullback and Leibler, "On information and sufficiency", Annals of Mathematical Statistics 22 (1951) 79–86.</remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double KullbackLeibler(ReadOnlySpan<double> current, ReadOnlySpan<double> reference)
    {
        RequireSameLength(current, reference);
        var sum = 0.0;
        for (var i = 0; i < current.Length; i++)
        {
            sum += Contribution(current[i], reference[i]);
        }

        return sum;
    }

    /// <summary>The signed contribution of one bin to D(current ‖ reference): pᵢ ln(pᵢ / qᵢ), in nats; negative where the bin lost mass.</summary>
    public static double Contribution(double current, double reference) => current > 0 ? current * Math.Log(current / reference) : 0;

    private static void RequireSameLength(ReadOnlySpan<double> current, ReadOnlySpan<double> reference)
    {
        if (current.Length != reference.Length)
        {
            throw new ArgumentException($"the current distribution has {current.Length} bins and the reference {reference.Length}: they must have the same");
        }
    }
}
