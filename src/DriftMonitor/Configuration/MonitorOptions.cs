using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>The keys of one entry of <c>DriftMonitor:Monitors</c>.</summary>
internal sealed class MonitorOptions
{
    /// <summary>Some Prometheus servers refuse longer label values.</summary>
    internal const int LongestLabel = 200;

    /// <summary>The form of an entry of <see cref="Measures"/>, for the JSON Schema.</summary>
    /// <remarks>The reader leaves entries to <see cref="Wording.MeasureNames"/>, which suggests the nearest name.</remarks>
    internal const string MeasurePattern =
        "^(kl|kl_reverse|jeffreys|psi|kl_symmetrised_mean|js|hellinger|total_variation|l_infinity|chi_square|g|ks|wasserstein"
        + "|renyi:(inf|[0-9]+(\\.[0-9]{1,3})?))$";

    private long? _minimumEvents;

    [Description("Unique name of the monitor; the value of the label `monitor` in its metrics. Example: departure-delay.")]
    [Required]
    [MaxLength(LongestLabel)]
    public string Name { get; set; } = "";

    [Description(
        "Topic to read. Required, except where events come from files. Example: flights. A name that starts with ^ is a regular "
        + "expression, such as ^orders-.*: all topics that match it are read, and each topic is a segment.")]
    public string Topic { get; set; } = "";

    [Description(
        "Field to watch: a dotted path such as a.b[0].c, in which a step may be quoted, as in labels[\"app.kubernetes.io/name\"], "
        + "or the name of a CSV column as it stands. Or a derived field: difference(x), absdiff(x), deviation(x, 10), deviation(x, day), "
        + "length(x), gap(), present(x), hour(), volume(), logloss(p, y), residual(actual, predicted), absresidual(actual, predicted) "
        + "or match(a, b).")]
    [MaxLength(LongestLabel)]
    public string Field { get; set; } = "";

    [Description(
        "Two fields to watch together, in place of Field: the pairs of their bins, and what one tells about the other. "
        + "Example: [\"origin\", \"carrier\"]. With JoinBy they are of two topics, each written topic:path, in place of Topic. "
        + "Example: [\"sent:value\", \"received:value\"].")]
    public List<string>? Fields { get; set; }

    [Description(
        "With Fields of two topics: by what the events of one are joined with those of the other: key, the key of their records. An event "
        + "is joined with the earliest one of the other topic that has the same key and no partner. One that finds none within JoinWithin, "
        + "or has no key, counts as missing.")]
    public JoinKind? JoinBy { get; set; }

    [Description(
        "With JoinBy: how far apart in event time two events may be and still be joined: a whole number of panes, at most the longest "
        + "window. Without this key, the shortest window. Example: 5m.")]
    public Duration? JoinWithin { get; set; }

    [Description(
        "Text whose words are counted, in place of Field: each event counts once per word, so that windows hold words. Words are found by "
        + "the word boundaries of Unicode.")]
    public TokensOptions? Tokens { get; set; }

    [Description(
        "Field of the event time: ISO 8601, or Unix time in seconds, milliseconds, microseconds or nanoseconds. "
        + "Without this key, the record's own timestamp is used. Example: time.")]
    [MaxLength(LongestLabel)]
    public string? EventTime { get; set; }

    [Description(
        "With EventTime: how it is written if it has another form: a .NET date format, in UTC unless it has a zone, "
        + "or days for days since 1970. Example: dd.MM.yyyy HH:mm:ss.")]
    public string? EventTimeFormat { get; set; }

    [Description(
        "Array whose elements are the events, for records that hold several: its path, or [] for a record that is an array. "
        + "Field, EventTime and SegmentBy then start at an element. Example: records.")]
    [MaxLength(LongestLabel)]
    public string? Unpack { get; set; }

    [Description("Which events to count; without this key, all.")]
    public WhereOptions? Where { get; set; }

    [Description(
        "Whether the topic's records are CloudEvents. Paths are then those of the structured form, such as data.amount, time or type, and "
        + "records of binary mode are read alike: data is their value, and the attributes are their ce_ headers. All monitors of a topic "
        + "must agree.")]
    public bool CloudEvents { get; set; }

    [Description(
        "Field whose values are the segments, or a list of fields, whose values are joined by / (a / or \\ in a value has a \\ before it). "
        + "If Topic is a regular expression, the topic's name comes first. "
        + "Each segment has its own series, with its own windows, reference, calibration and alert. "
        + "`driftmonitor reference build` makes the references of all segments. Example: origin.")]
    [MaxLength(LongestLabel)]
    [SingleOrList]
    public List<string> SegmentBy { get; set; } = [];

