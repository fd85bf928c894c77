using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using DriftMonitor.Wording;
using Microsoft.Extensions.Configuration;

namespace DriftMonitor.Configuration;

/// <summary>Reads a configuration strictly, and reports every unknown key, missing key and invalid value.</summary>
/// <remarks>
/// .NET's own binder stops at the first fault, reads <c>30</c> as thirty days, and ignores unknown keys.
/// A key that resembles a known one is reported and then read as that one: the mistake is reported once,
/// and the values below it are checked too.
/// Keys and choices are case-insensitive, and numbers and booleans may be text, because environment variables have nothing else.
/// </remarks>
internal sealed class OptionsReader
{
    private const string SchemaKey = "$schema"; // editors look there for the JSON Schema

    private readonly List<Fault> _faults = [];

    /// <summary>Reads the section <c>DriftMonitor</c>.</summary>
    /// <returns>The options, with defaults in place of invalid values; and every fault.</returns>
    public static (DriftMonitorOptions Options, IReadOnlyList<Fault> Faults) Read(WrittenConfiguration configuration)
    {
        var reader = new OptionsReader();
        var section = configuration.Find(DriftMonitorOptions.Section) is { IsNull: false } written ? written : null;
        foreach (var child in configuration.Children)
        {
            if (IsSameName(child.Key, DriftMonitorOptions.Section) || IsSameName(child.Key, SchemaKey))
            {
                continue;
            }

            reader.ReportUnknownKey(child, [DriftMonitorOptions.Section], out var nearest);
            if (nearest is not null && !child.IsNull)
            {
                section ??= child;
            }
        }

        if (section is null)
        {
            reader.Report(DriftMonitorOptions.Section, "is missing: write { \"DriftMonitor\": { \"Monitors\": [ … ] } }");
            return (new DriftMonitorOptions(), reader._faults);
        }

        var options = (DriftMonitorOptions?)reader.ReadObject(section, typeof(DriftMonitorOptions)) ?? new DriftMonitorOptions();
        options.Kafka.IsSet = section.Find(nameof(options.Kafka))?.Find(nameof(KafkaOptions.BootstrapServers)) is { IsNull: false };
        return (options, reader._faults);
    }

    private static bool IsSameName(string key, string name) => string.Equals(key, name, StringComparison.OrdinalIgnoreCase);

    private void Report(string path, string message) => _faults.Add(new Fault(path, message));

    private void ReportUnknownKey(WrittenConfiguration section, IReadOnlyList<string> names, out string? nearest)
    {
        nearest = NearestName.Of(section.Key, names);
        Report(section.Path, nearest is null
            ? $"is not a known key: write {Phrases.Alternatives(names)}"
            : $"is not a known key: did you mean {nearest}?");
    }

    private void ReportMissing(string path, PropertyInfo property) =>
        Report(path, $"is missing: add it. {OptionsShape.DescriptionOf(property)}");

    private void ReportEmpty(string path, PropertyInfo property) =>
        Report(path, $"is empty: fill it in. {OptionsShape.DescriptionOf(property)}");

    /// <summary>Whether a section has a value of its own, where only an object or a list is valid.</summary>
    /// <remarks>An empty value from the environment sets nothing, and counts as none.</remarks>
    private static bool HasSingleValue(WrittenConfiguration section) =>
        !string.IsNullOrEmpty(section.Value) || section.KindInFile == JsonValueKind.String;

    private object? ReadObject(WrittenConfiguration section, Type type)
    {
        if (HasSingleValue(section) || section.KindInFile == JsonValueKind.Array)
        {
            Report(section.Path, $"is {(HasSingleValue(section) ? "a single value" : "a list")}: write an object, {{ … }}");
            return null;
        }

