using System.Buffers;
using System.Globalization;
using System.Text;
using DriftMonitor.Live;
using DriftMonitor.Metrics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DriftMonitor.Tests.Metrics;

public sealed class ExpositionWriterTests
{
    private static readonly DateTimeOffset Blizzard = new(2013, 2, 9, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Text004")]
    [InlineData("OpenMetrics100")]
    public void A_page_with_every_kind_of_metric_equals_the_snapshot(string format)
    {
        Snapshot.Matches($"Metrics/Snapshots/every-kind.{format}.txt", Write(Enum.Parse<ExpositionFormat>(format), EveryKind));
    }

    [Fact]
    public void A_counter_s_family_has_no_total_in_OpenMetrics() => Assert.Equal(
        "# TYPE driftmonitor_events counter\n# HELP driftmonitor_events Events consumed.\ndriftmonitor_events_total 3\n# EOF\n",
        Write(ExpositionFormat.OpenMetrics100, Events));

    [Fact]
    public void A_counter_s_family_ends_in_total_in_text_0_0_4() => Assert.Equal(
        "# HELP driftmonitor_events_total Events consumed.\n# TYPE driftmonitor_events_total counter\ndriftmonitor_events_total 3\n",
        Write(ExpositionFormat.Text004, Events));

    [Theory]
    [InlineData(1.0, "1")]
    [InlineData(0.1, "0.1")]
    [InlineData(-0.0, "-0")]
    [InlineData(1e100, "1E+100")]
    [InlineData(5e-324, "5E-324")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void A_value_is_written_in_the_fewest_digits_that_read_back(double value, string written) =>
        Assert.EndsWith($"g {written}\n", Write(ExpositionFormat.Text004, w => Gauge(w, value)));

    [Theory]
    [InlineData(0, "1360368000000", "1360368000")]
    [InlineData(1, "1360368000001", "1360368000.001")]
    [InlineData(-500, "1360367999500", "1360367999.5")]
    public void A_time_is_in_milliseconds_in_text_and_in_seconds_in_OpenMetrics(int milliseconds, string text, string openMetrics)
    {
        var time = Blizzard.AddMilliseconds(milliseconds);
        Assert.EndsWith($"g 1 {text}\n", Write(ExpositionFormat.Text004, w => Gauge(w, 1, time)));
        Assert.EndsWith($"g 1 {openMetrics}\n# EOF\n", Write(ExpositionFormat.OpenMetrics100, w => Gauge(w, 1, time)));
    }

    [Fact]
    public void Help_escapes_quotes_in_OpenMetrics_only()
    {
        static void Quoted(ExpositionWriter w) => w.Family("g", MetricKind.Gauge, help: "a \"b\" \\ c\nd");
        Assert.Contains("# HELP g a \"b\" \\\\ c\\nd\n", Write(ExpositionFormat.Text004, Quoted));
        Assert.Contains("# HELP g a \\\"b\\\" \\\\ c\\nd\n", Write(ExpositionFormat.OpenMetrics100, Quoted));
    }

    [Fact]
    public void Label_values_are_escaped_and_never_cut()
    {
        var long10k = new string('x', 10_000);
        Assert.Equal(
            """{a="\"",b="\\",c="\n",d="{}",e="🌊"}""",
            Labels.Of(("e", "🌊"), ("d", "{}"), ("c", "\n"), ("b", "\\"), ("a", "\"")).ToString());
        Assert.Equal($"{{a=\"{long10k}\"}}", Labels.Of(("a", long10k)).ToString());
        Assert.Equal("{a=\"\uFFFD\uFFFD\"}", Labels.Of(("a", "\0\uD83C")).ToString());
    }

    [Fact]
    public void Label_sets_are_equal_in_any_order_of_their_labels() =>
        Assert.Equal(Labels.Of(("a", "1"), ("b", "2")), Labels.Of(("b", "2"), ("a", "1")));

    [Theory]
    [InlineData("")]
    [InlineData("1a")]
    [InlineData("a-b")]
    [InlineData("größe")]
    public void An_ill_formed_name_is_refused(string name)
    {
        Assert.Throws<ArgumentException>(() => Labels.Of((name, "v")));
        Assert.Throws<ArgumentException>(() => Write(ExpositionFormat.Text004, w => w.Family(name, MetricKind.Gauge)));
    }

    [Fact]
    public void A_name_that_does_not_end_in_its_unit_is_refused() =>
        Assert.Throws<ArgumentException>(() => Write(ExpositionFormat.Text004, w => w.Family("age", MetricKind.Gauge, "seconds")));

    [Fact]
    public void A_repeated_label_or_the_label_le_of_histograms_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Labels.Of(("a", "1"), ("a", "2")));
        Assert.Throws<ArgumentException>(() => Write(ExpositionFormat.Text004, w =>
        {
            w.Family("h", MetricKind.Histogram);
            w.Histogram(Labels.Of(("a", "1"), ("le", "1")), [], [1], 1);
        }));
    }

