using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace DriftMonitor.Telemetry;

/// <summary>Collects the metrics when a scrape asks for them, once for all scrapes that come together.</summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter(PrometheusAspNetCoreOptions options) : BaseExporter<Metric>, IPullMetricExporter
{
    private readonly Lock _gate = new();
    private Task<Exposition>? _latest;
    private Exposition? _exported;
    private Exception? _failure;
    private long _collectedAt;

    /// <summary>Set by the reader: makes it call <see cref="Export"/>.</summary>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>What cache and timeouts are measured by.</summary>
    public TimeProvider TimeProvider => options.TimeProvider;

    /// <summary>The collection under way if there is one, the last while it is fresh, or else a new one.</summary>
    public Task<Exposition> CollectAsync()
    {
        lock (_gate)
        {
            var shared = _latest is { IsCompleted: false } || (_latest is { IsCompletedSuccessfully: true } && IsFresh());
            return shared ? _latest! : _latest = Task.Run(CollectNow);
        }
    }

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Metric> batch)
    {
        try
        {
            _exported = Exposition.Of(batch);
            return ExportResult.Success;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or NotSupportedException)
        {
            _failure = e; // the reader would swallow it; the scrape tells it
            return ExportResult.Failure;
        }
    }

    private bool IsFresh() =>
        options.TimeProvider.GetElapsedTime(_collectedAt) < TimeSpan.FromMilliseconds(options.ScrapeResponseCacheDurationMilliseconds);

    private Exposition CollectNow()
    {
        options.BeforeCollect?.Invoke();
        (_exported, _failure) = (null, null);
        if (Collect is not { } collect || !collect(Timeout.Infinite) || _exported is not { } exposition)
        {
            throw new InvalidOperationException(_failure?.Message ?? "The meter provider gave no metrics: it is stopped, or has none.", _failure);
        }

        _collectedAt = options.TimeProvider.GetTimestamp();
        return exposition;
    }
}
