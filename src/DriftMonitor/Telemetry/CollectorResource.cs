using System.Globalization;
using DriftMonitor.Metrics;
using OpenTelemetry.Resources;

namespace DriftMonitor.Telemetry;

/// <summary>What a collector is told of the sender.</summary>
internal static class CollectorResource
{
    /// <summary>
    /// <c>service.name</c> driftmonitor, <c>service.version</c>, and <c>service.instance.id</c> host:port, as Prometheus's <c>instance</c>
    /// is: a restart goes on with the same series. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES replace them.
    /// </summary>
    /// <param name="port">The port of the page; 0 where a free one is taken, and the process's number stands for it.</param>
    public static ResourceBuilder Of(int port) => ResourceBuilder.CreateEmpty()
        .AddService(
            "driftmonitor",
            serviceVersion: BuildInfo.Current.Version,
            serviceInstanceId: string.Create(
                CultureInfo.InvariantCulture, $"{Environment.MachineName}:{(port > 0 ? port : Environment.ProcessId)}"))
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();
}