    public static TheoryData<string> Misuses => [.. MisuseOf.Keys];

    [Theory]
    [MemberData(nameof(Misuses))]
    public void Interleaved_or_repeated_samples_throw(string misuse) =>
        Assert.Throws<InvalidOperationException>(() => Write(ExpositionFormat.OpenMetrics100, MisuseOf[misuse]));

    [Property]
    public Property The_page_equals_that_of_a_naive_writer() => Prop.ForAll(Pages.ToArbitrary(), page =>
        Enum.GetValues<ExpositionFormat>().All(format => Write(format, w => Fast(w, page)) == Naive(format, page)));

    [FactRequires(Tool.Promtool)]
    public void Promtool_of_Debian_has_no_complaint() => LintsCleanly(Tool.Promtool);

    [FactRequires(Tool.NewPromtool)]
    public void Promtool_of_today_has_no_complaint() => LintsCleanly(Tool.NewPromtool);

    [FactRequires(Tool.Promtool)]
    public void Promtool_of_Debian_imports_the_history() => MakesBlocks(Tool.Promtool);

    [FactRequires(Tool.NewPromtool)]
    public void Promtool_of_today_imports_the_history() => MakesBlocks(Tool.NewPromtool);

    private static void LintsCleanly(Tool promtool)
    {
        Machine.RunOn(Write(ExpositionFormat.Text004, EveryKind), promtool, "check", "metrics").HasNothingToSay();
        Machine.RunOn(Write(ExpositionFormat.Text004, w => Odd(w, 1)), promtool, "check", "metrics").HasNothingToSay();
    }

