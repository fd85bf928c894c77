using System.Buffers;
using System.Text.Json;
using DriftMonitor.Core.Alerts;
using DriftMonitor.Core.Time;
using DriftMonitor.Live;
using DriftMonitor.Metrics;
using DriftMonitor.Wording;

namespace DriftMonitor.Http;

/// <summary>
/// The newest snapshot as JSON: <c>/api/monitors</c>, <c>/api/monitors/{name}</c> for one monitor, and
/// <c>/api/monitors/{name}/segments</c> for what distinguishes its segments.
/// </summary>
/// <remarks>
/// Divergences are in nats; numbers have as many digits as needed to read back the same double; times are event times, in ISO 8601.
/// An answer ends after <see cref="ApiQuery.Limit"/> series, or with the series that makes it larger than <see cref="LargeBytes"/>; its
/// <c>next</c> is then the query of the next one.
/// </remarks>
internal static class ApiEndpoints
{
    /// <summary>The size after which an answer ends with the series that it has reached: 16 MiB.</summary>
    public const int LargeBytes = 16 << 20;

    private const string Path = "/api/monitors";
    private const string Segments = "/segments"; // behind the name of a monitor
    private const string JsonType = "application/json; charset=utf-8";

    /// <summary>Maps the API.</summary>
    /// <param name="routes">The application.</param>
    /// <param name="current">Gives the newest snapshot; called from any thread.</param>
    /// <param name="build">The running version.</param>
    /// <param name="bodies">Where answers are sent from.</param>
    /// <param name="largeBytes">The size after which an answer ends: <see cref="LargeBytes"/>.</param>
    public static void Map(
        IEndpointRouteBuilder routes, Func<Snapshot> current, BuildInfo build, SharedBodies bodies, int largeBytes)
    {
        routes.MapMethods(Path, DriftMonitorEndpoints.ReadOnly, (HttpContext context) =>
        {
            var snapshot = current();
            var query = ApiQuery.Read(context.Request.Query, monitor: null, out var error);
            return FindError(snapshot, query, error) is var (status, message)
                ? SendErrorAsync(context, status, message)
                : bodies.SendAsync(context, $"{Path}{query}", snapshot,
                    body => Render(body, json => WriteAll(json, snapshot, build, query, largeBytes)));
        });

        // A monitor's name may contain slashes, so the rest of the path is the name. Routing keeps a slash that is written as %2F.
        routes.MapMethods(Path + "/{**name}", DriftMonitorEndpoints.ReadOnly, (HttpContext context, string name) =>
        {
            var snapshot = current();
            var found = Find(snapshot, name);
            if (found is null && name.EndsWith(Segments, StringComparison.Ordinal))
            {
                return SegmentsEndpoint.SendAsync(context, snapshot, Find(snapshot, name[..^Segments.Length]), bodies, largeBytes);
            }

            var query = ApiQuery.Read(context.Request.Query, found?.Spec.Name ?? name, out var error);
            return FindError(snapshot, query, error) is var (status, message)
                ? SendErrorAsync(context, status, message)
                : bodies.SendAsync(context, $"{Path}/{query}", snapshot,
                    body => Render(body, json => WriteOne(json, found!, query, largeBytes)));
        });
    }

