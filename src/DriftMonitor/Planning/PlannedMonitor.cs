using DriftMonitor.Configuration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.References;

namespace DriftMonitor.Planning;

/// <summary>A valid monitor, with its reference read.</summary>
/// <param name="Spec">How events are windowed, and what fires the alert.</param>
/// <param name="Topic">The topic that it reads; empty if none is needed.</param>
/// <param name="Field">The field that it watches; of a derived field, the name.</param>
/// <param name="EventTime">The field of the event time; null for the record's own timestamp.</param>
/// <param name="SegmentBy">The fields of the segments; null for none.</param>
/// <param name="PseudoCount">α of the reference's smoothing.</param>
/// <param name="Reference">What windows are compared with; null if none is needed.</param>
internal sealed record PlannedMonitor(
    MonitorSpec Spec,
    string Topic,
    FieldPath Field,
    FieldPath? EventTime,
    SegmentFields? SegmentBy,
    double PseudoCount,
    PlannedReference? Reference)
{
    /// <summary>The two fields that are watched together; null for one.</summary>
    public PairOfFields? Pair { get; init; }

    /// <summary>The text whose words are counted; null if an event is one value.</summary>
    public TokensOptions? Tokens { get; init; }

    /// <summary>The field that a derived field is of, the first of two, or that of the text; null if there is none.</summary>
    public FieldPath? DerivedFrom { get; init; }

    /// <summary>Which events are counted; null for all.</summary>
    public EventFilter? Where { get; init; }

    /// <summary>The two fields that a monitor watches together; null for one.</summary>
    public static PairOfFields? PairOf(MonitorOptions monitor) =>
        monitor.Fields is [var first, var second] ? new PairOfFields(first, second) : null;

    /// <summary>The topic whose events are joined with those of <see cref="Topic"/>; null if there is no join.</summary>
    public string? JoinedTopic { get; init; }

    /// <summary>The field that is watched in that topic, beside <see cref="DerivedFrom"/> in its own; null if there is no join.</summary>
    public FieldPath? JoinedField { get; init; }

    /// <summary>The second field that a derived field is of, or of two; null if there is none.</summary>
    public FieldPath? SecondField { get; init; }

    /// <summary>How event times are written; null for the usual forms.</summary>
    public EventTimeFormat? EventTimeFormat { get; init; }

    /// <summary>The array whose elements are the events; null if a record is an event.</summary>
    public FieldPath? Unpack { get; init; }

    /// <summary>Those of <see cref="Topics"/> whose events are posted; the others are read from Kafka.</summary>
    public IReadOnlyList<string> PostedTopics { get; init; } = [];

    /// <summary>Whether the records of its topics are CloudEvents, and paths those of their structured form.</summary>
    public bool HasCloudEvents { get; init; }

    /// <summary>Whether windows are compared with the same hours of the week.</summary>
    public bool ByHourOfWeek { get; init; }

    /// <summary>The topics that it reads: its own, and that of its reference or whose events are joined.</summary>
    public IEnumerable<string> Topics =>
        JoinedTopic is { } joined ? [Topic, joined]
        : Reference is { Kind: ReferenceKind.Topic, Options.Topic: { } other } ? [Topic, other]
        : [Topic];

    /// <summary>The paths of a record's fields that it reads.</summary>
    public IEnumerable<FieldPath> PathsInRecords => Unpack is not null
        ? [Unpack]
        : FieldsInRecords.OfType<FieldPath>();

    private FieldPath?[] FieldsInRecords =>
    [
        Spec.Derivation is null && Pair is null && Tokens is null ? Field : DerivedFrom, SecondField, EventTime, Where?.Field,
        .. SegmentBy?.Fields ?? [], ReferenceField, ReferenceSecondField,
    ];

    /// <summary>
    /// What its reference is built of; who builds it chooses the period, the bins and, for two fields, the pairs and the second topic.
    /// </summary>
    public ReferenceRecipe Recipe => new(Spec, Field)
    {
        EventTime = EventTime,
        EventTimeFormat = EventTimeFormat,
        PseudoCount = PseudoCount,
        SegmentBy = SegmentBy,
        ByHourOfWeek = ByHourOfWeek,
        Unpack = Unpack,
        DerivedFrom = DerivedFrom,
        Second = JoinedField ?? SecondField,
        Where = Where,
        Words = Tokens?.Case,
    };

    /// <summary>Makes a new monitor, before its first event.</summary>
    /// <exception cref="InvalidOperationException">It was planned without a reference.</exception>
    public MonitorBinding Bind() => Bind(static (reference, spec, isSegmented) => reference.Monitor(spec, isSegmented));

    /// <summary>Makes a new monitor to load a checkpoint into: what it learns comes from there and not from a file.</summary>
    /// <exception cref="InvalidOperationException">It was planned without a reference.</exception>
    public MonitorBinding BindToLoad() => Bind(static (reference, spec, isSegmented) => reference.MonitorToLoad(spec, isSegmented));

    private MonitorBinding Bind(Func<PlannedReference, MonitorSpec, bool, FieldMonitor> create)
    {
        var reference = Reference ?? throw new InvalidOperationException($"the monitor {Spec.Name} was planned without its reference");
        return new MonitorBinding(create(reference, Spec, SegmentBy is not null), Topic, Field, EventTime, SegmentBy)
        {
            EventTimeFormat = EventTimeFormat,
            Unpack = Unpack,
            Where = Where,
            DerivedFrom = DerivedFrom,
            Words = Tokens?.Case,
            SecondField = SecondField,
            ReferenceField = ReferenceField,
            ReferenceSecondField = ReferenceSecondField,
            ReferenceTopic = JoinedTopic ?? (reference.Kind == ReferenceKind.Topic ? reference.Options.Topic : null),
        };
    }

    private FieldPath? ReferenceField => JoinedField ?? (
        Reference is { Kind: ReferenceKind.Field or ReferenceKind.Topic, Options.Field: { } other } ? ReadField(other) : null);

    private FieldPath? ReferenceSecondField => Reference is { Kind: ReferenceKind.Field or ReferenceKind.Topic }
        ? NameRules.ParseDerived(Reference.Options.Field)?.With
        : null;

    private static FieldPath? ReadField(string field) =>
        DerivedField.Parse(field) is { } derived ? derived.From : FieldPath.PathOrColumn(field);
}
