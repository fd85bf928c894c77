using System.Globalization;
using System.Text;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;

namespace DriftMonitor.Tests;

/// <summary>How the flights of a <see cref="MemorySource"/> are written.</summary>
public enum Writing
{
    /// <summary>As JSON objects.</summary>
    Plain,

    /// <summary>As JSON objects with escapes in names and texts.</summary>
    Escaped,

    /// <summary>As the second of a JSON array's hundred elements.</summary>
    InAnArray,

    /// <summary>As the only element of a JSON array whose elements are the events.</summary>
    Unpacked,

    /// <summary>As rows of CSV, with quotes in a cell.</summary>
    Csv,

    /// <summary>As JSON objects that are cut before their last character: malformed.</summary>
    Malformed,

    /// <summary>As JSON objects whose time cannot be read.</summary>
    WithoutTime,
}

/// <summary>Repeats events from memory endlessly, to measure the cost of the pipeline alone.</summary>
internal sealed class MemorySource : IEventSource
{
    private const int PartitionCount = 4;

    /// <summary>Events in a batch, in equal runs of all partitions.</summary>
    public const int BatchSize = 1024;

    private readonly Batch _batch;

    /// <summary>Creates a source of events with the same record time.</summary>
    public MemorySource(byte[][] values, EventTime recordTime, CsvHeader? header = null)
    {
        _batch = new Batch(values, recordTime, header);
    }

    /// <inheritdoc/>
    public string? Trouble => null;

    /// <summary>
    /// Three monitors of flights of 250 bytes, all in one pane that never closes. If <paramref name="isSegmented"/>, two of them have
    /// segments.
    /// </summary>
    /// <param name="clock">The clock.</param>
    /// <param name="isSegmented">Whether two monitors have segments.</param>
    /// <param name="writing">How the flights are written.</param>
    /// <param name="hasMean">Whether monitors of derived numbers take their mean.</param>
    /// <param name="derived">Derived fields instead of the three monitors' own.</param>
    public static Pipeline FlightsPipeline(
        TimeProvider clock, bool isSegmented = false, Writing writing = Writing.Plain, bool hasMean = false, params string[] derived)
    {
        var parent = writing == Writing.InAnArray ? "legs[1]." : "";
        MonitorBinding[] monitors =
        [
            Monitor("dep_delay", isSegmented ? "carrier" : null, new NumericBinning([-20, -10, -5, 0, 5, 15, 30, 60, 120, 300])),
            Monitor("carrier", isSegmented ? "origin" : null, new CategoricalBinning(Carriers)),
            Monitor("distance", segmentBy: null, new NumericBinning([.. Enumerable.Range(0, 21).Select(i => i * 125.0)])),
        ];
        monitors = derived.Length == 0 ? monitors :
        [
            .. derived.Select(field => Derive(
                field, hasMean, Monitor("distance", isSegmented ? "carrier" : null, new NumericBinning([-1000, -100, 0, 100, 1000])))),
        ];
        return new Pipeline(Flights(writing), monitors, clock, TimeSpan.FromHours(1), []);

        MonitorBinding Monitor(string field, string? segmentBy, FieldBinning binning) =>
            MemorySource.Monitor(field, binning, PathOf(field), PathOf("time"), segmentBy is null ? null : PathOf(segmentBy)) with
            {
                Unpack = writing == Writing.Unpacked ? FieldPath.ParseArray("records") : null,
            };

        FieldPath PathOf(string field) => FieldPath.Parse(parent + field);
    }

    /// <summary>A monitor of two fields, without segments or, with <paramref name="isSegmented"/>, with them.</summary>
    public static Pipeline PairsPipeline(TimeProvider clock, bool isSegmented, Writing writing)
    {
        var pipeline = FlightsPipeline(clock, isSegmented, writing);
        var plain = pipeline.Bindings[0];
        var binning = new PairBinning(plain.Monitor.Binning, pipeline.Bindings[1].Monitor.Binning);
        var counts = new long[binning.Count];
        counts.AsSpan(0, binning.Regular).Fill(10);
        var reference = new CalibratedReference(new Reference(binning, counts));
        var monitor = isSegmented
            ? new FieldMonitor(plain.Monitor.Spec, reference, new Dictionary<string, CalibratedReference> { ["UA"] = reference })
            : new FieldMonitor(plain.Monitor.Spec, reference);
        var pairs = plain with { Monitor = monitor, DerivedFrom = plain.Field, SecondField = pipeline.Bindings[1].Field };
        return new Pipeline(Flights(writing), [pairs], clock, TimeSpan.FromHours(1), []);
    }

    /// <summary>A pipeline of a monitor of the words of one field, with segments or without.</summary>
    public static Pipeline WordsPipeline(TimeProvider clock, bool isSegmented, Writing writing)
    {
        var pipeline = FlightsPipeline(clock, isSegmented, writing);
        var plain = pipeline.Bindings[0];
        var reference = new CalibratedReference(new Reference(new CategoricalBinning(["ua", "dl"]), [5, 5, 0, 0, 0]));
        var spec = plain.Monitor.Spec with { CountsWords = true };
        var monitor = isSegmented
            ? new FieldMonitor(spec, reference, new Dictionary<string, CalibratedReference> { ["UA"] = reference })
            : new FieldMonitor(spec, reference);
        var words = plain with { Monitor = monitor, DerivedFrom = FieldPath.Parse("note"), Words = WordCase.Lower };
        return new Pipeline(Flights(writing), [words], clock, TimeSpan.FromHours(1), []);
    }

    private static readonly string[] Carriers = ["UA", "B6", "EV", "DL", "AA", "MQ", "US", "9E"];

