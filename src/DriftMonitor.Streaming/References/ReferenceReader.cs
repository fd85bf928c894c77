using System.Text;
using System.Text.Json;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.References;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Streaming.Sources.Files;

namespace DriftMonitor.Streaming.References;

/// <summary>Reads and validates reference files.</summary>
internal static class ReferenceReader
{
    private const long MaxEvents = 1L << 50; // in a pane or a window: the sums of FixedPoint hold no more

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pseudoCount">α of the smoothing.</param>
    /// <exception cref="ReferenceException">The file cannot be read, or its content is not valid.</exception>
    public static ReferenceFile Read(string path, double pseudoCount) => Read(path, root => Parse(root, pseudoCount));

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parse">
    /// Parses its root; a <see cref="FormatException"/> or <see cref="ArgumentException"/> says what is not valid.
    /// </param>
    /// <exception cref="ReferenceException">The file cannot be read, or its content is not valid.</exception>
    public static T Read<T>(string path, Func<JsonElement, T> parse)
    {
        using var document = ParseJson(path);
        try
        {
            return parse(document.RootElement);
        }
        catch (InvalidOperationException e)
        {
            // Strings are decoded only when they are read; nothing else here throws this exception.
            throw CannotUse(path, "a string in it contains an unpaired surrogate, or is not valid UTF-8", e);
        }
        catch (OverflowException e)
        {
            throw CannotUse(path, $"the sum of its counts is more than {long.MaxValue}", e);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw CannotUse(path, e.Message, e);
        }
    }

