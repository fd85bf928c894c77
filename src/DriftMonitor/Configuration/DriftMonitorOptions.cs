using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Divergences;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Sources.Kafka;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>What a configuration says, as written: the section <c>DriftMonitor</c> of the JSON file and of the environment.</summary>
/// <remarks>Each property's description is what people read in the JSON Schema, in the README's table of options, and where it is missing.</remarks>
internal sealed class DriftMonitorOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "DriftMonitor";

    [Description("The cluster that topics are read from.")]
    public KafkaOptions Kafka { get; set; } = new();

    [Description("The one port of /metrics, /healthz, /api and the page.")]
    public HttpOptions Http { get; set; } = new();

    [Description("What /metrics holds beyond the readings.")]
    public MetricsOptions Metrics { get; set; } = new();

    [Description("The monitors: named questions, each about one field of one topic.")]
    [Required]
    public List<MonitorOptions> Monitors { get; set; } = [];
}

internal sealed class KafkaOptions
{
    [Description("Host and port of one or more brokers, separated by commas.")]
    public string BootstrapServers { get; set; } = "localhost:9092";

    [Description("Where reading starts: window (from the longest window's start before the topic's newest event), earliest or latest.")]
    public KafkaStart Start { get; set; } = KafkaStart.Window;

    [Description("The consumer group whose offsets are committed, for lag dashboards only.")]
    public string Group { get; set; } = "driftmonitor";

    [Description("How long a partition that has been read to its end may be silent before it no longer holds panes open.")]
    public Duration IdleAfter { get; set; } = new(TimeSpan.FromSeconds(30));

    [Description("The largest event that is read, in bytes; larger ones are rejected as too_large.")]
    [Range(1, 1_000_000_000)] // librdkafka fetches no larger message
    public int MaxEventBytes { get; set; } = 1024 * 1024;

    [Description("Further librdkafka properties, such as security.protocol.")]
    public Dictionary<string, string> Properties { get; set; } = [];
}

internal sealed class HttpOptions
{
    [Description("The port, on all interfaces; 0 takes a free one.")]
    [Range(0, 65_535)]
    public int Port { get; set; } = 9464;
}

internal sealed class MetricsOptions
{
    [Description("Whether each window's five largest bin contributions are exported, and the rest: six series more a window.")]
    public bool BinContributions { get; set; }
}

internal sealed class MonitorOptions
{
    /// <summary>Longer names and fields would be longer labels than some Prometheus servers take.</summary>
    private const int LongestLabel = 200;

    /// <summary>What an entry of <see cref="Measures"/> looks like, for editors; the rules tell what is wrong with one.</summary>
    internal const string MeasurePattern =
        "^(kl|kl_reverse|jeffreys|psi|kl_symmetrised_mean|js|hellinger|total_variation|l_infinity|chi_square|g|ks|wasserstein|renyi:(inf|[0-9]+(\\.[0-9]{1,3})?))$";

    [Description("The monitor's name, unique; the label `monitor` of its metrics.")]
    [Required]
    [MaxLength(LongestLabel)]
    public string Name { get; set; } = "";

    [Description("The topic that it reads.")]
    public string Topic { get; set; } = "";

    [Description("The field that it watches: a dotted path such as a.b[0].c, or a CSV column.")]
    [Required]
    [MaxLength(LongestLabel)]
    public string Field { get; set; } = "";

    [Description("The field of the event time: ISO 8601, or Unix seconds or milliseconds. Without it, the record's own time counts.")]
    [MaxLength(LongestLabel)]
    public string? EventTime { get; set; }

    [Description("A field whose values are segments: each has a series of its own, with its own windows, reference, calibration and alert. `driftmonitor reference build` makes their references.")]
    [MaxLength(LongestLabel)]
    public string? SegmentBy { get; set; }

    [Description("With SegmentBy: how many segments get a series; those in the reference always do, and events of the others are counted as dropped.")]
    [Range(1, 10_000)]
    public int MaxSegments { get; set; } = 100;

    [Description("The lengths of the sliding windows, each a whole number of panes.")]
    [Required]
    public List<Duration> Windows { get; set; } = [];

    [Description("The time step: windows move, and readings are taken, once a pane.")]
    [Required]
    public Duration? Pane { get; set; }

    [Description("How far an event may lie behind its partition's newest and still count.")]
    public Duration AllowedLateness { get; set; }

    [Description("How far an event may lie ahead of its record's own time.")]
    public Duration MaxAhead { get; set; } = new(TimeSpan.FromMinutes(5));

    [Description("A window with fewer events gives no divergence; nor does one that is compared with fewer, where the reference moves.")]
    [Range(1, double.PositiveInfinity)]
    public long MinimumEvents { get; set; } = 100;

