using System.Diagnostics.Metrics;
using DriftMonitor.Live;
using DriftMonitor.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace DriftMonitor.Telemetry;

/// <summary>A group of the monitors' instruments, and what sends them.</summary>
internal sealed class PushedInstruments : IDisposable
{
    private readonly PushReader _reader;
    private readonly MeterProvider _provider;

    /// <summary>Makes the instruments.</summary>
    /// <param name="collector">Where they are sent.</param>
    /// <param name="current">Gives the snapshot that they show.</param>
    /// <param name="make">Makes the instruments on a meter.</param>
    public PushedInstruments(MetricsCollector collector, Func<Snapshot> current, Func<Meter, MonitorMetrics> make)
    {
        Instruments = make(new Meter(new MeterOptions(MonitorMetrics.MeterName) { Scope = this }));
        _reader = collector.NewReader();
        _provider = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(collector.Resource)
            .AddInstrumentsOf(this, current)
            .AddReader(_reader)
            .Build();
    }

    /// <summary>The instruments.</summary>
    public MonitorMetrics Instruments { get; }

    /// <summary>Sends them.</summary>
    /// <returns>Whether the collector has taken them.</returns>
    public bool Push() => _reader.Collect();

    /// <inheritdoc/>
    public void Dispose()
    {
        _provider.Dispose();
        Instruments.Dispose();
    }
}
