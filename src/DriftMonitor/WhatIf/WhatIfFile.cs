using System.Text.Json;
using DriftMonitor.Samples;
using DriftMonitor.Streaming.References;
using DriftMonitor.Streaming.Sources.Files;
using DriftMonitor.Wording;

namespace DriftMonitor.WhatIf;

/// <summary>Reads a file of settings to be compared.</summary>
/// <example><code>
/// { "Settings": [ { "Name": "short", "Monitor": "delay", "Windows": ["1h"], "Alert": { "FalseAlarmEvery": "7d" } } ] }
/// </code></example>
internal static class WhatIfFile
{
    private const string Form = "{ \"Settings\": [ { \"Name\": \"…\", \"Monitor\": \"…\", keys of the monitor } ] }";

    private static readonly string[] SameEvents = ["Topic", "EventTime", "EventTimeFormat", "Unpack"];

    /// <summary>Reads the settings.</summary>
    /// <param name="path">The file: JSON, which may have comments and trailing commas.</param>
    /// <exception cref="UsageException">It cannot be read, or is not of the form.</exception>
    public static IReadOnlyList<WhatIfSetting> Read(string path)
    {
        try
        {
            // Not disposed of, as the settings keep its elements.
            var root = JsonDocument.Parse(SmallFile.Read(path), JsonText.Lenient).RootElement;
            if (root.ValueKind != JsonValueKind.Object || root.EnumerateObject().Count() != 1
                || Find(root, "Settings") is not { ValueKind: JsonValueKind.Array } settings || settings.GetArrayLength() == 0)
            {
                throw new UsageException($"{path} is not of the form {Form}");
            }

            List<WhatIfSetting> all = [.. settings.EnumerateArray().Select((setting, index) => Read(path, index, setting))];
            return all.GroupBy(setting => (setting.Monitor, setting.Name)).FirstOrDefault(same => same.Count() > 1) is { } twice
                ? throw new UsageException(
                    $"{path} has two settings {Phrases.Quote(twice.Key.Name)} of {Phrases.Quote(twice.Key.Monitor)}: give them two names")
                : all;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"--what-if {path} does not exist: name a file of the form {Form}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--what-if {path} cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new UsageException($"{path} is not valid JSON: {JsonText.Place(e)}", e);
        }
    }

    private static WhatIfSetting Read(string path, int index, JsonElement setting)
    {
        if (setting.ValueKind != JsonValueKind.Object)
        {
            throw new UsageException($"{path}: Settings:{index} is no object: write {Form}");
        }

        string TextOf(string key) =>
            Find(setting, key) is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > 0 } text
            ? text
            : throw new UsageException($"{path}: Settings:{index}:{key} is missing: write {Form}");

        var (name, monitor) = (TextOf("Name"), TextOf("Monitor"));
        List<KeyValuePair<string, JsonElement>> keys =
        [
            .. setting.EnumerateObject().Where(property => !IsSame(property.Name, "Name") && !IsSame(property.Name, "Monitor"))
                .Select(property => KeyValuePair.Create(property.Name, property.Value)),
        ];
        if (keys.Find(key => SameEvents.Any(other => IsSame(key.Key, other))) is { Key: { } refused })
        {
            throw new UsageException($"{path}: Settings:{index}:{refused} cannot differ, as settings are compared on the same events");
        }

        return keys.Count > 0
            ? new WhatIfSetting(name, monitor, keys)
            : throw new UsageException($"{path}: Settings:{index} changes nothing: add keys of the monitor, such as \"Windows\"");
    }

    private static JsonElement? Find(JsonElement parent, string key)
    {
        foreach (var property in parent.EnumerateObject())
        {
            if (IsSame(property.Name, key))
            {
                return property.Value;
            }
        }

        return null;
    }

    private static bool IsSame(string key, string other) => string.Equals(key, other, StringComparison.OrdinalIgnoreCase);
}
