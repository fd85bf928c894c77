using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace DriftMonitor.Hosting;

/// <summary>The fields of a log event, as JSON lines and a collector get them: <c>monitor</c>, <c>segment</c>, <c>topic</c>, …</summary>
internal static class LogFields
{
    private const string Template = "{OriginalFormat}"; // .NET's name for the message before its values are filled in

    /// <summary>
    /// The fields of a log event's state, in the order of the message, under names in snake case. What is null is left out.
    /// </summary>
    public static IEnumerable<KeyValuePair<string, object>> Of(object? state)
    {
        if (state is not IEnumerable<KeyValuePair<string, object?>> fields)
        {
            yield break;
        }

        foreach (var (key, value) in fields)
        {
            if (key != Template && value is not null)
            {
                yield return new(JsonNamingPolicy.SnakeCaseLower.ConvertName(key), ValueOf(value));
            }
        }
    }

    // Numbers, booleans, text, or a list of texts.
    private static object ValueOf(object value) => value switch
    {
        string or bool or int or long => value,
        double number when double.IsFinite(number) => number,
        IEnumerable several => several.Cast<object?>().Select(TextOf).ToArray(),
        _ => TextOf(value),
    };

    private static string TextOf(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
