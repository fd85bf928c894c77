using System.Collections;
using System.Text.Json.Nodes;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Configuration;

/// <summary>The effective configuration, with defaults, as JSON for people; secrets are masked.</summary>
internal static class EffectiveOptions
{
    /// <summary>The options in the form of a configuration file.</summary>
    public static JsonObject ToJson(DriftMonitorOptions options) => new() { [DriftMonitorOptions.Section] = Write(options) };

    private static JsonObject Write(object options)
    {
        var json = new JsonObject();
        foreach (var property in OptionsShape.PropertiesOf(options.GetType()))
        {
            if (property.GetValue(options) is { } value)
            {
                json[property.Name] = property.IsDefined(typeof(SecretPathAttribute), inherit: false)
                    ? WithoutPath((string)value)
                    : OptionsShape.MayBeSingle(property) && value is IList { Count: 1 } single ? Write(property.Name, single[0]!)
                    : Write(property.Name, value);
            }
        }

        return json;
    }

    private static string WithoutPath(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) ? $"{url.Scheme}://{url.Authority}/{Secrets.Mask}" : Secrets.Mask;

    private static JsonNode Write(string key, object value) => value switch
    {
        string text => Secrets.IsSecret(key, text) ? Secrets.Mask : text,
        bool flag => flag,
        int number => number,
        long number => number,
        double number => number,
        Dictionary<string, string> map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair =>
            KeyValuePair.Create<string, JsonNode?>(pair.Key, Write(pair.Key, pair.Value)))),
        IList list => new JsonArray([.. list.Cast<object>().Select(item => Write(key, item))]),
        _ => OptionsShape.TextOf(value) is { } text ? text : Write(value),
    };
}
