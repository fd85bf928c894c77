using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.References;

/// <summary>A reference file can't be used; the message is one line: which file, what and where, and the remedy.</summary>
public sealed class ReferenceException : Exception
{
    /// <summary>A file that can't be used.</summary>
    public ReferenceException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}

/// <summary>A reference as a file of the format <c>driftmonitor.reference/1</c>: the field that it is of, and its counts.</summary>
/// <param name="Field">The field's path.</param>
/// <param name="Reference">The counts and when they were made.</param>
/// <param name="Calibration">How the reference's own readings fluctuate, by the window's length as written, such as <c>24h</c>; empty where the file has none.</param>
public sealed record ReferenceFile(string Field, Reference Reference, IReadOnlyDictionary<string, WindowCalibration> Calibration)
{
    /// <summary>The length of the panes that the calibration counts in; null where the file does not tell.</summary>
    public TimeSpan? Pane { get; init; }

    /// <summary>The field whose values are the segments; null where there are none, or where the file does not tell.</summary>
    public string? SegmentBy { get; init; }

    /// <summary>The counts of each hour of the week, from Monday 00:00 UTC on, in the order of the bins; together those of <see cref="Reference"/>. Null where the file has none.</summary>
    public IReadOnlyList<long[]>? HourOfWeek { get; init; }

    /// <summary>The segments, each with counts of its own in the same bins and over the same period; <see cref="Reference"/> is of all events together.</summary>
    public IReadOnlyDictionary<string, SegmentReference> Segments { get; init; } = new Dictionary<string, SegmentReference>();

    /// <summary>The format's name and version.</summary>
    public const string Format = "driftmonitor.reference/1";

