using System.Globalization;
using DriftMonitor.Core.Derivations;
using DriftMonitor.Core.Numerics;

namespace DriftMonitor.Streaming.Decoding;

/// <summary>A field that is derived from others, such as <c>deviation(latency_ms, 10)</c>: one of a closed set of functions.</summary>
public sealed class DerivedField
{
    private const string Deviation = "deviation";
    private const string Day = "day";

    // Each function as people write it.
    private static readonly (string Name, string Form, DerivedKind Kind)[] Known =
    [
        ("difference", "difference(x)", DerivedKind.Difference),
        ("absdiff", "absdiff(x)", DerivedKind.AbsoluteDifference),
        (Deviation, "deviation(x, 10)", DerivedKind.DeviationFromLast),
        (Deviation, "deviation(x, day)", DerivedKind.DeviationFromDays),
        ("length", "length(x)", DerivedKind.Length),
        ("gap", "gap()", DerivedKind.Gap),
        ("present", "present(x)", DerivedKind.Present),
        ("hour", "hour()", DerivedKind.Hour),
        ("volume", "volume()", DerivedKind.Volume),
        ("logloss", "logloss(p, y)", DerivedKind.LogLoss),
        ("residual", "residual(actual, predicted)", DerivedKind.Residual),
        ("absresidual", "absresidual(actual, predicted)", DerivedKind.AbsoluteResidual),
        ("match", "match(a, b)", DerivedKind.Match),
    ];

    private DerivedField(string text, Derivation derivation, FieldPath? from, FieldPath? with = null) =>
        (Text, Derivation, From, With) = (text, derivation, from, with);

    /// <summary>The names of the functions.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(known => known.Name).Distinct()];

    /// <summary>Each function as it can be written.</summary>
    public static IReadOnlyList<string> Forms { get; } = [.. Known.Select(known => known.Form)];

    /// <summary>It as it is written in reference files: <c>deviation(latency_ms, 10)</c>, with a blank after the comma.</summary>
    public string Text { get; }

    /// <summary>How the values are derived.</summary>
    public Derivation Derivation { get; }

    /// <summary>The field x that they are derived from: a path, or the name of a CSV column; null for those of event times.</summary>
    public FieldPath? From { get; }

    /// <summary>The second field, of those that are derived from two; null for the others.</summary>
    public FieldPath? With { get; }

    /// <summary>
    /// The name before the parenthesis of a text such as <c>name(…)</c>, whether there is such a function or not; null for other texts. A
    /// name is small and large letters, digits and underscores, and the parenthesis follows at once.
    /// </summary>
    public static string? FunctionIn(string text)
    {
        var open = text.IndexOf('(', StringComparison.Ordinal);
        return open > 0 && text[^1] == ')' && text.AsSpan(0, open).IndexOfAnyExcept(Letters) < 0 && !char.IsAsciiDigit(text[0])
            ? text[..open]
            : null;
    }

    /// <summary>A field as it is written in reference files: a derived one as <see cref="Text"/>, another one as it is.</summary>
    public static string Canonical(string text)
    {
        try
        {
            return Parse(text)?.Text ?? text;
        }
        catch (FormatException)
        {
            return text;
        }
    }

    /// <summary>Parses a derived field.</summary>
    /// <returns>Null if the text names none of the functions, and so is a path or the name of a column.</returns>
    /// <exception cref="FormatException">
    /// It names a function, but the arguments do not fit it; the message is the end of a sentence, with the remedy.
    /// </exception>
    public static DerivedField? Parse(string text)
    {
        if (FunctionIn(text) is not { } name || !Names.Contains(name))
        {
            return null;
        }

        var arguments = Split(text.AsSpan(name.Length + 1, text.Length - name.Length - 2));
        if (name == Deviation)
        {
            return arguments is [var x, var last] ? ParseDeviation(x, last) : throw WrongCount(name, arguments);
        }

        var kind = Known.First(known => known.Name == name).Kind;
        var derivation = new Derivation(kind);
        return derivation.HasTwoFields
            ? arguments is [var first, var second] ? OfFields(name, derivation, first, second) : throw WrongCount(name, arguments)
            : derivation.HasField
            ? arguments is [var field] ? OfField(name, derivation, field) : throw WrongCount(name, arguments)
            : arguments.Count == 0 ? new DerivedField($"{name}()", derivation, from: null)
            : throw WrongCount(name, arguments);
    }

