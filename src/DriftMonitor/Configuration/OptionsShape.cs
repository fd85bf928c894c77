using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>
/// The shape of the options classes, by reflection. The reader, the JSON Schema and the effective configuration use it.
/// </summary>
/// <remarks>
/// A property may have <see cref="DescriptionAttribute"/>, <see cref="RequiredAttribute"/>, <see cref="RangeAttribute"/> and
/// <see cref="MaxLengthAttribute"/>; <see cref="RegularExpressionAttribute"/> is used by the schema only.
/// </remarks>
internal static class OptionsShape
{
    /// <summary>The kind of values that a type takes.</summary>
    public static ShapeKind KindOf(Type type)
    {
        var bare = NonNullable(type);
        return bare == typeof(string) ? ShapeKind.Text
            : bare == typeof(bool) ? ShapeKind.Switch
            : bare == typeof(int) || bare == typeof(long) ? ShapeKind.WholeNumber
            : bare == typeof(double) ? ShapeKind.Number
            : bare == typeof(Duration) ? ShapeKind.Duration
            : bare.IsEnum ? ShapeKind.Choice
            : bare == typeof(Dictionary<string, string>) ? ShapeKind.Map
            : bare.IsGenericType && bare.GetGenericTypeDefinition() == typeof(List<>) ? ShapeKind.List
            : bare.IsClass && bare.Namespace == typeof(DriftMonitorOptions).Namespace ? ShapeKind.Object
            : throw new NotSupportedException($"options of type {type} are not supported");
    }

    /// <summary>The type itself, or T of a <see cref="Nullable{T}"/>.</summary>
    public static Type NonNullable(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    /// <summary>The type of a list's entries.</summary>
    public static Type ItemOf(Type list) => list.GetGenericArguments()[0];

    /// <summary>The keys of an options class, in the order of their declaration.</summary>
    public static IReadOnlyList<PropertyInfo> PropertiesOf(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite)
            .OrderBy(property => property.MetadataToken)];

    /// <summary>The property's description.</summary>
    public static string DescriptionOf(PropertyInfo property) =>
        property.GetCustomAttribute<DescriptionAttribute>()?.Description
        ?? throw new NotSupportedException($"the option {property.Name} has no description");

    /// <summary>Whether a list of one entry may be written as that entry.</summary>
    public static bool MayBeSingle(PropertyInfo property) => property.IsDefined(typeof(SingleOrListAttribute));

    /// <summary>Whether every configuration must have the key.</summary>
    public static bool IsRequired(PropertyInfo property) => property.IsDefined(typeof(RequiredAttribute));

    /// <summary>An enumeration's names as they are written in a configuration.</summary>
    public static IReadOnlyList<string> ChoicesOf(Type type) =>
        [.. Enum.GetNames(NonNullable(type)).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    /// <summary>A single value as it is written in a configuration; null for lists, maps and objects.</summary>
    public static string? TextOf(object? value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        Enum choice => JsonNamingPolicy.SnakeCaseLower.ConvertName(choice.ToString()),
        Duration or int or long or double => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        _ => null,
    };

    /// <summary>The bounds of a number, inclusive unless said otherwise; infinite where there is no bound.</summary>
    public static (double Least, bool IsExclusive, double Most) BoundsOf(PropertyInfo property)
    {
        var type = NonNullable(property.PropertyType);
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            return (
                Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture),
                range.MinimumIsExclusive,
                Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture));
        }

        return type == typeof(int) ? (int.MinValue, false, int.MaxValue) : (double.NegativeInfinity, false, double.PositiveInfinity);
    }

    /// <summary>The accepted numbers, for messages: <c>a whole number from 0 to 65535</c>, <c>a number above 0</c>.</summary>
    public static string DescribeNumber(PropertyInfo property)
    {
        var noun = KindOf(property.PropertyType) == ShapeKind.WholeNumber ? "a whole number" : "a number";
        var (least, isExclusive, most) = BoundsOf(property);
        return (double.IsFinite(least), double.IsFinite(most)) switch
        {
            (true, true) when isExclusive => FormattableString.Invariant($"{noun} above {least} and at most {most}"),
            (true, true) => FormattableString.Invariant($"{noun} from {least} to {most}"),
            (true, false) when isExclusive => FormattableString.Invariant($"{noun} above {least}"),
            (true, false) => FormattableString.Invariant($"{noun}, at least {least}"),
            (false, true) => FormattableString.Invariant($"{noun}, at most {most}"),
            _ => noun,
        };
    }
}
