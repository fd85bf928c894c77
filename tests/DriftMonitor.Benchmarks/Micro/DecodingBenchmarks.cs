using BenchmarkDotNet.Attributes;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Benchmarks.Micro;

/// <summary>Decodes the bytes of an event into its fields.</summary>
[MemoryDiagnoser]
public class DecodingBenchmarks
{
    private static readonly byte[] Flight =
    [
        .. """{"time":"2013-02-09T08:15:00.250Z","scheduled":"2013-02-09T08:10:00Z","carrier":"UA","flight":1545"""u8,
        .. ""","tailnum":"N14228","origin":"EWR","dest":"IAH","dep_delay":5,"arr_delay":11,"air_time":227,"distance":1400"""u8,
        .. ""","status":"departed","source":"bts-nyc-2013"}"""u8,
    ];

    private static readonly byte[] Truncated = Flight[..^1];

    private readonly EventDecoder _two = Decoder("time", "dep_delay");
    private readonly EventDecoder _three = Decoder("time", "dep_delay", "carrier");
    private readonly NumericBinning _delays = new([-20, -10, -5, 0, 5, 15, 30, 60, 120, 300]);

    /// <summary>Finds two fields in a flight of 250 bytes.</summary>
    [Benchmark(Baseline = true)]
    public Rejection DecodeTwoFields() => _two.Decode(new RawEvent { Value = Flight });

    /// <summary>Rejects a flight that lacks its last byte: until there, everything has to be read.</summary>
    [Benchmark]
    public Rejection DecodeTruncated() => _two.Decode(new RawEvent { Value = Truncated });

    /// <summary>Finds three fields.</summary>
    [Benchmark]
    public Rejection DecodeThreeFields() => _three.Decode(new RawEvent { Value = Flight });

    /// <summary>Finds two fields, then converts one to an event time and the other to a bin.</summary>
    [Benchmark]
    public long DecodeTimeAndBin()
    {
        _two.Decode(new RawEvent { Value = Flight });
        return _two.TimeOf(0, null, Flight)!.Value.Milliseconds + _two.BinOf(1, _delays, Flight);
    }

    /// <summary>Parses an event time in ISO 8601 with milliseconds.</summary>
    [Benchmark]
    public EventTime? ParseIso8601() => EventTimeText.FromIso8601("2013-02-09T08:15:00.250Z"u8);

    /// <summary>Parses an event time in Unix milliseconds.</summary>
    [Benchmark]
    public EventTime? ParseUnixMilliseconds() => EventTimeText.FromNumber("1360397700250"u8);

    private static EventDecoder Decoder(params string[] fields) => new([.. fields.Select(FieldPath.Parse)]);
}