    private static readonly System.Buffers.SearchValues<char> Letters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    private static DerivedField ParseDeviation(string x, string last)
    {
        if (last == Day)
        {
            return OfField(Deviation, new Derivation(DerivedKind.DeviationFromDays), x, Day);
        }

        const int Longest = RunningMedian.Longest;
        return int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= Longest
            ? OfField(
                Deviation, new Derivation(DerivedKind.DeviationFromLast, count), x, count.ToString(CultureInfo.InvariantCulture))
            : throw new FormatException(
                $"compares with the last \"{last}\" values: write a whole number from 1 to {Longest}, as in deviation({x}, 10), or day");
    }

    private static DerivedField OfField(string name, Derivation derivation, string x, string? last = null)
    {
        RequireField(name, x);
        return new DerivedField(last is null ? $"{name}({x})" : $"{name}({x}, {last})", derivation, FieldPath.PathOrColumn(x));
    }

    private static DerivedField OfFields(string name, Derivation derivation, string first, string second)
    {
        RequireField(name, first);
        RequireField(name, second);
        return first != second
            ? new DerivedField($"{name}({first}, {second})", derivation, FieldPath.PathOrColumn(first), FieldPath.PathOrColumn(second))
            : throw new FormatException($"has {first} twice: write {FormOf(name)} with two different fields");
    }

    private static void RequireField(string name, string x)
    {
        if (x.Length == 0)
        {
            throw new FormatException(
                $"names no field: write {FormOf(name)} with the path of a field in place of {FieldsOf(name)}");
        }

        if (FunctionIn(x) is { } inner && Names.Contains(inner))
        {
            throw new FormatException(
                $"derives from another derived field, {x}: write the path of a field, or [\"{Escape(x)}\"] for a key of that name");
        }
    }

    // What stands for fields in the form of a function.
    private static string FieldsOf(string name)
    {
        var form = Known.First(known => known.Name == name);
        return new Derivation(form.Kind).HasTwoFields
            ? form.Form[(name.Length + 1)..^1].Replace(", ", " and ", StringComparison.Ordinal)
            : "x";
    }

    private static FormatException WrongCount(string name, List<string> arguments)
    {
        var takes = name == Deviation ? "a field and how many values to compare with"
            : new Derivation(Known.First(known => known.Name == name).Kind).HasTwoFields ? "two fields"
            : new Derivation(Known.First(known => known.Name == name).Kind).HasField ? "one field"
            : "nothing between its parentheses";
        var hint = arguments.Count > 1 && name != "gap" && name != "hour" && name != "volume"
            ? "; a comma in a name is quoted, as in [\"a,b\"]"
            : "";
        return new FormatException($"has {Count(arguments.Count)}, and {name} takes {takes}: write {FormOf(name)}{hint}");
    }

    private static string Count(int arguments) => arguments switch
    {
        0 => "no arguments",
        1 => "1 argument",
        _ => $"{arguments.ToString(CultureInfo.InvariantCulture)} arguments",
    };

    private static string FormOf(string name) =>
        string.Join(" or ", Known.Where(known => known.Name == name).Select(known => known.Form));

    private static string Escape(string name) =>
        name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    // Commas separate arguments, except in a quoted step of a path.
    private static List<string> Split(ReadOnlySpan<char> text)
    {
        var arguments = new List<string>();
        if (text.Trim().IsEmpty)
        {
            return arguments;
        }

        var (start, isQuoted) = (0, false);
        for (var i = 0; i < text.Length; i++)
        {
            if (isQuoted && text[i] == '\\')
            {
                i++; // what follows is part of the name
            }
            else if (isQuoted)
            {
                isQuoted = text[i..] is not ['"', ']', ..];
            }
            else if (text[i..] is ['[', '"', ..])
            {
                isQuoted = true;
                i++;
            }
            else if (text[i] == ',')
            {
                arguments.Add(text[start..i].Trim().ToString());
                start = i + 1;
            }
        }

        arguments.Add(text[start..].Trim().ToString());
        return arguments;
    }
}
