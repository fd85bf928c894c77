using System.Text.Json;
using System.Text.Json.Nodes;
using DriftMonitor.Streaming.References;
using DriftMonitor.Wording;

namespace DriftMonitor.Notifications;

/// <summary>
/// What has been sent to each sink, and what waits, in a file beside the checkpoints: after a restart nothing is lost, and nothing is sent
/// again that arrived.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed partial class NotificationStore
{
    private const int MostKept = 1000; // of what was sent to a sink
    private const string Format = "driftmonitor.notifications/1";

    private readonly string _path;
    private readonly ILogger _logger;
    private readonly Dictionary<string, List<string>> _sent = new(StringComparer.Ordinal); // ids, by sink; the oldest first
    private readonly Dictionary<string, List<AlertNotification>> _waiting = new(StringComparer.Ordinal);
    private bool _isFailing;

    /// <summary>Reads the file, if there is one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="logger">Receives a line if it cannot be read or written.</param>
    public NotificationStore(string path, ILogger logger)
    {
        (_path, _logger) = (path, logger);
        try
        {
            if (File.Exists(path))
            {
                Read(JsonNode.Parse(File.ReadAllText(path))!);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException
            or InvalidOperationException or NullReferenceException)
        {
            _sent.Clear();
            _waiting.Clear();
            LogUnreadable(path, OneLine.Sentence(e.Message));
        }
    }

    /// <summary>What waited for a sink when the process ended, the oldest first.</summary>
    public IReadOnlyList<AlertNotification> Waiting(string sink) => [.. _waiting.GetValueOrDefault(sink) ?? []];

    /// <summary>Whether a notification waits for a sink, or has been sent to it.</summary>
    public bool Knows(string sink, AlertNotification notification) =>
        _sent.GetValueOrDefault(sink)?.Contains(notification.Id) == true
        || _waiting.GetValueOrDefault(sink)?.Exists(other => other.Id == notification.Id) == true;

    /// <summary>A notification waits.</summary>
    public void Add(string sink, AlertNotification notification)
    {
        Of(_waiting, sink).Add(notification);
        Save();
    }

    /// <summary>A notification has arrived, or was given up.</summary>
    public void Remove(string sink, AlertNotification notification)
    {
        Of(_waiting, sink).RemoveAll(other => other.Id == notification.Id);
        var sent = Of(_sent, sink);
        sent.Add(notification.Id);
        sent.RemoveRange(0, Math.Max(0, sent.Count - MostKept));
        Save();
    }

    private static List<T> Of<T>(Dictionary<string, List<T>> lists, string sink)
    {
        if (!lists.TryGetValue(sink, out var list))
        {
            lists[sink] = list = [];
        }

        return list;
    }

    private void Read(JsonNode json)
    {
        if ((string?)json["format"] != Format)
        {
            throw new FormatException($"its format is not {Format}");
        }

        foreach (var (sink, content) in json["sinks"]!.AsObject())
        {
            Of(_sent, sink).AddRange(content!["sent"]!.AsArray().Select(id => (string)id!));
            Of(_waiting, sink).AddRange(content["waiting"]!.AsArray().Select(NotificationJson.Read));
        }
    }

    private void Save()
    {
        var sinks = _sent.Keys.Union(_waiting.Keys).Order(StringComparer.Ordinal).Select(sink => KeyValuePair.Create<string, JsonNode?>(
            sink,
            new JsonObject
            {
                ["sent"] = new JsonArray([.. (_sent.GetValueOrDefault(sink) ?? []).Select(id => JsonValue.Create(id))]),
                ["waiting"] = new JsonArray(
                    [.. (_waiting.GetValueOrDefault(sink) ?? []).Select(waiting => JsonNode.Parse(NotificationJson.Write(waiting)))]),
            }));
        try
        {
            AtomicFile.WritePrivate(
                _path, new JsonObject { ["format"] = Format, ["sinks"] = new JsonObject(sinks) }.ToJsonString(JsonStyle.Indented) + "\n");
            _isFailing = false;
        }
        catch (ReferenceException e)
        {
            if (!_isFailing)
            {
                LogUnwritable(e.Message);
            }

            _isFailing = true;
        }
    }

    [LoggerMessage(
        EventName = "notifications.file_unreadable", Level = LogLevel.Warning,
        Message = "{Path} cannot be read ({Reason}): alerts that fire now are sent once more")]
    private partial void LogUnreadable(string path, string reason);

    [LoggerMessage(
        EventName = "notifications.file_unwritable", Level = LogLevel.Warning,
        Message = "Notifications that wait may be lost in a restart: {Reason}")]
    private partial void LogUnwritable(string reason);
}
