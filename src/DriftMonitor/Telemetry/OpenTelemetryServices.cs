using OpenTelemetry;

namespace DriftMonitor.Telemetry;

/// <summary>Lets <c>WithMetrics</c> add its services to the host's, without the package <c>OpenTelemetry.Extensions.Hosting</c>.</summary>
/// <remarks>That package would also start the <c>MeterProvider</c> with the host; here mapping the scrape endpoint does.</remarks>
internal sealed class OpenTelemetryServices(IServiceCollection services) : IOpenTelemetryBuilder
{
    /// <inheritdoc/>
    public IServiceCollection Services => services;
}