    private static void MakesBlocks(Tool promtool)
    {
        var folder = Directory.CreateTempSubdirectory("driftmonitor-");
        try
        {
            folder.CreateSubdirectory("wal"); // promtool tsdb dump needs it
            var history = Path.Combine(folder.FullName, "history.om");
            File.WriteAllText(history, Write(ExpositionFormat.OpenMetrics100, w => Odd(w, 3)));
            Machine.Run(promtool, "tsdb", "create-blocks-from", "openmetrics", history, folder.FullName).Succeeded();
            var dump = Machine.Run(promtool, "tsdb", "dump", folder.FullName).Succeeded();
            Assert.Equal(3 * OddValues.Length, dump.Split('\n').Count(line => line.Contains("__name__=\"odd\"", StringComparison.Ordinal)));
            Assert.Contains(" 5e-324 1360368000001\n", dump);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static readonly Dictionary<string, Action<ExpositionWriter>> MisuseOf = new()
    {
        ["a sample before any family"] = w => w.Sample(default, 1),
        ["a family twice"] = w => { Gauge(w, 1); Gauge(w, 1); },
        ["a gauge named as a counter's samples"] = w => { w.Family("c", MetricKind.Counter); w.Family("c_total", MetricKind.Gauge); },
        ["a series twice"] = w => { Gauge(w, 1); w.Sample(default, 1); },
        ["a point twice"] = w => { Gauge(w, 1, Blizzard); w.Sample(default, 1, Blizzard); },
        ["a point before the one written"] = w => { Gauge(w, 1, Blizzard); w.Sample(default, 1, Blizzard.AddHours(-1)); },
        ["a series interrupted by another"] = w =>
        {
            Gauge(w, 1, Blizzard);
            w.Sample(Labels.Of(("a", "1")), 1, Blizzard);
            w.Sample(default, 1, Blizzard.AddHours(1));
        },
        ["a plain sample of a histogram"] = w => { w.Family("h", MetricKind.Histogram); w.Sample(default, 1); },
        ["buckets of a gauge"] = w => { w.Family("g", MetricKind.Gauge); w.Histogram(default, [], [1], 1); },
        ["a family after the end"] = w => { w.End(); Gauge(w, 1); },
        ["a second end"] = w => w.End(),
    };

    private static readonly string[] OddValues =
        ["", "\"", "\\", "\n", "a\\nb", "{}", "a=\"b\",c=\"d\"", "🌊", "\uD83C", "\0x", "\r\t ", new('x', 10_000)];

    private static void Odd(ExpositionWriter w, int points)
    {
        w.Family("odd", MetricKind.Gauge, help: "A \"gauge\" of \\ and\nwhat else there is.");
        foreach (var labels in OddValues.Select(value => Labels.Of(("value", value), ("z", "1"))).Order())
        {
            for (var i = 0; i < points; i++)
            {
                w.Sample(labels, new[] { double.NaN, 5e-324, double.MaxValue }[i], Blizzard.AddMilliseconds(i));
            }
        }
    }

    private static void EveryKind(ExpositionWriter w)
    {
        w.Family("driftmonitor_build_info", MetricKind.Gauge, help: "The build that runs.");
        w.Sample(Labels.Of(("version", "0.1.0"), ("revision", "8a1a065")), 1);
        w.Family("driftmonitor_events", MetricKind.Counter, help: "Events consumed.");
        w.Sample(Labels.Of(("topic", "flights")), 336_776);
        w.Sample(Labels.Of(("topic", "weather")), 0);
        w.Family("driftmonitor_kl_divergence_nats", MetricKind.Gauge, "nats", "D(current‖reference), raw.");
        w.Sample(Labels.Of(("monitor", "departure-delay"), ("segment", ""), ("window", "24h")), 2.2);
        w.Sample(Labels.Of(("monitor", "departure-delay"), ("segment", "JFK \"T4\""), ("window", "24h")), 0.03125);
        w.Family("driftmonitor_poll_duration_seconds", MetricKind.Histogram, "seconds", "Time a poll took.");
        w.Histogram(default, [0.005, 0.1, 1, 10], [7, 2, 0, 1, 0], 3.25);
        w.Histogram(Labels.Of(("topic", "flights")), [], [2], 0.5);
    }

    private static void Events(ExpositionWriter w)
    {
        w.Family("driftmonitor_events", MetricKind.Counter, help: "Events consumed.");
        w.Sample(default, 3);
    }

    private static void Gauge(ExpositionWriter w, double value, DateTimeOffset? time = null)
    {
        w.Family("g", MetricKind.Gauge);
        w.Sample(default, value, time);
    }

    private static readonly Gen<(string Name, string Value)[]> LabelSets =
        from names in Gen.SubListOf("monitor", "segment", "window", "_", "A1")
        from values in Gen.Elements([.. "ab\"\\\n{},= é‖", '\uD83C', '\uDF0A']).ArrayOf().ListOf(5)
        select names.Zip(values, (name, value) => (name, new string(value))).ToArray();

    private static readonly Gen<Point> Points =
        from labels in LabelSets
        from value in ArbMap.Default.GeneratorFor<double>()
        from time in Gen.OneOf(
            Gen.Constant<DateTimeOffset?>(null),
            from s in Gen.Choose(int.MinValue, int.MaxValue)
            select (DateTimeOffset?)DateTimeOffset.FromUnixTimeMilliseconds((s * 1000L) + (s % 1000)))
        select new Point(labels, value, time);

    private static readonly Gen<Family[]> Pages =
        (from name in Gen.Elements("driftmonitor_a", "b:c", "_d", "e2")
         from counter in ArbMap.Default.GeneratorFor<bool>()
         from points in Points.ListOf()
         let series = points.DistinctBy(point => Labels.Of(point.Labels))
         select new Family(name, counter, [.. series.OrderBy(point => Labels.Of(point.Labels))]))
        .ListOf().Select(families => families.DistinctBy(family => family.Name).ToArray());

    private static void Fast(ExpositionWriter w, Family[] page)
    {
        foreach (var (name, counter, points) in page)
        {
            w.Family(name, counter ? MetricKind.Counter : MetricKind.Gauge, help: "\\");
            foreach (var (labels, value, time) in points)
            {
                w.Sample(Labels.Of(labels), value, time);
            }
        }
    }

    private static string Naive(ExpositionFormat format, Family[] page)
    {
        var open = format == ExpositionFormat.OpenMetrics100;
        var text = "";
        foreach (var (name, counter, points) in page)
        {
            var (sample, type) = counter ? (name + "_total", "counter") : (name, "gauge");
            text += open ? $"# TYPE {name} {type}\n# HELP {name} \\\\\n" : $"# HELP {sample} \\\\\n# TYPE {sample} {type}\n";
            foreach (var (labels, value, time) in points)
            {
                var pairs = labels.OrderBy(l => l.Name, StringComparer.Ordinal).Select(l => $"{l.Name}=\"{Escaped(l.Value)}\"");
                var braces = labels.Length > 0 ? $"{{{string.Join(",", pairs)}}}" : "";
                var number = value.ToString("R", CultureInfo.InvariantCulture).Replace("Infinity", "Inf");
                text += $"{sample}{braces} {(number == "Inf" ? "+Inf" : number)}{At(time)}\n";
            }
        }

        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(open ? text + "# EOF\n" : text)); // lone surrogates become U+FFFD

        static string Escaped(string value) => value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");

        string At(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds() switch
        {
            null => "",
            { } ms when open => $" {(ms / 1000m).ToString("0.###", CultureInfo.InvariantCulture)}",
            { } ms => $" {ms}",
        };
    }

    private static string Write(ExpositionFormat format, Action<ExpositionWriter> write)
    {
        var text = new ArrayBufferWriter<byte>();
        var writer = new ExpositionWriter(text, format);
        write(writer);
        writer.End();
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private sealed record Point((string Name, string Value)[] Labels, double Value, DateTimeOffset? Time);

    private sealed record Family(string Name, bool Counter, Point[] Points);
}
