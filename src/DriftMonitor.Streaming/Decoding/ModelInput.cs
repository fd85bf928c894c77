using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using DriftMonitor.Core.Derivations;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>What an event gives to a field that is derived from two, such as the prediction of a model and what came true.</summary>
internal static class ModelInput
{
    private static readonly DerivedInput Missing = new(DerivedInputKind.Missing);
    private static readonly DerivedInput WrongType = new(DerivedInputKind.WrongType);

    /// <summary>That of an event.</summary>
    /// <param name="kind">What is derived.</param>
    /// <param name="decoder">Has decoded the event last.</param>
    /// <param name="first">The place of the first field.</param>
    /// <param name="second">The place of the second field.</param>
    /// <param name="value">The event's bytes.</param>
    public static DerivedInput Of(DerivedKind kind, EventDecoder decoder, FieldToken first, FieldToken second, ReadOnlySpan<byte> value)
    {
        if (EventDecoder.IsMissing(first, value) || EventDecoder.IsMissing(second, value))
        {
            return Missing;
        }

        return kind switch
        {
            DerivedKind.LogLoss => LossOf(decoder, first, second, value),
            DerivedKind.Match => MatchOf(decoder, first, second, value),
            _ => ResidualOf(kind, decoder, first, second, value),
        };
    }

    private static DerivedInput ResidualOf(
        DerivedKind kind, EventDecoder decoder, FieldToken actual, FieldToken predicted, ReadOnlySpan<byte> value)
    {
        var isNumber = decoder.TryGetNumber(actual, value, readsText: true, out var x) & decoder.TryGetNumber(
            predicted, value, readsText: true, out var expected);
        var residual = kind == DerivedKind.AbsoluteResidual ? Math.Abs(x - expected) : x - expected;
        return InputOf(isNumber, actual.Kind == FieldKind.Text || predicted.Kind == FieldKind.Text, residual);
    }

    private static DerivedInput InputOf(bool isNumber, bool hasText, double number) => new((isNumber, hasText) switch
    {
        (true, true) => DerivedInputKind.TextNumber,
        (true, false) => DerivedInputKind.Number,
        (false, true) => DerivedInputKind.Text,
        (false, false) => DerivedInputKind.WrongType,
    }, number);

    private static DerivedInput MatchOf(EventDecoder decoder, FieldToken a, FieldToken b, ReadOnlySpan<byte> value) =>
        a.Kind == FieldKind.Composite || b.Kind == FieldKind.Composite ? WrongType
        : new DerivedInput(DerivedInputKind.Number, decoder.AreSameCategory(a, b, value) ? 1 : 0);

    private static DerivedInput LossOf(EventDecoder decoder, FieldToken p, FieldToken y, ReadOnlySpan<byte> value)
    {
        if (y.Kind == FieldKind.Composite)
        {
            return WrongType;
        }

        if (p.Kind == FieldKind.Composite)
        {
            return ArrayElements.IsArray(p, value) ? LossInArray(decoder, p, y, value) : LossInObject(decoder, p, y, value);
        }

        var isNumber = decoder.TryGetNumber(p, value, readsText: true, out var probability);
        if (isNumber && !LogLoss.IsProbability(probability))
        {
            return WrongType;
        }

        return !isNumber ? InputOf(isNumber, p.Kind == FieldKind.Text, 0)
            : IndexOf(decoder, y, value) is not (>= 0 and <= 1 and var truth) ? Missing
            : InputOf(isNumber, p.Kind == FieldKind.Text, LogLoss.Of(truth == 1 ? probability : 1 - probability));
    }

    // A label as an index: a whole number, in a string or cell too, or true and false for 1 and 0; null if it is none.
    private static int? IndexOf(EventDecoder decoder, FieldToken y, ReadOnlySpan<byte> value)
    {
        if (decoder.TryGetNumber(y, value, readsText: true, out var number))
        {
            return number is >= 0 and <= int.MaxValue && number == Math.Floor(number) ? (int)number : null;
        }

        if (!decoder.TryGetText(y, value, out var text))
        {
            return null;
        }

        text = y.Kind == FieldKind.Cell ? NumberText.Trim(text) : text;
        return Ascii.EqualsIgnoreCase(text, "true"u8) ? 1
            : Ascii.EqualsIgnoreCase(text, "false"u8) ? 0
            : null;
    }

