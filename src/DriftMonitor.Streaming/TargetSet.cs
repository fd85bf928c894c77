using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming;

/// <summary>Monitors that get the same events of a topic, and the fields of an event that they need.</summary>
internal sealed class TargetSet
{
    private readonly List<FieldPath> _fields = [];

    /// <summary>Monitors, and whether the topic is what their windows are compared with.</summary>
    public TargetSet(IEnumerable<(MonitorBinding Binding, bool IsReference)> uses)
    {
        Targets = [.. uses.Select(use => use.IsReference ? ReferenceTarget(use.Binding) : OwnTarget(use.Binding))];
    }

    /// <summary>The monitors.</summary>
    public MonitorTarget[] Targets { get; }

    /// <summary>The fields; targets refer to them by their place.</summary>
    public IReadOnlyList<FieldPath> Fields => _fields;

    private MonitorTarget OwnTarget(MonitorBinding binding) => new(
        binding,
        ValuePlaceOf(binding.ReadField),
        TimePlaceOf(binding),
        binding.SegmentBy is { } segment ? [.. segment.Fields.Select(PlaceOf)] : [],
        binding is { ReferenceField: { } other, ReferenceTopic: null } ? PlaceOf(other) : MonitorTarget.None,
        FilterPlaceOf(binding),
        ValuePlaceOf(binding.SecondField),
        IsReference: false);

    private MonitorTarget ReferenceTarget(MonitorBinding binding) => new(
        binding,
        ValuePlaceOf(binding.ReferenceField ?? binding.ReadField),
        TimePlaceOf(binding),
        [],
        MonitorTarget.None,
        FilterPlaceOf(binding),
        ValuePlaceOf(binding.ReferenceSecondField ?? binding.SecondField),
        IsReference: true);

    private int ValuePlaceOf(FieldPath? field) => field is null ? MonitorTarget.None : PlaceOf(field);

    private int FilterPlaceOf(MonitorBinding binding) => binding.Where is { } filter ? PlaceOf(filter.Field) : MonitorTarget.None;

    private int TimePlaceOf(MonitorBinding binding) => binding.EventTime is { } time ? PlaceOf(time) : MonitorTarget.RecordTime;

    private int PlaceOf(FieldPath field)
    {
        if (_fields.IndexOf(field) is >= 0 and var place)
        {
            return place;
        }

        _fields.Add(field);
        return _fields.Count - 1;
    }
}
