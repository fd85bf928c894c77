using BenchmarkDotNet.Attributes;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Benchmarks.Micro;

/// <summary>From an event's bytes to its fields.</summary>
[MemoryDiagnoser]
public class DecodingBenchmarks
{
    private static readonly byte[] Flight =
        """{"time":"2013-02-09T08:15:00.250Z","scheduled":"2013-02-09T08:10:00Z","carrier":"UA","flight":1545,"tailnum":"N14228","origin":"EWR","dest":"IAH","dep_delay":5,"arr_delay":11,"air_time":227,"distance":1400,"status":"departed","source":"bts-nyc-2013"}"""u8.ToArray();

    private readonly EventDecoder _two = Decoder("time", "dep_delay");
    private readonly EventDecoder _three = Decoder("time", "dep_delay", "carrier");
    private readonly NumericBinning _delays = new([-20, -10, -5, 0, 5, 15, 30, 60, 120, 300]);

    /// <summary>The places of two fields of a flight of 250 bytes.</summary>
    [Benchmark(Baseline = true)]
    public Rejection DecodeTwoFields() => _two.Decode(new RawEvent { Value = Flight });

    /// <summary>The places of three fields.</summary>
    [Benchmark]
    public Rejection DecodeThreeFields() => _three.Decode(new RawEvent { Value = Flight });

    /// <summary>Two fields, then the event time of one and the bin of the other.</summary>
    [Benchmark]
    public long DecodeTimeAndBin()
    {
        _two.Decode(new RawEvent { Value = Flight });
        return _two.TimeOf(0, Flight)!.Value.Milliseconds + _two.BinOf(1, _delays, Flight);
    }

    /// <summary>An event time in ISO 8601 with milliseconds.</summary>
    [Benchmark]
    public EventTime? ParseIso8601() => EventTimeText.FromIso8601("2013-02-09T08:15:00.250Z"u8);

    /// <summary>An event time in Unix milliseconds.</summary>
    [Benchmark]
    public EventTime? ParseUnixMilliseconds() => EventTimeText.FromNumber("1360397700250"u8);

    private static EventDecoder Decoder(params string[] fields) => new([.. fields.Select(FieldPath.Parse)]);
}
