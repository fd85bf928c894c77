using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Distributions;
using DriftMonitor.Core.Time;

namespace DriftMonitor.Streaming.References;

/// <summary>The regimes of a reference file. The first one is what the file's own counts are of.</summary>
/// <remarks>
/// A course is one text: panes separated by <c>;</c>, in each <c>bin:count</c> of the bins with events, separated by <c>,</c>. It is needed
/// to calibrate all regimes together when a further one is added, as the topic may no longer hold their periods then.
/// </remarks>
internal static class RegimeJson
{
    /// <summary>The key.</summary>
    public const string Key = "regimes";

    /// <summary>Writes the regimes.</summary>
    /// <param name="regimes">The regimes; at least two.</param>
    /// <param name="write">Writes counts, period and rates of a reference.</param>
    public static JsonArray Write(IReadOnlyList<RegimeEntry> regimes, Func<Reference, JsonObject> write) =>
        new([.. regimes.Select((regime, place) => Write(regime, place == 0 ? [] : write(regime.Reference)))]);

    /// <summary>Reads the regimes; none if the file has none.</summary>
    /// <param name="root">The file.</param>
    /// <param name="whole">What the file's own counts are of.</param>
    /// <param name="pane">The length of the panes; null if the file does not say.</param>
    /// <param name="parse">Parses counts, period and rates of a reference in the file's bins.</param>
    /// <exception cref="FormatException">They are not valid.</exception>
    public static IReadOnlyList<RegimeEntry> Read(JsonElement root, Reference whole, TimeSpan? pane, Func<JsonElement, Reference> parse)
    {
        if (!root.TryGetProperty(Key, out _))
        {
            return [];
        }

        var regimes = new List<RegimeEntry>();
        foreach (var (place, json) in ReferenceReader.Get(root, Key, JsonValueKind.Array).EnumerateArray().Index())
        {
            try
            {
                regimes.Add(Read(json, place == 0 ? whole : ParseOwn(json, parse), pane));
            }
            catch (Exception e) when (e is FormatException or ArgumentException)
            {
                throw new FormatException($"in {Key}[{place}]: {e.Message}", e);
            }

            if (regimes.Take(place).Any(other => other.Name == regimes[place].Name))
            {
                throw new FormatException($"{Key} has the name \"{regimes[place].Name}\" twice");
            }
        }

        return regimes.Count >= 2 ? regimes : throw new FormatException($"{Key} has {regimes.Count} of them: two or more are needed");
    }

    private static Reference ParseOwn(JsonElement json, Func<JsonElement, Reference> parse) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("bins", out _)
            ? throw new FormatException(
                "it has bins of its own, and regimes share those of the file: add it with `driftmonitor reference add`")
            : parse(json);

    private static JsonObject Write(RegimeEntry regime, JsonObject json)
    {
        json.Insert(0, "name", regime.Name);
        json["within_factors"] = new JsonObject(
            regime.WithinFactors.Select(window => KeyValuePair.Create<string, JsonNode?>(window.Key, window.Value)));
        if (regime.AcceptedBy is { } by)
        {
            (json["accepted_by"], json["accepted_at"]) = (by, regime.AcceptedAt?.ToString());
        }

        json["course"] = CourseText(regime.Panes);
        return json;
    }

    private static RegimeEntry Read(JsonElement json, Reference reference, TimeSpan? pane)
    {
        if (reference.Period is not { } period || pane is not { } length)
        {
            throw new FormatException("it has no period, or the file no \"pane_s\": add it with `driftmonitor reference add`");
        }

        var panes = ParseCourse(ReferenceReader.GetText(json, "course"), reference.Binning.Count);
        if (panes.Count != period.Length.Ticks / length.Ticks)
        {
            throw new FormatException($"course has {panes.Count} panes, and its period has {period.Length.Ticks / length.Ticks}");
        }

        for (var bin = 0; bin < reference.Binning.Count; bin++)
        {
            if (panes.Sum(counts => counts?[bin] ?? 0) is var sum && sum != reference.Counts[bin])
            {
                throw new FormatException(
                    $"course has {sum} events in the bin {reference.Binning.Label(bin)}, and counts has {reference.Counts[bin]}");
            }
        }

        var factors = ReferenceReader.Get(json, "within_factors", JsonValueKind.Object).EnumerateObject().ToDictionary(
            window => window.Name,
            window => window.Value.ValueKind == JsonValueKind.Number && window.Value.GetDouble() is >= 1 and < 1e9 and var factor
                ? factor
                : throw new FormatException($"within_factors.{window.Name} is {window.Value.GetRawText()}: it must be a number from 1"));
        var name = ReferenceReader.GetText(json, "name");
        var hasAccepted = json.TryGetProperty("accepted_by", out _);
        return new RegimeEntry(name.Length > 0 ? name : throw new FormatException("its name is empty"), reference, panes, factors)
        {
            AcceptedBy = hasAccepted ? ReferenceReader.GetText(json, "accepted_by") : null,
            AcceptedAt = hasAccepted ? ReferenceReader.GetTime(json, "accepted_at") : (EventTime?)null,
        };
    }

    private static string CourseText(IReadOnlyList<long[]?> panes)
    {
        var text = new StringBuilder();
        foreach (var (place, counts) in panes.Index())
        {
            text.Append(place > 0 ? ";" : "");
            var isFirst = true;
            for (var bin = 0; bin < counts?.Length; bin++)
            {
                if (counts[bin] != 0)
                {
                    text.Append(isFirst ? "" : ",").Append(CultureInfo.InvariantCulture, $"{bin}:{counts[bin]}");
                    isFirst = false;
                }
            }
        }

        return text.ToString();
    }

    private static List<long[]?> ParseCourse(string text, int bins)
    {
        var panes = new List<long[]?>();
        foreach (var pane in text.Split(';'))
        {
            if (pane.Length == 0)
            {
                panes.Add(null);
                continue;
            }

            var counts = new long[bins];
            foreach (var part in pane.Split(','))
            {
                if (part.Split(':') is not [var written, var number]
                    || !int.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out var bin) || bin >= bins
                    || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || counts[bin] != 0)
                {
                    throw new FormatException(FormattableString.Invariant(
                        $"course has \"{part}\" in pane {panes.Count}: it must be bin:count, bins below {bins}"));
                }

                counts[bin] = count;
            }

            panes.Add(counts);
        }

        return panes;
    }
}
