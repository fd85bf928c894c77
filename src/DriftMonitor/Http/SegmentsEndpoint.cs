using System.Text.Json;
using DriftMonitor.Core.Readings;
using DriftMonitor.Live;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>
/// <c>/api/monitors/{name}/segments?window=LABEL&amp;limit=N</c>: what distinguishes each segment of a monitor, by descending excess.
/// </summary>
/// <remarks>
/// The window is the monitor's first unless told. An answer ends after <c>limit</c> segments, 1000 unless told, or with the segment that
/// makes it larger than the API's answers may be; <c>left_out</c> says how many follow.
/// </remarks>
internal static class SegmentsEndpoint
{
    private const int UsualLimit = 1000;
    private const string Names = "window and limit";

    /// <summary>Answers a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="snapshot">The newest snapshot.</param>
    /// <param name="monitor">The monitor that the path names; null where there is none of that name.</param>
    /// <param name="bodies">Where answers are sent from.</param>
    /// <param name="largeBytes">The size after which an answer ends.</param>
    public static Task SendAsync(
        HttpContext context, Snapshot snapshot, MonitorSnapshot? monitor, SharedBodies bodies, int largeBytes)
    {
        if (monitor is null)
        {
            return ApiEndpoints.SendErrorAsync(
                context, StatusCodes.Status404NotFound, "no monitor is called as the path says; /api/monitors lists them");
        }

        var (window, limit, error) = Read(context.Request.Query, monitor);
        return error is null
            ? bodies.SendAsync(
                context, FormattableString.Invariant($"{monitor.Spec.Name}\0{window}\0{limit}"), snapshot,
                body => ApiEndpoints.Render(body, json => Write(json, monitor, window, limit, largeBytes)))
            : ApiEndpoints.SendErrorAsync(context, StatusCodes.Status400BadRequest, error);
    }

    private static (int Window, int Limit, string? Error) Read(IQueryCollection query, MonitorSnapshot monitor)
    {
        var (window, limit) = (0, UsualLimit);
        string? error = monitor.IsSegmented
            ? null
            : $"the monitor {Phrases.Quote(monitor.Spec.Name)} has no segments: write SegmentBy in the configuration";
        foreach (var (name, values) in query)
        {
            var value = $"{values}";
            error ??= values.Count > 1 ? $"{name} is given twice: give it once" : null;
            switch (name)
            {
                case "window":
                    window = Find(monitor, value);
                    var labels = Phrases.Alternatives([.. monitor.Spec.Windows.Select(one => one.Label)]);
                    error ??= window < 0 ? $"window is {Phrases.Quote(value)}: the windows of this monitor are {labels}" : null;
                    break;
                case "limit":
                    var parsed = ApiQuery.ParseLimit(value);
                    limit = parsed ?? limit;
                    error ??= parsed is null ? ApiQuery.LimitError(value) : null;
                    break;
                default:
                    error ??= $"there is no parameter {Phrases.Quote(name)}: the parameters are {Names}";
                    break;
            }
        }

        return (window, limit, error);
    }

    // A window's length in any unit: 24h is 1d.
    private static int Find(MonitorSnapshot monitor, string text) => Duration.TryParse(text, out var length)
        ? monitor.Spec.Windows.Index().Where(window => window.Item.Length == length.Span).Select(window => window.Index)
            .DefaultIfEmpty(-1).First()
        : -1;

    private static void Write(Utf8JsonWriter json, MonitorSnapshot monitor, int window, int limit, int largeBytes)
    {
        var profiles = SegmentProfile.Rank(
            monitor.Series.Select(series => (series.Segment, series.Readings[window], series.Histograms?[window])), limit);
        json.WriteStartObject();
        json.WriteString("monitor", monitor.Spec.Name);
        json.WriteString("window", monitor.Spec.Windows[window].Label);
        json.WriteString("segment_by", monitor.SegmentBy);
        json.WriteString("compared_with", monitor.ComparedWith ?? "the reference");
        json.WriteString("time", monitor.Series.Select(series => series.Time).Max()?.ToString());
        json.WriteStartArray("segments");
        var written = 0;
        foreach (var profile in profiles)
        {
            if (written > 0 && json.BytesCommitted + json.BytesPending >= largeBytes)
            {
                break;
            }

            json.WriteStartObject();
            SegmentJson.Write(json, profile);
            json.WriteEndObject();
            written++;
        }

        json.WriteEndArray();
        json.WriteNumber("left_out", monitor.Series.Count - written);
        json.WriteEndObject();
    }
}
