using System.Diagnostics.Metrics;
using DriftMonitor.Live;
using OpenTelemetry.Metrics;

namespace DriftMonitor.Metrics;

/// <summary>Adds the monitors' instruments to what collects them.</summary>
internal static class MonitorMeters
{
    /// <summary>Adds the instruments of one owner.</summary>
    /// <param name="provider">What collects them.</param>
    /// <param name="owner">The scope of their meter.</param>
    /// <param name="current">Gives the newest snapshot.</param>
    public static MeterProviderBuilder AddInstrumentsOf(this MeterProviderBuilder provider, object owner, Func<Snapshot> current)
    {
        return provider.AddMeter(MonitorMetrics.MeterName)

            // The SDK keeps every label set that it has seen. Beyond its limit, 2000 per metric, it merges the rest into one series.
            // Segments need more.
            .AddView(instrument => Owns(instrument.Meter)
                ? new MetricStreamConfiguration { CardinalityLimit = MonitorMetrics.MostLabelSets(current(), instrument.Name) }
                : null)

            // A meter of the same name is another host's, in this process.
            .AddView(instrument => !Owns(instrument.Meter) && instrument.Meter.Name == MonitorMetrics.MeterName
                ? MetricStreamConfiguration.Drop
                : null);

        bool Owns(Meter meter) => ReferenceEquals(meter.Scope, owner);
    }
}