    [Description(
        "With segments: largest number of segments that have a series at the same time. Segments of the reference always have one. Events "
        + "that find no room are counted as dropped; room is made by ending series without events in any window.")]
    [Range(1, 10_000)]
    public int MaxSegments { get; set; } = 100;

    [Description("Lengths of the sliding windows, each a whole number of panes. Example: [\"6h\", \"24h\"].")]
    [Required]
    public List<Duration> Windows { get; set; } = [];

    [Description("Time step: once per pane, the windows move and readings are taken. Example: 1h.")]
    [Required]
    public Duration? Pane { get; set; }

    [Description(
        "How far an event time may lie behind the newest one of its partition; older events are rejected as late. Example: 1h.")]
    public Duration AllowedLateness { get; set; }

    [Description(
        "How far an event time may lie ahead of the record's own timestamp; events further ahead are rejected as ahead. So is an event "
        + "more than the longest window ahead of its partition that the next three do not confirm. Example: 5m.")]
    public Duration MaxAhead { get; set; } = new(TimeSpan.FromMinutes(5));

    [Description(
        "How far an event time may lie before the record's own timestamp or, where records have none, before the third event of its "
        + "partition; older events are rejected as too_old. Example: 14600d, which is 40 years.")]
    public Duration MaxAge { get; set; } = new(TimeSpan.FromDays(14_600));

    [Description(
        "Smallest number of events in a window for which a divergence is calculated. "
        + "Where the reference moves, it must hold as many events too. With Tokens, the number of words. For volume() it is 1.")]
    [Range(1, double.PositiveInfinity)]
    public long MinimumEvents
    {
        get => _minimumEvents ?? (NameRules.ParseDerived(Field)?.Derivation.Kind == DerivedKind.Volume ? 1 : 100);
        set => _minimumEvents = value;
    }

    [Description(
        "Largest share of a window's events that may be rejected, from 0 to 1: rejected / (rejected + counted). "
        + "Above it, the reading is untrusted, and the alert waits as if there were none.")]
    [Range(0, 1)]
    public double MaxRejected { get; set; } = 0.2;

    [Description(
        "Additive smoothing of the reference, in events: "
        + "this number is added to each regular bin, and once more to the special bins together.")]
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double PseudoCount { get; set; } = Core.Distributions.Reference.DefaultPseudoCount;

    [Description(
        "Measures to calculate besides kl and kl_reverse, which are always calculated: jeffreys, psi, kl_symmetrised_mean, js, hellinger, "
        + "total_variation, l_infinity, chi_square, g (with its p-value), ks, wasserstein, and renyi:ORDER such as renyi:0.5. "
        + "Each is exported as a metric of its own. Example: [\"js\", \"psi\"].")]
    [RegularExpression(MeasurePattern)]
    public List<string> Measures { get; set; } = [];

    [Description(
        "Whether the mean of the numbers in each window is exported too, as driftmonitor_field_mean. Numeric fields only. Example: true.")]
    public bool Mean { get; set; }

    [Description("What the windows are compared with.")]
    public ReferenceOptions Reference { get; set; } = new();

    [Description("When the monitor raises an alert. Without this key it raises none.")]
    public AlertOptions? Alert { get; set; }

    /// <summary>The two fields whose topics' events are joined; null where there is no join, and where they are not valid.</summary>
    internal (TopicField First, TopicField Second)? Joined =>
        JoinBy is not null && Fields is [var first, var second]
        && TopicField.Parse(first) is { } one && TopicField.Parse(second) is { } other
            ? (one, other)
            : null;

    /// <summary>The topics that it reads, as far as they are given.</summary>
    internal IReadOnlyList<string> Topics => Joined is var (first, second)
        ? [first.Topic, second.Topic]
        : [.. new[] { Topic, Reference.Topic }.OfType<string>().Where(topic => topic.Length > 0).Distinct()];

    /// <summary>What it watches, as it is shown and as references name it, unless it is a pair: a field, or the words of one.</summary>
    internal string Watched => Tokens is null ? Field : Tokens.Words.ToString();

    /// <summary>Whether the monitor has segments.</summary>
    internal bool IsSegmented => SegmentBy.Count > 0 || TopicPattern.IsPattern(Topic);

    /// <summary>Which events are counted; null for all, and where the filter is not complete.</summary>
    internal EventFilter? Filter =>
        Where is { Field.Length: > 0, In.Count: > 0 } ? new EventFilter(FieldPath.PathOrColumn(Where.Field), Where.In) : null;

    /// <summary>The parts of the segments; null if there are none.</summary>
    internal SegmentFields? Segments => SegmentFields.Of(TopicPattern.IsPattern(Topic), SegmentBy);
}