    private const long MostEvents = 1L << 50; // in a pane or a window: FixedPoint's sums hold no more

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pseudoCount">α of the smoothing.</param>
    /// <exception cref="ReferenceException">The file can't be read, or something in it is wrong.</exception>
    public static ReferenceFile Read(string path, double pseudoCount)
    {
        JsonDocument document;
        try
        {
            using var stream = File.OpenRead(path);
            if (stream is { CanSeek: true, Length: 0 })
            {
                throw new ReferenceException($"the reference file {path} is empty; build it again");
            }

            document = JsonDocument.Parse(stream, JsonText.Lenient);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ReferenceException($"there is no reference file {path}: make it with `driftmonitor reference build`", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReferenceException($"cannot read the reference file {path}: {(Directory.Exists(path) ? "it is a folder" : e.Message)}", e);
        }
        catch (JsonException e)
        {
            throw new ReferenceException($"the reference file {path} is no JSON: {JsonText.Place(e)}; build it again", e);
        }

        using (document)
        {
            try
            {
                return Parse(document.RootElement, pseudoCount);
            }
            catch (InvalidOperationException e)
            {
                // The parser looks into strings only when they are asked for; nothing else here can throw it.
                throw new ReferenceException($"the reference file {path} cannot be used: a string in it holds half a surrogate pair, or is not UTF-8", e);
            }
            catch (OverflowException e)
            {
                throw new ReferenceException($"the reference file {path} cannot be used: the counts together are more than {long.MaxValue}", e);
            }
            catch (Exception e) when (e is FormatException or ArgumentException)
            {
                throw new ReferenceException($"the reference file {path} cannot be used: {e.Message}", e);
            }
        }
    }

    /// <summary>The file's text.</summary>
    public string ToJson()
    {
        var binning = Reference.Binning;
        var file = new JsonObject
        {
            ["format"] = Format,
            ["field"] = Field,
            ["bins"] = binning is NumericBinning numeric
                ? new JsonObject { ["kind"] = "edges", ["edges"] = new JsonArray([.. numeric.Edges.ToArray().Select(edge => JsonValue.Create(edge))]) }
                : new JsonObject { ["kind"] = "categories", ["values"] = new JsonArray([.. ((CategoricalBinning)binning).Values.Select(value => JsonValue.Create(value))]) },
            ["counts"] = Counts(Reference),
        };
        if (Reference.Period is { } period)
        {
            file["from"] = period.From.ToString();
            file["to"] = period.To.ToString();
        }

        if (Pane is { } pane)
        {
            file["pane_s"] = pane.TotalSeconds;
        }

        if (Reference.Excluded.Count > 0)
        {
            file["excluded"] = new JsonArray([.. Reference.Excluded.Select(excluded => new JsonObject { ["from"] = excluded.From.ToString(), ["to"] = excluded.To.ToString() })]);
        }

        AddCourse(file, Reference, Calibration);
        if (HourOfWeek is not null)
        {
            file["hour_of_week"] = new JsonArray([.. HourOfWeek.Select(counts => new JsonArray([.. counts.Select(count => JsonValue.Create(count))]))]);
        }

        if (SegmentBy is not null)
        {
            file["segment_by"] = SegmentBy;
        }

        if (Segments.Count > 0)
        {
            file["segments"] = new JsonObject(Segments.OrderBy(segment => segment.Key, StringComparer.Ordinal).Select(segment =>
            {
                var json = new JsonObject { ["counts"] = Counts(segment.Value.Reference) };
                AddCourse(json, segment.Value.Reference, segment.Value.Calibration);
                return KeyValuePair.Create<string, JsonNode?>(segment.Key, json);
            }));
        }

        return file.ToJsonString(Indented) + "\n";
    }

    /// <summary>Writes the file, by way of a second one: who reads it meanwhile sees the old one or the new one, whole.</summary>
    /// <exception cref="ReferenceException">It can't be written.</exception>
    public void Save(string path) => Written(path, target =>
    {
        var draft = DraftOf(target);
        try
        {
            using (var file = new FileStream(draft, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(Encoding.UTF8.GetBytes(ToJson()));
                file.Flush(flushToDisk: true); // a power cut after the move leaves the old file or the new one, and not an empty one
            }

            File.Move(draft, target, overwrite: true);
        }
        catch
        {
            File.Delete(draft); // what a full disk has taken of it
            throw;
        }
    });

    /// <summary>Finds out whether a file can be written there, without doing so.</summary>
    /// <exception cref="ReferenceException">It can't be written.</exception>
    public static void EnsureWritable(string path) => Written(path, target =>
    {
        using var draft = new FileStream(DraftOf(target), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
    });

    // A name that is nobody's: a file of the user's must not be lost to a draft, nor one build's to another's.
    private static string DraftOf(string path) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}");

    private static void Written(string path, Action<string> write)
    {
        if (Directory.Exists(path))
        {
            throw new ReferenceException($"cannot write {path}: it is a folder");
        }

        try
        {
            write(new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : path); // a link stays one
        }
        catch (DirectoryNotFoundException e)
        {
            throw new ReferenceException($"cannot write {path}: there is no such folder", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReferenceException($"cannot write {path}: {e.Message}", e);
        }
    }

    private static JsonObject Counts(Reference reference)
    {
        var binning = reference.Binning;
        var special = new JsonObject();
        for (var i = 0; i < binning.SpecialNames.Count; i++)
        {
            special[binning.SpecialNames[i]] = reference.Counts[binning.Regular + i];
        }

        return new JsonObject
        {
            ["regular"] = new JsonArray([.. reference.Counts[..binning.Regular].ToArray().Select(count => JsonValue.Create(count))]),
            ["special"] = special,
        };
    }

    private static void AddCourse(JsonObject json, Reference reference, IReadOnlyDictionary<string, WindowCalibration> calibration)
    {
        AddIfKnown(json, "events_per_pane", reference.EventsPerPane);
        AddIfKnown(json, "mean_events", reference.MeanEvents);
        if (calibration.Count > 0)
        {
            json["calibration"] = new JsonObject(calibration.Select(window => KeyValuePair.Create<string, JsonNode?>(window.Key, CalibrationJson.Write(window.Value))));
        }
    }

    private static void AddIfKnown(JsonObject file, string name, double? value)
    {
        if (value is { } known)
        {
            file[name] = known;
        }
    }

    private static ReferenceFile Parse(JsonElement root, double pseudoCount)
    {
        var format = Text(root, "format");
        if (format != Format)
        {
            throw new FormatException($"its format is \"{format}\", and this version reads \"{Format}\"");
        }

        var field = Text(root, "field");
        var binning = ParseBins(Get(root, "bins", JsonValueKind.Object));
        var from = Time(root, "from");
        var to = Time(root, "to");
        if (from is null != to is null || from >= to)
        {
            throw new FormatException("from and to belong together, and from is the earlier");
        }

        Period? period = from is { } start && to is { } end ? new Period(start, end) : null;
        var excluded = ParseExcluded(root);
        var whole = ParseReference(root, "");
        var segments = new Dictionary<string, SegmentReference>();
        if (root.TryGetProperty("segments", out _))
        {
            foreach (var segment in Get(root, "segments", JsonValueKind.Object).EnumerateObject())
            {
                if (!segments.TryAdd(segment.Name, ParseReference(segment.Value, $"segments.{segment.Name}")))
                {
                    throw new FormatException($"segments.{segment.Name} stands twice; build it again");
                }
            }
        }

        return new ReferenceFile(field, whole.Reference, whole.Calibration)
        {
            Pane = Positive(root, "pane_s") is { } seconds ? TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.MaxValue.TotalSeconds / 2)) : null,
            SegmentBy = root.TryGetProperty("segment_by", out _) ? Text(root, "segment_by") : null,
            HourOfWeek = root.TryGetProperty("hour_of_week", out _) ? ParseHours(Get(root, "hour_of_week", JsonValueKind.Array), whole.Reference) : null,
            Segments = segments,
        };

        SegmentReference ParseReference(JsonElement json, string place)
        {
            try
            {
                var counts = ParseCounts(Get(json, "counts", JsonValueKind.Object), binning);
                var reference = new Reference(binning, counts, pseudoCount)
                {
                    Period = period,
                    Excluded = excluded,
                    EventsPerPane = Positive(json, "events_per_pane"),
                    MeanEvents = Positive(json, "mean_events"),
                };
                var calibration = json.TryGetProperty("calibration", out _)
                    ? ParseCalibration(Get(json, "calibration", JsonValueKind.Object))
                    : [];
                return new SegmentReference(reference, calibration);
            }
            catch (Exception e) when (place.Length > 0 && e is (FormatException or ArgumentException))
            {
                throw new FormatException($"in {place}: {e.Message}", e);
            }
        }
    }

    private static Dictionary<string, WindowCalibration> ParseCalibration(JsonElement windows)
    {
        var calibration = new Dictionary<string, WindowCalibration>();
        foreach (var window in windows.EnumerateObject())
        {
            if (!calibration.TryAdd(window.Name, CalibrationJson.Read(window.Value, $"calibration.{window.Name}")))
            {
                throw new FormatException($"calibration.{window.Name} stands twice; build it again");
            }
        }

        return calibration;
    }

    private static FieldBinning ParseBins(JsonElement bins)
    {
        switch (Text(bins, "kind"))
        {
            case "edges":
                return new NumericBinning([.. Get(bins, "edges", JsonValueKind.Array).EnumerateArray().Index().Select(edge =>
                    edge.Item.ValueKind == JsonValueKind.Number ? edge.Item.GetDouble() : throw new FormatException($"bins.edges[{edge.Index}] is no number"))]);
            case "categories":
                return new CategoricalBinning([.. Get(bins, "values", JsonValueKind.Array).EnumerateArray().Index().Select(value =>
                    value.Item.ValueKind == JsonValueKind.String ? value.Item.GetString()! : throw new FormatException($"bins.values[{value.Index}] is no string"))]);
            case var kind:
                throw new FormatException($"bins.kind is \"{kind}\", and can be \"edges\" or \"categories\"");
        }
    }

    private static long[] ParseCounts(JsonElement element, FieldBinning binning)
    {
        var counts = new long[binning.Count];
        var regular = Get(element, "regular", JsonValueKind.Array);
        if (regular.GetArrayLength() != binning.Regular)
        {
            throw new FormatException($"counts.regular has {regular.GetArrayLength()} counts for {binning.Regular} bins: there must be one for each");
        }

        foreach (var (i, count) in regular.EnumerateArray().Index())
        {
            counts[i] = Count(count, $"counts.regular[{i}]");
        }

        if (element.TryGetProperty("special", out _))
        {
            var told = new HashSet<string>();
            foreach (var count in Get(element, "special", JsonValueKind.Object).EnumerateObject())
            {
                var bin = binning.SpecialNames.Index().Where(name => count.NameEquals(name.Item)).Select(name => binning.Regular + name.Index).DefaultIfEmpty(-1).First();
                if (bin < 0)
                {
                    throw new FormatException($"counts.special has no bin \"{count.Name}\": there are {string.Join(", ", binning.SpecialNames)}");
                }

                counts[bin] = told.Add(count.Name) ? Count(count.Value, $"counts.special.{count.Name}") : throw new FormatException($"counts.special.{count.Name} stands twice");
            }
        }

        return counts;
    }

    private static long[][] ParseHours(JsonElement element, Reference whole)
    {
        if (element.GetArrayLength() != Core.References.HourOfWeek.Hours)
        {
            throw new FormatException($"hour_of_week has {element.GetArrayLength()} hours, and a week has {Core.References.HourOfWeek.Hours}; build it again");
        }

        var bins = whole.Binning.Count;
        long[][] hours = [.. element.EnumerateArray().Index().Select(hour => hour.Item.ValueKind == JsonValueKind.Array && hour.Item.GetArrayLength() == bins
            ? hour.Item.EnumerateArray().Index().Select(count => Count(count.Item, $"hour_of_week[{hour.Index}][{count.Index}]")).ToArray()
            : throw new FormatException($"hour_of_week[{hour.Index}] is no list of {bins} counts, one for each bin; build it again"))];
        for (var bin = 0; bin < bins; bin++)
        {
            if (hours.Sum(hour => hour[bin]) != whole.Counts[bin])
            {
                throw new FormatException($"the hours of hour_of_week hold {hours.Sum(hour => hour[bin])} events of the bin {whole.Binning.Label(bin)}, and counts tells {whole.Counts[bin]}; build it again");
            }
        }

        return hours;
    }

    private static long Count(JsonElement element, string place) =>
        element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out var count) ? throw new FormatException($"{place} is {element.GetRawText()}: counts are whole numbers")
        : count < 0 ? throw new FormatException($"{place} is {count}: counts are not negative")
        : count;

