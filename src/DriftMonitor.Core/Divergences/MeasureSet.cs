using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Core.Divergences;

/// <summary>The further measures that a monitor asks for, of a window against its reference: O(K) each, whenever a reading is taken.</summary>
public sealed class MeasureSet
{
    private readonly IReadOnlyList<Measure> _measures;
    private readonly Reference _reference;
    private readonly double[] _pseudo; // αᵢ
    private readonly double _pseudoTotal;
    private readonly int[] _ordered = []; // the bins of numbers, ascending
    private readonly double[] _midpoints = []; // of the regular bins
    private readonly double[] _counted; // pᵢ = cᵢ/N
    private readonly double[] _smoothed; // p̂ᵢ = (cᵢ + αᵢ)/(N + Σα)

    /// <summary>Measures against a reference.</summary>
    /// <exception cref="ArgumentException">A measure needs numeric bins, and the reference has categories.</exception>
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
            _midpoints = [.. Enumerable.Range(0, numbers.Regular).Select(bin => numbers.Edges[bin] / 2 + numbers.Edges[bin + 1] / 2)];
        }
        else if (measures.Any(measure => measure.NeedsNumbers))
        {
            throw new ArgumentException("the Kolmogorov-Smirnov and Wasserstein distances need numeric bins, and the reference has categories");
        }
    }

    /// <summary>The measures' values for a window, in their order. One that does not exist, such as a distance of numbers in a window without any, or that is no finite double, is left out.</summary>
    /// <param name="window">The window's counts; at least one event.</param>
    /// <param name="gStatistic">Its G.</param>
    /// <param name="occupiedBins">K°.</param>
    public IReadOnlyList<MeasuredValue> Of(IncrementalKullbackLeibler window, double gStatistic, int occupiedBins)
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
                _ => Of(measure),
            };
            if (double.IsFinite(value))
            {
                values.Add(new MeasuredValue(measure, value));
            }
        }

        return values;
    }

    private double Of(Measure measure)
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
            MeasureKind.KolmogorovSmirnov => OnAxis(_ordered, (p, reference) => Divergence.KolmogorovSmirnov(p, reference)),
            MeasureKind.Wasserstein => OnAxis(_ordered.AsSpan(1, _midpoints.Length), (p, reference) => Divergence.Wasserstein(p, reference, _midpoints)),
            _ => throw new ArgumentOutOfRangeException(nameof(measure), measure.Kind, "an unknown measure"),
        };
    }

    // Both sides given that the value lies in one of the bins; NaN where no event of the window does.
    private double OnAxis(ReadOnlySpan<int> bins, Func<double[], double[], double> distance)
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
