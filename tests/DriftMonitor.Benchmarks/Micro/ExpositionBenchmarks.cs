using System.Buffers;
using BenchmarkDotNet.Attributes;
using DriftMonitor.Metrics;

namespace DriftMonitor.Benchmarks.Micro;

/// <summary>Writes the page that Prometheus scrapes.</summary>
[MemoryDiagnoser]
public class ExpositionBenchmarks
{
    private const int Samples = 100_000;

    private readonly Labels[] _labels =
    [
        .. Enumerable.Range(0, Samples)
            .Select(i => Labels.Of(("monitor", "departure-delay"), ("segment", $"{i:D6}"), ("window", "24h"))),
    ];

    private readonly ArrayBufferWriter<byte> _page = new(16 * 1024 * 1024);

    /// <summary>A page of one gauge with 100 000 series.</summary>
    [Benchmark]
    public int Write100000Samples()
    {
        _page.ResetWrittenCount();
        var writer = new ExpositionWriter(_page, ExpositionFormat.OpenMetrics100);
        writer.Family("driftmonitor_kl_divergence_nats", MetricKind.Gauge, "nats", "Divergence.");
        for (var i = 0; i < Samples; i++)
        {
            writer.Sample(_labels[i], i / 7919.0);
        }

        writer.End();
        return _page.WrittenCount;
    }
}
