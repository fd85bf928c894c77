using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.References;

/// <summary>Writes reference files as JSON.</summary>
internal static class ReferenceWriter
{
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file's text.</summary>
    public static string ToJson(ReferenceFile reference)
    {
        var whole = reference.Reference;
        var file = new JsonObject { ["format"] = ReferenceFile.Format };
        if (reference.Fields is { } fields)
        {
            file["fields"] = new JsonArray(fields.First, fields.Second);
        }
        else
        {
            file["field"] = reference.Field;
        }

        AddReference(file, whole, reference.Pane);
        AddRatesAndCalibration(file, whole, reference.Calibration);
        if (reference.CalibratedOver is { } over)
        {
            (file["calibrated_from"], file["calibrated_to"]) = (over.From.ToString(), over.To.ToString());
        }

        if (reference.HourOfWeek is { } hours)
        {
            file["hour_of_week"] = new JsonArray([.. hours.Select(WriteCounts)]);
        }

        if (reference.SegmentBy is { } segmentBy)
        {
            file["segment_by"] = segmentBy;
        }

        if (reference.Where is { } where)
        {
            file[ReferenceFile.WhereKey] = Write(where);
        }

        if (reference.Segments.Count > 0)
        {
            file["segments"] = new JsonObject(reference.Segments.OrderBy(segment => segment.Key, StringComparer.Ordinal)
                .Select(segment => KeyValuePair.Create<string, JsonNode?>(segment.Key, WriteSegment(segment.Value))));
        }

        if (reference.Regimes.Count > 0)
        {
            file[RegimeJson.Key] = RegimeJson.Write(reference.Regimes, WriteRegime);
        }

        return file.ToJsonString(Indented) + "\n";
    }

    /// <summary>Which events were counted.</summary>
    public static JsonObject Write(EventFilter where) => new()
    {
        ["field"] = where.Field.Text,
        ["in"] = new JsonArray([.. where.Values.Select(value => JsonValue.Create(value))]),
    };

    /// <summary>A reference with its own bins and period.</summary>
    public static JsonObject Write(Reference reference, IReadOnlyDictionary<string, WindowCalibration> calibration)
    {
        var json = new JsonObject();
        AddReference(json, reference, pane: null);
        AddRatesAndCalibration(json, reference, calibration);
        return json;
    }

    private static void AddReference(JsonObject file, Reference whole, TimeSpan? pane)
    {
        file["bins"] = WriteBins(whole.Binning);
        file["counts"] = WriteCounts(whole);
        if (whole.Binning is NumericBinning { ReadsTextNumbers: true })
        {
            file[ReferenceFile.TextNumbers] = true;
        }

        if (whole.Binning is CategoricalBinning { AreNumberLabels: true })
        {
            file[ReferenceFile.NumberLabels] = true;
        }

        AddPeriod(file, whole, pane);
    }

    private static JsonObject WriteRegime(Reference reference)
    {
        var json = new JsonObject { ["counts"] = WriteCounts(reference) };
        AddPeriod(json, reference, pane: null);
        AddRatesAndCalibration(json, reference, new Dictionary<string, WindowCalibration>());
        return json;
    }

    private static void AddPeriod(JsonObject file, Reference whole, TimeSpan? pane)
    {
        if (whole.Period is { } period)
        {
            file["from"] = period.From.ToString();
            file["to"] = period.To.ToString();
        }

        AddIfKnown(file, "pane_s", pane?.TotalSeconds);
        if (whole.Excluded.Count > 0)
        {
            file["excluded"] = new JsonArray([.. whole.Excluded.Select(
                excluded => new JsonObject { ["from"] = excluded.From.ToString(), ["to"] = excluded.To.ToString() })]);
        }
    }

    private static JsonObject WriteBins(FieldBinning binning) => binning is PairBinning pairs
        ? new JsonObject
        {
            ["kind"] = "pairs",
            ["first"] = WritePart(pairs.First),
            ["second"] = WritePart(pairs.Second),
            ["kept"] = new JsonArray([.. pairs.Kept.Select(pair => new JsonArray(pair.First, pair.Second))]),
        }
        : binning is NumericBinning numeric
        ? new JsonObject
        {
            ["kind"] = "edges",
            ["edges"] = new JsonArray([.. numeric.Edges.ToArray().Select(edge => JsonValue.Create(edge))]),
        }
        : new JsonObject
        {
            ["kind"] = "categories",
            ["values"] = new JsonArray([.. ((CategoricalBinning)binning).Values.Select(value => JsonValue.Create(value))]),
        };

    // The bins of one field of a pair, with what belongs to them.
    private static JsonObject WritePart(FieldBinning binning)
    {
        var bins = WriteBins(binning);
        if (binning is NumericBinning { ReadsTextNumbers: true })
        {
            bins[ReferenceFile.TextNumbers] = true;
        }

        if (binning is CategoricalBinning { AreNumberLabels: true })
        {
            bins[ReferenceFile.NumberLabels] = true;
        }

        return bins;
    }

    private static JsonObject WriteCounts(Reference reference)
    {
        var binning = reference.Binning;
        var special = new JsonObject();
        for (var i = 0; i < binning.SpecialNames.Count; i++)
        {
            special[binning.SpecialNames[i]] = reference.Counts[binning.Regular + i];
        }

        var counts = new JsonObject
        {
            ["regular"] = WriteCounts(reference.Counts[..binning.Regular].ToArray()),
            ["special"] = special,
        };
        if (reference.Places is { } places && binning is PairBinning pairs)
        {
            counts[ReferenceFile.Joint] = new JsonArray(
                [.. places.Take(pairs.MissingPlace).Chunk(pairs.Columns).Select(WriteCounts)]);
        }

        return counts;
    }

    private static JsonArray WriteCounts(long[] counts) => new([.. counts.Select(count => JsonValue.Create(count))]);

    private static JsonObject WriteSegment(SegmentReference segment)
    {
        var json = new JsonObject { ["counts"] = WriteCounts(segment.Reference) };
        AddRatesAndCalibration(json, segment.Reference, segment.Calibration);
        return json;
    }

    private static void AddRatesAndCalibration(
        JsonObject json, Reference reference, IReadOnlyDictionary<string, WindowCalibration> calibration)
    {
        AddIfKnown(json, "events_per_pane", reference.EventsPerPane);
        AddIfKnown(json, "mean_events", reference.MeanEvents);
        if (calibration.Count > 0)
        {
            json["calibration"] = new JsonObject(
                calibration.Select(window => KeyValuePair.Create<string, JsonNode?>(window.Key, CalibrationJson.Write(window.Value))));
        }
    }

    private static void AddIfKnown(JsonObject json, string name, double? value)
    {
        if (value is { } known)
        {
            json[name] = known;
        }
    }
}
