using System.Text.Json;
using DriftMonitor.Core.Readings;

namespace DriftMonitor.Wording;

/// <summary>What distinguishes a segment in JSON, with the same keys in a replay's report and in the API.</summary>
internal static class SegmentJson
{
    /// <summary>The most bins in each of the two lists.</summary>
    public const int MostBins = 50;

    /// <summary>Writes the profile into the current object.</summary>
    public static void Write(Utf8JsonWriter json, SegmentProfile profile)
    {
        json.WriteString("segment", profile.Segment);
        json.WriteNumber("events", profile.Reading.Events);
        if (profile.Histogram?.Reference is { } reference)
        {
            json.WriteNumber("reference_events", reference.Events);
        }

        ReadingJson.WriteFigures(json, profile.Reading);
        if (profile.Reading.Measurement is not null)
        {
            Write(json, "prefers", profile, profile.Preferred);
            Write(json, "avoids", profile, profile.Avoided);
            if (LeftOut(profile) is > 0 and var leftOut)
            {
                json.WriteNumber("bins_left_out", leftOut);
            }
        }
    }

    private static int LeftOut(SegmentProfile profile) =>
        Math.Max(0, profile.Preferred.Count - MostBins) + Math.Max(0, profile.Avoided.Count - MostBins);

    private static void Write(Utf8JsonWriter json, string name, SegmentProfile profile, IReadOnlyList<DistinctBin> bins)
    {
        var labels = BinLabels.Of(profile.Histogram!.Binning);
        json.WriteStartArray(name);
        foreach (var bin in bins.Take(MostBins))
        {
            json.WriteStartObject();
            json.WriteString("label", labels[bin.Bin]);
            json.WriteNumber("share", bin.Share);
            json.WriteNumber("reference_share", bin.ReferenceShare);
            json.WriteNumber("contribution_nats", bin.ContributionNats);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
