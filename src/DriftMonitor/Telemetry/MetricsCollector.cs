using DriftMonitor.Configuration;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace DriftMonitor.Telemetry;

/// <summary>
/// The collector that metrics are sent to, and those of the .NET runtime. It lives as long as the process, because these count from the
/// process's start, and a configuration that is applied anew does not start one.
/// </summary>
internal sealed class MetricsCollector : IDisposable
{
    // That of the SDK, which is refused in whole beyond this.
    private const int MostRequestBytes = 256 << 20;

    private readonly CollectorClient _client;
    private readonly MetricReaderTemporalityPreference _temporality;
    private readonly PushReader _runtimeReader;
    private readonly MeterProvider _runtime;
    private readonly List<string> _failures = []; // of the requests of one push

    /// <summary>A collector of a process.</summary>
    /// <param name="variables">What the environment says; with metrics.</param>
    /// <param name="resource">What sends.</param>
    /// <param name="log">Where failures are logged.</param>
    public MetricsCollector(OtlpVariables variables, ResourceBuilder resource, ExportLog log)
    {
        Resource = resource;
        Interval = variables.MetricInterval;
        Log = log;
        _client = new CollectorClient(variables.Metrics!, OnOutcome);
        _temporality = variables.Temporality switch
        {
            OtlpTemporality.Delta => MetricReaderTemporalityPreference.Delta,
            OtlpTemporality.LowMemory => MetricReaderTemporalityPreference.LowMemory,
            _ => MetricReaderTemporalityPreference.Cumulative,
        };
        _runtimeReader = NewReader();
        _runtime = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource).AddRuntimeInstrumentation().AddReader(_runtimeReader).Build();
    }

    /// <summary>What sends: the service, its version and its instance.</summary>
    public ResourceBuilder Resource { get; }

    /// <summary>How often to send.</summary>
    public TimeSpan Interval { get; }

    /// <summary>Where failures are logged.</summary>
    public ExportLog Log { get; }

    /// <summary>A reader that sends the instruments of one provider.</summary>
    public PushReader NewReader()
    {
        var options = _client.NewOptions();
        options.MaxRequestSizeBytes = MostRequestBytes;
        return new PushReader(new OtlpMetricExporter(options)) { TemporalityPreference = _temporality };
    }

    /// <summary>Where they are sent.</summary>
    public OtlpSignal Signal => _client.Signal;

    /// <summary>Sends the metrics of the runtime after others that were taken.</summary>
    /// <param name="push">Sends the others; whether the collector has taken them.</param>
    /// <returns>Whether the collector has taken all; and why not, or what it has rejected, or null.</returns>
    public (bool IsTaken, string? Failure) Push(Func<bool> push)
    {
        lock (_failures)
        {
            _failures.Clear();
        }

        var isTaken = push() && _runtimeReader.Collect();
        lock (_failures)
        {
            return (isTaken, _failures.FirstOrDefault() ?? (isTaken ? null : "no request could be made of them"));
        }
    }

    /// <summary>Gives up the request that is under way.</summary>
    public void Cancel() => _client.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        _runtime.Dispose();
        _client.Dispose();
    }

    private void OnOutcome(string? failure)
    {
        if (failure is not null)
        {
            lock (_failures)
            {
                _failures.Add(failure);
            }
        }
    }
}
