using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using DriftMonitor.Wording;
using Microsoft.Extensions.Configuration;

namespace DriftMonitor.Configuration;

/// <summary>One walk over a configuration against the options' shape: tells every key that is unknown or missing, and every value that is ill-formed.</summary>
/// <remarks>
/// .NET's own binder stops at the first fault, takes <c>30</c> for thirty days, and passes over what it does not know. A key near to a known one is told
/// and then read as that one, so that a slip is told once, and what lies below it is checked too.
/// </remarks>
internal sealed class OptionsReader
{
    private const string SchemaKey = "$schema"; // editors look for the JSON Schema there

    private readonly List<Fault> _faults = [];

    private OptionsReader()
    {
    }

    /// <summary>Reads the section <c>DriftMonitor</c>.</summary>
    /// <returns>The options, with defaults where something was wrong; and all that was.</returns>
    public static (DriftMonitorOptions Options, IReadOnlyList<Fault> Faults) Read(IConfiguration configuration)
    {
        var reader = new OptionsReader();
        var section = configuration.GetSection(DriftMonitorOptions.Section);
        var isThere = section.Exists();
        foreach (var child in configuration.GetChildren())
        {
            if (Is(child.Key, DriftMonitorOptions.Section) || child.Key == SchemaKey)
            {
                continue;
            }

            reader.TellUnknown(child, [DriftMonitorOptions.Section], out var meant);
            if (meant is not null && !isThere)
            {
                section = child;
                isThere = true;
            }
        }

        if (!isThere)
        {
            reader.Tell(DriftMonitorOptions.Section, "is missing: write { \"DriftMonitor\": { \"Monitors\": [ … ] } }");
            return (new DriftMonitorOptions(), reader._faults);
        }

        return ((DriftMonitorOptions?)reader.ReadObject(section, typeof(DriftMonitorOptions)) ?? new DriftMonitorOptions(), reader._faults);
    }

    private static bool Is(string key, string name) => string.Equals(key, name, StringComparison.OrdinalIgnoreCase);

    private void Tell(string path, string message) => _faults.Add(new Fault(path, message));

    private void TellUnknown(IConfigurationSection section, IReadOnlyList<string> names, out string? meant)
    {
        meant = NearestName.Of(section.Key, names);
        Tell(section.Path, meant is null ? $"is no known key: write {Phrases.Alternatives(names)}" : $"is no known key: did you mean {meant}?");
    }

