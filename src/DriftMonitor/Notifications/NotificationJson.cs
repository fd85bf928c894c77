using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Core.Time;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Wording;

namespace DriftMonitor.Notifications;

/// <summary>A notification as JSON, for programs: the body of webhooks and of records, and what is kept until it has arrived.</summary>
internal static class NotificationJson
{
    /// <summary>The notification's JSON.</summary>
    public static byte[] Write(AlertNotification notification)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JsonStyle.Compact.Encoder }))
        {
            Write(json, notification);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes it as an object.</summary>
    public static void Write(Utf8JsonWriter json, AlertNotification notification)
    {
        json.WriteStartObject();
        json.WriteString("id", notification.Id);
        json.WriteString("alert", notification.AlertId);
        json.WriteString("state", notification.State);
        json.WriteString("title", notification.Title);
        json.WriteString("description", notification.Description);
        json.WriteString("monitor", notification.Monitor);
        WriteIfKnown(json, "segment", notification.Segment);
        json.WriteString("topic", notification.Topic);
        json.WriteString("field", notification.Field);
        json.WriteString("since", notification.Since.ToString());
        json.WriteString("time", notification.Time.ToString());
        json.WriteString("window", notification.Window);
        json.WriteNumber("events", notification.Events);
        WriteIfKnown(json, "unavailable", notification.Unavailable);
        WriteIfKnown(json, "kl_nats", notification.KlNats);
        WriteIfKnown(json, "noise_nats", notification.NoiseNats);
        WriteIfKnown(json, "excess_nats", notification.ExcessNats);
        WriteIfKnown(json, "return_period_s", notification.ReturnPeriodSeconds);
        json.WriteStartArray("moved");
        foreach (var bin in notification.Moved)
        {
            json.WriteStartObject();
            json.WriteString("bin", bin.Bin);
            json.WriteNumber("reference_share", bin.ReferenceShare);
            json.WriteNumber("share", bin.Share);
            json.WriteNumber("moved_nats", bin.MovedNats);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteIfKnown(json, "page", notification.Page);
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write(AlertNotification)"/> wrote.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static AlertNotification Read(JsonNode? json)
    {
        try
        {
            return new AlertNotification
            {
                IsFiring = (string?)json!["state"] == "firing",
                Monitor = (string)json["monitor"]!,
                Segment = (string?)json["segment"],
                Topic = (string)json["topic"]!,
                Field = (string)json["field"]!,
                Since = Time("since"),
                Time = Time("time"),
                Window = (string)json["window"]!,
                Events = (long)json["events"]!,
                Unavailable = (string?)json["unavailable"],
                KlNats = (double?)json["kl_nats"],
                NoiseNats = (double?)json["noise_nats"],
                ExcessNats = (double?)json["excess_nats"],
                ReturnPeriodSeconds = (double?)json["return_period_s"],
                Moved =
                [
                    .. json["moved"]!.AsArray().Select(bin => new NotifiedBin(
                        (string)bin!["bin"]!, (double)bin["reference_share"]!, (double)bin["share"]!, (double)bin["moved_nats"]!)),
                ],
                Description = (string)json["description"]!,
                Page = (string?)json["page"],
            };
        }
        catch (Exception e) when (e is NullReferenceException or InvalidOperationException or ArgumentNullException)
        {
            throw new FormatException("it is no notification", e);
        }

        EventTime Time(string name) =>
            EventTimeText.FromIso8601(Encoding.UTF8.GetBytes((string)json![name]!)) ?? throw new FormatException($"{name} is no time");
    }

    private static void WriteIfKnown(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteIfKnown(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, known);
        }
    }
}