    private static Period[] ParseExcluded(JsonElement root) =>
        root.TryGetProperty("excluded", out _)
            ? [.. Get(root, "excluded", JsonValueKind.Array).EnumerateArray().Index().Select(range => ParseExcluded(range.Item, $"excluded[{range.Index}]"))]
            : [];

    private static Period ParseExcluded(JsonElement range, string place)
    {
        if (range.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"{place} is no object: write {{\"from\":…,\"to\":…}}");
        }

        var from = Time(range, "from") ?? throw new FormatException($"{place} has no \"from\"");
        var to = Time(range, "to") ?? throw new FormatException($"{place} has no \"to\"");
        return from < to ? new Period(from, to) : throw new FormatException($"{place}: from is not before to");
    }

    private static JsonElement Get(JsonElement parent, string name, JsonValueKind kind) =>
        parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out var element) ? throw new FormatException($"it has no \"{name}\"; build it again")
        : element.ValueKind != kind ? throw new FormatException($"\"{name}\" is no {kind.ToString().ToLowerInvariant()}")
        : element;

    private static string Text(JsonElement parent, string name) => Get(parent, name, JsonValueKind.String).GetString()!;

    private static EventTime? Time(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out var element))
        {
            return null;
        }

        return element.ValueKind == JsonValueKind.String && EventTimeText.FromIso8601(Encoding.UTF8.GetBytes(element.GetString()!)) is { } time
            ? time
            : throw new FormatException($"\"{name}\" is {element.GetRawText()}: write an ISO 8601 time, such as 2013-04-01T00:00:00Z");
    }

    private static double? Positive(JsonElement root, string name) =>
        !root.TryGetProperty(name, out var element) ? null
        : element.ValueKind == JsonValueKind.Number && element.GetDouble() is > 0 and <= MostEvents and var value ? value
        : throw new FormatException($"\"{name}\" is {element.GetRawText()}: it must be a number above 0, and at most {MostEvents}");
}

/// <summary>A segment of a reference: its own counts, in the bins of all, and how its own readings fluctuate.</summary>
/// <param name="Reference">The counts and when they were made.</param>
/// <param name="Calibration">How the segment's own readings fluctuate, by the window's length as written; empty where the file has none.</param>
public sealed record SegmentReference(Reference Reference, IReadOnlyDictionary<string, WindowCalibration> Calibration);
