using BenchmarkDotNet.Attributes;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Benchmarks.Micro;

/// <summary>The cost of a change of a window's counts, and of its parts. Windows change when panes close, not when events arrive.</summary>
public class KullbackLeiblerBenchmarks
{
    private readonly IncrementalKullbackLeibler _small = WindowOf(100);
    private readonly IncrementalKullbackLeibler _large = WindowOf(1_000_000);
    private readonly NumericBinning _binning = new([.. Enumerable.Range(0, 21).Select(i => i * 5.0)]);
    private double _value;
    private long _n;

    /// <summary>One event enters and leaves a window of 2 000 events.</summary>
    [Benchmark(OperationsPerInvoke = 2)]
    public double ChangeSmall() => EnterAndLeave(_small);

    /// <summary>One event enters and leaves a window of 20 000 000 events.</summary>
    [Benchmark(OperationsPerInvoke = 2)]
    public double ChangeLarge() => EnterAndLeave(_large);

    /// <summary>Finds the bin of a value among 20 bins.</summary>
    [Benchmark]
    public int BinSearch() => _binning.BinOf(_value = _value > 99 ? 0.5 : _value + 7.3);

    /// <summary>n ln n from the table.</summary>
    [Benchmark]
    public Int128 NLogNSmall() => FixedPoint.NLogN(_n = (_n + 1) & 0xFFF);

    /// <summary>n ln n from the series.</summary>
    [Benchmark]
    public Int128 NLogNLarge() => FixedPoint.NLogN(_n = ((_n + 1) & 0xFFF) + 1_000_000);

    private static double EnterAndLeave(IncrementalKullbackLeibler window)
    {
        window.Change(7, +1);
        window.Change(7, -1);
        return window.Events;
    }

    private static IncrementalKullbackLeibler WindowOf(long eventsOfABin)
    {
        var binning = new NumericBinning([.. Enumerable.Range(0, 21).Select(i => i * 5.0)]);
        var counts = new long[binning.Count];
        counts.AsSpan(0, binning.Regular).Fill(1000);
        var window = new IncrementalKullbackLeibler(new Reference(binning, counts));
        for (var bin = 0; bin < binning.Regular; bin++)
        {
            window.Change(bin, eventsOfABin);
        }

        return window;
    }
}