    [Description("Additive smoothing of each regular bin of the reference; the special bins share as much among them.")]
    [Range(0, double.PositiveInfinity, MinimumIsExclusive = true)]
    public double PseudoCount { get; set; } = Core.Distributions.Reference.DefaultPseudoCount;

    [Description("Measures beside kl and kl_reverse, which are always there: jeffreys, psi, kl_symmetrised_mean, js, hellinger, total_variation, l_infinity, chi_square, g (with its p-value), ks, wasserstein, and renyi:0.5 of any order. Each is a metric of its own.")]
    [RegularExpression(MeasurePattern)]
    public List<string> Measures { get; set; } = [];

    [Description("What windows are compared with.")]
    public ReferenceOptions Reference { get; set; } = new();

    [Description("When the monitor raises an alert; without it, never.")]
    public AlertOptions? Alert { get; set; }
}

internal sealed class ReferenceOptions
{
    [Description("What windows are compared with: file (a reference file), hour_of_week (the same hours of the week in one), inline (given probabilities), parametric (a family of distributions), first (the monitor's own first events), previous_window, field (another field of the same events), topic (another topic).")]
    public ReferenceKind Kind { get; set; }

    [Description("A reference file, made by `driftmonitor reference build`; a relative path starts at the configuration file's folder. For first, where what was learned is kept, and read from then on; for the kinds that move, its bins count.")]
    public string? File { get; set; }

    [Description("Edges of the bins, increasing, for kinds without a file.")]
    public List<double>? Edges { get; set; }

    [Description("The categories, for kinds without a file; every other value is unseen.")]
    public List<string>? Categories { get; set; }

    [Description("For inline: the probability of each bin; together 1.")]
    [Range(0, 1)]
    public List<double>? Probabilities { get; set; }

    [Description("For parametric: uniform, binomial, poisson, geometric, normal, log-normal, exponential or gamma. `driftmonitor reference fit` finds the one that fits.")]
    public string? Family { get; set; }

    [Description("For parametric: the family's parameters by name, such as mean and standard_deviation.")]
    public Dictionary<string, string>? Parameters { get; set; }

    [Description("For first: the event time that is learned from.")]
    public Duration? Over { get; set; }

    [Description("For first, in place of Over: how many events are learned from, up to the end of their pane.")]
    [Range(1, double.PositiveInfinity)]
    public long? Events { get; set; }

    [Description("For field: the other field, whose windows are compared with. For topic: the field there, where it is called otherwise.")]
    [MaxLength(200)]
    public string? Field { get; set; }

    [Description("For topic: the other topic, whose windows are compared with.")]
    public string? Topic { get; set; }

    [Description("For previous_window, field and topic: the event time over which the monitor learns how its readings fluctuate while nothing is wrong; until then FalseAlarmEvery raises no alert. Unless told, 14d, or 100000 panes where that is less.")]
    public Duration? CalibrateOver { get; set; }
}

internal enum ReferenceKind
{
    File,
    HourOfWeek,
    Inline,
    Parametric,
    First,
    PreviousWindow,
    Field,
    Topic,
}

internal sealed class AlertOptions
{
    [Description("The one knob: fire at readings which the reference itself, undrifted, shows so seldom that false alarms come once in this time, on average over all monitors that have it.")]
    public Duration? FalseAlarmEvery { get; set; }

    [Description("With FalseAlarmEvery: the least excess over noise, in nats, that fires; a drift that is certain but smaller stays quiet.")]
    [Range(0, double.PositiveInfinity)]
    public double MinimumDivergence { get; set; } = 0.01;

    [Description("For a fixed threshold in place of FalseAlarmEvery, the measure that it is for: kl, D(current‖reference) in nats.")]
    public AlertMeasure Measure { get; set; } = AlertMeasure.Kl;

    [Description("For a fixed threshold: the window whose reading counts, one of the monitor's; not needed where there is one.")]
    public Duration? Window { get; set; }

    [Description("A fixed threshold in place of FalseAlarmEvery: the alert is high above this level.")]
    [Range(0, double.PositiveInfinity, MinimumIsExclusive = true)]
    public double? FireAbove { get; set; }

    [Description("For a fixed threshold: a firing alert resolves below this level; FireAbove unless told.")]
    [Range(0, double.PositiveInfinity, MinimumIsExclusive = true)]
    public double? ResolveBelow { get; set; }

    [Description("How long readings must be high before the alert fires; without it, it fires at once.")]
    public Duration Hold { get; set; }
}

internal enum AlertMeasure
{
    Kl,
}