    private static MonitorSnapshot? Find(Snapshot snapshot, string name) =>
        snapshot.Monitors.FirstOrDefault(monitor => monitor.Spec.Name == name)
        ?? snapshot.Monitors.FirstOrDefault(
            monitor => monitor.Spec.Name == name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));

    /// <summary>Renders JSON.</summary>
    public static ValueTask<BodyHead> Render(IBufferWriter<byte> body, Action<Utf8JsonWriter> write)
    {
        using var writer = new Utf8JsonWriter(body);
        write(writer);
        writer.Flush();
        return ValueTask.FromResult(new BodyHead(StatusCodes.Status200OK, JsonType));
    }

    private static (int Status, string Message)? FindError(Snapshot snapshot, ApiQuery query, string? error)
    {
        if (error is not null)
        {
            return (StatusCodes.Status400BadRequest, error);
        }

        if (query.Monitor is { } name && snapshot.Monitors.All(monitor => monitor.Spec.Name != name))
        {
            return (StatusCodes.Status404NotFound, $"no monitor is called \"{name}\"; {Path} lists them");
        }

        return query.After is { } after && snapshot.Monitors.All(monitor => monitor.Spec.Name != after.Monitor)
            ? (StatusCodes.Status400BadRequest, "after names a monitor that is no longer there: start again without it")
            : null;
    }

    /// <summary>Sends an error with its message.</summary>
    public static Task SendErrorAsync(HttpContext context, int status, string message)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("error", message);
            json.WriteEndObject();
        }

        return DriftMonitorEndpoints.SendAsync(context, status, JsonType, body.WrittenMemory);
    }

    private static void WriteAll(Utf8JsonWriter json, Snapshot snapshot, BuildInfo build, ApiQuery query, int largeBytes)
    {
        json.WriteStartObject();
        json.WriteString("version", build.Version);
        json.WriteString("revision", build.Revision);
        json.WriteString("trouble", snapshot.Trouble);
        json.WriteBoolean("caught_up", snapshot.IsCaughtUp);
        json.WriteStartArray("topics");
        foreach (var topic in snapshot.Topics)
        {
            WriteTopic(json, topic, LossNames.Counts(snapshot.Lost, topic.Topic));
        }

        json.WriteEndArray();
        json.WriteStartArray("monitors");
        var page = new ApiPage(json, query, largeBytes);
        foreach (var (monitor, series) in query.SelectFrom(snapshot.Monitors))
        {
            if (!page.HasRoom)
            {
                break;
            }

            json.WriteStartObject();
            WriteMonitor(json, monitor);
            WriteSeries(json, monitor, series, page);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("next", page.Next is { } last ? query.NextReference(last, isInPath: false) : null);
        json.WriteEndObject();
    }

    private static void WriteOne(Utf8JsonWriter json, MonitorSnapshot monitor, ApiQuery query, int largeBytes)
    {
        var page = new ApiPage(json, query, largeBytes);
        var series = query.SelectFrom([monitor]).Select(found => found.Series).FirstOrDefault() ?? [];
        json.WriteStartObject();
        WriteMonitor(json, monitor);
        WriteSeries(json, monitor, series, page);
        json.WriteString("next", page.Next is { } last ? query.NextReference(last, isInPath: true) : null);
        json.WriteEndObject();
    }

    private static void WriteSeries(Utf8JsonWriter json, MonitorSnapshot monitor, IReadOnlyList<SeriesSnapshot> series, ApiPage page)
    {
        json.WriteStartArray("series");
        foreach (var one in series.TakeWhile(_ => page.HasRoom))
        {
            WriteSeries(json, one);
            page.Add(monitor, one);
        }

        if (series.Count == 0)
        {
            page.Add(monitor, series: null);
        }

        json.WriteEndArray();
    }

    private static void WriteTopic(Utf8JsonWriter json, TopicSnapshot topic, IReadOnlyDictionary<string, long> lost)
    {
        json.WriteStartObject();
        json.WriteString("topic", topic.Topic);
        json.WriteNumber("events", topic.Events);
        WriteCounts(json, "rejected", topic.Rejected);
        WriteCounts(json, "lost", lost);
        WriteTime(json, "last_event", topic.LastEvent);
        json.WriteStartArray("partitions");
        foreach (var partition in topic.Progress)
        {
            json.WriteStartObject();
            json.WriteNumber("partition", partition.Position.Partition);
            json.WriteNumber("next_offset", partition.Position.NextOffset);
            WriteNumber(json, "lag_events", partition.Lag);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // Everything of a monitor but its series.
    private static void WriteMonitor(Utf8JsonWriter json, MonitorSnapshot monitor)
    {
        var spec = monitor.Spec;
        json.WriteString("name", spec.Name);
        json.WriteString("topic", monitor.Topic);
        if (monitor.Join is not null)
        {
            json.WriteString("joined_topic", monitor.ReferenceTopic);
        }

        json.WriteString("field", monitor.Field);
        json.WriteString("event_time", monitor.EventTime);
        json.WriteString("segment_by", monitor.SegmentBy);
        if (monitor.Where is { } where)
        {
            json.WriteStartObject("where");
            json.WriteString("field", where.Field.Text);
            json.WriteStartArray("in");
            foreach (var value in where.Values)
            {
                json.WriteStringValue(value);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteString("pane", new Duration(spec.Pane.Length).ToString());
        json.WriteStartArray("windows");
        foreach (var window in spec.Windows)
        {
            json.WriteStringValue(window.Label);
        }

        json.WriteEndArray();
        json.WriteString("allowed_lateness", new Duration(spec.AllowedLateness).ToString());
        json.WriteNumber("minimum_events", spec.MinimumEvents);
        json.WriteNumber("max_rejected", spec.MaxRejected);
        WriteAlertRule(json, monitor);
        WriteReference(json, monitor);
        WriteTime(json, "watermark", monitor.Watermark);
        WriteCounts(json, "rejected", monitor.RejectedOfOwn);
        json.WriteStartObject("rejected_shares");
        foreach (var (window, share) in spec.Windows.Zip(monitor.RejectedShares))
        {
            json.WriteNumber(window.Label, share);
        }

        json.WriteEndObject();
        if (monitor.ReferenceTopic is { } other && other != monitor.Topic)
        {
            WriteCounts(json, monitor.Join is null ? "reference_rejected" : "joined_rejected", monitor.Rejected[other]);
        }

        if (monitor.Join is { } join)
        {
            json.WriteNumber("joined_pairs", join.Joined);
            json.WriteNumber("unmatched_events", join.Unmatched);
            json.WriteNumber("cut_short_events", join.CutShort);
            json.WriteNumber("waiting_events", join.Waiting);
        }

        if (monitor.SegmentBy is not null)
        {
            json.WriteNumber("unknown_segment_events", monitor.UnknownSegment);
            json.WriteNumber("dropped_events", monitor.Dropped);
            json.WriteNumber("evicted_series", monitor.Evicted);
        }

        if (monitor.WithoutHistory is { } without)
        {
            json.WriteNumber("without_history_events", without);
        }
    }

    private static void WriteAlertRule(Utf8JsonWriter json, MonitorSnapshot monitor)
    {
        if (monitor.Spec.Rule is FixedThreshold threshold)
        {
            json.WriteStartObject("threshold");
            json.WriteString("window", monitor.Spec.Windows[threshold.Window].Label);
            json.WriteNumber("fire_above_nats", threshold.FireAboveNats);
            json.WriteNumber("resolve_below_nats", threshold.ResolveBelowNats);
            json.WriteString("hold", new Duration(monitor.Spec.Timing.Hold).ToString());
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("threshold");
        }

        if (monitor.Spec.Rule is FalseAlarmRate rate)
        {
            json.WriteStartObject("false_alarms");
            json.WriteNumber("every_s", rate.EverySeconds);
            json.WriteNumber("shared_by", rate.SharedBy);
            json.WriteNumber("once_in_s", rate.LimitSeconds);
            json.WriteNumber("minimum_divergence_nats", rate.MinimumDivergenceNats);
            json.WriteString("hold", new Duration(monitor.Spec.Timing.Hold).ToString());
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("false_alarms");
        }
    }

    private static void WriteReference(Utf8JsonWriter json, MonitorSnapshot monitor)
    {
        json.WriteString("compared_with", monitor.ComparedWith ?? "the reference");
        if (monitor.Growth is { } growth)
        {
            json.WriteStartObject("so_far");
            json.WriteNumber("events", growth.Events);
            WriteTime(json, "start", growth.Start);
            WriteTime(json, "refit", growth.Refitted);
            json.WriteNumber("panes", growth.Panes);
            json.WriteNumber("next_refit_panes", growth.NextRefit);
            json.WriteEndObject();
        }

        if (monitor.Reference is not { } reference)
        {
            json.WriteNull("reference");
            return;
        }

        var labels = BinLabels.Of(reference.Binning);
        json.WriteStartObject("reference");
        json.WriteNumber("events", reference.Events);
        WriteTime(json, "from", reference.Period?.From);
        WriteTime(json, "to", reference.Period?.To);
        json.WriteStartArray("bins");
        for (var bin = 0; bin < labels.Count; bin++)
        {
            json.WriteStartObject();
            json.WriteString("label", labels[bin]);
            json.WriteNumber("count", reference.Counts[bin]);
            json.WriteNumber("probability", reference.Smoothed[bin]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteSeries(Utf8JsonWriter json, SeriesSnapshot series)
    {
        json.WriteStartObject();
        json.WriteString("segment", series.Segment);
        json.WriteBoolean("in_reference", series.IsKnown);
        json.WriteBoolean("calibrating", series.IsCalibrating);
        if (series.Alert is { } alert)
        {
            json.WriteStartObject("alert");
            json.WriteString("state", AlertStateNames.Of(alert.State));
            WriteTime(json, "since", alert.Since);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("alert");
        }

        json.WriteStartArray("windows");
        for (var w = 0; w < series.Readings.Count; w++)
        {
            WriteWindow(json, series, w);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteWindow(Utf8JsonWriter json, SeriesSnapshot series, int window)
    {
        var reading = series.Readings[window];
        json.WriteStartObject();
        json.WriteString("window", reading.Window.Label);
        json.WriteNumber("events", reading.Events);
        WriteTime(json, "time", series.Time);
        if (series.Histograms?[window].Reference is { } compared)
        {
            json.WriteNumber("reference_events", compared.Events);
        }

        ReadingJson.WriteFigures(json, reading);

        json.WriteStartArray("bins");
        if (series.Histograms is { } histograms && reading.Events > 0)
        {
            var reference = histograms[window].Reference;
            var counts = histograms[window].Counts();
            var contributions = histograms[window].ContributionsNats();
            var labels = BinLabels.Of(histograms[window].Binning);
            for (var bin = 0; bin < labels.Count; bin++)
            {
                json.WriteStartObject();
                json.WriteString("label", labels[bin]);
                json.WriteNumber("count", counts[bin]);
                json.WriteNumber("share", (double)counts[bin] / reading.Events);
                if (reference is not null)
                {
                    json.WriteNumber("reference_share", reference.Smoothed[bin]);
                    json.WriteNumber("contribution_nats", contributions[bin]);
                }

                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        json.WriteStartArray("history_kl_nats");
        foreach (var nats in series.History[window].KlNats.Span)
        {
            if (!double.IsNaN(nats))
            {
                json.WriteNumberValue(nats);
            }
            else
            {
                json.WriteNullValue();
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, long> counts)
    {
        json.WriteStartObject(name);
        foreach (var (reason, count) in counts)
        {
            json.WriteNumber(reason, count);
        }

        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, EventTime? time) => json.WriteString(name, time?.ToString());

    private static void WriteNumber(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
