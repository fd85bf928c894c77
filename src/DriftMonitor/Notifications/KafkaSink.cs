using System.Text;
using System.Text.Json;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.SystemTextJson;
using DriftMonitor.Streaming.Events;
using DriftMonitor.Streaming.Sources.Kafka;

namespace DriftMonitor.Notifications;

/// <summary>
/// Writes notifications to a topic, as CloudEvents in structured mode. Records of a series have the same key, and so an order.
/// </summary>
/// <param name="name">Its name in metrics and messages.</param>
/// <param name="writer">Writes to the topic.</param>
internal sealed class KafkaSink(string name, KafkaRecordWriter writer) : INotificationSink, IDisposable
{
    private static readonly JsonEventFormatter Formatter = new();

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public async ValueTask SendAsync(AlertNotification notification, CancellationToken stopping)
    {
        using var data = JsonDocument.Parse(NotificationJson.Write(notification));
        var cloudEvent = new CloudEvent
        {
            Id = notification.Id,
            Type = $"driftmonitor.alert.{notification.State}",
            Source = new Uri(notification.Page ?? "/driftmonitor", UriKind.RelativeOrAbsolute),
            Subject = notification.Name,
            Time = notification.Time.ToDateTimeOffset(),
            DataContentType = "application/json",
            Data = data.RootElement,
        };
        var value = Formatter.EncodeStructuredModeMessage(cloudEvent, out var contentType);
        try
        {
            await writer.WriteAsync(Encoding.UTF8.GetBytes(notification.Name), value.ToArray(), contentType.ToString(), stopping);
        }
        catch (SourceException e)
        {
            throw new DeliveryException(e.Message, isTransient: true, cause: e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();
}