    private object? ReadObject(IConfigurationSection section, Type type)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            Tell(section.Path, "is a single value: write an object, { … }");
            return null;
        }

        var options = Activator.CreateInstance(type)!;
        var properties = OptionsShape.PropertiesOf(type);
        var written = new Dictionary<PropertyInfo, IConfigurationSection>();
        var unknown = new List<IConfigurationSection>();
        foreach (var child in section.GetChildren())
        {
            if (properties.FirstOrDefault(property => Is(child.Key, property.Name)) is { } property)
            {
                written[property] = child;
            }
            else
            {
                unknown.Add(child);
            }
        }

        foreach (var child in unknown)
        {
            TellUnknown(child, [.. properties.Select(property => property.Name)], out var meant);
            if (meant is not null)
            {
                written.TryAdd(properties.First(property => property.Name == meant), child);
            }
        }

        foreach (var property in properties)
        {
            if (written.TryGetValue(property, out var child))
            {
                if (Read(child, property.PropertyType, property) is { } value)
                {
                    property.SetValue(options, value);
                    if (OptionsShape.IsRequired(property) && value is "" or ICollection { Count: 0 })
                    {
                        TellMissing(child.Path, "is empty", property);
                    }
                }
            }
            else if (OptionsShape.IsRequired(property))
            {
                TellMissing(ConfigurationPath.Combine(section.Path, property.Name), "is missing", property);
            }
        }

        return options;
    }

    private void TellMissing(string path, string state, PropertyInfo property) => Tell(path, $"{state}. {OptionsShape.DescriptionOf(property)}");

    private object? Read(IConfigurationSection section, Type type, PropertyInfo property)
    {
        switch (OptionsShape.KindOf(type))
        {
            case ShapeKind.Object:
                return ReadObject(section, type);
            case ShapeKind.List:
                return ReadList(section, type, property);
            case ShapeKind.Map:
                return ReadMap(section);
            default:
                if (section.Value is null || section.GetChildren().Any())
                {
                    Tell(section.Path, $"is a list or an object: write {Wanted(type, property)}");
                    return null;
                }

                var value = ReadScalar(section.Value, type, property);
                if (value is null)
                {
                    Tell(section.Path, $"is {Phrases.Quote(section.Value)}: write {Wanted(type, property)}");
                }

                return value;
        }
    }

    private IList? ReadList(IConfigurationSection section, Type type, PropertyInfo property)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            Tell(section.Path, $"is a single value: write a list, [ … ], or in the environment {section.Path.Replace(":", "__", StringComparison.Ordinal)}__0");
            return null;
        }

        var list = (IList)Activator.CreateInstance(type)!;
        var itemType = OptionsShape.ItemOf(type);
        foreach (var child in section.GetChildren())
        {
            if (child.Key != list.Count.ToString(CultureInfo.InvariantCulture))
            {
                Tell(child.Path, int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                    ? $"leaves a gap: the list's entries count from 0 without one, and the next is {list.Count}"
                    : "is no entry of a list: write a list, [ … ], and in the environment the entries' numbers from 0");
                continue;
            }

            // What can't be read leaves an empty entry, so that the paths of those behind it stay right.
            list.Add(Read(child, itemType, property) ?? (itemType == typeof(string) ? "" : Activator.CreateInstance(itemType)));
        }

        // Faults that left the list empty are told; that it is empty need not be.
        return list.Count == 0 && section.GetChildren().Any() ? null : list;
    }

    private Dictionary<string, string> ReadMap(IConfigurationSection section)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!string.IsNullOrEmpty(section.Value))
        {
            Tell(section.Path, "is a single value: write an object of text by key, { \"key\": \"value\" }");
        }

        foreach (var child in section.GetChildren())
        {
            if (child.Value is null || child.GetChildren().Any())
            {
                Tell(child.Path, "is a list or an object: write a single value; a key of several words has dots, such as security.protocol");
                continue;
            }

            map[child.Key] = child.Value;
        }

        return map;
    }

    private static object? ReadScalar(string text, Type type, PropertyInfo property)
    {
        var bare = OptionsShape.Bare(type);
        switch (OptionsShape.KindOf(type))
        {
            case ShapeKind.Text:
                return text.Length <= (property.GetCustomAttribute<MaxLengthAttribute>()?.Length ?? int.MaxValue) ? text : null;
            case ShapeKind.Switch:
                return bool.TryParse(text, out var flag) ? flag : null;
            case ShapeKind.Duration:
                return Duration.TryParse(text, out var duration) ? duration : null;
            case ShapeKind.Choice:
                var choice = OptionsShape.ChoicesOf(bare).Index().Where(name => Is(name.Item, text)).Select(name => name.Index).DefaultIfEmpty(-1).First();
                return choice < 0 ? null : Enum.Parse(bare, Enum.GetNames(bare)[choice]);
            case ShapeKind.WholeNumber:
                return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) && IsWithin(whole, property)
                    ? bare == typeof(int) ? (object)(int)whole : whole
                    : null;
            default:
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && IsWithin(number, property)
                    ? number
                    : null;
        }
    }

    private static bool IsWithin(double number, PropertyInfo property)
    {
        var (least, isExclusive, most) = OptionsShape.BoundsOf(property);
        return (isExclusive ? number > least : number >= least) && number <= most;
    }

    private static string Wanted(Type type, PropertyInfo property) => OptionsShape.KindOf(type) switch
    {
        ShapeKind.Duration => "a duration such as 10s, 5m, 6h or 30d",
        ShapeKind.Choice => Phrases.Alternatives(OptionsShape.ChoicesOf(type)),
        ShapeKind.Switch => "true or false",
        ShapeKind.WholeNumber or ShapeKind.Number => OptionsShape.WantedNumber(property),
        _ when property.GetCustomAttribute<MaxLengthAttribute>() is { } most => FormattableString.Invariant($"text of at most {most.Length} characters"),
        _ => "text",
    };
}
