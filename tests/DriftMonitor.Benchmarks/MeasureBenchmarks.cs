using BenchmarkDotNet.Attributes;
using DriftMonitor.Core.Divergences;

namespace DriftMonitor.Benchmarks;

/// <summary>Divergences by definition and in vectorised form, for typical numbers of bins.</summary>
[ShortRunJob]
public class MeasureBenchmarks
{
    private const int Seed = 20261121;

    private double[] _p = [];
    private double[] _q = [];

    /// <summary>K, the number of bins.</summary>
    [Params(20, 64, 256)]
    public int Bins { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var chance = new Random(Seed);
        _p = Normalise(Bins, chance);
        _q = Normalise(Bins, chance);
    }

    [Benchmark]
    public double Jeffreys() => Divergence.Jeffreys(_p, _q);

    [Benchmark]
    public double JeffreysVectorised() => Vectorised.Jeffreys(_p, _q);

    [Benchmark]
    public double JensenShannon() => Divergence.JensenShannon(_p, _q);

    [Benchmark]
    public double JensenShannonVectorised() => Vectorised.JensenShannon(_p, _q);

    [Benchmark]
    public double Hellinger() => Divergence.Hellinger(_p, _q);

    [Benchmark]
    public double HellingerVectorised() => Vectorised.Hellinger(_p, _q);

    [Benchmark]
    public double TotalVariation() => Divergence.TotalVariation(_p, _q);

    [Benchmark]
    public double TotalVariationVectorised() => Vectorised.TotalVariation(_p, _q);

    [Benchmark]
    public double ChiSquare() => Divergence.ChiSquare(_p, _q);

    [Benchmark]
    public double ChiSquareVectorised() => Vectorised.ChiSquare(_p, _q);

    private static double[] Normalise(int bins, Random chance)
    {
        var weights = Enumerable.Range(0, bins).Select(_ => 0.01 + chance.NextDouble()).ToArray();
        var sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
