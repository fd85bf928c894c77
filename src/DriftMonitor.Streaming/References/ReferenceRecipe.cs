using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.References;

/// <summary>What a reference is built of: what its monitor counts, a period, and how the bins are found.</summary>
/// <param name="Spec">The monitor's pane and windows.</param>
/// <param name="Field">Its field; of a derived field, the name.</param>
public sealed record ReferenceRecipe(MonitorSpec Spec, FieldPath Field)
{
    /// <summary>The field of the event time; null for the record's own.</summary>
    public FieldPath? EventTime { get; init; }

    /// <summary>How event times are written; null for the usual forms.</summary>
    public EventTimeFormat? EventTimeFormat { get; init; }

    /// <summary>
    /// The period of the reference, aligned to the pane. If it starts at <see cref="EventTime.Earliest"/> or ends at
    /// <see cref="EventTime.Latest"/>, the first or the last event decides; null for both.
    /// </summary>
    public Period? Period { get; init; }

    /// <summary>Periods to leave out, aligned to the pane.</summary>
    public IReadOnlyList<Period> Excluded { get; init; } = [];

    /// <summary>How the bins are found.</summary>
    public BinsChoice Bins { get; init; } = BinsChoice.Auto;

    /// <summary>α of the monitor, so that the calibration's readings are smoothed like the monitor's.</summary>
    public double PseudoCount { get; init; } = Reference.DefaultPseudoCount;

    /// <summary>The fields of the monitor's segments; null for none.</summary>
    public SegmentFields? SegmentBy { get; init; }

    /// <summary>Whether windows are compared with the same hours of the week, in the calibration and by the monitor.</summary>
    public bool ByHourOfWeek { get; init; }

    /// <summary>The array whose elements are the events; null if a record is an event.</summary>
    public FieldPath? Unpack { get; init; }

    /// <summary>The field that a derived field is of, the first of two, or that of a text; null if there is none.</summary>
    public FieldPath? DerivedFrom { get; init; }

    /// <summary>The second field that a derived field is of, or of two; null if there is none.</summary>
    public FieldPath? Second { get; init; }

    /// <summary>Which events are counted; null for all.</summary>
    public EventFilter? Where { get; init; }

    /// <summary>
    /// For two fields together, which are <see cref="DerivedFrom"/> and <see cref="Second"/>, how their bins are found; null for one.
    /// </summary>
    public PairChoice? Pairs { get; init; }

    /// <summary>Where the words of <see cref="DerivedFrom"/> are counted, whether upper and lower case differ; otherwise null.</summary>
    public WordCase? Words { get; init; }

    /// <summary>
    /// If the second field is of another topic, whose events are joined with those of the first, the source's index of that topic; null
    /// otherwise.
    /// </summary>
    public int? SecondTopic { get; init; }

    /// <summary>The field whose value is read from events; null where nothing but their times is needed.</summary>
    internal FieldPath? ReadField => Spec.Derivation is null && Pairs is null && Words is null ? Field : DerivedFrom;
}
