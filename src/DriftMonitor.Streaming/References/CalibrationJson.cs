using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.References;

/// <summary>A window's calibration in a reference file.</summary>
internal static class CalibrationJson
{
    /// <summary>The calibration as it stands in a file.</summary>
    public static JsonObject Write(WindowCalibration calibration)
    {
        var tail = calibration.Tail;
        var json = new JsonObject
        {
            ["kind"] = NameOf(calibration.Kind),
            ["level"] = tail.Level,
            ["threshold"] = tail.Threshold,
            ["clusters"] = tail.Clusters,
            ["panes"] = tail.Panes,
            ["rate_per_pane"] = tail.RatePerPane,
            ["shapes"] = new JsonArray([.. tail.Shapes.Select(shape => new JsonObject { ["transform"] = NameOf(shape.Transform), ["weight"] = shape.Weight, ["scale"] = shape.Scale })]),
            ["quantiles"] = new JsonArray([.. tail.Quantiles.Select(quantile => new JsonArray(quantile.Level, quantile.Value))]),
        };
        if (calibration.Kind == CalibrationKind.Dispersion)
        {
            json["dispersion"] = calibration.Dispersion;
        }

        if (calibration.Kind != CalibrationKind.Measured)
        {
            json["span_panes"] = calibration.SpanPanes;
        }

        if (calibration.Peaks.Count > 0)
        {
            json["peaks"] = new JsonArray([.. calibration.Peaks.Select(peak => new JsonObject { ["time"] = peak.Time.ToString(), ["z"] = peak.Z })]);
        }

        return json;
    }

    /// <summary>The calibration that stands in a file.</summary>
    /// <exception cref="FormatException">Something is missing or impossible; the message names the place.</exception>
    public static WindowCalibration Read(JsonElement json, string place)
    {
        var kind = Choice<CalibrationKind>(Get(json, "kind", JsonValueKind.String, place), $"{place}.kind");
        var tail = new Tail
        {
            Level = Number(json, "level", place, value => value is > 0 and < 1),
            Threshold = Number(json, "threshold", place, double.IsFinite),
            Clusters = Whole(json, "clusters", place, least: 1),
            Panes = Whole(json, "panes", place, least: 1),
            RatePerPane = Number(json, "rate_per_pane", place, value => value is > 0 and <= 1),
            Shapes = [.. Get(json, "shapes", JsonValueKind.Array, place).EnumerateArray().Index().Select(shape => ReadShape(shape.Item, $"{place}.shapes[{shape.Index}]"))],
            Quantiles = [.. Get(json, "quantiles", JsonValueKind.Array, place).EnumerateArray().Index().Select(quantile => ReadQuantile(quantile.Item, $"{place}.quantiles[{quantile.Index}]"))],
        };
        if (tail.GetError() is { } reason)
        {
            throw new FormatException($"{place}.{reason}; build it again");
        }

        var dispersion = json.TryGetProperty("dispersion", out _) ? Number(json, "dispersion", place, value => value is >= 1 and < double.PositiveInfinity) : 1;
        var peaks = json.TryGetProperty("peaks", out _) ? Get(json, "peaks", JsonValueKind.Array, place).EnumerateArray().Index().Select(peak => ReadPeak(peak.Item, $"{place}.peaks[{peak.Index}]")).ToList() : [];
        var span = kind == CalibrationKind.Measured ? tail.Panes
            : json.TryGetProperty("span_panes", out _) ? Whole(json, "span_panes", place, least: 0) : 0;
        return new WindowCalibration(kind, tail, dispersion, peaks) { SpanPanes = span };
    }

    private static TailShape ReadShape(JsonElement json, string place) => new(
        Choice<TailTransform>(Get(json, "transform", JsonValueKind.String, place), $"{place}.transform"),
        Number(json, "weight", place, value => value is >= 0 and <= 1),
        Number(json, "scale", place, value => value is > 0 and < double.PositiveInfinity));

    private static (double, double) ReadQuantile(JsonElement json, string place) =>
        json.ValueKind == JsonValueKind.Array && json.GetArrayLength() == 2 && json[0].ValueKind == JsonValueKind.Number && json[1].ValueKind == JsonValueKind.Number
            ? (json[0].GetDouble(), json[1].GetDouble())
            : throw new FormatException($"{place} is no pair of level and value");

    private static CalibrationPeak ReadPeak(JsonElement json, string place) =>
        EventTimeText.FromIso8601(Encoding.UTF8.GetBytes(Get(json, "time", JsonValueKind.String, place).GetString()!)) is { } time
            ? new CalibrationPeak(time, Number(json, "z", place, double.IsFinite))
            : throw new FormatException($"{place}.time is no ISO 8601 time");

    private static JsonElement Get(JsonElement parent, string name, JsonValueKind kind, string place) =>
        parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out var element) ? throw new FormatException($"{place} has no \"{name}\"; build it again")
        : element.ValueKind != kind ? throw new FormatException($"{place}.{name} is no {kind.ToString().ToLowerInvariant()}")
        : element;

    private static double Number(JsonElement parent, string name, string place, Func<double, bool> isPossible)
    {
        var value = Get(parent, name, JsonValueKind.Number, place).GetDouble();
        return isPossible(value) ? value : throw new FormatException(FormattableString.Invariant($"{place}.{name} is {value}, which it cannot be; build it again"));
    }

    private static int Whole(JsonElement parent, string name, string place, int least) =>
        (int)Number(parent, name, place, value => value >= least && value <= int.MaxValue && double.IsInteger(value));

    private static T Choice<T>(JsonElement element, string place)
        where T : struct, Enum
    {
        var names = Enum.GetValues<T>();
        var text = element.GetString();
        foreach (var value in names)
        {
            if (NameOf(value) == text)
            {
                return value;
            }
        }

        throw new FormatException($"{place} is \"{text}\", and can be {string.Join(", ", names.Select(NameOf))}");
    }

    private static string NameOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
