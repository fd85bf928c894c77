using DriftMonitor.Http;

namespace DriftMonitor.Tests.Http;

/// <summary>How a site differs from a usual one.</summary>
internal sealed record SiteOptions
{
    /// <summary>The clock of streams and bodies; null for the real one.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>How many streams may be open; null for as many as the service has.</summary>
    public int? MostStreams { get; init; }

    /// <summary>Refuses those without its token; null for nobody.</summary>
    public TokenGuard? Guard { get; init; }
}
