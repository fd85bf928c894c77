using System.Collections;
using System.Text.Json;
using DriftMonitor.Streaming.References;
using Microsoft.Extensions.Configuration;

namespace DriftMonitor.Configuration;

/// <summary>A configuration as written: a JSON file, with comments and trailing commas if need be, and environment variables, which win.</summary>
/// <remarks>
/// The file is flattened here and not by .NET's own provider, so that <c>null</c> (as if absent) and <c>{}</c> (there, and empty) stay apart,
/// <c>true</c> stays <c>true</c>, and a key that is written twice is told with all other faults.
/// </remarks>
internal static class ConfigurationFile
{
    private const string Prefix = DriftMonitorOptions.Section + "__";

    /// <summary>The process's own environment variables.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> ProcessEnvironment =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value));

    /// <summary>Reads the file and adds the variables <c>DriftMonitor__…</c>.</summary>
    /// <returns>The configuration, null where the file can't be read at all; and what is wrong with the file.</returns>
    public static (IConfiguration? Configuration, IReadOnlyList<Fault> Faults) Load(string path, IEnumerable<KeyValuePair<string, string?>> environment)
    {
        var faults = new List<Fault>();
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        try
        {
            using var stream = File.OpenRead(path);
            using var document = JsonDocument.Parse(stream, JsonText.Lenient);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return (null, [new Fault(path, $"is no JSON object: write {{ \"{DriftMonitorOptions.Section}\": {{ … }} }}")]);
            }

            Flatten(document.RootElement, "", values, faults);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, [new Fault(path, "does not exist: name the configuration file with --config FILE")]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, [new Fault(path, Directory.Exists(path) ? "is a folder: name the configuration file in it" : e is IOException ? $"cannot be read: {e.Message}" : "cannot be read: permission is denied")]);
        }
        catch (JsonException e) when (e.Message.Contains("does not contain any JSON tokens", StringComparison.Ordinal))
        {
            return (null, [new Fault(path, $"is empty: write {{ \"{DriftMonitorOptions.Section}\": {{ … }} }}")]);
        }
        catch (JsonException e)
        {
            return (null, [new Fault(path, $"is no JSON: {PlaceOf(e)}")]);
        }
        catch (InvalidOperationException e) when (e.Message.Contains("UTF-", StringComparison.Ordinal))
        {
            return (null, [new Fault(path, "holds text that is no Unicode: save it as UTF-8, without half surrogate pairs such as \\ud800")]);
        }

        return (Build(values, environment), faults);
    }

    /// <summary>The variables <c>DriftMonitor__…</c> alone, where there is no file.</summary>
    public static IConfiguration Load(IEnumerable<KeyValuePair<string, string?>> environment) => Build([], environment);

    private static IConfigurationRoot Build(Dictionary<string, string?> values, IEnumerable<KeyValuePair<string, string?>> environment)
    {
        var file = new ConfigurationBuilder().AddInMemoryCollection(values);
        var variables = environment.Where(variable => variable.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            .Select(variable => KeyValuePair.Create(variable.Key.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), variable.Value))
            .OrderBy(variable => variable.Key, StringComparer.Ordinal);
        return file.AddInMemoryCollection(variables).Build();
    }

    /// <summary>The place of a fault, without the word that the parser stumbled over: it may be a password that somebody forgot to quote.</summary>
    private static string PlaceOf(JsonException fault)
    {
        var place = JsonText.Place(fault);
        return place.Contains("invalid JSON literal", StringComparison.Ordinal) ? $"{place[..place.IndexOf(':', StringComparison.Ordinal)]}: text stands between quotes" : place;
    }

    private static void Flatten(JsonElement element, string path, Dictionary<string, string?> values, List<Fault> faults)
    {
        if (element.ValueKind is JsonValueKind.Object or JsonValueKind.Array && path.Length > 0)
        {
            values[path] = ""; // so that it is there also where nothing is in it, or only nulls
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                foreach (var property in element.EnumerateObject())
                {
                    var key = path.Length == 0 ? property.Name : ConfigurationPath.Combine(path, property.Name);
                    if (!seen.TryAdd(property.Name, property.Name))
                    {
                        var first = seen[property.Name];
                        faults.Add(new Fault(key, first == property.Name ? "is written twice: keep one" : $"is written twice, also as {first}: keep one (keys are equal whatever their case)"));
                        continue;
                    }

                    Flatten(property.Value, key, values, faults);
                }

                break;
            case JsonValueKind.Array:
                foreach (var (index, item) in element.EnumerateArray().Index())
                {
                    // A null among a list's entries stays one: left out, it would move or hide the others.
                    Flatten(item, ConfigurationPath.Combine(path, FormattableString.Invariant($"{index}")), values, faults);
                    if (item.ValueKind == JsonValueKind.Null)
                    {
                        values[ConfigurationPath.Combine(path, FormattableString.Invariant($"{index}"))] = "";
                    }
                }

                break;
            case JsonValueKind.Null:
                break;
            default:
                values[path] = element.ValueKind == JsonValueKind.String ? element.GetString() : element.GetRawText();
                break;
        }
    }
}
