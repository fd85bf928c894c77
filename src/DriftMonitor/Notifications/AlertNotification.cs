using System.Security.Cryptography;
using System.Text;
using DriftMonitor.Core.Monitoring;
using DriftMonitor.Core.Readings;
using DriftMonitor.Core.Time;
using DriftMonitor.Wording;

namespace DriftMonitor.Notifications;

/// <summary>That an alert fires or is resolved, with all that a message says of it.</summary>
internal sealed record AlertNotification
{
    private const int NamedBins = 3;

    /// <summary>Whether it fires; otherwise it is resolved.</summary>
    public required bool IsFiring { get; init; }

    /// <summary>The monitor's name.</summary>
    public required string Monitor { get; init; }

    /// <summary>The segment; null for a monitor without segments.</summary>
    public required string? Segment { get; init; }

    /// <summary>The topic that the monitor reads.</summary>
    public required string Topic { get; init; }

    /// <summary>The field that it watches.</summary>
    public required string Field { get; init; }

    /// <summary>When the alert fired: a pane's end, in event time.</summary>
    public required EventTime Since { get; init; }

    /// <summary>The end of the pane at which it fired or was resolved, in event time.</summary>
    public required EventTime Time { get; init; }

    /// <summary>The label of the window that decides.</summary>
    public required string Window { get; init; }

    /// <summary>Events in the window.</summary>
    public required long Events { get; init; }

    /// <summary>Why there is no reading; null where there is one.</summary>
    public required string? Unavailable { get; init; }

    /// <summary>The divergence, in nats; null without a reading.</summary>
    public required double? KlNats { get; init; }

    /// <summary>What chance alone shows on average at this sample size, in nats; null without a reading.</summary>
    public required double? NoiseNats { get; init; }

    /// <summary>KL less noise, in nats; null without a reading.</summary>
    public required double? ExcessNats { get; init; }

    /// <summary>How seldom the reference shows such a reading, in seconds, capped at 1000 years; null where it is not known.</summary>
    public required double? ReturnPeriodSeconds { get; init; }

    /// <summary>The bins that moved most.</summary>
    public required IReadOnlyList<NotifiedBin> Moved { get; init; }

    /// <summary>A sentence: the reading, from how many events, and the bins that moved.</summary>
    public required string Description { get; init; }

    /// <summary>The address of the service's page, for a link; null where none is configured.</summary>
    public required string? Page { get; init; }

    /// <summary>Names the alert, from firing to resolving: a hash of monitor, segment and when it fired.</summary>
    public string AlertId => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Monitor}\n{Segment ?? ""}\n{Since.Milliseconds}")).AsSpan(0, 16));

    /// <summary>The idempotency key: the same whenever this is sent again, also by another process.</summary>
    public string Id => $"{AlertId}.{State}";

    /// <summary><c>firing</c> or <c>resolved</c>.</summary>
    public string State => IsFiring ? "firing" : "resolved";

    /// <summary>The series' name for people.</summary>
    public string Name => Segment is null ? Monitor : $"{Monitor}, {AlertText.NameOf(Segment)}";

    /// <summary>A headline: <c>FIRING departure-delay, EWR: drift since 2013-02-09T01:00:00Z</c>.</summary>
    public string Title => IsFiring ? $"FIRING {Name}: drift since {Since}" : $"RESOLVED {Name}: no drift since {Time}";

    /// <summary>The notification of a series as of the last closed pane.</summary>
    /// <param name="binding">The monitor.</param>
    /// <param name="report">The series' report of that pane.</param>
    /// <param name="isFiring">Whether the alert fires.</param>
    /// <param name="since">When it fired.</param>
    /// <param name="page">The address of the service's page.</param>
    public static AlertNotification Of(Streaming.MonitorBinding binding, SeriesReport report, bool isFiring, EventTime since, Uri? page)
    {
        var (monitor, spec) = (binding.Monitor, binding.Monitor.Spec);
        var window = AlertText.DecidingWindow(spec, report.LastReadings);
        var (reading, series) = (report.LastReadings[window], monitor.Find(report.Segment));
        var measurement = reading.Measurement;
        var histogram = series?.Histogram(window);
        return new AlertNotification
        {
            IsFiring = isFiring,
            Monitor = spec.Name,
            Segment = monitor.IsSegmented ? report.Segment : null,
            Topic = binding.Topic,
            Field = binding.Field.ToString(),
            Since = since,
            Time = report.Until ?? report.Time,
            Window = reading.Window.Label,
            Events = reading.Events,
            Unavailable = measurement is null ? UnavailableNames.Of(reading.Unavailable) : null,
            KlNats = measurement?.KlNats,
            NoiseNats = measurement?.NoiseNats,
            ExcessNats = measurement?.ExcessNats,
            ReturnPeriodSeconds = measurement?.ShownReturnPeriodSeconds,
            Moved = measurement is null || histogram is null ? [] :
            [
                .. histogram.MovedMost(NamedBins)
                    .Select(bin => new NotifiedBin(histogram.Binning.Label(bin.Bin), bin.ReferenceShare, bin.Share, bin.MovedNats)),
            ],
            Description = series is null ? "the series has ended" : AlertText.Describe(spec, series, report),
            Page = page?.ToString(),
        };
    }
}
