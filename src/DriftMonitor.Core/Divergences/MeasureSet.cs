using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Divergences;

/// <summary>Computes a monitor's further measures of a window against its reference: O(K) for each measure and reading.</summary>
public sealed class MeasureSet
{
    private readonly IReadOnlyList<Measure> _measures;
    private readonly Reference _reference;
    private readonly double[] _pseudo; // αᵢ
    private readonly double _pseudoTotal;
    private readonly int[] _ordered = []; // the bins of numbers in ascending order: below, regular, above
    private readonly double[] _midpoints = []; // of the regular bins
    private readonly double[] _counted; // pᵢ = cᵢ/N
    private readonly double[] _smoothed; // p̂ᵢ = (cᵢ + αᵢ)/(N + Σα)

    /// <summary>Prepares the measures against a reference.</summary>
    /// <param name="measures">The measures, in the order of their results.</param>
    /// <param name="reference">The reference.</param>
    /// <exception cref="ArgumentException">A measure needs numeric bins, but the reference has categories.</exception>
    public MeasureSet(IReadOnlyList<Measure> measures, Reference reference)
    {
        _measures = measures;
        _reference = reference;
        _pseudo = reference.Binning.PseudoCounts(reference.PseudoCount);
        _pseudoTotal = _pseudo.Sum();
        _counted = new double[_pseudo.Length];
        _smoothed = new double[_pseudo.Length];
        if (reference.Binning is NumericBinning numbers)
        {
            _ordered = [numbers.Below, .. Enumerable.Range(0, numbers.Regular), numbers.Above];
            _midpoints =
            [
                .. Enumerable.Range(0, numbers.Regular).Select(bin => numbers.Edges[bin] / 2 + numbers.Edges[bin + 1] / 2),
            ];
        }
        else if (measures.Any(measure => measure.NeedsNumbers))
        {
            throw new ArgumentException(
                "the Kolmogorov-Smirnov and Wasserstein distances need numeric bins, and the reference has categories");
        }
    }

    /// <summary>Computes the measures of a window.</summary>
    /// <param name="window">The counts of the window; at least one event.</param>
    /// <param name="gStatistic">The G statistic of the window.</param>
    /// <param name="occupiedBins">K°, the number of bins that the reference or the window occupies.</param>
    /// <returns>
    /// The values in the order of the measures. A value that is undefined (a distance of numbers in a window without numbers) or not
    /// finite is left out.
    /// </returns>
    public IReadOnlyList<MeasuredValue> Evaluate(IncrementalKullbackLeibler window, double gStatistic, int occupiedBins)
    {
        var counts = window.Counts;
        for (var i = 0; i < counts.Length; i++)
        {
            _counted[i] = counts[i] / (double)window.Events;
            _smoothed[i] = (counts[i] + _pseudo[i]) / (window.Events + _pseudoTotal);
        }

        var values = new List<MeasuredValue>(_measures.Count);
        foreach (var measure in _measures)
        {
            var value = measure.Kind switch
            {
                MeasureKind.GStatistic => gStatistic,
                MeasureKind.GPValue => GTest.PValue(gStatistic, occupiedBins - 1),
                _ => Compute(measure),
            };
            if (double.IsFinite(value))
            {
                values.Add(new MeasuredValue(measure, value));
            }
        }

        return values;
    }

    private double Compute(Measure measure)
    {
        var q = _reference.Smoothed.Probabilities;
        return measure.Kind switch
        {
            MeasureKind.Jeffreys or MeasureKind.PopulationStabilityIndex => Vectorised.Jeffreys(_smoothed, q),
            MeasureKind.SymmetrisedMean => Vectorised.Jeffreys(_smoothed, q) / 2,
            MeasureKind.JensenShannon => Vectorised.JensenShannon(_smoothed, q),
            MeasureKind.Hellinger => Vectorised.Hellinger(_counted, q),
            MeasureKind.TotalVariation => Vectorised.TotalVariation(_counted, q),
            MeasureKind.LInfinity => Divergence.LInfinity(_counted, q),
            MeasureKind.ChiSquare => Vectorised.ChiSquare(_counted, q),
            MeasureKind.Renyi => Divergence.Renyi(_counted, q, measure.Order),
            MeasureKind.KolmogorovSmirnov => DistanceWithin(_ordered, (p, reference) => Divergence.KolmogorovSmirnov(p, reference)),
            MeasureKind.Wasserstein => DistanceWithin(
                _ordered.AsSpan(1, _midpoints.Length),
                (p, reference) => Divergence.Wasserstein(p, reference, _midpoints)),
            _ => throw new ArgumentOutOfRangeException(nameof(measure), measure.Kind, "an unknown measure"),
        };
    }

    // The distance of the two conditional distributions, given that the value is in one of the bins; NaN if no event of the window is.
    private double DistanceWithin(ReadOnlySpan<int> bins, Func<double[], double[], double> distance)
    {
        var p = Conditional(_counted, bins);
        return p is null ? double.NaN : distance(p, Conditional(_reference.Smoothed.Probabilities, bins)!);
    }

    private static double[]? Conditional(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> bins)
    {
        var sum = new CompensatedSum();
        foreach (var bin in bins)
        {
            sum.Add(probabilities[bin]);
        }

        if (!(sum.Value > 0))
        {
            return null;
        }

        var conditional = new double[bins.Length];
        for (var i = 0; i < bins.Length; i++)
        {
            conditional[i] = probabilities[bins[i]] / sum.Value;
        }

        return conditional;
    }
}