    private static MemorySource Flights(Writing writing)
    {
        var start = new DateTime(2013, 2, 9, 8, 0, 0, DateTimeKind.Utc);
        byte[][] values = [.. Enumerable.Range(0, 4096).Select(i =>
        {
            var time = string.Create(CultureInfo.InvariantCulture, $"{start.AddMilliseconds(i):yyyy-MM-ddTHH:mm:ss.fffZ}");
            return Encoding.UTF8.GetBytes(Flight(writing, time, 1000 + i, Carriers[i * 7 % 8], i * 31 % 200 - 20, 100 + i * 17 % 2500));
        })];
        var header = writing == Writing.Csv
            ? new CsvHeader(["time", "flight", "carrier", "origin", "note", "dep_delay", "distance"])
            : null;
        return new MemorySource(values, EventTime.From(start.AddSeconds(10)), header);
    }

    // The same monitor of a derived field.
    private static MonitorBinding Derive(string field, bool hasMean, MonitorBinding plain)
    {
        var derived = DerivedField.Parse(field);
        var isNumeric = derived is null or { Derivation.IsNumeric: true };
        var spec = plain.Monitor.Spec with { Derivation = derived?.Derivation, HasMean = hasMean && isNumeric };
        var reference = new CalibratedReference(
            isNumeric ? plain.Monitor.Against.Whole! : new Reference(new CategoricalBinning(["true", "false"]), [9, 1, 0, 0, 0]));
        var monitor = plain.SegmentBy is null
            ? new FieldMonitor(spec, reference)
            : new FieldMonitor(spec, reference, new Dictionary<string, CalibratedReference> { ["UA"] = reference });
        return plain with
        {
            Monitor = monitor,
            Field = FieldPath.OfColumn(field),
            DerivedFrom = derived?.From,
            SecondField = derived?.With,
        };
    }

    /// <inheritdoc/>
    public int TopicOf(string topic) => 0;

    /// <inheritdoc/>
    public int Partitions(int topic) => PartitionCount;

    /// <inheritdoc/>
    public EventBatch Read(TimeSpan patience) => _batch.Next();

    /// <inheritdoc/>
    public IReadOnlyList<Progress> Progress() => [];

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<Progress> positions)
    {
        // Memory has no consumer group.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // There is nothing to release.
    }

    private static string Flight(Writing writing, string time, int flight, string carrier, int delay, int distance)
    {
        var json = string.Create(CultureInfo.InvariantCulture,
            $$"""{"time":"{{time}}","scheduled":"2013-02-09T08:10:00Z","carrier":"{{carrier}}","flight":{{flight}}"""
            + $$""","tailnum":"N14228","origin":"EWR","dest":"IAH","dep_delay":{{delay}},"arr_delay":11,"air_time":227"""
            + $$""","distance":{{distance}},"status":"departed","source":"bts-nyc-2013"}""");
        return writing switch
        {
            Writing.Plain => json,
            Writing.Escaped => json
                .Replace("\"2013", "\"\\u0032013", StringComparison.Ordinal)
                .Replace("carrier\":\"U", "c\\u0061rrier\":\"\\u0055", StringComparison.Ordinal),
            Writing.Malformed => json[..^1],
            Writing.WithoutTime => json.Replace("\"time\":\"2013", "\"time\":\"year", StringComparison.Ordinal),
            Writing.Unpacked => $$"""{"version":2,"records":[{{json}}]}""",
            Writing.InAnArray => $$"""{"legs":[null,{{json}}{{string.Concat(Enumerable.Repeat(",{\"dep_delay\":0}", 98))}}]}""",
            _ => string.Create(
                CultureInfo.InvariantCulture,
                $"\"{time}\",{flight},{(carrier == "B6" ? "\"B\"\"6\"" : carrier)},EWR,\"on time, \"\"again\"\"\",{delay},{distance}"),
        };
    }

    private static MonitorBinding Monitor(string name, FieldBinning binning, FieldPath field, FieldPath time, FieldPath? segmentBy)
    {
        var counts = new long[binning.Count];
        counts.AsSpan(0, binning.Regular).Fill(100);
        var spec = new MonitorSpec
        {
            Name = name,
            Pane = new PaneGrid(TimeSpan.FromHours(1)),
            Windows = [new WindowSpec(TimeSpan.FromHours(24), "24h")],
            AllowedLateness = TimeSpan.FromHours(1),
        };
        var reference = new CalibratedReference(new Reference(binning, counts));
        var segments = segmentBy is null ? null : new Dictionary<string, CalibratedReference> { ["UA"] = reference };
        var monitor = segments is null ? new FieldMonitor(spec, reference) : new FieldMonitor(spec, reference, segments);
        return new MonitorBinding(monitor, "flights", field, time, segmentBy);
    }

    private sealed class Batch(byte[][] values, EventTime recordTime, CsvHeader? header) : EventBatch
    {
        private int _first = -BatchSize;

        public override RawEvent this[int place] =>
            new() { Partition = PartitionOf(place), RecordTime = recordTime, Value = values[_first + place], Header = header };

        public Batch Next()
        {
            ClearRuns();
            if (_first < 0)
            {
                AppendSignal(SourceSignal.Partitions);
            }

            _first = _first + 2 * BatchSize <= values.Length ? _first + BatchSize : 0;
            for (var place = 0; place < BatchSize; place++)
            {
                AppendEvent(topic: 0, PartitionOf(place), place);
            }

            return this;
        }

        private static int PartitionOf(int place) => place / (BatchSize / PartitionCount);
    }
}
