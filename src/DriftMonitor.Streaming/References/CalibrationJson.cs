using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.References;

/// <summary>Reads and writes a window's calibration in a reference file.</summary>
internal static class CalibrationJson
{
    /// <summary>Writes a calibration.</summary>
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
            ["shapes"] = new JsonArray([.. tail.Shapes.Select(WriteShape)]),
            ["quantiles"] = new JsonArray([.. tail.Quantiles.Select(quantile => new JsonArray(quantile.Level, quantile.Value))]),
        };
        if (calibration.Kind == CalibrationKind.Dispersion)
        {
            json["dispersion"] = calibration.Dispersion;
        }

        if (calibration.WithinFactor != 1)
        {
            json["within_factor"] = calibration.WithinFactor;
        }

        if (calibration.Kind != CalibrationKind.Measured)
        {
            json["span_panes"] = calibration.SpanPanes;
        }

        if (calibration.Peaks.Count > 0)
        {
            json["peaks"] = new JsonArray(
                [.. calibration.Peaks.Select(peak => new JsonObject { ["time"] = peak.Time.ToString(), ["z"] = peak.Z })]);
        }

        return json;
    }

    /// <summary>Reads a calibration.</summary>
    /// <param name="json">Its JSON.</param>
    /// <param name="place">Its place in the file, such as <c>calibration.24h</c>, for messages.</param>
    /// <exception cref="FormatException">Something is missing or not possible; the message names the place.</exception>
    public static WindowCalibration Read(JsonElement json, string place)
    {
        var kind = ParseName<CalibrationKind>(Get(json, "kind", JsonValueKind.String, place), $"{place}.kind");
        var tail = new Tail
        {
            Level = GetNumber(json, "level", place, value => value is > 0 and < 1),
            Threshold = GetNumber(json, "threshold", place, double.IsFinite),
            Clusters = GetInteger(json, "clusters", place, minimum: 1),
            Panes = GetInteger(json, "panes", place, minimum: 1),
            RatePerPane = GetNumber(json, "rate_per_pane", place, value => value is > 0 and <= 1),
            Shapes = ReadArray(json, "shapes", place, ReadShape),
            Quantiles = ReadArray(json, "quantiles", place, ReadQuantile),
        };
        if (tail.GetError() is { } reason)
        {
            throw new FormatException($"{place}.{reason}; build it again");
        }

        var dispersion = json.TryGetProperty("dispersion", out _)
            ? GetNumber(json, "dispersion", place, value => value is >= 1 and < double.PositiveInfinity)
            : 1;
        var within = json.TryGetProperty("within_factor", out _)
            ? GetNumber(json, "within_factor", place, value => value is >= 1 and < double.PositiveInfinity)
            : 1;
        CalibrationPeak[] peaks = json.TryGetProperty("peaks", out _) ? ReadArray(json, "peaks", place, ReadPeak) : [];
        var span = kind == CalibrationKind.Measured ? tail.Panes
            : json.TryGetProperty("span_panes", out _) ? GetInteger(json, "span_panes", place, minimum: 0) : 0;
        return new WindowCalibration(kind, tail, dispersion, peaks) { SpanPanes = span, WithinFactor = within };
    }

    private static JsonObject WriteShape(TailShape shape) =>
        new() { ["transform"] = NameOf(shape.Transform), ["weight"] = shape.Weight, ["scale"] = shape.Scale };

    private static T[] ReadArray<T>(JsonElement parent, string name, string place, Func<JsonElement, string, T> read) =>
        [.. Get(parent, name, JsonValueKind.Array, place).EnumerateArray().Index()
            .Select(item => read(item.Item, $"{place}.{name}[{item.Index}]"))];

    private static TailShape ReadShape(JsonElement json, string place) => new(
        ParseName<TailTransform>(Get(json, "transform", JsonValueKind.String, place), $"{place}.transform"),
        GetNumber(json, "weight", place, value => value is >= 0 and <= 1),
        GetNumber(json, "scale", place, value => value is > 0 and < double.PositiveInfinity));

    private static (double, double) ReadQuantile(JsonElement json, string place) =>
        json.ValueKind == JsonValueKind.Array && json.GetArrayLength() == 2
        && json[0].ValueKind == JsonValueKind.Number && json[1].ValueKind == JsonValueKind.Number
            ? (json[0].GetDouble(), json[1].GetDouble())
            : throw new FormatException($"{place} is not a pair of level and value");

    private static CalibrationPeak ReadPeak(JsonElement json, string place) =>
        EventTimeText.FromIso8601(Encoding.UTF8.GetBytes(Get(json, "time", JsonValueKind.String, place).GetString()!)) is { } time
            ? new CalibrationPeak(time, GetNumber(json, "z", place, double.IsFinite))
            : throw new FormatException($"{place}.time is not an ISO 8601 time");

    private static JsonElement Get(JsonElement parent, string name, JsonValueKind kind, string place) =>
        parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out var element)
            ? throw new FormatException($"{place} has no \"{name}\"; build it again")
        : element.ValueKind != kind ? throw new FormatException($"{place}.{name} is not {JsonText.WithArticle(kind)}")
        : element;

    private static double GetNumber(JsonElement parent, string name, string place, Func<double, bool> isPossible)
    {
        var value = Get(parent, name, JsonValueKind.Number, place).GetDouble();
        return isPossible(value)
            ? value
            : throw new FormatException(FormattableString.Invariant($"{place}.{name} is {value}, which is not possible; build it again"));
    }

    private static int GetInteger(JsonElement parent, string name, string place, int minimum) =>
        (int)GetNumber(parent, name, place, value => value >= minimum && value <= int.MaxValue && double.IsInteger(value));

    private static T ParseName<T>(JsonElement element, string place)
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

        throw new FormatException($"{place} is \"{text}\": it must be one of {string.Join(", ", names.Select(NameOf))}");
    }

    private static string NameOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
