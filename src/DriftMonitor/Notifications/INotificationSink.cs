namespace DriftMonitor.Notifications;

/// <summary>Where notifications go.</summary>
internal interface INotificationSink
{
    /// <summary>Its name in metrics and messages: its kind and, of several of a kind, its host.</summary>
    string Name { get; }

    /// <summary>Sends a notification once.</summary>
    /// <param name="notification">The notification.</param>
    /// <param name="stopping">Ends the attempt.</param>
    /// <exception cref="DeliveryException">It was not taken.</exception>
    ValueTask SendAsync(AlertNotification notification, CancellationToken stopping);
}
