using DriftMonitor.Configuration;
using DriftMonitor.Planning;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Notifications;

/// <summary>Makes what a configuration says of notifications.</summary>
internal static class NotificationSetup
{
    private const string FileName = "notifications.json";

    /// <summary>The outputs; null if the configuration has none.</summary>
    /// <param name="options">Options that are valid.</param>
    /// <param name="folder">The folder of the checkpoints; null where there is none.</param>
    /// <param name="kafka">The cluster.</param>
    /// <param name="clock">The wall clock.</param>
    /// <param name="logger">The log of notifications.</param>
    /// <param name="kafkaLog">The log of Kafka.</param>
    public static NotificationOutputs? Make(
        NotificationOptions options, string? folder, KafkaSourceSettings kafka, TimeProvider clock, ILogger logger, ILogger kafkaLog)
    {
        if (options.Webhooks.Count + options.Alertmanagers.Count == 0 && options.Kafka.Topic is null)
        {
            return null;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        NotificationOutputs? outputs = null;
        var allowsAny = options.AllowedHosts.Count > 0; // only hosts of this list
        List<INotificationSink> sinks =
        [
            .. from webhook in options.Webhooks
               let url = NotificationRules.ParseUrl(NotificationRules.UrlOf(webhook))!
               select new WebhookSink(NameOf($"webhook:{url.Host}"), url, webhook.Format, webhook.SecretFile, allowsAny, clock),
        ];
        if (options.Kafka.Topic is { } topic)
        {
            sinks.Add(new KafkaSink($"kafka:{topic}", new KafkaRecordWriter(kafka, topic, kafkaLog)));
        }

        var queues = sinks.ConvertAll(
            sink => new SinkQueue(sink, (queue, notification) => outputs!.OnDone(queue, notification), clock, logger));
        List<AlertmanagerSink> managers =
        [
            .. from manager in options.Alertmanagers
               let url = NotificationRules.ParseUrl(manager.Url)!
               select new AlertmanagerSink(NameOf($"alertmanager:{url.Authority}"), url, manager.Labels, clock, logger),
        ];
        var store = folder is null ? null : new NotificationStore(Path.Combine(folder, FileName), logger);
        return outputs = new NotificationOutputs(queues, managers, store);

        // Two webhooks of a host have different paths, which may be secrets.
        string NameOf(string name)
        {
            var unique = name;
            for (var i = 2; !names.Add(unique); i++)
            {
                unique = FormattableString.Invariant($"{name}#{i}");
            }

            return unique;
        }
    }
}
