using DriftMonitor.Core.Time;
using DriftMonitor.Notifications;

namespace DriftMonitor.Tests.Notifications;

/// <summary>Notifications for tests.</summary>
internal static class Alerts
{
    /// <summary>The n-th alert of a monitor fires.</summary>
    public static AlertNotification Firing(int n = 0, string monitor = "delay", string? segment = null) => new()
    {
        IsFiring = true,
        Monitor = monitor,
        Segment = segment,
        Topic = "events",
        Field = "x",
        Since = Since(n),
        Time = Since(n),
        Window = "24h",
        Events = 748,
        Unavailable = null,
        KlNats = 0.412,
        NoiseNats = 0.0098,
        ExcessNats = 0.4022,
        ReturnPeriodSeconds = 437 * 86_400.0,
        Moved = [new NotifiedBin("missing", 0.048, 0.695, 1.211), new NotifiedBin("[0, 10)", 0.5, 0.1, 0.2)],
        Description = "KL 0.412 nats over 24h (noise 0.0098, 748 events); moved most: missing 4.8 % → 69.5 % (1.211 nats)",
        Page = "https://drift.example.com/",
    };

    /// <summary>The n-th alert of a monitor is resolved.</summary>
    public static AlertNotification Resolved(int n = 0, string monitor = "delay", string? segment = null) =>
        Firing(n, monitor, segment) with { IsFiring = false, Time = Since(n) + TimeSpan.FromHours(5) };

    private static EventTime Since(int n) => Scene.At("2013-02-09T01:00Z") + TimeSpan.FromDays(n);
}
