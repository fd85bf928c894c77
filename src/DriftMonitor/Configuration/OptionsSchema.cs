using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using DriftMonitor.Wording;

namespace DriftMonitor.Configuration;

/// <summary>The JSON Schema (draft-07) of a configuration file, made from the options' shape, for editors and the Helm chart.</summary>
/// <remarks>
/// The schema describes the documented form: keys and choices in their documented case, numbers and booleans without quotes,
/// text in quotes.
/// <see cref="OptionsReader"/> also accepts what environment variables need: any case, and each single value as text.
/// </remarks>
internal static class OptionsSchema
{
    /// <summary>The schema's text.</summary>
    public static string Text => ToJson().ToJsonString(JsonStyle.Indented) + "\n";

    /// <summary>The schema.</summary>
    public static JsonObject ToJson() => new()
    {
        ["$schema"] = "http://json-schema.org/draft-07/schema#",
        ["title"] = "DriftMonitor's configuration",
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["$schema"] = new JsonObject { ["description"] = "Address of this schema, for editors. Not read by DriftMonitor." },
            [DriftMonitorOptions.Section] = ObjectSchema(typeof(DriftMonitorOptions)),
        },
        ["required"] = new JsonArray(DriftMonitorOptions.Section),
        ["additionalProperties"] = false,
    };

    private static JsonObject ObjectSchema(Type type)
    {
        var defaults = Activator.CreateInstance(type)!;
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var property in OptionsShape.PropertiesOf(type))
        {
            var schema = new JsonObject { ["description"] = OptionsShape.DescriptionOf(property) };
            foreach (var (name, value) in ValueSchema(property.PropertyType, property).ToArray())
            {
                schema[name] = value?.DeepClone();
            }

            if (OptionsShape.IsRequired(property))
            {
                required.Add(property.Name);
                RefuseEmpty(schema);
            }
            else
            {
                AcceptNull(schema);
                if (DefaultOf(property.GetValue(defaults)) is { } value)
                {
                    schema["default"] = value;
                }
            }

            properties[property.Name] = schema;
        }

        var json = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (required.Count > 0)
        {
            json["required"] = required;
        }

        json["additionalProperties"] = false;
        return json;
    }

    private static void RefuseEmpty(JsonObject schema)
    {
        switch ((string?)schema["type"])
        {
            case "array":
                schema["minItems"] = 1;
                break;
            case "string" when schema["pattern"] is null && schema["enum"] is null:
                schema["minLength"] = 1;
                break;
        }
    }

    /// <summary>Null is read as if the key were absent.</summary>
    private static void AcceptNull(JsonObject schema)
    {
        schema["type"] = schema["type"] is JsonArray types
            ? new JsonArray([.. types.Select(type => type!.DeepClone()), "null"])
            : new JsonArray((string?)schema["type"], "null");
        (schema["enum"] as JsonArray)?.Add(null);
    }

    private static JsonObject ValueSchema(Type type, PropertyInfo property)
    {
        switch (OptionsShape.KindOf(type))
        {
            case ShapeKind.Object:
                return ObjectSchema(type);
            case ShapeKind.List:
                var item = ValueSchema(OptionsShape.ItemOf(type), property);
                var list = new JsonObject { ["type"] = "array", ["items"] = item };
                return OptionsShape.MayBeSingle(property) ? SingleOr(list, item) : list;
            case ShapeKind.Map:
                var value = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean", "null") };
                return new JsonObject { ["type"] = "object", ["additionalProperties"] = value };
            case ShapeKind.Duration:
                return new JsonObject { ["type"] = "string", ["pattern"] = Duration.Pattern };
            case ShapeKind.Choice:
                var choices = OptionsShape.ChoicesOf(type).Select(choice => JsonValue.Create(choice));
                return new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. choices]) };
            case ShapeKind.Switch:
                return new JsonObject { ["type"] = "boolean" };
            case ShapeKind.WholeNumber:
                return NumberSchema("integer", property);
            case ShapeKind.Number:
                return NumberSchema("number", property);
            default:
                return TextSchema(property);
        }
    }

    // Keywords such as maxLength apply to values of their own type only, so those of both forms can stand side by side.
    private static JsonObject SingleOr(JsonObject list, JsonObject item)
    {
        var both = (JsonObject)item.DeepClone();
        both["type"] = new JsonArray((string?)item["type"], "array");
        both["items"] = list["items"]!.DeepClone();
        return both;
    }

    private static JsonObject TextSchema(PropertyInfo property)
    {
        var text = new JsonObject { ["type"] = "string" };
        if (property.GetCustomAttribute<MaxLengthAttribute>() is { } most)
        {
            text["maxLength"] = most.Length;
        }

        if (property.GetCustomAttribute<RegularExpressionAttribute>() is { } regex)
        {
            text["pattern"] = regex.Pattern;
        }

        return text;
    }

    private static JsonObject NumberSchema(string type, PropertyInfo property)
    {
        var (least, isExclusive, most) = OptionsShape.BoundsOf(property);
        var number = new JsonObject { ["type"] = type };
        if (double.IsFinite(least))
        {
            number[isExclusive ? "exclusiveMinimum" : "minimum"] = least;
        }

        if (double.IsFinite(most))
        {
            number["maximum"] = most;
        }

        return number;
    }

    private static JsonNode? DefaultOf(object? value) => value switch
    {
        null or "" or ICollection => null,
        bool flag => flag,
        int number => number,
        long number => number,
        double number => number,
        _ => OptionsShape.TextOf(value),
    };
}
