using DriftMonitor.Core.Derivations;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>What an event gives to a derived field, before the events around it are looked at.</summary>
/// <param name="Kind">Its type.</param>
/// <param name="Number">The number; 1 or 0 for whether the field is there, or two are the same.</param>
public readonly record struct DerivedInput(DerivedInputKind Kind, double Number = 0)
{
    /// <summary>That of an event.</summary>
    /// <param name="derivation">How values are derived.</param>
    /// <param name="decoder">Has decoded the event last.</param>
    /// <param name="field">The place of the field x, or the first of two; ignored where there is none.</param>
    /// <param name="second">The place of the second field; ignored where there is none.</param>
    /// <param name="value">The event's bytes.</param>
    public static DerivedInput Of(Derivation derivation, EventDecoder decoder, int field, int second, ReadOnlySpan<byte> value)
    {
        if (derivation.HasTwoFields)
        {
            return ModelInput.Of(derivation.Kind, decoder, decoder[field], decoder[second], value);
        }

        if (!derivation.HasField)
        {
            return new DerivedInput(DerivedInputKind.Number);
        }

        var token = decoder[field];
        var isMissing = EventDecoder.IsMissing(token, value);
        if (derivation.Kind == DerivedKind.Present)
        {
            return new DerivedInput(DerivedInputKind.Number, isMissing ? 0 : 1);
        }

        if (isMissing)
        {
            return new DerivedInput(DerivedInputKind.Missing);
        }

        if (derivation.Kind == DerivedKind.Length)
        {
            return LengthOf(token, value) is { } length
                ? new DerivedInput(DerivedInputKind.Number, length)
                : new DerivedInput(DerivedInputKind.WrongType);
        }

        var isNumber = decoder.TryGetNumber(token, value, readsText: true, out var number);
        return new DerivedInput((isNumber, token.Kind == FieldKind.Text) switch
        {
            (true, true) => DerivedInputKind.TextNumber,
            (true, false) => DerivedInputKind.Number,
            (false, true) => DerivedInputKind.Text,
            (false, false) => DerivedInputKind.WrongType,
        }, number);
    }

    // Code points of a string, elements of an array; nothing else has a length.
    private static int? LengthOf(FieldToken token, ReadOnlySpan<byte> value) => token.Kind switch
    {
        FieldKind.Text when token.IsEscaped => EscapedText.CountCodePoints(token.In(value)),
        FieldKind.Text => CodePoints.Count(token.In(value)),
        FieldKind.Cell when token.IsEscaped => CodePoints.Count(token.In(value)) - token.In(value).Count((byte)'"') / 2,
        FieldKind.Cell => CodePoints.Count(token.In(value)),
        FieldKind.Composite when ArrayElements.IsArray(token, value) => ArrayElements.Count(value, token),
        _ => null,
    };
}
