using DriftMonitor.Core.State;

namespace DriftMonitor.Core.Binning;

/// <summary>A <see cref="FieldValue"/> with a text of its own, for as long as it is needed.</summary>
public sealed class KeptValue
{
    private readonly FieldValueKind _kind;
    private readonly double _number;
    private readonly byte[] _label;
    private readonly bool _hasLabel;
    private readonly bool _isJsonToken;
    private readonly bool _isString;
    private readonly bool _isJsonNumber;
    private readonly bool _hasLeadingZero;

    /// <summary>Copies a value.</summary>
    public KeptValue(in FieldValue value)
    {
        (_kind, _number, _label) = (value.Kind, value.Number, value.Label.ToArray());
        (_hasLabel, _isJsonToken, _isString) = (value.HasLabel, value.IsJsonToken, value.IsString);
        (_isJsonNumber, _hasLeadingZero) = (value.IsJsonNumber, value.HasLeadingZero);
    }

    /// <summary>The value.</summary>
    public FieldValue Value => new(_kind, _number, _label)
    {
        HasLabel = _hasLabel,
        IsJsonToken = _isJsonToken,
        IsString = _isString,
        IsJsonNumber = _isJsonNumber,
        HasLeadingZero = _hasLeadingZero,
    };

    /// <summary>Saves a value, or loads it.</summary>
    internal static KeptValue Exchange(StateExchange state, KeptValue? kept)
    {
        var saved = kept is null ? default : kept.Value;
        var kind = (FieldValueKind)(byte)state.Number((long)saved.Kind);
        var number = state.Number(saved.Number);
        var label = saved.Label.ToArray();
        state.Bytes(ref label);
        var value = new FieldValue(kind, number, label)
        {
            HasLabel = state.Flag(saved.HasLabel),
            IsJsonToken = state.Flag(saved.IsJsonToken),
            IsString = state.Flag(saved.IsString),
            IsJsonNumber = state.Flag(saved.IsJsonNumber),
            HasLeadingZero = state.Flag(saved.HasLeadingZero),
        };
        return Enum.IsDefined(kind) ? new KeptValue(value) : throw new StateException("a value has an unknown kind");
    }
}