        var options = Activator.CreateInstance(type)!;
        var properties = OptionsShape.PropertiesOf(type);
        var written = FindProperties(section, properties);
        foreach (var property in properties)
        {
            if (written.TryGetValue(property, out var child))
            {
                if (Read(child, property.PropertyType, property) is { } value)
                {
                    property.SetValue(options, value);
                    if (OptionsShape.IsRequired(property) && value is "" or ICollection { Count: 0 })
                    {
                        ReportEmpty(child.Path, property);
                    }
                }
            }
            else if (OptionsShape.IsRequired(property))
            {
                ReportMissing(ConfigurationPath.Combine(section.Path, property.Name), property);
            }
        }

        return options;
    }

    /// <summary>The sections by the property that they set; unknown keys are reported.</summary>
    private Dictionary<PropertyInfo, WrittenConfiguration> FindProperties(
        WrittenConfiguration section, IReadOnlyList<PropertyInfo> properties)
    {
        var written = new Dictionary<PropertyInfo, WrittenConfiguration>();
        var unknown = new List<WrittenConfiguration>();
        foreach (var child in section.Children)
        {
            if (properties.FirstOrDefault(property => IsSameName(child.Key, property.Name)) is not { } property)
            {
                unknown.Add(child);
            }
            else if (!child.IsNull)
            {
                written[property] = child;
            }
        }

        foreach (var child in unknown)
        {
            ReportUnknownKey(child, [.. properties.Select(property => property.Name)], out var nearest);
            if (nearest is not null && !child.IsNull)
            {
                written.TryAdd(properties.First(property => property.Name == nearest), child);
            }
        }

        return written;
    }

    private object? Read(WrittenConfiguration section, Type type, PropertyInfo property)
    {
        switch (OptionsShape.KindOf(type))
        {
            case ShapeKind.Object:
                return ReadObject(section, type);
            case ShapeKind.List:
                return ReadList(section, type, property);
            case ShapeKind.Map:
                return ReadMap(section);
        }

        if (!IsScalar(section))
        {
            Report(section.Path, $"is a list or an object: write {DescribeValue(type, property)}");
            return null;
        }

        var value = ParseScalar(section.Value!, type, property);
        if (value is null)
        {
            Report(section.Path, $"is {Phrases.Quote(section.Value!)}: write {DescribeValue(type, property)}");
        }

        return value;
    }

    /// <summary>Whether a section is a single value. An environment variable may replace a list or an object by one.</summary>
    private static bool IsScalar(WrittenConfiguration section) =>
        section.Value is not null
        && !section.HasChildren
        && (section.Value.Length > 0 || section.KindInFile is not (JsonValueKind.Object or JsonValueKind.Array));

    private IList? ReadList(WrittenConfiguration section, Type type, PropertyInfo property)
    {
        var itemType = OptionsShape.ItemOf(type);
        if (OptionsShape.MayBeSingle(property) && IsScalar(section))
        {
            return Read(section, itemType, property) is { } single ? SingleEntry(type, single) : null;
        }

        if (HasSingleValue(section))
        {
            var variable = section.Path.Replace(ConfigurationPath.KeyDelimiter, "__", StringComparison.Ordinal);
            Report(section.Path, $"is a single value: write a list, [ … ], or in the environment {variable}__0");
            return null;
        }

        if (section.KindInFile == JsonValueKind.Object)
        {
            Report(section.Path, "is an object: write a list, [ … ]");
            return null;
        }

        var list = (IList)Activator.CreateInstance(type)!;
        foreach (var child in section.Children)
        {
            if (child.Key != list.Count.ToString(CultureInfo.InvariantCulture))
            {
                Report(child.Path, int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                    ? $"leaves a gap in the list: number the entries from 0 without gaps; the next is {list.Count}"
                    : "is not an entry of a list: number the entries from 0");
                continue;
            }

            // An invalid entry becomes an empty one, so that the entries after it keep their paths.
            var invalid = itemType == typeof(string) ? "" : Activator.CreateInstance(itemType);
            list.Add(ReadEntry(child, itemType, property) ?? invalid);
        }

        // If errors in its entries left the list empty, they were reported: don't also report an empty list.
        return list.Count == 0 && section.HasChildren ? null : list;
    }