    private static JsonDocument ParseJson(string path)
    {
        try
        {
            var content = SmallFile.Read(path);
            return content.Length == 0
                ? throw new ReferenceException($"the reference file {path} is empty; build it again")
                : JsonDocument.Parse(content, JsonText.Lenient);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ReferenceException($"there is no reference file {path}: make it with `driftmonitor reference build`", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var reason = Directory.Exists(path) ? "it is a folder" : e.Message;
            throw new ReferenceException($"cannot read the reference file {path}: {reason}", e);
        }
        catch (JsonException e)
        {
            throw new ReferenceException($"the reference file {path} is not valid JSON: {JsonText.Place(e)}; build it again", e);
        }
    }

    private static ReferenceException CannotUse(string path, string reason, Exception cause) =>
        new($"the reference file {path} cannot be used: {reason}", cause);

    private static ReferenceFile Parse(JsonElement root, double pseudoCount)
    {
        CheckFormat(root);
        if (root.TryGetProperty(ReferenceFile.SoFar, out _) && !root.TryGetProperty("bins", out _))
        {
            throw new FormatException("it is what a reference of the kind so_far remembers in its warm-up, or of segments");
        }

        var fields = root.TryGetProperty("fields", out _) ? ParseFields(Get(root, "fields", JsonValueKind.Array)) : null;
        var field = fields?.ToString() ?? GetText(root, "field");
        var whole = ParseReference(root, pseudoCount);
        if (fields is null != whole.Reference.Binning is not PairBinning)
        {
            throw new FormatException("\"fields\" and bins of the kind pairs belong together, and one of them is missing; build it again");
        }

        return new ReferenceFile(field, whole.Reference, whole.Calibration)
        {
            Fields = fields,
            Pane = ParsePane(root),
            CalibratedOver = ParsePeriod(root, "calibrated_from", "calibrated_to"),
            SegmentBy = ParseSegmentBy(root),
            Where = ParseWhere(root),
            HourOfWeek = root.TryGetProperty("hour_of_week", out _)
                ? ParseHours(Get(root, "hour_of_week", JsonValueKind.Array), whole.Reference)
                : null,
            Segments = ParseSegments(root, json => ParseCounts(json, whole.Reference)),
            Regimes = RegimeJson.Read(root, whole.Reference, ParsePane(root), json => ParseCounts(
                json, whole.Reference.Binning, ParsePeriod(json), ParseExcluded(json), pseudoCount).Reference),
        };
    }

    /// <summary>Refuses another format.</summary>
    public static void CheckFormat(JsonElement root)
    {
        var format = GetText(root, "format");
        if (format != ReferenceFile.Format)
        {
            throw new FormatException($"its format is \"{format}\", but this version reads only \"{ReferenceFile.Format}\"");
        }
    }

    /// <summary>The length of the panes; null if the file does not say.</summary>
    public static TimeSpan? ParsePane(JsonElement root) => GetPositive(root, "pane_s") is { } seconds
        ? TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.MaxValue.TotalSeconds / 2))
        : null;

    /// <summary>The field of the segments; null if the file does not say.</summary>
    public static string? ParseSegmentBy(JsonElement root) =>
        root.TryGetProperty("segment_by", out _) ? GetText(root, "segment_by") : null;

    /// <summary>Which events were counted; null for all, or if the file does not say.</summary>
    public static EventFilter? ParseWhere(JsonElement root)
    {
        if (!root.TryGetProperty(ReferenceFile.WhereKey, out _))
        {
            return null;
        }

        var where = Get(root, ReferenceFile.WhereKey, JsonValueKind.Object);
        string[] values =
        [
            .. Get(where, "in", JsonValueKind.Array).EnumerateArray().Select(value => value.ValueKind == JsonValueKind.String
                ? value.GetString()!
                : throw new FormatException($"where.in has {value.GetRawText()}: values are strings")),
        ];
        return values.Length > 0
            ? new EventFilter(FieldPath.PathOrColumn(GetText(where, "field")), values)
            : throw new FormatException("where.in is empty");
    }

    /// <summary>A reference with its own bins and period.</summary>
    public static SegmentReference ParseReference(JsonElement json, double pseudoCount)
    {
        var binning = ParseBins(json, Get(json, "bins", JsonValueKind.Object));
        return ParseCounts(json, binning, ParsePeriod(json), ParseExcluded(json), pseudoCount);
    }

    // The reference of a segment, in the bins and period of the whole.
    private static SegmentReference ParseCounts(JsonElement json, Reference whole) =>
        ParseCounts(json, whole.Binning, whole.Period, whole.Excluded, whole.PseudoCount);

    private static SegmentReference ParseCounts(
        JsonElement json, FieldBinning binning, Period? period, IReadOnlyList<Period> excluded, double pseudoCount)
    {
        var element = Get(json, "counts", JsonValueKind.Object);
        var counts = ParseCounts(element, binning);
        var reference = new Reference(binning, counts, pseudoCount)
        {
            Period = period,
            Excluded = excluded,
            EventsPerPane = GetPositive(json, "events_per_pane"),
            MeanEvents = GetPositive(json, "mean_events"),
            Places = binning is PairBinning pairs && element.TryGetProperty(ReferenceFile.Joint, out _)
                ? ParsePlaces(Get(element, ReferenceFile.Joint, JsonValueKind.Array), pairs, counts)
                : null,
        };
        return new SegmentReference(reference, ParseCalibration(json));
    }

    private static Dictionary<string, SegmentReference> ParseSegments(JsonElement root, Func<JsonElement, SegmentReference> parse)
    {
        var segments = new Dictionary<string, SegmentReference>();
        if (root.TryGetProperty("segments", out _))
        {
            foreach (var segment in Get(root, "segments", JsonValueKind.Object).EnumerateObject())
            {
                var place = $"segments.{segment.Name}";
                SegmentReference reference;
                try
                {
                    reference = parse(segment.Value);
                }
                catch (Exception e) when (e is FormatException or ArgumentException)
                {
                    throw new FormatException($"in {place}: {e.Message}", e);
                }

                if (!segments.TryAdd(segment.Name, reference))
                {
                    throw new FormatException($"{place} is repeated; build it again");
                }
            }
        }

        return segments;
    }

    private static Dictionary<string, WindowCalibration> ParseCalibration(JsonElement reference)
    {
        var calibration = new Dictionary<string, WindowCalibration>();
        if (reference.TryGetProperty("calibration", out _))
        {
            foreach (var window in Get(reference, "calibration", JsonValueKind.Object).EnumerateObject())
            {
                var place = $"calibration.{window.Name}";
                if (!calibration.TryAdd(window.Name, CalibrationJson.Read(window.Value, place)))
                {
                    throw new FormatException($"{place} is repeated; build it again");
                }
            }
        }

        return calibration;
    }

    private static PairOfFields ParseFields(JsonElement fields) =>
        fields.EnumerateArray().ToArray() is [{ ValueKind: JsonValueKind.String } first, { ValueKind: JsonValueKind.String } second]
            ? new PairOfFields(first.GetString()!, second.GetString()!)
            : throw new FormatException("\"fields\" is not a list of two strings");

    private static PairBinning ParsePairs(JsonElement bins)
    {
        var (first, second) = (ParsePart("first"), ParsePart("second"));
        return bins.TryGetProperty("kept", out _)
            ? new PairBinning(first, second, [.. Get(bins, "kept", JsonValueKind.Array).EnumerateArray().Index().Select(ParsePair)])
            : new PairBinning(first, second);

        FieldBinning ParsePart(string name)
        {
            var part = Get(bins, name, JsonValueKind.Object);
            return ParseBins(part, part) is var binning and not PairBinning
                ? binning
                : throw new FormatException($"bins.{name} has pairs: its kind must be \"edges\" or \"categories\"");
        }

        static (int First, int Second) ParsePair((int Index, JsonElement Item) pair) =>
            pair.Item.ValueKind == JsonValueKind.Array && pair.Item.GetArrayLength() == 2
                && pair.Item[0].ValueKind == JsonValueKind.Number && pair.Item[0].TryGetInt32(out var first)
                && pair.Item[1].ValueKind == JsonValueKind.Number && pair.Item[1].TryGetInt32(out var second)
                ? (first, second)
                : throw new FormatException($"bins.kept[{pair.Index}] is not a pair of bins: write two indexes, such as [0, 3]");
    }

    // The counts of all pairs, which must agree with those of the bins.
    private static long[] ParsePlaces(JsonElement joint, PairBinning pairs, long[] counts)
    {
        var places = new long[pairs.Places];
        (places[pairs.MissingPlace], places[pairs.WrongTypePlace]) = (counts[pairs.Missing], counts[pairs.WrongType]);
        var rows = joint.EnumerateArray().ToArray();
        if (rows.Length != pairs.Rows)
        {
            throw new FormatException($"counts.joint has {rows.Length} rows, and the first field has {pairs.Rows} bins; build it again");
        }

        foreach (var (x, row) in rows.Index())
        {
            ParseHour(row, $"counts.joint[{x}]", pairs.Columns).CopyTo(places, x * pairs.Columns);
        }

        var sums = pairs.CountBins(places);
        for (var bin = 0; bin < sums.Length; bin++)
        {
            if (sums[bin] != counts[bin])
            {
                throw new FormatException(
                    $"counts.joint has {sums[bin]} events in the bin {pairs.Label(bin)}, but counts has {counts[bin]}; build it again");
            }
        }

        return places;
    }

    private static FieldBinning ParseBins(JsonElement root, JsonElement bins)
    {
        var readsTextNumbers = GetSwitch(root, ReferenceFile.TextNumbers);
        var areNumberLabels = GetSwitch(root, ReferenceFile.NumberLabels);
        switch (GetText(bins, "kind"))
        {
            case "edges":
                return new NumericBinning([.. Get(bins, "edges", JsonValueKind.Array).EnumerateArray().Index().Select(edge =>
                    edge.Item.ValueKind == JsonValueKind.Number
                        ? edge.Item.GetDouble()
                        : throw new FormatException($"bins.edges[{edge.Index}] is not a number"))])
                { ReadsTextNumbers = readsTextNumbers };
            case "categories":
                return new CategoricalBinning([.. Get(bins, "values", JsonValueKind.Array).EnumerateArray().Index().Select(value =>
                    value.Item.ValueKind == JsonValueKind.String
                        ? value.Item.GetString()!
                        : throw new FormatException($"bins.values[{value.Index}] is not a string"))], areNumberLabels);
            case "pairs":
                return ParsePairs(bins);
            case var kind:
                throw new FormatException($"bins.kind is \"{kind}\": it must be \"edges\", \"categories\" or \"pairs\"");
        }
    }

    private static long[] ParseCounts(JsonElement element, FieldBinning binning)
    {
        var counts = new long[binning.Count];
        var regular = Get(element, "regular", JsonValueKind.Array);
        if (regular.GetArrayLength() != binning.Regular)
        {
            throw new FormatException(
                $"counts.regular has {regular.GetArrayLength()} counts for {binning.Regular} bins: there must be one for each bin");
        }

        foreach (var (i, count) in regular.EnumerateArray().Index())
        {
            counts[i] = ParseCount(count, $"counts.regular[{i}]");
        }

        if (element.TryGetProperty("special", out _))
        {
            var known = new HashSet<string>();
            foreach (var count in Get(element, "special", JsonValueKind.Object).EnumerateObject())
            {
                var special = binning.SpecialNames.ToList().FindIndex(count.NameEquals);
                if (special < 0)
                {
                    throw new FormatException(
                        $"counts.special.{count.Name} is not a bin: the special bins are {string.Join(", ", binning.SpecialNames)}");
                }

                var place = $"counts.special.{count.Name}";
                counts[binning.Regular + special] = known.Add(count.Name)
                    ? ParseCount(count.Value, place)
                    : throw new FormatException($"{place} is repeated; build it again");
            }
        }

        return counts;
    }

    private static long[][] ParseHours(JsonElement element, Reference whole)
    {
        if (element.GetArrayLength() != Core.References.HourOfWeek.Hours)
        {
            throw new FormatException(
                $"hour_of_week has {element.GetArrayLength()} hours, but a week has {Core.References.HourOfWeek.Hours}; build it again");
        }

        var bins = whole.Binning.Count;
        long[][] hours = [.. element.EnumerateArray().Index().Select(hour => ParseHour(hour.Item, $"hour_of_week[{hour.Index}]", bins))];
        for (var bin = 0; bin < bins; bin++)
        {
            var sum = hours.Sum(hour => hour[bin]);
            if (sum != whole.Counts[bin])
            {
                throw new FormatException(
                    $"hour_of_week has {sum} events in the bin {whole.Binning.Label(bin)}, but counts has {whole.Counts[bin]}; "
                    + "build it again");
            }
        }

        return hours;
    }

    private static long[] ParseHour(JsonElement hour, string place, int bins) =>
        hour.ValueKind == JsonValueKind.Array && hour.GetArrayLength() == bins
            ? [.. hour.EnumerateArray().Index().Select(count => ParseCount(count.Item, $"{place}[{count.Index}]"))]
            : throw new FormatException($"{place} is not a list of {bins} counts, one for each bin; build it again");

    private static long ParseCount(JsonElement element, string place) =>
        element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out var count)
            ? throw new FormatException($"{place} is {element.GetRawText()}: counts are whole numbers")
        : count < 0 ? throw new FormatException($"{place} is {count}: counts are not negative")
        : count;

    private static Period? ParsePeriod(JsonElement root, string first = "from", string last = "to")
    {
        var from = GetTime(root, first);
        var to = GetTime(root, last);
        return from is null != to is null || from >= to
            ? throw new FormatException($"{first} and {last} must be given together, and {first} must be before {last}")
            : from is { } start && to is { } end ? new Period(start, end) : null;
    }

    /// <summary>Parts of the period that are left out.</summary>
    public static Period[] ParseExcluded(JsonElement root, string name = "excluded") =>
        root.TryGetProperty(name, out _)
            ? [.. Get(root, name, JsonValueKind.Array).EnumerateArray().Index()
                .Select(range => ParseExcludedPeriod(range.Item, $"{name}[{range.Index}]"))]
            : [];

    private static Period ParseExcludedPeriod(JsonElement range, string place)
    {
        if (range.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"{place} is not an object: write {{\"from\":…,\"to\":…}}");
        }

        var from = GetTime(range, "from") ?? throw new FormatException($"{place} has no \"from\"");
        var to = GetTime(range, "to") ?? throw new FormatException($"{place} has no \"to\"");
        return from < to ? new Period(from, to) : throw new FormatException($"{place}: from is not before to");
    }

    /// <summary>A part of the file, of one type.</summary>
    public static JsonElement Get(JsonElement parent, string name, JsonValueKind kind) =>
        parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out var element)
            ? throw new FormatException($"it has no \"{name}\"; build it again")
        : element.ValueKind != kind ? throw new FormatException($"\"{name}\" is not {JsonText.WithArticle(kind)}")
        : element;

    private static bool GetSwitch(JsonElement root, string name) =>
        root.TryGetProperty(name, out var element)
        && (element.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? element.GetBoolean()
            : throw new FormatException($"\"{name}\" is {element.GetRawText()}: it must be true or false"));

    /// <summary>A string of the file.</summary>
    public static string GetText(JsonElement parent, string name) => Get(parent, name, JsonValueKind.String).GetString()!;

    /// <summary>A time of the file; null if it is not there.</summary>
    public static EventTime? GetTime(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out var element))
        {
            return null;
        }

        return element.ValueKind == JsonValueKind.String
            && EventTimeText.FromIso8601(Encoding.UTF8.GetBytes(element.GetString()!)) is { } time
                ? time
            : throw new FormatException($"\"{name}\" is {element.GetRawText()}: write an ISO 8601 time, such as 2013-04-01T00:00:00Z");
    }

    private static double? GetPositive(JsonElement root, string name) =>
        !root.TryGetProperty(name, out var element) ? null
        : element.ValueKind == JsonValueKind.Number && element.GetDouble() is > 0 and <= MaxEvents and var value ? value
        : throw new FormatException($"\"{name}\" is {element.GetRawText()}: it must be a number above 0, and at most {MaxEvents}");
}
