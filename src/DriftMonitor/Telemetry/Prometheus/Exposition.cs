using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace DriftMonitor.Telemetry;

/// <summary>One collection, immutable; rendered once in each format and encoding that a scrape asks for.</summary>
internal sealed class Exposition
{
    private readonly IReadOnlyCollection<Family> _families;
    private readonly Lazy<Task<ReadOnlyMemory<byte>>>[] _bodies;

    private Exposition(IReadOnlyCollection<Family> families)
    {
        _families = families;
        var formats = Enum.GetValues<ExpositionFormat>();
        _bodies =
        [
            .. formats.Select(format => new Lazy<Task<ReadOnlyMemory<byte>>>(() => Task.Run(() => Render(format)))),
            .. formats.Select(format => new Lazy<Task<ReadOnlyMemory<byte>>>(() => Task.Run(() => GzipAsync(format)))),
        ];
    }

    /// <summary>Copies what the batch says, which holds only for as long as the reader exports it.</summary>
    /// <exception cref="InvalidOperationException">There is nothing to say, or instruments of different kinds have the same name.</exception>
    /// <exception cref="NotSupportedException">A view asks for exponential histograms, which the text formats lack.</exception>
    public static Exposition Of(in Batch<Metric> batch)
    {
        var families = new SortedDictionary<string, Family>(StringComparer.Ordinal);
        foreach (var metric in batch)
        {
            var kind = KindOf(metric);
            var name = MetricName.Of(metric.Name, metric.Unit, kind);
            if (!families.TryGetValue(name.Family, out var family))
            {
                family = new Family(name, kind, metric.Description ?? "", []);
                families.Add(name.Family, family);
            }

            if (family.Kind != kind)
            {
                throw new InvalidOperationException($"The instruments named '{name.Family}' are a {family.Kind} and a {kind}.");
            }

            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                family.Points.Add(PointOf(metric, in point));
            }
        }

        Family[] told = [.. from family in families.Values where family.Points.Count > 0 select family with { Points = Ordered(family.Points) }];
        return told.Length > 0 ? new(told) : throw new InvalidOperationException("No instrument has a value.");
    }

    /// <summary>The exposition in the format, with gzip or without.</summary>
    public Task<ReadOnlyMemory<byte>> BodyAsync(ExpositionFormat format, bool gzip) =>
        _bodies[(gzip ? _bodies.Length / 2 : 0) + (int)format].Value;

    private static MetricKind KindOf(Metric metric) => metric.MetricType switch
    {
        MetricType.LongSum or MetricType.DoubleSum => MetricKind.Counter,
        MetricType.Histogram => MetricKind.Histogram,
        MetricType.ExponentialHistogram => throw new NotSupportedException($"'{metric.Name}' is an exponential histogram; its view must give bounds."),
        _ => MetricKind.Gauge,
    };

    private static Point PointOf(Metric metric, in MetricPoint point)
    {
        var labels = LabelsOf(point.Tags);
        switch (metric.MetricType)
        {
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                return new(labels, point.GetSumLong());
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                return new(labels, point.GetSumDouble());
            case MetricType.LongGauge:
                return new(labels, point.GetGaugeLastValueLong());
            case MetricType.DoubleGauge:
                return new(labels, point.GetGaugeLastValueDouble());
            default:
                var (bounds, counts) = (new List<double>(), new List<long>());
                foreach (var bucket in point.GetHistogramBuckets())
                {
                    bounds.Add(bucket.ExplicitBound);
                    counts.Add(bucket.BucketCount);
                }

                return bounds.Count > 0
                    ? new(labels, point.GetHistogramSum(), [.. bounds[..^1]], [.. counts])
                    : new(labels, point.GetHistogramSum(), [], [point.GetHistogramCount()]); // a view without bounds
        }
    }

    // Attributes whose keys become the same label share it, their values joined by ';', as OpenTelemetry asks.
    private static Labels LabelsOf(ReadOnlyTagCollection tags)
    {
        var labels = new (string Name, string Value)[tags.Count];
        var count = 0;
        foreach (var (key, tag) in tags)
        {
            var name = MetricName.Label(key);
            var value = tag switch { string s => s, true => "true", false => "false", _ => Convert.ToString(tag, CultureInfo.InvariantCulture) ?? "" };
            var same = Array.FindIndex(labels, 0, count, label => label.Name == name);
            if (same < 0)
            {
                labels[count++] = (name, value);
            }
            else
            {
                labels[same].Value += ';' + value;
            }
        }

        return Labels.Of(labels.AsSpan(0, count));
    }

    // Of points with the same labels the last stays: a meter made anew goes on where the disposed one, collected for the last time, left off.
    private static List<Point> Ordered(List<Point> points)
    {
        List<Point> ordered = [.. points.OrderBy(point => point.Labels)];
        var count = 0;
        for (var i = 0; i < ordered.Count; i++)
        {
            if (i + 1 == ordered.Count || !ordered[i].Labels.Equals(ordered[i + 1].Labels))
            {
                ordered[count++] = ordered[i];
            }
        }

        return ordered[..count];
    }

    private ReadOnlyMemory<byte> Render(ExpositionFormat format)
    {
        var text = new ArrayBufferWriter<byte>();
        var writer = new ExpositionWriter(text, format);
        foreach (var family in _families)
        {
            writer.Family(family.Name.Family, family.Kind, family.Name.Unit, family.Help);
            foreach (var point in family.Points)
            {
                if (family.Kind == MetricKind.Histogram)
                {
                    writer.Histogram(point.Labels, point.Bounds, point.Counts, point.Value);
                }
                else
                {
                    writer.Sample(point.Labels, point.Value);
                }
            }
        }

        writer.End();
        return text.WrittenMemory;
    }

    private async Task<ReadOnlyMemory<byte>> GzipAsync(ExpositionFormat format)
    {
        var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(await BodyAsync(format, gzip: false));
        }

        return compressed.ToArray();
    }

    private sealed record Family(MetricName Name, MetricKind Kind, string Help, List<Point> Points);

    // A histogram's Value is its sum.
    private readonly record struct Point(Labels Labels, double Value, double[]? Bounds = null, long[]? Counts = null);
}