    private static IList SingleEntry(Type type, object entry)
    {
        var list = (IList)Activator.CreateInstance(type)!;
        list.Add(entry);
        return list;
    }

    private object? ReadEntry(WrittenConfiguration section, Type type, PropertyInfo property)
    {
        if (section.IsNull)
        {
            Report(section.Path, $"is null: write {DescribeValue(type, property)}, or remove the entry");
            return null;
        }

        return Read(section, type, property);
    }

    private Dictionary<string, string> ReadMap(WrittenConfiguration section)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (HasSingleValue(section) || section.KindInFile == JsonValueKind.Array)
        {
            var kind = HasSingleValue(section) ? "a single value" : "a list";
            Report(section.Path, $"is {kind}: write an object with text values, {{ \"key\": \"value\" }}");
            return map;
        }

        foreach (var child in section.Children.Where(child => !child.IsNull))
        {
            if (IsScalar(child))
            {
                map[child.Key] = child.Value!;
            }
            else
            {
                Report(
                    child.Path,
                    "is a list or an object: write a single value; join the words of a key with dots, as in security.protocol");
            }
        }

        return map;
    }

    private static object? ParseScalar(string text, Type type, PropertyInfo property)
    {
        var bare = OptionsShape.NonNullable(type);
        switch (OptionsShape.KindOf(type))
        {
            case ShapeKind.Text:
                var most = property.GetCustomAttribute<MaxLengthAttribute>()?.Length ?? int.MaxValue;
                // JSON Schema counts code points too. No name, path or property has a NUL, and the system's calls would end at it.
                return text.EnumerateRunes().Count() <= most && !text.Contains('\0', StringComparison.Ordinal) ? text : null;
            case ShapeKind.Switch:
                return bool.TryParse(text, out var flag) ? flag : null;
            case ShapeKind.Duration:
                return Duration.TryParse(text, out var duration) ? duration : null;
            case ShapeKind.Choice:
                var choice = OptionsShape.ChoicesOf(bare).Index()
                    .Where(name => IsSameName(name.Item, text)).Select(name => name.Index).DefaultIfEmpty(-1).First();
                return choice < 0 ? null : Enum.Parse(bare, Enum.GetNames(bare)[choice]);
            case ShapeKind.WholeNumber:
                return ParseWholeNumber(text) is not { } whole || !IsWithinBounds(whole, property) ? null
                    : bare == typeof(int) ? (object)(int)whole
                    : whole;
            default:
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                    && double.IsFinite(number) && IsWithinBounds(number, property) ? number : null;
        }
    }

    // 1e6 and 100.0 are whole numbers too, as they are for JSON Schema: YAML tools such as Helm write large numbers this way.
    private static long? ParseWholeNumber(string text)
    {
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return decimal.TryParse(text, Styles, CultureInfo.InvariantCulture, out var number)
            && number == decimal.Truncate(number) && number is >= long.MinValue and <= long.MaxValue
                ? (long)number
                : null;
    }

    private static bool IsWithinBounds(double number, PropertyInfo property)
    {
        var (least, isExclusive, most) = OptionsShape.BoundsOf(property);
        return (isExclusive ? number > least : number >= least) && number <= most;
    }

    private static string DescribeValue(Type type, PropertyInfo property) => OptionsShape.KindOf(type) switch
    {
        ShapeKind.Object => "an object, { … }",
        ShapeKind.Duration => "a duration such as 10s, 5m, 6h or 30d",
        ShapeKind.Choice => Phrases.Alternatives(OptionsShape.ChoicesOf(type)),
        ShapeKind.Switch => "true or false",
        ShapeKind.WholeNumber or ShapeKind.Number => OptionsShape.DescribeNumber(property),
        _ when property.GetCustomAttribute<MaxLengthAttribute>() is { } most =>
            FormattableString.Invariant($"text of at most {most.Length} characters"),
        _ => "text",
    };
}
