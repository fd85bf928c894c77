using System.Collections;
using System.Text.Json;
using DriftMonitor.Streaming.References;
using DriftMonitor.Streaming.Sources.Files;
using Microsoft.Extensions.Configuration;

namespace DriftMonitor.Configuration;

/// <summary>Loads a JSON file, which may have comments and trailing commas, and the environment variables that override it.</summary>
/// <remarks>
/// .NET's own JSON provider is not used, because it cannot tell <c>null</c> (as if absent) from <c>{}</c> (present and empty), turns
/// <c>true</c> into <c>True</c>, and stops at the first repeated key instead of reporting it with all other faults.
/// </remarks>
internal static class ConfigurationFile
{
    private const string Prefix = DriftMonitorOptions.Section + "__";

    /// <summary>The environment variables of this process.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> ProcessEnvironment =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value));

    /// <summary>Reads the file and adds the variables <c>DriftMonitor__…</c>.</summary>
    /// <returns>The configuration, or null if the file can't be read at all; and the faults of the file.</returns>
    public static (WrittenConfiguration? Configuration, IReadOnlyList<Fault> Faults) Load(
        string path, IEnumerable<KeyValuePair<string, string?>> environment)
    {
        var faults = new List<Fault>();
        var root = WrittenConfiguration.Empty();
        try
        {
            using var document = JsonDocument.Parse(SmallFile.Read(path), JsonText.Lenient);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return (null, [new Fault(path, $"is not a JSON object: write {{ \"{DriftMonitorOptions.Section}\": {{ … }} }}")]);
            }

            AddObject(document.RootElement, root, faults);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, [new Fault(path, DescribeReadError(path, e))]);
        }
        catch (JsonException e) when (e.Message.Contains("does not contain any JSON tokens", StringComparison.Ordinal))
        {
            return (null, [new Fault(path, $"is empty: write {{ \"{DriftMonitorOptions.Section}\": {{ … }} }}")]);
        }
        catch (JsonException e)
        {
            return (null, [new Fault(path, $"is not valid JSON: {DescribeJsonError(e)}")]);
        }
        catch (InvalidOperationException e) when (e.Message.Contains("UTF-", StringComparison.Ordinal))
        {
            return (null, [new Fault(
                path, "contains text that is not valid Unicode: save it as UTF-8, without unpaired surrogates such as \\ud800")]);
        }

        Override(root, environment);
        return (root, faults);
    }

    /// <summary>The variables <c>DriftMonitor__…</c> alone, where there is no file.</summary>
    public static (WrittenConfiguration? Configuration, IReadOnlyList<Fault> Faults) Load(
        IEnumerable<KeyValuePair<string, string?>> environment)
    {
        var root = WrittenConfiguration.Empty();
        Override(root, environment);
        return (root, []);
    }

    /// <summary>Puts a JSON value in place of a key and all below it.</summary>
    /// <param name="parent">What the key is in.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The faults of the value.</returns>
    public static IReadOnlyList<Fault> Replace(WrittenConfiguration parent, string key, JsonElement value)
    {
        var faults = new List<Fault>();
        parent.Remove(key);
        Add(value, key, parent, faults);
        return faults;
    }

    private static void Override(WrittenConfiguration root, IEnumerable<KeyValuePair<string, string?>> environment)
    {
        foreach (var (name, value) in environment.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                root.Override(name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), value);
            }
        }
    }

    private static string DescribeReadError(string path, Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "does not exist: name the configuration file with --config FILE",
        _ when Directory.Exists(path) => "is a folder: name the configuration file in it",
        IOException => $"cannot be read: {e.Message}",
        _ => "cannot be read: permission is denied",
    };

    /// <summary>Place and kind of a syntax error, without the text at that place: it may be a password without quotes.</summary>
    private static string DescribeJsonError(JsonException error)
    {
        var place = JsonText.Place(error);
        return place.Contains("invalid JSON literal", StringComparison.Ordinal)
            ? $"{place[..place.IndexOf(':', StringComparison.Ordinal)]}: put text in quotes"
            : place;
    }

    private static void Add(JsonElement element, string key, WrittenConfiguration parent, List<Fault> faults)
    {
        var value = element.ValueKind switch
        {
            JsonValueKind.Object or JsonValueKind.Array => "", // makes the key exist even if it contains nothing
            JsonValueKind.Null => null,
            JsonValueKind.String => element.GetString(),
            _ => element.GetRawText(),
        };
        var written = parent.Add(key, value, element.ValueKind);
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                AddObject(element, written, faults);
                break;
            case JsonValueKind.Array:
                foreach (var (index, item) in element.EnumerateArray().Index())
                {
                    Add(item, FormattableString.Invariant($"{index}"), written, faults);
                }

                break;
        }
    }

    private static void AddObject(JsonElement element, WrittenConfiguration written, List<Fault> faults)
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in element.EnumerateObject())
        {
            var path = written.Path.Length == 0 ? property.Name : ConfigurationPath.Combine(written.Path, property.Name);
            if (property.Name.Contains(':', StringComparison.Ordinal))
            {
                // The colon would pass for the separator of a path, and "Kafka:Group" for the key Group of Kafka.
                faults.Add(new Fault(path, "has a colon in its key: write nested objects, { … }"));
            }
            else if (!seen.TryAdd(property.Name, property.Name))
            {
                var first = seen[property.Name];
                faults.Add(new Fault(path, first == property.Name
                    ? "is written twice: keep one"
                    : $"is written twice, also as {first}: keep one (keys are case-insensitive)"));
            }
            else
            {
                Add(property.Value, property.Name, written, faults);
            }
        }
    }
}
