using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DriftMonitor.Configuration;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Monitoring;

namespace DriftMonitor.Planning;

/// <summary>
/// What decides the meaning of a monitor's state, by the key of the configuration. A checkpoint with other settings cannot be loaded.
/// </summary>
/// <remarks>
/// What only decides how readings are judged or shown is not here, such as the alert, MinimumEvents and Measures: with others, a monitor
/// goes on with what it has counted.
/// </remarks>
internal static class MonitorSettings
{
    /// <summary>The settings of a monitor.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(PlannedMonitor monitor)
    {
        var spec = monitor.Spec;
        return
        [
            new("Topic", monitor.Topic),
            new("Field", monitor.Field.Text),
            new("EventTime", monitor.EventTime?.Text ?? ""),
            new("EventTimeFormat", monitor.EventTimeFormat?.Text ?? ""),
            new("Unpack", monitor.Unpack?.Text ?? ""),
            .. monitor.PostedTopics.Count > 0
                ? [new("Ingest:Topics", string.Join(", ", monitor.PostedTopics))]
                : Array.Empty<KeyValuePair<string, string>>(),
            .. monitor.HasCloudEvents ? [new("CloudEvents", "true")] : Array.Empty<KeyValuePair<string, string>>(),
            new("SegmentBy", monitor.SegmentBy?.Text ?? ""),
            .. monitor.Where is { } where ? new KeyValuePair<string, string>[] { new("Where", where.ToString()) } : [],
            new("Windows", string.Join(", ", spec.Windows.Select(window => TextOf(window.Length)))),
            new("Pane", TextOf(spec.Pane.Length)),
            new("AllowedLateness", TextOf(spec.AllowedLateness)),
            new("MaxAhead", TextOf(spec.MaxAhead)),
            new("MaxAge", TextOf(spec.MaxAge)),
            new("PseudoCount", TextOf(monitor.PseudoCount)),
            .. spec.JoinWithin is { } within ? [new("JoinWithin", TextOf(within))] : Array.Empty<KeyValuePair<string, string>>(),
            .. spec.HasMean ? [new("Mean", "true")] : Array.Empty<KeyValuePair<string, string>>(), // sums are part of the state
            .. monitor.Reference is { } reference ? SettingsOf(reference, spec) : [],
        ];
    }

    private static IEnumerable<KeyValuePair<string, string>> SettingsOf(PlannedReference reference, MonitorSpec spec)
    {
        if (reference.Kind == ReferenceKind.SoFar)
        {
            yield return new("Measures", PlannedReference.NeedsNumbers(spec) ? "of numbers" : "any"); // decides what values are
        }

        foreach (var property in OptionsShape.PropertiesOf(typeof(ReferenceOptions)))
        {
            if (property.Name != nameof(ReferenceOptions.File))
            {
                yield return new($"Reference:{property.Name}", TextOf(property.GetValue(reference.Options)));
            }
        }

        // What is learned is part of the state. The other kinds are what their files hold, not how these are called.
        if (reference is { File: { } file, Kind: not ReferenceKind.First })
        {
            var held = reference.CalibratesItself ? LabelsOf(file.Reference.Binning) : file.ToJson();
            yield return new("Reference:File", Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(held))));
        }
    }

    // Of pairs, also those of each field: they decide the places.
    private static string LabelsOf(FieldBinning binning)
    {
        var labels = string.Join('\n', Enumerable.Range(0, binning.Count).Select(binning.Label));
        return binning is PairBinning pairs ? $"{labels}\n\n{LabelsOf(pairs.First)}\n\n{LabelsOf(pairs.Second)}" : labels;
    }

    private static string TextOf(object? value) => value switch
    {
        null => "",
        string text => text,
        IDictionary map => string.Join(", ", map.Keys.Cast<string>().Order(StringComparer.Ordinal).Select(key => $"{key}={map[key]}")),
        IEnumerable list => string.Join(", ", list.Cast<object>().Select(TextOf)),
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => $"{value}",
    };
}