    private static DerivedInput LossInArray(EventDecoder decoder, FieldToken p, FieldToken y, ReadOnlySpan<byte> value)
    {
        var label = IndexOf(decoder, y, value);
        ref var text = ref MemoryMarshal.GetReference(value);
        nint end = value.Length;
        var at = JsonSyntax.SkipBlanks(ref text, p.Start + 1, end);
        var (sum, found) = (0.0, double.NaN);
        for (var index = 0; value[(int)at] != ']'; index++)
        {
            at = ReadProbability(ref text, at, end, out var probability, out var isProbability);
            if (!isProbability)
            {
                return WrongType;
            }

            sum += double.IsNaN(probability) ? 0 : probability;
            found = index == label ? probability : found;
            at = NextItem(ref text, at, end);
        }

        return LossOf(sum, found);
    }

    private static DerivedInput LossInObject(EventDecoder decoder, FieldToken p, FieldToken y, ReadOnlySpan<byte> value)
    {
        if (!decoder.TryGetText(y, value, out var label))
        {
            return Missing; // half of a surrogate pair, which is no label
        }

        if (y.IsEscaped)
        {
            label = decoder.Keep(label); // the decoder unescapes one text at a time
        }

        ref var text = ref MemoryMarshal.GetReference(value);
        nint end = value.Length;
        var at = JsonSyntax.SkipBlanks(ref text, p.Start + 1, end);
        var (sum, found) = (0.0, double.NaN);
        while (value[(int)at] != '}')
        {
            var close = JsonStrings.FindQuote(ref text, at + 1, end, out var isEscaped);
            var key = new FieldToken(FieldKind.Text, isEscaped, (int)at + 1, (int)(close - at) - 1);
            var isLabel = decoder.TryGetText(key, value, out var name) && name.SequenceEqual(label);
            at = JsonSyntax.SkipBlanks(ref text, close + 1, end);
            at = JsonSyntax.SkipBlanks(ref text, at + 1, end); // behind the colon
            at = ReadProbability(ref text, at, end, out var probability, out var isProbability);
            if (!isProbability)
            {
                return WrongType;
            }

            sum += double.IsNaN(probability) ? 0 : probability;
            found = isLabel ? probability : found;
            at = NextItem(ref text, at, end);
        }

        return LossOf(sum, found);
    }

    private static DerivedInput LossOf(double sum, double found) =>
        !LogLoss.IsWhole(sum) ? WrongType
        : double.IsNaN(found) ? Missing
        : new DerivedInput(DerivedInputKind.Number, LogLoss.Of(found));

    // A number that can be a probability, or null, which is none and is NaN here.
    private static nint ReadProbability(ref byte text, nint at, nint end, out double probability, out bool isProbability)
    {
        (probability, isProbability) = (double.NaN, true);
        var first = Unsafe.Add(ref text, at);
        if (first == 'n')
        {
            return JsonSyntax.SkipLiteral(ref text, at, end);
        }

        if (first is not ((byte)'-' or (>= (byte)'0' and <= (byte)'9')))
        {
            isProbability = false;
            return at;
        }

        var token = default(FieldToken);
        at = JsonNumbers.Read(ref text, at, end, ref token);
        probability = token.Number;
        isProbability = LogLoss.IsProbability(probability);
        return at;
    }

    // The first byte of the next item, or the closing bracket.
    private static nint NextItem(ref byte text, nint at, nint end)
    {
        at = JsonSyntax.SkipBlanks(ref text, at, end);
        return JsonSyntax.IsAt(ref text, at, end, ',') ? JsonSyntax.SkipBlanks(ref text, at + 1, end) : at;
    }
}
