using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>What can be written at a place of a configuration.</summary>
internal enum ShapeKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>true or false.</summary>
    Switch,

    /// <summary>A number without a fraction.</summary>
    WholeNumber,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A <see cref="Wording.Duration"/>.</summary>
    Duration,

    /// <summary>One of an enumeration's names.</summary>
    Choice,

    /// <summary>A list.</summary>
    List,

    /// <summary>Text by keys of the operator's own.</summary>
    Map,

    /// <summary>An options class.</summary>
    Object,
}

/// <summary>The options' shape, by reflection: the reader, the JSON Schema and the effective configuration are walks of it.</summary>
/// <remarks>A property may bear <see cref="DescriptionAttribute"/>, <see cref="RequiredAttribute"/>, <see cref="RangeAttribute"/> and <see cref="MaxLengthAttribute"/>, and <see cref="RegularExpressionAttribute"/> for the schema alone.</remarks>
internal static class OptionsShape
{
    /// <summary>What can be written for a type.</summary>
    public static ShapeKind KindOf(Type type)
    {
        var bare = Bare(type);
        return bare == typeof(string) ? ShapeKind.Text
            : bare == typeof(bool) ? ShapeKind.Switch
            : bare == typeof(int) || bare == typeof(long) ? ShapeKind.WholeNumber
            : bare == typeof(double) ? ShapeKind.Number
            : bare == typeof(Duration) ? ShapeKind.Duration
            : bare.IsEnum ? ShapeKind.Choice
            : bare == typeof(Dictionary<string, string>) ? ShapeKind.Map
            : bare.IsGenericType && bare.GetGenericTypeDefinition() == typeof(List<>) ? ShapeKind.List
            : bare.IsClass && bare.Namespace == typeof(DriftMonitorOptions).Namespace ? ShapeKind.Object
            : throw new NotSupportedException($"options have no values of type {type}");
    }

    /// <summary>The type without its question mark.</summary>
    public static Type Bare(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    /// <summary>The type of a list's entries.</summary>
    public static Type ItemOf(Type list) => list.GetGenericArguments()[0];

    /// <summary>The keys of an options class, as declared.</summary>
    public static IReadOnlyList<PropertyInfo> PropertiesOf(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).OrderBy(property => property.MetadataToken)];

    /// <summary>What the property is, for people.</summary>
    public static string DescriptionOf(PropertyInfo property) =>
        property.GetCustomAttribute<DescriptionAttribute>()?.Description ?? throw new NotSupportedException($"the option {property.Name} has no description");

    /// <summary>Whether a configuration without it can never work.</summary>
    public static bool IsRequired(PropertyInfo property) => property.IsDefined(typeof(RequiredAttribute));

    /// <summary>How an enumeration's names are written.</summary>
    public static IReadOnlyList<string> ChoicesOf(Type type) => [.. Enum.GetNames(Bare(type)).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    /// <summary>How a single value is written; null for lists, maps and objects.</summary>
    public static string? TextOf(object? value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        Enum choice => JsonNamingPolicy.SnakeCaseLower.ConvertName(choice.ToString()),
        Duration or int or long or double => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        _ => null,
    };

    /// <summary>The bounds of a number; an infinite one is none.</summary>
    public static (double Least, bool IsExclusive, double Most) BoundsOf(PropertyInfo property)
    {
        var type = Bare(property.PropertyType);
        var (least, most) = type == typeof(int) ? (int.MinValue, int.MaxValue) : (double.NegativeInfinity, double.PositiveInfinity);
        if (property.GetCustomAttribute<RangeAttribute>() is not { } range)
        {
            return (least, false, most);
        }

        return (Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture), range.MinimumIsExclusive, Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture));
    }

    /// <summary>A number that fits the bounds, for people: <c>a whole number from 0 to 65535</c>, <c>a number above 0</c>.</summary>
    public static string WantedNumber(PropertyInfo property)
    {
        var noun = KindOf(property.PropertyType) == ShapeKind.WholeNumber ? "a whole number" : "a number";
        var (least, isExclusive, most) = BoundsOf(property);
        return (double.IsFinite(least), double.IsFinite(most)) switch
        {
            (true, true) when isExclusive => FormattableString.Invariant($"{noun} above {least} and up to {most}"),
            (true, true) => FormattableString.Invariant($"{noun} from {least} to {most}"),
            (true, false) when isExclusive => FormattableString.Invariant($"{noun} above {least}"),
            (true, false) => FormattableString.Invariant($"{noun} from {least} on"),
            (false, true) => FormattableString.Invariant($"{noun} up to {most}"),
            _ => noun,
        };
    }
}
