using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DriftMonitor.Core.Binning;
using DriftMonitor.Core.Calibration;
using DriftMonitor.Core.Time;
using DriftMonitor.Core.Windows;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Streaming.References;

/// <summary>
/// What references that grow remember: a reference file, in which <c>so_far</c> has the fine counts and the z so far. It names the last
/// pane that it holds. With segments, each has its own bins, and all is in <c>segments</c>.
/// </summary>
/// <param name="Field">The field's path.</param>
/// <param name="Pane">The length of a pane.</param>
/// <param name="SegmentBy">The field of the segments; null without segments.</param>
/// <param name="Windows">The labels of the windows, in the order of their calibrations and z.</param>
/// <param name="Series">What each series remembers, by segment; the key is empty without segments.</param>
public sealed record GrowingFile(
    string Field, TimeSpan Pane, string? SegmentBy, IReadOnlyList<string> Windows, IReadOnlyDictionary<string, GrowingState> Series)
{
    private const string Remedy = "delete it to learn again";

    /// <summary>Which events were counted; null for all.</summary>
    public EventFilter? Where { get; init; }

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether a file is one of these.</summary>
    /// <exception cref="ReferenceException">The file cannot be read, or it is no JSON.</exception>
    public static bool IsAt(string path) =>
        ReferenceReader.Read(path, root => root.ValueKind == JsonValueKind.Object && root.TryGetProperty(ReferenceFile.SoFar, out _));

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pseudoCount">α of the smoothing.</param>
    /// <exception cref="ReferenceException">The file cannot be read, or its content is not valid.</exception>
    public static GrowingFile Read(string path, double pseudoCount)
    {
        try
        {
            return ReferenceReader.Read(path, root => Parse(root, pseudoCount));
        }
        catch (ReferenceException e)
        {
            // What the two kinds of files share is refused with the remedy of a reference file, which somebody has built.
            throw new ReferenceException(e.Message.Replace("build it again", Remedy, StringComparison.Ordinal), e);
        }
    }

    /// <summary>Writes the file atomically: another process sees the old file or the new one, never a part of it.</summary>
    /// <exception cref="ReferenceException">It cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, ToJson());

    /// <summary>The file's text in UTF-8.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, Plain))
        {
            json.WriteStartObject();
            json.WriteString("format", ReferenceFile.Format);
            json.WriteString("field", Field);
            json.WriteNumber("pane_s", Pane.TotalSeconds);
            if (Where is not null)
            {
                json.WritePropertyName(ReferenceFile.WhereKey);
                ReferenceWriter.Write(Where).WriteTo(json);
            }

            if (SegmentBy is null)
            {
                Write(json, Series[""]);
            }
            else
            {
                json.WriteString("segment_by", SegmentBy);
                json.WriteStartObject(ReferenceFile.SoFar);
                WriteWindows(json);
                json.WriteEndObject();
                json.WriteStartObject("segments");
                foreach (var (segment, state) in Series.OrderBy(series => series.Key, StringComparer.Ordinal))
                {
                    json.WriteStartObject(segment);
                    Write(json, state);
                    json.WriteEndObject();
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        memory.WriteByte((byte)'\n');
        return memory.GetBuffer().AsMemory(0, (int)memory.Length);
    }

    private void Write(Utf8JsonWriter json, GrowingState state)
    {
        if (state.Fitted is { } fitted)
        {
            var calibration = Windows.Zip(fitted.Calibration).ToDictionary(window => window.First, window => window.Second);
            foreach (var (name, value) in ReferenceWriter.Write(fitted.Reference, calibration))
            {
                json.WritePropertyName(name);
                value!.WriteTo(json);
            }
        }

        json.WriteStartObject(ReferenceFile.SoFar);
        WriteWindows(json);
        var grid = new PaneGrid(Pane);
        json.WriteString("from", grid.Start(state.First).ToString());
        json.WriteString("to", grid.End(state.Last).ToString());
        json.WriteNumber("panes", state.Panes);
        json.WriteNumber("panes_at_refit", state.FittedPanes);
        json.WriteNumber("volume_sum", state.VolumeSum);
        json.WriteNumber("volume_panes", state.VolumePanes);
        json.WriteStartArray("left_out");
        foreach (var period in state.LeftOut)
        {
            json.WriteStartObject();
            json.WriteString("from", period.From.ToString());
            json.WriteString("to", period.To.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (state.Kinds is { } kinds)
        {
            WriteLongs(
                json,
                "kinds",
                [
                    kinds.Numbers, kinds.Texts, kinds.Strings, kinds.TextNumbers, kinds.JsonNumbers, kinds.ZerosInCells,
                    kinds.ZerosInStrings,
                ]);
        }

        if (state.Numbers is { } numbers)
        {
            WriteNumbers(json, numbers);
        }

        if (state.Labels is { } labels)
        {
            WriteLabels(json, labels);
        }

        WriteReadings(json, state);
        json.WriteEndObject();
    }

    private void WriteWindows(Utf8JsonWriter json)
    {
        json.WriteStartArray("windows");
        foreach (var window in Windows)
        {
            json.WriteStringValue(window);
        }

        json.WriteEndArray();
    }

    private void WriteReadings(Utf8JsonWriter json, GrowingState state)
    {
        json.WriteStartObject("z");
        foreach (var (window, readings) in Windows.Zip(state.Fitted?.Readings ?? []))
        {
            json.WriteStartArray(window);
            foreach (var z in readings)
            {
                if (double.IsNaN(z))
                {
                    json.WriteNullValue();
                }
                else
                {
                    json.WriteNumberValue(z);
                }
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, FineState numbers)
    {
        json.WriteStartObject("numbers");
        json.WriteNumber("bits_less", numbers.Level);
        json.WriteStartArray("values");
        foreach (var key in numbers.Keys)
        {
            var value = FineNumber.ValueOf(key);
            if (double.IsFinite(value))
            {
                json.WriteNumberValue(value);
            }
            else
            {
                json.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
            }
        }

        json.WriteEndArray();
        WriteLongs(json, "in_text", numbers.Keys.Index().Where(key => FineNumber.IsInText(key.Item)).Select(key => (long)key.Index));
        WriteCounts(json, numbers, numbers.Keys.Count);
        json.WriteEndObject();
    }

    private static void WriteLabels(Utf8JsonWriter json, FineState labels)
    {
        json.WriteStartObject("categories");
        json.WriteBoolean("full", labels.IsFull);
        json.WriteStartArray("values");
        foreach (var text in labels.Texts)
        {
            json.WriteStringValue(ValueLabel.TextOf(text));
        }

        json.WriteEndArray();
        WriteLongs(json, "numbers", labels.Texts.Index().Where(text => ValueLabel.IsNumber(text.Item)).Select(text => (long)text.Index));
        WriteCounts(json, labels, labels.Texts.Count);
        json.WriteEndObject();
    }

    // Counts in the order missing, wrong type, unseen, and then the values.
    private static void WriteCounts(Utf8JsonWriter json, FineState state, int values)
    {
        WriteLongs(json, "counts", Padded(state.Totals));
        WriteLongs(json, "counts_at_refit", Padded(state.AtRefit));
        if (state.WarmUp is not { } panes)
        {
            return;
        }

        json.WriteStartArray("warm_up");
        foreach (var pane in panes)
        {
            if (pane is null)
            {
                json.WriteNullValue();
                continue;
            }

            json.WriteStartArray();
            ReadOnlySpan<byte> packed = pane;
            var place = -1;
            while (PackedCounts.TryRead(ref packed, ref place, out var count))
            {
                json.WriteNumberValue(place);
                json.WriteNumberValue(count);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();

        IEnumerable<long> Padded(long[] counts) => counts.Concat(Enumerable.Repeat(0L, FineState.Specials + values - counts.Length));
    }

    private static void WriteLongs(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static GrowingFile Parse(JsonElement root, double pseudoCount)
    {
        ReferenceReader.CheckFormat(root);
        var soFar = GetSoFar(root);
        var field = ReferenceReader.GetText(root, "field");
        var pane = ReferenceReader.ParsePane(root) ?? throw new FormatException($"it has no \"pane_s\"; {Remedy}");
        var grid = new PaneGrid(pane);
        string[] windows = [.. ReferenceReader.Get(soFar, "windows", JsonValueKind.Array).EnumerateArray().Select(label =>
            label.ValueKind == JsonValueKind.String
                ? label.GetString()!
                : throw new FormatException($"so_far.windows has {label.GetRawText()}: labels are strings; {Remedy}"))];
        var segmentBy = ReferenceReader.ParseSegmentBy(root);
        var series = segmentBy is null
            ? new Dictionary<string, GrowingState> { [""] = ParseSeries(root, grid, windows, pseudoCount) }
            : ReferenceReader.Get(root, "segments", JsonValueKind.Object).EnumerateObject()
                .ToDictionary(segment => segment.Name, segment => ParseSeries(segment.Value, grid, windows, pseudoCount));
        return new GrowingFile(field, pane, segmentBy, windows, series) { Where = ReferenceReader.ParseWhere(root) };
    }

    private static JsonElement GetSoFar(JsonElement json) => json.TryGetProperty(ReferenceFile.SoFar, out var soFar)
        ? soFar
        : throw new FormatException($"it has no \"so_far\", so no reference of this kind has written it; choose another file, or {Remedy}");

    private static GrowingState ParseSeries(JsonElement json, PaneGrid grid, string[] windows, double pseudoCount)
    {
        var soFar = GetSoFar(json);
        var (from, to) = (GetPane(soFar, "from", grid), GetPane(soFar, "to", grid) - 1);
        var panes = GetLong(soFar, "panes");
        var fittedPanes = GetLong(soFar, "panes_at_refit");
        if (to < from || panes < 1 || panes > to - from + 1 || fittedPanes > panes)
        {
            throw new FormatException($"so_far has {panes} panes, {fittedPanes} at the refit, from pane {from} to {to}; {Remedy}");
        }

        var fitted = json.TryGetProperty("bins", out _) ? ParseFitted(json, soFar, windows, pseudoCount, to - from + 1) : null;
        if (fitted is null != (fittedPanes == 0))
        {
            throw new FormatException($"so_far and bins do not belong together; {Remedy}");
        }

        var state = new GrowingState
        {
            First = from,
            Last = to,
            Panes = panes,
            FittedPanes = fittedPanes,
            VolumeSum = GetLong(soFar, "volume_sum"),
            VolumePanes = GetLong(soFar, "volume_panes"),
            LeftOut = ReferenceReader.ParseExcluded(soFar, "left_out"),
            Kinds = soFar.TryGetProperty("kinds", out _) ? ParseKinds(soFar) : null,
            Numbers = soFar.TryGetProperty("numbers", out var numbers) ? ParseNumbers(numbers) : null,
            Labels = soFar.TryGetProperty("categories", out var labels) ? ParseLabels(labels) : null,
            Fitted = fitted,
        };
        return state.Numbers is null == state.Labels is null && (fitted is not null || state.Numbers is null)
            || fitted is not null && fitted.Reference.Binning is NumericBinning == state.Numbers is null
                ? throw new FormatException($"so_far needs numbers or categories, as the bins are; {Remedy}")
            : state;
    }

    private static FittedState ParseFitted(
        JsonElement json, JsonElement soFar, string[] windows, double pseudoCount, long mostReadings)
    {
        var (reference, calibration) = ReferenceReader.ParseReference(json, pseudoCount);
        var z = ReferenceReader.Get(soFar, "z", JsonValueKind.Object);
        return new FittedState(
            reference,
            [.. windows.Select(window => calibration.GetValueOrDefault(window)
                ?? throw new FormatException($"it has no calibration for {window}; {Remedy}"))],
            [.. windows.Select(ParseReadings)]);

        double[] ParseReadings(string window)
        {
            double[] readings = [.. ReferenceReader.Get(z, window, JsonValueKind.Array).EnumerateArray().Select(reading =>
                reading.ValueKind == JsonValueKind.Null ? double.NaN
                : reading.ValueKind == JsonValueKind.Number ? reading.GetDouble()
                : throw new FormatException($"so_far.z.{window} has {reading.GetRawText()}: z are numbers or null; {Remedy}"))];
            return readings.Length <= mostReadings
                ? readings
                : throw new FormatException($"so_far.z.{window} has {readings.Length} z of {mostReadings} panes; {Remedy}");
        }
    }

    private static ValueKinds ParseKinds(JsonElement soFar) =>
        GetLongs(soFar, "kinds") is [var numbers, var texts, var strings, var textNumbers, var jsonNumbers, var inCells, var inStrings]
            ? new ValueKinds
            {
                Numbers = numbers,
                Texts = texts,
                Strings = strings,
                TextNumbers = textNumbers,
                JsonNumbers = jsonNumbers,
                ZerosInCells = inCells,
                ZerosInStrings = inStrings,
            }
            : throw new FormatException($"so_far.kinds has not seven counts; {Remedy}");

    private static FineState ParseNumbers(JsonElement json)
    {
        var inText = GetLongs(json, "in_text").ToHashSet();
        long[] keys = [.. ReferenceReader.Get(json, "values", JsonValueKind.Array).EnumerateArray().Index().Select(value =>
        {
            var key = FineNumber.KeyOf(ParseNumber(value.Item));
            return inText.Contains(value.Index) ? FineNumber.MarkInText(key) : key;
        })];
        var level = (int)Math.Min(GetLong(json, "bits_less"), FineNumber.MostLevel);
        return ParseCounts(json, keys.Length, keys.Select(key => FineNumber.Coarsen(key, level)).Distinct().Count()) with
        {
            Keys = keys,
            Level = level,
        };
    }

    private static double ParseNumber(JsonElement value) => value.ValueKind == JsonValueKind.Number
        ? value.GetDouble()
        : value.GetRawText() switch
        {
            "\"NaN\"" => double.NaN,
            "\"Infinity\"" => double.PositiveInfinity,
            "\"-Infinity\"" => double.NegativeInfinity,
            var text => throw new FormatException($"so_far.numbers.values has {text}: they are numbers; {Remedy}"),
        };

    private static FineState ParseLabels(JsonElement json)
    {
        var numbers = GetLongs(json, "numbers").ToHashSet();
        (string Text, bool IsNumber)[] values =
        [
            .. ReferenceReader.Get(json, "values", JsonValueKind.Array).EnumerateArray().Index()
                .Select(text => text.Item.ValueKind == JsonValueKind.String
                    ? (text.Item.GetString()!, numbers.Contains(text.Index))
                    : throw new FormatException($"so_far.categories.values has {text.Item.GetRawText()}: they are strings; {Remedy}")),
        ];
        return ParseCounts(json, values.Length, values.Distinct().Count()) with
        {
            Texts = Array.ConvertAll(values, KeyOf),
            IsFull = json.TryGetProperty("full", out var full) && full.ValueKind == JsonValueKind.True,
        };
    }

    private static byte[] KeyOf((string Text, bool IsNumber) value)
    {
        var text = Encoding.UTF8.GetBytes(value.Text);
        return ValueLabel.Write(text, value.IsNumber, new byte[ValueLabel.LongestFor(text.Length)]).ToArray();
    }

    private static FineState ParseCounts(JsonElement json, int values, int distinct)
    {
        var places = FineState.Specials + values;
        var (totals, atRefit) = (GetLongs(json, "counts"), GetLongs(json, "counts_at_refit"));
        if (totals.Length != places || atRefit.Length != places || distinct != values
            || values > Math.Max(FineNumber.MostBins, ValueCounts.MostLabels))
        {
            throw new FormatException($"so_far has {values} values, and counts of others or a value twice; {Remedy}");
        }

        return new FineState
        {
            Totals = totals,
            AtRefit = atRefit,
            WarmUp = json.TryGetProperty("warm_up", out _)
                ? [.. ReferenceReader.Get(json, "warm_up", JsonValueKind.Array).EnumerateArray().Select(Pack)]
                : null,
        };

        byte[]? Pack(JsonElement pane)
        {
            if (pane.ValueKind == JsonValueKind.Null)
            {
                return null;
            }

            var counts = new long[places];
            long[] pairs = pane.ValueKind == JsonValueKind.Array
                ? [.. pane.EnumerateArray().Select(number => ToCount(number, "warm_up"))]
                : throw new FormatException($"so_far.warm_up has {pane.GetRawText()}: panes are lists or null; {Remedy}");
            for (var i = 0; i + 1 < pairs.Length; i += 2)
            {
                counts[pairs[i] < places && pairs[i + 1] > 0
                    ? (int)pairs[i]
                    : throw new FormatException($"so_far.warm_up has a count that is not possible; {Remedy}")] = pairs[i + 1];
            }

            return PackedCounts.Pack(counts);
        }
    }

    private static long GetPane(JsonElement soFar, string name, PaneGrid grid) =>
        ReferenceReader.GetTime(soFar, name) is { } time && grid.IsAligned(time)
            ? grid.PaneOf(time)
            : throw new FormatException($"so_far.{name} is not the start of a pane; {Remedy}");

    private static long GetLong(JsonElement json, string name) => ToCount(ReferenceReader.Get(json, name, JsonValueKind.Number), name);

    private static long[] GetLongs(JsonElement json, string name) =>
        [.. ReferenceReader.Get(json, name, JsonValueKind.Array).EnumerateArray().Select(number => ToCount(number, name))];

    private static long ToCount(JsonElement number, string name) =>
        number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var count) && count >= 0
            ? count
            : throw new FormatException($"so_far.{name} is {number.GetRawText()}: it must be a whole number, not negative; {Remedy}");
}
